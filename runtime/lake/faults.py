"""Owns the reading of the Delta library's failures: exceptions and panics to codes with a way out."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ...dialect.diagnostics import Bug, TreadleError, error, nearest
from ..cancel import Cancelled

T = TypeVar("T")


def words(problem: BaseException) -> str:
    """Return the library's own words on one line, without its stack dump."""
    text = str(problem).split("\n   0: <unknown>", 1)[0].split("\nstack backtrace", 1)[0].split("\n\nbacktrace", 1)[0]
    return " ".join(text.split())[:600] or type(problem).__name__


@contextmanager
def library(translate: Callable[[BaseException], TreadleError]) -> Iterator[None]:
    """Run library calls; whatever they raise, panics included, becomes the error that `translate` makes.

    Panics are no `Exception`s, so everything is caught except our own errors and what
    ends the process.
    """
    try:
        yield
    except (TreadleError, Bug, Cancelled, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as problem:
        raise translate(problem) from problem


def require_table(path: Path, text: str) -> None:
    """Raise T4001, T4002 or T4010 unless the path is a folder that holds a log."""
    try:
        if not path.exists():
            raise error("T4001", f"there is no table at `{text}`", help=near_paths(path) or "paths are relative to the project's root")
        if not path.is_dir():
            raise error("T4002", f"`{text}` is a file; expected the folder of a Delta table", help=_reader_for(path))
        log = path / "_delta_log"
        if not log.is_dir() or not any(log.iterdir()):
            raise error("T4002", f"`{text}` is no Delta table: it has no log in `_delta_log`", help=_inside(path))
    except PermissionError as problem:
        raise error("T4010", f"`{text}` can't be read", cause=words(problem)) from problem


def near_paths(path: Path) -> str | None:
    """Return a help line with what is spelt alike next to a path that doesn't exist, or None."""
    parent = path.parent
    if not parent.is_dir():
        missing = next((p for p in reversed(path.parents) if not p.exists()), parent)
        found = nearest(missing.name, (p.name for p in _children(missing.parent)))
        hint = f"; did you mean `{found[0]}`?" if found else ""
        return f"the folder `{missing.name}` doesn't exist{hint}"
    found = nearest(path.name, (p.name for p in _children(parent)))
    return "did you mean " + " or ".join(f"`{f}`" for f in found) + "?" if found else None


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError:
        return []


def _inside(path: Path) -> str | None:
    tables = [p.name for p in _children(path) if (p / "_delta_log").is_dir()][:3]
    if tables:
        return "it holds tables: " + ", ".join(f"`{t}`" for t in tables)
    return "plain files are read with `read_parquet`, `read_csv` or `read_json`" if _children(path) else None


def _reader_for(path: Path) -> str | None:
    kinds = {".parquet": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv", ".json": "read_json", ".ndjson": "read_json"}
    return f"read it with `{kinds[path.suffix]}`" if path.suffix in kinds else None


_FEATURE = re.compile(r"[Ff]eature '([\w-]+)' is not|features required: \[(\w+)")


WITHOUT_IT = "drop the feature where the table is written, or read a copy without it"


def opening_fault(problem: BaseException, text: str) -> TreadleError:
    """Return the error for a table that exists and could not be opened: T4006, T4008, T4010 or T4007."""
    said = words(problem)
    lower = said.lower()
    if "permission denied" in lower:
        return error("T4010", f"the table `{text}` can't be read", cause=said)
    named = _FEATURE.search(said)
    if named is not None:
        feature = named[1] or f"{named[2][0].lower()}{named[2][1:]}"
        return error("T4006", f"the table `{text}` asks for the feature `{feature}`, which can't be read", help=WITHOUT_IT, cause=said)
    if "catalog-managed" in lower or "catalog managed" in lower:
        what = f"the table `{text}` asks for the feature `catalogManaged`: its newest commits may lie in a catalog"
        return error("T4006", what, help="read a copy of it, or drop the feature where the table is written", cause=said)
    if "empty schema" in lower:
        return error("T4007", f"the table `{text}` has no columns", help="add one where the table is written", cause=said)
    if "feature" in lower or "unsupported" in lower or "reader version" in lower:
        return error("T4006", f"the table `{text}` can't be read with the features that it asks for", help=WITHOUT_IT, cause=said)
    return error("T4007", f"the log of the table `{text}` can't be read", help="bring its log back from a backup or a copy", cause=said)


def reading_fault(problem: BaseException, text: str) -> TreadleError:
    """Return the error for rows of an open table that could not be read: T4008, T4006, T4010 or T4007."""
    said = words(problem)
    if "not found" in said.lower() or "no such file" in said.lower():
        return error("T4008", f"a data file of `{text}` is missing", cause=said)
    return opening_fault(problem, text)


_FULL = ("no space left", "quota exceeded", "file too large")
_FORBIDDEN = ("permission denied", "read-only file system", "operation not permitted")
_REFUSED = ("feature", "constraint", "invariant", "append-only", "append only", "validation check", "generated column", "unsupported")


def writing_fault(problem: BaseException, text: str) -> TreadleError:
    """Return the error for a write that failed: T4034, T4036 to T4040, by the library's words."""
    said = words(problem)
    lower = said.lower()
    number = getattr(problem, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or any(w in lower for w in _FULL):
        return error("T4038", f"the disk is full; `{text}` was not written", cause=said)
    if number in (errno.EACCES, errno.EROFS, errno.EPERM) or any(w in lower for w in _FORBIDDEN):
        return error("T4039", f"`{text}` can't be written", cause=said)
    if any(word in lower for word in _REFUSED):
        return error("T4037", f"the table `{text}` refuses the write", cause=said)
    if type(problem).__name__ == "CommitFailedError" or "already exists" in lower or "concurrent" in lower:
        return error("T4034", f"another writer committed to `{text}` during the run; nothing was written", cause=said, help="run again")
    if "cast" in lower or "schema" in lower or "invalid data" in lower:
        return error("T4036", f"a value can't be written to `{text}`", cause=said)
    return error("T4040", f"`{text}` could not be written", cause=said)
