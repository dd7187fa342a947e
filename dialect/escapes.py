r"""Owns the escapes of `e'…'` strings: `\n`, `\t`, `\\`, `\'`, octal, `\x`, `\u` and `\U`, as the engine reads them."""

from __future__ import annotations

import re

_SIMPLE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPE = re.compile(r"''|\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|([^uUx0-7]))|\\|'", re.DOTALL)


def decode(body: str) -> str | None:
    r"""Return what an `e'…'` string says, given the text between its quotes, or None for an escape without a meaning.

    >>> decode(r"it\'s\tnew")
    "it's\tnew"
    """
    parts: list[str] = []
    at = 0
    for found in _ESCAPE.finditer(body):
        char = _char(found)
        if char is None:
            return None
        parts += (body[at : found.start()], char)
        at = found.end()
    return "".join(parts) + body[at:]


def _char(found: re.Match[str]) -> str | None:
    if found.group() == "''":
        return "'"
    short, long, hexadecimal, octal, other = found.groups()
    if other is not None:
        return _SIMPLE.get(other, other)
    digits, base = (octal, 8) if octal else (short or long or hexadecimal, 16)
    if not digits:
        return None
    number = int(digits, base)
    usable = 0 < number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
    return chr(number) if usable else None
