"""Owns pass one of planning a stage: what its optimised plan asks of each relation.

In: engine SQL and its relations' schemas. Out: a `Survey`. The plan is made over empty
templates, so no data is touched; its scans then say which columns and predicates reach them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from datafusion.expr import Expr
from datafusion.plan import LogicalPlan

from ...dialect.types import Schema
from ...planner.ports import ScanNeed, Survey
from ...planner.predicates import And, FirstRows, Or, Predicate
from ...planner.values import Value
from ..session import Session
from .arrow_types import arrow_schema, schema
from .errors import refusals
from .first_rows import TRUE, Order, below, first_rows
from .judges import judges
from .predicates import Scope, predicate

# Subqueries inside expressions can't be walked to; with this off they become joins. Used
# for reading needs only: a scalar subquery of several rows is an error just with it on.
AS_JOINS = {"datafusion.optimizer.enable_physical_uncorrelated_scalar_subquery": "false"}


@dataclass(slots=True)
class _Seen:
    """What the scans of one relation were seen to ask for, so far."""

    scans: int = 0
    columns: set[str] = field(default_factory=set)
    predicates: list[Predicate | None] = field(default_factory=list)
    texts: list[tuple[str, ...]] = field(default_factory=list)
    first: list[FirstRows | None] = field(default_factory=list)


def survey(
    session: Session,
    sql: str,
    relations: Mapping[str, Schema],
    parameters: Mapping[str, Value],
    fork: Callable[[], Session] | None = None,
    forbidden: Iterable[str] = (),
) -> Survey:
    """Return what a query asks of its relations; raises `EngineRefusal`.

    Args:
        session: a session whose names are free to use.
        sql: engine SQL.
        relations: schemas by the name that the SQL uses.
        parameters: values by placeholder name without `$`.
        fork: opens a session in which conditions over partition values are computed; None means that none are.
        forbidden: names of functions that are not called while planning.
    """
    names = tuple(forbidden)
    scopes = {name: Scope(columns, judges(fork, name, columns, names)) if fork else Scope(columns) for name, columns in relations.items()}
    for name, columns in relations.items():
        # Plain texts, not views: literals of view types can't be read from expressions.
        session.register(name, session.template(arrow_schema(columns)))
    analysed = session.analyse(sql, parameters)
    frame = session.optimise(analysed)
    with refusals("plan"):
        logical = analysed.logical_plan().display_indent()
        plan = frame.logical_plan()
        text = plan.display_indent()
        seen = _walk(plan, scopes)
        unseen = _unseen(text, seen)
    if unseen:
        seen, unseen = _again(session, sql, scopes, parameters)
    needs = tuple(_need(name, columns, seen[name], name in unseen) for name, columns in relations.items())
    return Survey(needs, schema(frame.schema()), logical, text)


def _again(
    session: Session, sql: str, scopes: Mapping[str, Scope], parameters: Mapping[str, Value]
) -> tuple[dict[str, _Seen], frozenset[str]]:
    plan = session.plan(sql, parameters, options=AS_JOINS).logical_plan()
    with refusals("plan"):
        seen = _walk(plan, scopes)
        return seen, _unseen(plan.display_indent(), seen)


def _walk(plan: LogicalPlan, scopes: Mapping[str, Scope]) -> dict[str, _Seen]:
    """Return what was seen of every relation, walking the plan without recursion: plans can be deep."""
    seen = {name: _Seen() for name in scopes}
    waiting: list[tuple[LogicalPlan, Order | None]] = [(plan, None)]
    while waiting:
        node, order = waiting.pop()
        inputs = node.inputs()
        if inputs:
            wanted = below(node, order)
            waiting.extend((one, wanted) for one in reversed(inputs))
            continue
        variant = node.to_variant()
        if type(variant).__name__ == "TableScan" and variant.table_name() in seen:
            _note(seen[variant.table_name()], variant, scopes[variant.table_name()], order)
    return seen


def _note(seen: _Seen, scan: object, scope: Scope, order: Order | None) -> None:
    seen.scans += 1
    projection = scan.projection()  # type: ignore[attr-defined]
    seen.columns.update(name for _, name in projection)
    filters = [Expr(raw) for raw in scan.filters()]  # type: ignore[attr-defined]
    filters = [one for one in filters if one.canonical_name() != TRUE]
    texts = tuple(one.canonical_name() for one in filters)
    seen.texts.append(texts)
    seen.first.append(first_rows(order, scan, texts))
    parts = tuple(predicate(one, scope) for one in filters)
    seen.predicates.append(None if not parts else parts[0] if len(parts) == 1 else And(parts))


def _unseen(text: str, seen: Mapping[str, _Seen]) -> frozenset[str]:
    """Return the relations that the plan's text scans more often than the walk came to; all, where names don't tell."""
    told = dict.fromkeys(seen, 0)
    scans = [line for line in map(str.strip, text.splitlines()) if line.startswith("TableScan: ")]
    for line in scans:
        rest = line.removeprefix("TableScan: ")
        for name in told:
            told[name] += rest == name or rest.startswith(f"{name} ")
    if sum(told.values()) != len(scans):
        return frozenset(seen) if len(scans) > sum(one.scans for one in seen.values()) else frozenset()
    return frozenset(name for name, count in told.items() if count > seen[name].scans)


def _need(name: str, columns: Schema, seen: _Seen, unseen: bool) -> ScanNeed:
    if unseen:
        return ScanNeed(name, None, None, ())
    read = tuple(column for column in columns.names if column in seen.columns)
    if not seen.scans:
        return ScanNeed(name, (), None, ())
    first = _first(seen)
    met: list[Predicate] = []
    for part in seen.predicates:
        if part is None:
            return ScanNeed(name, read, None, (), first)
        if part not in met:
            met.append(part)
    texts = tuple(dict.fromkeys(seen.texts))
    spelt = texts[0] if len(texts) == 1 else (" OR ".join(f"({' AND '.join(text)})" for text in texts),)
    return ScanNeed(name, read, met[0] if len(met) == 1 else Or(tuple(met)), spelt, first)


def _first(seen: _Seen) -> FirstRows | None:
    """Return the first rows that all scans of a relation need, where they need the same of the same."""
    same = len(set(seen.first)) == 1 and all(part == seen.predicates[0] for part in seen.predicates)
    return seen.first[0] if same else None
