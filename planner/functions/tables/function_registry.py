"""Owns the table functions `function_registry` and `function_docs`, whose rows are what is known of functions."""

from __future__ import annotations

from .base import TableFunction

FUNCTIONS = (
    TableFunction(
        name="function_registry",
        kind="rows",
        parameters=(),
        doc="Lists every function that can be called: name, kind, pack, signature, returns, volatility, nulls, origin.",
        example="SELECT pack, count(*) AS functions FROM function_registry() GROUP BY pack ORDER BY functions DESC",
    ),
    TableFunction(
        name="function_docs",
        kind="rows",
        parameters=(),
        doc="Says of every function what it gives: name, signature, doc, example, gives, origin.",
        example="SELECT doc, example FROM function_docs() WHERE name = 'span_len'",
    ),
)
