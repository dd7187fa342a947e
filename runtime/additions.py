"""Owns what a session adds to a folder: declarations that no file holds, and values of parameters."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..dialect.script import Script


@dataclass(frozen=True, slots=True)
class Additions:
    """Declarations and values of a session; they end with it.

    Args:
        scripts: one for each declaration, in the order in which they were made.
        values: text by parameter name, read as the parameter's type; they win over `-p`.
    """

    scripts: tuple[Script, ...] = ()
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def key(self) -> Hashable:
        """Return what distinguishes these additions from others."""
        return tuple(one.source.text for one in self.scripts), tuple(sorted(self.values.items()))
