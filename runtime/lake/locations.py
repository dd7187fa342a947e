"""Owns locations: user's text to one canonical absolute path, and back to a portable form."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ...dialect.diagnostics import error

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")
_GLOB = re.compile(r"[*?\[]")


def canonical(root: Path, text: str) -> Path:
    """Return the one absolute path that a location means: links, `..`, slashes and `file://` resolved.

    A plain path is taken literally (`%20` is three characters); only `file://` URLs are
    percent-decoded. The path need not exist. Raises T4014.
    """
    if not text.strip() or "\0" in text:
        raise error("T4014", f"`{text}` is not a location; expected a path or a `file://` URL")
    plain = _from_url(text) if _SCHEME.match(text) else text
    try:
        path = os.path.realpath(os.path.join(root, plain))  # `Path.resolve` takes three times as long, for every query anew
        _require_resolved(path)
    except (OSError, ValueError) as problem:
        raise error("T4014", f"`{text[:60]}` can't be resolved to a path", cause=str(problem)[:200]) from problem
    return Path(path)


def _require_resolved(path: str) -> None:
    """Raise what the system says of a name that is too long, or of links in a circle; everything else is for who opens the path."""
    try:
        os.stat(path)
    except OSError as problem:
        if problem.errno in (errno.ENAMETOOLONG, errno.ELOOP):
            raise


def _from_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme.lower() != "file" or parts.netloc not in ("", "localhost"):
        raise error(
            "T4014",
            f"`{text}` is no path of this machine; expected a path or a `file://` URL",
            help="object stores are not read yet: copy or mount the table",
        )
    if parts.query or parts.fragment:
        raise error("T4014", f"`{text}` has a query or a fragment, which no file has", help="write `?` as `%3F` and `#` as `%23` in URLs")
    return unquote(parts.path)


def relative(root: Path, path: Path) -> str:
    """Return the portable form: relative to the root with forward slashes where inside it, else absolute.

    >>> relative(Path("/p"), Path("/p/lake/t")), relative(Path("/p"), Path("/q"))
    ('lake/t', '/q')
    """
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def require_inside(path: Path, roots: Iterable[Path], text: str) -> None:
    """Raise T4013 unless the canonical path lies inside one of the canonical roots."""
    allowed = tuple(roots)
    if not any(path.is_relative_to(root) for root in allowed):
        names = ", ".join(f"`{root}`" for root in allowed)
        raise error("T4013", f"`{text}` lies outside of the allowed folders", help=f"allowed: {names}")


def is_glob(text: str) -> bool:
    """Say whether a path has wildcards.

    >>> is_glob("data/*.csv"), is_glob("data/a.csv")
    (True, False)
    """
    return _GLOB.search(text) is not None


def split_list(text: str) -> tuple[str, ...]:
    """Return the paths of a location that may be a list: a JSON array of strings, else the text itself.

    >>> split_list('["a.csv", "b.csv"]'), split_list("[ab].csv")
    (('a.csv', 'b.csv'), ('[ab].csv',))
    """
    import json

    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            return (text,)
        if isinstance(found, list) and found and all(isinstance(one, str) for one in found):
            return tuple(found)
    return (text,)
