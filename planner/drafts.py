"""Owns a stage before it is lowered: which views it inlines and which relations their references mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..dialect.types import Schema
from .bundle import ScanOrigin, StageKind
from .ports import PinnedSource
from .spec import OutputSpec


@dataclass(frozen=True, slots=True)
class RelationDraft:
    """One relation of a stage.

    Args:
        name: its private name, `r0`.
        origin: where its rows come from, as in `ScanPlan`.
        source: name of the source, or of the view that an earlier stage computes.
        schema: its columns.
        used_by: views that refer to it.
        filters: FILTER parameters that restrict it: (column, parameter).
        pin: the pinned source, when origin is `source`.
        beside: another version of the same table; files that both have are left out.
    """

    name: str
    origin: ScanOrigin
    source: str
    schema: Schema
    used_by: tuple[str, ...]
    filters: tuple[tuple[str, str], ...] = ()
    pin: PinnedSource | None = None
    beside: PinnedSource | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """Return what makes two relations the same rows."""
        return self.origin, self.source if self.pin is None else self.pin, self.filters, self.beside


@dataclass(frozen=True, slots=True)
class StageDraft:
    """One stage before lowering.

    Args:
        name: the stage's name.
        view: the view that it computes.
        kind: as in `Stage`.
        output: what is written or handed out; None for a shared stage.
        inlined: views that are inlined, upstream first, without the stage's own.
        relations: in the order of their names.
        meanings: what (view, name in its tree) is here: a relation's private name, or an inlined view's real name.
        after: names of stages that must have run before.
        passes_on: whether the stage only hands out the rows of its view, which an earlier stage computed.
    """

    name: str
    view: str
    kind: StageKind
    output: OutputSpec | None
    inlined: tuple[str, ...]
    relations: tuple[RelationDraft, ...]
    meanings: Mapping[tuple[str, str], str]
    after: tuple[str, ...]
    paths: int
    depth: int
    passes_on: bool = False
