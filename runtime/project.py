"""Owns a project's folder: finds its root, reads `treadle.toml` and every `.sql` file, safely.

In: a path, or nothing. Out: a frozen `ProjectFolder` whose `sources` `dialect.parse` takes;
files that can't be read are diagnostics, and the others go on.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from ..dialect.diagnostics import Diagnostic, Problems, TreadleError, did_you_mean, error
from ..dialect.source import Source
from .config import CONFIG_NAME, Config, load_config
from .seeds import seed_files

MAX_BYTES = 4_000_000
LEAVE_OUT = "move it out of the project, or list it under `[project] exclude`"


@dataclass(frozen=True, slots=True)
class ProjectFolder:
    """What stands in a project's folder.

    Args:
        root: absolute path of the project's root, symlinks resolved.
        config: what `treadle.toml` says; all defaults without one.
        sources: readable `.sql` files, ordered by their path relative to the root.
        diagnostics: what was wrong with files and folders.
        seeds: CSV files of the folder of seeds, by their path relative to the root.
    """

    root: Path
    config: Config
    sources: tuple[Source, ...]
    diagnostics: tuple[Diagnostic, ...]
    seeds: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the project's name: `[project] name`, or that of its folder."""
        return self.config.tables.project.name or self.root.name


def find_root(start: Path, *, named: bool) -> Path:
    """Return the root of the project that a folder belongs to; raises T7013.

    Args:
        start: where to look.
        named: whether the folder was named by the user; then it is the root itself,
            with or without a `treadle.toml`. Otherwise folders above are tried, and
            without any `treadle.toml` the folder must hold a `.sql` file itself.
    """
    folder = start.resolve()
    if not folder.is_dir():
        raise error("T7013", f"`{start}` is not a folder", help="name the project's root with `--project DIR`")
    if named:
        return folder
    for candidate in (folder, *folder.parents):
        if (candidate / CONFIG_NAME).is_file():
            return candidate
    if any(folder.glob("*.sql")):
        return folder
    raise error(
        "T7013",
        f"there is no `{CONFIG_NAME}` in `{folder.name or folder}` or any folder above it",
        help="start a project with `treadle init DIR`, or name one with `--project DIR`",
    )


def load_folder(root: Path, known: Config | None = None) -> ProjectFolder:
    """Read a project's folder; raises T7001 to T7003 and T7012 when its `treadle.toml` is at fault.

    Args:
        root: the folder.
        known: its configuration as it was read before, which holds while the text is the same.
    """
    config = read_config(root, known)
    problems = Problems()
    sources = []
    for path in _sql_files(root, config, problems):
        try:
            sources.append(read_source(path, name_of(path, root)))
        except TreadleError as problem:
            problems.catch(problem)
    if not sources and not problems.errors:
        problems.catch(_empty(root, config))
    return ProjectFolder(root, config, tuple(sources), tuple(problems), seed_files(root, config))


def _empty(root: Path, config: Config) -> TreadleError:
    where = ", ".join(f"`{p}`" for p in config.tables.project.paths)
    help_line = "add one with a `CREATE VIEW`, mend `paths` in `treadle.toml`, or start from `treadle init DIR`"
    return error("T7008", f"there is no `.sql` file below {where} in `{root.name}`", config.value_span("project", "paths"), help=help_line)


def read_config(root: Path, known: Config | None = None) -> Config:
    """Read the `treadle.toml` of a root, defaults without one; raises T7001 to T7003, T7010, T7012."""
    path = root / CONFIG_NAME
    if not os.path.lexists(path):
        return Config()
    source = read_source(path, CONFIG_NAME)
    return known if known is not None and known.text == source.text else load_config(source)


def name_of(path: Path, root: Path) -> str:
    """Return a file's path relative to the root, with forward slashes."""
    text, start = str(path), f"{root}{os.sep}"
    if text.startswith(start) and ".." not in text:  # as nearly always, and a fifth of the time
        return text[len(start) :].replace(os.sep, "/")
    return Path(os.path.relpath(path, root)).as_posix()


def read_source(path: Path, name: str) -> Source:
    """Read one text file under its name; raises T7009 to T7012."""
    start = Source(name, "").span(0, 0)
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise error("T7012", f"`{name}` can't be read: it is not a regular file", start, help=LEAVE_OUT)
        if facts.st_size > MAX_BYTES:
            message = f"`{name}` has {facts.st_size / 1e6:.1f} MB, more than {MAX_BYTES // 10**6} MB"
            raise error("T7011", message, start, help=LEAVE_OUT)
        data = path.read_bytes()
    except OSError as problem:
        raise error("T7012", f"`{name}` can't be read", start, cause=problem.strerror or str(problem)) from problem
    if b"\0" in data:
        message = f"`{name}` is binary: it holds a NUL byte at offset {data.index(0)}"
        raise error("T7009", message, start, help=f"save it as UTF-8, or {LEAVE_OUT}")
    try:
        return Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise _not_utf8(data, name, problem) from problem


def _not_utf8(data: bytes, name: str, problem: UnicodeDecodeError) -> TreadleError:
    source = Source(name, data.decode("utf-8", "replace"))
    at = source.text.find("\ufffd")
    byte = problem.object[problem.start]
    message = f"`{name}` is not UTF-8: byte 0x{byte:02X} at offset {problem.start}"
    return error("T7010", message, source.span(at, at + 1), help="save the file as UTF-8")


def _sql_files(root: Path, config: Config, problems: Problems) -> list[Path]:
    found: dict[str, Path] = {}
    for index, entry in enumerate(config.tables.project.paths):
        folder = root / entry
        if not folder.is_dir():
            span = config.value_span("project", "paths", index)
            folders = (one.name for one in root.iterdir() if one.is_dir() and not one.name.startswith("."))
            help_line = did_you_mean(entry, folders) or "make the folder, or mend `paths`"
            problems.catch(error("T7022", f"there is no folder `{entry}` in `{root.name}`", span, help=help_line))
            continue
        for path in sql_files_below(folder):
            found[name_of(path, root)] = path
    exclude = config.tables.project.exclude
    return [path for name, path in sorted(found.items()) if not any(_matches(name, pattern) for pattern in exclude)]


def _matches(name: str, pattern: str) -> bool:
    """Say whether a pattern of `exclude` names a file, or a folder above it."""
    pattern = pattern.rstrip("/").removeprefix("./")
    parts = name.split("/")
    return any(fnmatch("/".join(parts[:n]), pattern) for n in range(1, len(parts) + 1))


def is_project_file(name: str, config: Config) -> bool:
    """Say whether a file of this name, relative to the root, is one of the project's `.sql` files.

    >>> is_project_file("views/a.sql", Config()), is_project_file(".trash/a.sql", Config()), is_project_file("a.txt", Config())
    (True, False, False)
    """
    parts = name.split("/")
    hidden = any(part.startswith(".") for part in parts)
    folders = [os.path.normpath(entry) for entry in config.tables.project.paths]
    below = any(folder == "." or name.startswith(f"{folder}/") for folder in folders)
    left_out = any(_matches(name, pattern) for pattern in config.tables.project.exclude)
    return name.lower().endswith(".sql") and not hidden and below and not left_out


def sql_files_below(folder: Path) -> Iterator[Path]:
    """Yield the `.sql` files below a folder; hidden files and folders are skipped, linked folders too."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in files:
            if name.lower().endswith(".sql") and not name.startswith("."):
                yield Path(parent, name)
