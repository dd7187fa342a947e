"""Owns relations that the Delta library reads: its table provider, where the native scan would be slow."""

from __future__ import annotations

from typing import Any

from ...dialect.types import Schema
from ...planner.ports import PinnedSource
from ..session import Session
from .errors import refusals


def provider(session: Session, name: str, columns: Schema, pin: PinnedSource) -> str:
    """Make a table readable through the library's provider, at its pinned version; return how, for people."""
    with refusals("execute"):
        session.register(name, _provided(pin))
    return "the library's provider"


def _provided(pin: PinnedSource) -> Any:
    """Return the library's table, which the engine takes as a provider of its own kind."""
    from deltalake import DeltaTable

    return DeltaTable(pin.ref.location, version=pin.version)
