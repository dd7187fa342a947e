"""Owns the application of domain planners: one after the other over every view, with a decision for every claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from ...dialect.diagnostics import TreadleError, error
from ...dialect.types import Schema
from ..bundle import Decision
from ..lower import types_of
from ..ports import EngineRefusal
from ..project import frozen
from ..views import PlannedView, Views
from .base import Claim, DomainContext, DomainPlanner, Outcome


def apply_planners(planners: Sequence[DomainPlanner], views: Views, context: DomainContext) -> tuple[Views, tuple[Decision, ...]]:
    """Return the views as the planners replaced parts of them, and what each claimed or declined.

    Raises:
        TreadleError: T3043 for a planner that raises, or whose replacement has other columns than the view.
    """
    decisions: list[Decision] = []
    for planner in planners:
        changed: dict[str, PlannedView] = {}
        for view in views.in_order():
            outcome = _plan(planner, view, context)
            decisions += _told(planner, view, outcome.claims)
            if outcome.tree is not None or outcome.beside:
                made = view if outcome.tree is None else view.rewritten(outcome.tree)
                changed[view.name] = replace(made, beside=(*view.beside, *outcome.beside))
                if outcome.tree is not None and not outcome.typed:
                    _require_same_columns(planner, changed[view.name], context)
        if changed:
            views = replace(views, by_name=frozen({**views.by_name, **changed}))
            context = replace(context, rules=replace(context.rules, views=views))
    return views, tuple(decisions)


def _plan(planner: DomainPlanner, view: PlannedView, context: DomainContext) -> Outcome:
    try:
        return planner.plan(view, context)
    except TreadleError:
        raise
    except Exception as problem:
        message = f"the domain planner `{planner.name}` failed on `{view.name}`"
        cause = f"{type(problem).__name__}: {problem}"
        raise error("T3043", message, view.place, help=_way_out(planner), cause=cause) from problem


def _way_out(planner: DomainPlanner) -> str:
    return f'mend it, or leave it out: `[planners] exclude = ["{planner.name}"]`'


def _told(planner: DomainPlanner, view: PlannedView, claims: Sequence[Claim]) -> list[Decision]:
    """Return one decision for every different claim, with how often it was made."""
    told = []
    ordered = sorted(claims, key=lambda one: (not one.planned, one.reason))
    for claim, equal in groupby(ordered):
        count = len(list(equal))
        choice = f"{'' if claim.planned else 'not '}planned by {planner.name}"
        told.append(Decision(view.name, choice, claim.reason + (f" ({count} times)" if count > 1 else "")))
    return told


def _require_same_columns(planner: DomainPlanner, view: PlannedView, context: DomainContext) -> None:
    """Refuse a replacement whose columns have other names or types than the view's."""
    try:
        found = types_of(view, context.rules, (), view.tree, {})
    except EngineRefusal as refusal:
        message = f"the engine can't type what the domain planner `{planner.name}` made of `{view.name}`"
        raise error("T3043", message, view.place, help=_way_out(planner), cause=refusal.message) from refusal
    if _columns(found) != _columns(view.schema):
        message = f"the domain planner `{planner.name}` gave `{view.name}` other columns"
        cause = f"{_shown(found)}, not {_shown(view.schema)}"
        raise error("T3043", message, view.place, help=_way_out(planner), cause=cause)


def _columns(schema: Schema) -> list[tuple[str, str]]:
    return [(field.name, field.type.sql()) for field in schema.fields]


def _shown(schema: Schema) -> str:
    return ", ".join(f"`{name}` {type_}" for name, type_ in _columns(schema))
