"""Owns keeping the statement parser's tables between starts: making them takes ten times as long as reading them.

In: what the tables are made from. Out: a `Lark` that is ready. The file lies in the user's
cache folder and is only ever a copy: one that is missing, damaged or somebody else's is made
anew, and where none can be written treadle works all the same.
"""

from __future__ import annotations

import io
import os
import platform
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import lark
from lark import Lark


def kept(recipe: str, build: Callable[[], Lark]) -> Lark:
    """Return the parser that `build` makes, from the cache when it was made from the same recipe before.

    Args:
        recipe: the text of everything of treadle's that the tables depend on.
        build: makes the parser.
    """
    path = _path(recipe)
    saved = _read(path) if path is not None else None
    if saved is not None:
        return Lark.load(io.BytesIO(saved))
    made = build()
    if path is not None:
        buffer = io.BytesIO()
        made.save(buffer)
        _write(path, buffer.getvalue())
    return made


def _path(recipe: str) -> Path | None:
    """Return the file for a recipe, another one for each version of lark and Python; None for a user without a home."""
    key = sha256(f"{lark.__version__}\n{platform.python_version()}\n{recipe}".encode()).hexdigest()[:32]
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    return folder / "treadle" / f"grammar-{key}"


def _read(path: Path) -> bytes | None:
    """Return the tables in a file, or None when it isn't there, isn't the user's own or isn't whole."""
    try:
        with path.open("rb") as file:
            if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
                return None
            digest, saved = file.read(32), file.read()
    except OSError:
        return None
    return saved if sha256(saved).digest() == digest else None


def _write(path: Path, saved: bytes) -> None:
    """Put the tables in place in one step, so that nobody reads half of them; where that can't be, nothing is kept."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(sha256(saved).digest() + saved)
        os.replace(name, path)
    except OSError:  # a full or read-only disk costs speed, nothing else
        return
