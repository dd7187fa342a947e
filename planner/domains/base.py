"""Owns what a domain planner is: it claims a kind of expression or relation in bound trees, and gives an equal, faster form.

The binder gives every expression and relation its one plain meaning; a planner replaces it or declines. Switching one
off therefore changes no answer and refuses nothing (`docs/adr/0023-planners-change-no-answer.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from ..ports import Lake, PinnedSource
from ..rules.base import Context
from ..views import Beside, PlannedView

DomainKind = Literal["expression", "relation"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Something in a planner's domain, and what became of it.

    Args:
        planned: whether it was replaced; else it was declined and keeps its plain meaning.
        reason: how it was planned and from what, or why not, without a final period:
            `196 buckets of 1,024, from statistics of starts and ends`.
    """

    planned: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a planner made of one view.

    Args:
        tree: the view's new tree, with the same columns and rows; None when nothing was replaced.
        claims: what was in its domain, in textual order; a view without any is none of its business.
        beside: relations of which only files are read that another version of their table has not; added to those of earlier planners.
        typed: whether every replacement has the type of what it stands for by its making; else the engine is asked.
    """

    tree: exp.Query | None = None
    claims: tuple[Claim, ...] = ()
    beside: tuple[Beside, ...] = ()
    typed: bool = False


NOTHING = Outcome()
"""What a planner makes of a view in which nothing is in its domain."""


@dataclass(frozen=True, slots=True)
class DomainContext:
    """What a planner may know besides the view.

    Args:
        rules: what rules know: schemas of views and relations, types of parameters, the engine's types, volatile functions.
        pins: pinned sources by name; `PlannedView.relations` says which relation of a view means which.
        lake: what is known of pinned tables without reading their rows.
    """

    rules: Context
    pins: Mapping[str, PinnedSource]
    lake: Lake


@dataclass(frozen=True, slots=True)
class DomainPlanner:
    """A domain planner.

    Args:
        name: as specifications and plans call it.
        kind: whether it replaces expressions or relations.
        doc: what it does, in a line.
        plan: looks at one view and replaces nothing in place; equal arguments give equal outcomes.
    """

    name: str
    kind: DomainKind
    doc: str
    plan: Callable[[PlannedView, DomainContext], Outcome]


def domain_planner(
    name: str, *, kind: DomainKind, doc: str = ""
) -> Callable[[Callable[[PlannedView, DomainContext], Outcome]], DomainPlanner]:
    """Make a planner of a function, as a project adds it by `[planners] add` or `register_planner`.

    Args:
        name: as specifications and plans call it.
        kind: whether it replaces expressions or relations.
        doc: what it does, in a line; by default the first line of the function's docstring.

    >>> @domain_planner("idle", kind="expression")
    ... def idle(view, context):
    ...     '''Replace nothing.'''
    ...     return NOTHING
    >>> idle.name, idle.doc
    ('idle', 'Replace nothing.')
    """

    def made(plan: Callable[[PlannedView, DomainContext], Outcome]) -> DomainPlanner:
        return DomainPlanner(name, kind, doc or (plan.__doc__ or "").strip().partition("\n")[0], plan)

    return made
