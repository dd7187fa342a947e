"""Owns `TableFunction`: how a table function's call becomes a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...ports import SourceKind


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: its name, its type for people, whether it must be given."""

    name: str
    type: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class TableFunction:
    """A table function of treadle's own; every argument is a constant or a parameter once bound.

    Args:
        name: as it is called, lower case.
        kind: the kind of source that it makes, or `rows` where binding makes its rows of what is known then.
        parameters: in order.
        doc: one sentence.
        example: a query that runs in `examples/flights`.
    """

    name: str
    kind: SourceKind | Literal["rows"]
    parameters: tuple[Parameter, ...]
    doc: str
    example: str

    @property
    def shown(self) -> str:
        """Return the signature as people read it."""
        parts = [f"{p.name} {p.type}" if p.required else f"{p.name} => {p.type}" for p in self.parameters]
        return f"{self.name}({', '.join(parts)})"
