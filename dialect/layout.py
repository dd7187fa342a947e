"""Owns laying out text within a width: documents of pieces and possible breaks, and `render`, which decides the breaks.

A group stands on one line when it fits there, up to the next possible break behind it;
otherwise its own breaks become line ends and its inner groups are asked in turn (Wadler's
and Prettier's way, linear in the text).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a line may end; `flat` is what stands there when it doesn't, None when it always does."""

    flat: str | None


@dataclass(frozen=True, slots=True)
class Nest:
    """Parts whose lines begin two cells further in."""

    parts: Doc


@dataclass(frozen=True, slots=True)
class Group:
    """Parts whose breaks become line ends together; `broken` says that a line must end in it."""

    parts: Doc
    broken: bool


Doc: TypeAlias = "str | Break | Nest | Group | tuple[Doc, ...]"
Waiting: TypeAlias = tuple[int, bool, Doc]

LINE, SOFT, HARD = Break(" "), Break(""), Break(None)
INDENT = 2


def group(*parts: Doc) -> Group:
    """Return parts as one group."""
    return Group(parts, any(_broken(part) for part in parts))


def nest(*parts: Doc) -> Nest:
    """Return parts set further in."""
    return Nest(parts)


def _broken(doc: Doc) -> bool:
    if isinstance(doc, tuple):
        return any(_broken(part) for part in doc)
    if isinstance(doc, Nest):
        return _broken(doc.parts)
    return doc is HARD if isinstance(doc, Break) else isinstance(doc, Group) and doc.broken


def render(doc: Doc, width: int, newline: str = "\n") -> str:
    """Return the text of a document.

    Args:
        width: cells of a line; indentation takes at most half of them.
        newline: what ends a line.

    >>> render(group("f(", nest(SOFT, "a,", LINE, "b"), SOFT, ")"), 6).split(chr(10))
    ['f(', '  a,', '  b', ')']
    """
    written: list[str] = []
    column, deepest = 0, width // 2 // INDENT * INDENT
    waiting: list[Waiting] = [(0, False, doc)]
    while waiting:
        indent, flat, part = waiting.pop()
        if isinstance(part, str):
            written.append(part)
            column = column + len(part) if "\n" not in part else len(part) - part.rindex("\n") - 1
        elif isinstance(part, Break):
            if flat and part.flat is not None:
                written.append(part.flat)
                column += len(part.flat)
            else:
                column = min(indent, deepest)
                written.append(newline + " " * column)
        elif isinstance(part, Group):
            flat = not part.broken and (flat or _fits(width - column, (indent, True, part.parts), waiting))
            waiting.append((indent, flat, part.parts))
        elif isinstance(part, Nest):
            waiting.append((indent + INDENT, flat, part.parts))
        else:
            waiting.extend((indent, flat, one) for one in reversed(part))
    return "".join(written)


def _fits(room: int, first: Waiting, behind: list[Waiting]) -> bool:
    """Say whether something fits flat into the rest of a line, with what follows it up to a possible break."""
    at, waiting = len(behind), [first]
    while room >= 0:
        if not waiting:
            if at == 0:
                return True
            at -= 1
            waiting.append(behind[at])
        indent, flat, part = waiting.pop()
        if isinstance(part, str):
            line, end, _ = part.partition("\n")
            room -= len(line.rstrip("\r"))
            if end:
                return room >= 0
        elif isinstance(part, Break):
            if not flat or part.flat is None:
                return True
            room -= len(part.flat)
        elif isinstance(part, (Group, Nest)):
            waiting.append((indent, flat, part.parts))
        else:
            waiting.extend((indent, flat, one) for one in reversed(part))
    return False
