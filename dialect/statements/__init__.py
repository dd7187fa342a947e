"""Owns the list of statements: which rule of the grammar which reader makes a statement of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import function, maintenance, materialized_view, param, query, source, test, view

if TYPE_CHECKING:
    from ..reader import Node, Reader
    from ..source import Span
    from .base import Statement

READERS: dict[str, Callable[[Node, Reader, Span], Statement]] = {
    "describe": query.read,
    "function": function.read,
    "maintenance": maintenance.read,
    "materialized": materialized_view.read,
    "param": param.read,
    "source": source.read,
    "test": test.read,
    "view": view.read,
}
