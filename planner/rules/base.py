"""Owns what a rule is: a named step over bound trees, in one of three phases.

`analyse` looks at one view and reports; `rewrite` returns other trees for all views;
`relation` changes which relations a stage reads. Rules are pure: same in, same out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp

from ...dialect.diagnostics import Diagnostic, Severity
from ...dialect.types import DataType, Schema
from ..drafts import StageDraft
from ..ports import TypeOracle
from ..views import PlannedView, Views

PHASES = ("analyse", "rewrite", "relation")


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know besides the views.

    Args:
        views: all views at this point.
        schemas: columns of every view and relation by the name that trees use.
        parameter_types: types of parameters by name.
        oracle: makes a fresh type oracle; ask only when the tree alone can't tell.
        materialized: names of outputs that are written to tables.
        aggregates: names of the engine's aggregate functions, lower case.
        volatile: names of the engine's volatile functions, lower case.
        functions: names of the specification's own functions.
    """

    views: Views
    schemas: Mapping[str, Schema]
    parameter_types: Mapping[str, DataType]
    oracle: Callable[[], TypeOracle]
    materialized: frozenset[str]
    aggregates: frozenset[str]
    volatile: frozenset[str]
    functions: frozenset[str]


@dataclass(frozen=True, slots=True)
class AnalyseRule:
    """A rule that reports on one view and changes nothing."""

    phase: ClassVar[str] = "analyse"
    name: str
    doc: str
    apply: Callable[[PlannedView, Context], tuple[Diagnostic, ...]]
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RewriteRule:
    """A rule that returns the views with other trees; an unchanged view is the same object."""

    phase: ClassVar[str] = "rewrite"
    name: str
    doc: str
    apply: Callable[[Views, Context], Views]
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RelationRule:
    """A rule that returns a stage with other relations; an unchanged stage is the same object."""

    phase: ClassVar[str] = "relation"
    name: str
    doc: str
    apply: Callable[[StageDraft], StageDraft]
    parameters: tuple[tuple[str, str], ...] = ()


Rule = AnalyseRule | RewriteRule | RelationRule


def finding(view: PlannedView, node: exp.Expr, code: str, message: str, help: str, severity: Severity = "warning") -> Diagnostic:
    """Return a diagnostic at the place of a node of a view."""
    at: exp.Expr | None = node
    while at is not None and not at.meta.get("span"):
        at = at.parent
    start, end = at.meta["span"] if at is not None else (0, 0)
    return Diagnostic(code, message, view.source.span(start, end), help=help, severity=severity)
