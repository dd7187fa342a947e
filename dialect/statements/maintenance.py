"""Owns `OPTIMIZE name|'path' [OPTIONS (…)]` and `VACUUM name|'path' [OPTIONS (…)]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Location, Option, QName, Statement


@dataclass(frozen=True, slots=True)
class MaintenanceStatement(Statement):
    """Upkeep of a Delta table; `verb` is `OPTIMIZE` or `VACUUM`."""

    kind: ClassVar[str] = "MAINTENANCE"
    verb: str
    name: QName | None = None
    location: Location | None = None
    options: tuple[Option, ...] = ()
