"""Owns the rewrite of `printf`: a format that is written in the call becomes its pieces and values, joined."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....dialect.types import DataType
from ...literal import quote_text
from .base import Given, RewriteRefused

_PART = re.compile(r"%(?P<flags>[-0]?)(?P<width>\d*)(?P<kind>.?)", re.DOTALL)
_KNOWN = "write %s, %d, %x, %X, a width and - or 0 before it, or %%; round numbers before: printf('%s', round(number, 2))"


def printf(given: Given) -> str:
    """Return what stands for a call of `printf(format, value…)`."""
    written = given.literal("format")
    if written is None:
        raise RewriteRefused("format", "a format is a text that stands in the call", "write it out, or join with ||")
    values = iter(zip(given.names("value"), given.types["value"], strict=True))
    made = list(_pieces(written, values))
    if next(values, None) is not None:
        raise RewriteRefused("value", "the format has fewer parts than there are values", _KNOWN)
    return " || ".join(made) or "''"


def _pieces(written: str, values: Iterator[tuple[str, DataType | None]]) -> Iterator[str]:
    at = 0
    for part in _PART.finditer(written):
        if part.start() > at:
            yield quote_text(written[at : part.start()])
        at = part.end()
        if part[0] == "%%":
            yield "'%'"
            continue
        if part["kind"] not in tuple("sdxX") or part["flags"] and not part["width"]:
            raise RewriteRefused("format", f"`{part[0]}` is no part of a format here", _KNOWN)
        value = next(values, None)
        if value is None:
            raise RewriteRefused("format", f"there is no value for `{part[0]}`", _KNOWN)
        yield _printed(part, *value)
    if at < len(written):
        yield quote_text(written[at:])


def _printed(part: re.Match[str], name: str, type_: DataType | None) -> str:
    kind, width = part["kind"], part["width"]
    if kind != "s" and type_ is not None and not type_.is_integer and type_.name != "NULL":
        raise RewriteRefused("value", f"`{part[0]}` wants an integer, this is {type_}", _KNOWN)
    text = {"x": f"to_hex({name})", "X": f"upper(to_hex({name}))"}.get(kind, f"CAST({name} AS VARCHAR)")
    if not width:
        return text
    if part["flags"] == "-":
        return f"rpad({text}, greatest({width}, length({text})))"
    if part["flags"] == "0" and kind != "s":
        padded = f"lpad({text}, greatest({width}, length({text})), '0')"
        behind = f"'-' || lpad(substr({text}, 2), greatest({int(width) - 1}, length({text}) - 1), '0')"
        return padded if kind != "d" else f"CASE WHEN {name} < 0 THEN {behind} ELSE {padded} END"
    return f"lpad({text}, greatest({width}, length({text})))"
