"""Owns what statements say apart from where they stand: one canonical text, in which nothing may be missing that was written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields

from sqlglot import exp

from treadle.dialect import to_sql
from treadle.dialect.source import Span
from treadle.dialect.statements.base import Name, QName, Statement
from treadle.dialect.types import DataType, quote

LABEL = re.compile("⟨.*?⟩")


def canonical(statements: Iterable[Statement]) -> str:
    """Return all that statements say, without places; what no one wrote (the names of parts) stands in `⟨⟩`."""
    return " ".join(f"⟨{type(one).__name__}⟩ {_said(one)}" for one in statements)


def _said(value: object) -> str:
    if value is None or value is False or value == () or isinstance(value, Span):
        return ""
    if isinstance(value, bool | int):
        return "⟨yes⟩"
    if isinstance(value, exp.Expr):
        return to_sql(value)
    if isinstance(value, Name):
        return quote(value.text) if value.quoted else value.text
    if isinstance(value, QName):
        return ".".join(map(_said, value.parts))
    if isinstance(value, DataType):
        return value.sql()
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_said, value)) + ")"
    if isinstance(value, str):
        return value if value.isidentifier() else "'" + value.replace("'", "''") + "'"
    parts = [(one.name, _said(getattr(value, one.name))) for one in fields(value)]  # type: ignore[arg-type]
    return " ".join(f"⟨{name}⟩ {text}" for name, text in parts if text)
