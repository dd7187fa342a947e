"""Owns the paths of data files: what the log writes down to absolute paths of this machine."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def data_path(table: Path, logged: str) -> Path:
    """Return where a data file lies. The log encodes a path exactly once; shallow clones log absolute ones.

    >>> data_path(Path("/t"), "p=a%2520b/x.parquet").as_posix(), data_path(Path("/t"), "file:///other/a%20b").as_posix()
    ('/t/p=a%20b/x.parquet', '/other/a b')
    """
    return Path(data_file(str(table), logged))


def data_file(table: str, logged: str) -> str:
    """Return the same as `data_path`, text to text: for tables with very many files. URLs of other places stay as they are."""
    plain = unquote(logged) if "%" in logged else logged
    if plain[:5].lower() == "file:":
        plain = plain[5:].removeprefix("//localhost")
        plain = "/" + plain.lstrip("/") if plain.startswith("/") else plain
    elif ":" in plain and is_elsewhere(plain):
        return plain
    return plain if plain.startswith("/") else f"{table.rstrip('/')}/{plain}"


def is_elsewhere(path: str) -> bool:
    """Say whether a path is a URL of another place than this machine, as an object store.

    >>> is_elsewhere("s3://bucket/x.parquet"), is_elsewhere("/t/a:b.parquet")
    (True, False)
    """
    return _ELSEWHERE.match(path) is not None
