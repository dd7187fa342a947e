"""Owns what every statement shares: names, options, type references and the `Statement` base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp

from ..source import Span
from ..types import DataType


@dataclass(frozen=True, slots=True)
class Name:
    """One identifier as it was written: its real text, whether it was quoted, its place."""

    text: str
    quoted: bool
    span: Span

    def matches(self, real: str) -> bool:
        """Say whether this name means `real`: exactly when quoted, without case when not."""
        return self.text == real if self.quoted else self.text.lower() == real.lower()


@dataclass(frozen=True, slots=True)
class QName:
    """A name with at most one level of qualification, `staging.flights`."""

    parts: tuple[Name, ...]

    @property
    def text(self) -> str:
        """Return the parts joined by points: the key under which the project knows it."""
        return ".".join(p.text for p in self.parts)

    @property
    def span(self) -> Span:
        """Return the place of all parts."""
        return self.parts[0].span.cover(self.parts[-1].span)


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A type as it was written, with its place."""

    type: DataType
    span: Span


@dataclass(frozen=True, slots=True)
class Option:
    """One `name => value` of `OPTIONS (…)`; the value is a constant expression."""

    name: Name
    value: exp.Expr


@dataclass(frozen=True, slots=True)
class Location:
    """A path in a statement: a string literal, `PARAM name`, or an expression of both."""

    value: exp.Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a script; `span` covers it without its semicolon."""

    kind: ClassVar[str] = "statement"
    span: Span


@dataclass(frozen=True, slots=True)
class Query:
    """A query island: its tree (every node with `meta['span']`) and its place."""

    tree: exp.Query
    span: Span


@dataclass(frozen=True, slots=True)
class Expr:
    """An expression island: its tree (every node with `meta['span']`) and its place."""

    tree: exp.Expr
    span: Span
