"""Owns treadle's language: text to `Script` and trees back to text; imported lazily, because sqlglot takes a while."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .parsing import parse, parse_expression, parse_query, parse_type, span_of
    from .write import to_engine_sql, to_sql

_HOMES = {
    **dict.fromkeys(("parse", "parse_expression", "parse_query", "parse_type", "span_of"), ".parsing"),
    **dict.fromkeys(("to_engine_sql", "to_sql"), ".write"),
}

__all__ = ["parse", "parse_expression", "parse_query", "parse_type", "span_of", "to_engine_sql", "to_sql"]


def __getattr__(name: str) -> object:
    """Return a public function, importing its module at the first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name], __name__), name)
    globals()[name] = found
    return found
