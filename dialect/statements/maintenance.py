"""Owns `OPTIMIZE name|'path' [OPTIONS (…)]` and `VACUUM name|'path' [OPTIONS (…)]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..source import Span
from .base import Location, Option, QName, Statement

if TYPE_CHECKING:
    from ..reader import Node, Reader


@dataclass(frozen=True, slots=True)
class MaintenanceStatement(Statement):
    """Upkeep of a Delta table; `verb` is `OPTIMIZE` or `VACUUM`."""

    kind: ClassVar[str] = "MAINTENANCE"
    verb: str
    name: QName | None = None
    location: Location | None = None
    options: tuple[Option, ...] = ()


def read(tree: Node, reader: Reader, span: Span) -> MaintenanceStatement:
    """Return an OPTIMIZE or VACUUM from its tree.

    Raises:
        TreadleError: what is wrong in an expression.
    """
    from ..reader import subtrees, terminals

    names, places, options = subtrees(tree, "qname"), subtrees(tree, "place"), subtrees(tree, "options")
    return MaintenanceStatement(
        span,
        verb=reader.word(subtrees(tree, "verb")[0]),
        name=reader.qname(names[0]) if names else None,
        location=reader.location(terminals(places[0], "EXPR")[0]) if places else None,
        options=reader.options(options[0]) if options else (),
    )
