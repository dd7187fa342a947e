"""Owns the step from a stage to engine SQL: one flat list of common table expressions and a final query.

In: a `StageDraft` and the templates of its views. Out: text whose names are private and
ordinal (`r0` relations, `f0` filtered relations, `v0` views, `v0c0` their own), so that equal
plans have equal texts. Values are bound (`$p1`, `$as_of`), or written by `literal_sql` where
the engine can't bind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlglot import exp

from ..dialect.types import Schema, quote, timestamp
from .drafts import RelationDraft, StageDraft
from .literal import bindable, literal_sql
from .template import Hole, Template, fill, make_template
from .values import Value

if TYPE_CHECKING:
    from .ports import TypeOracle
    from .rules.base import Context
    from .views import PlannedView

CLOCK = "as_of"


@dataclass(frozen=True, slots=True)
class Lowered:
    """Engine SQL of a stage; `parameters` are the names bound in it, sorted, as `$p1`, `$p2`, …"""

    sql: str
    parameters: tuple[str, ...]


def placeholders(parameters: Sequence[str]) -> Mapping[str, str]:
    """Return the placeholder of each bound parameter, without `$`.

    >>> dict(placeholders(("a", "b")))
    {'a': 'p1', 'b': 'p2'}
    """
    return {name: f"p{at}" for at, name in enumerate(sorted(parameters), start=1)}


def bound_values(parameters: Sequence[str], values: Mapping[str, Value], as_of: Value) -> Mapping[str, Value]:
    """Return values by placeholder, without `$`, as the engine port takes them; the run clock is among them."""
    return {CLOCK: as_of, **{mark: values[name] for name, mark in placeholders(parameters).items()}}


def lower(stage: StageDraft, templates: Mapping[str, Template], values: Mapping[str, Value]) -> Lowered:
    """Return the engine SQL of a stage.

    Args:
        stage: what is computed.
        templates: of the stage's view and all that it inlines, by real name.
        values: of all parameters, by name.
    """
    return _Writer(stage, templates, values).write()


class _Writer:
    """Writes one stage."""

    def __init__(self, stage: StageDraft, templates: Mapping[str, Template], values: Mapping[str, Value]) -> None:
        self.stage = stage
        self.templates = templates
        self.values = values
        views = () if stage.passes_on else (*stage.inlined, stage.view)
        self.views = {name: f"v{at}" for at, name in enumerate(views)}
        self.relations = {one.name: one for one in stage.relations}
        used = {name for view in views for name in templates[view].parameters}
        used |= {name for one in stage.relations for _, name in self._filters(one)}
        self.parameters = tuple(sorted(name for name in used if bindable(values[name])))
        self.marks = placeholders(self.parameters)

    def write(self) -> Lowered:
        if self.stage.passes_on:
            relation = self.stage.relations[0]
            return Lowered(f"SELECT {_columns(relation.schema)} FROM {quote(relation.name)}", ())
        ctes = [self._filtered(one) for one in self.stage.relations if self._filters(one)]
        for name in self.stage.inlined:
            ctes.extend(self._ctes(name))
            ctes.append(f"{quote(self.views[name])} AS ({self._fill(name, self.templates[name].body)})")
        ctes.extend(self._ctes(self.stage.view))
        body = self._fill(self.stage.view, self.templates[self.stage.view].body)
        recursive = "RECURSIVE " if any(self.templates[name].recursive for name in self.views) else ""
        head = f"WITH {recursive}{', '.join(ctes)} " if ctes else ""
        return Lowered(head + body, self.parameters)

    def _ctes(self, view: str) -> list[str]:
        own = self.views[view]
        return [f"{quote(f'{own}c{one.number}')}{one.columns} AS ({self._fill(view, one.query)})" for one in self.templates[view].ctes]

    def _fill(self, view: str, text: tuple[str | Hole, ...]) -> str:
        return fill(text, lambda hole: self._name(view, hole))

    def _name(self, view: str, hole: Hole) -> str:
        if hole.kind == "clock":
            return f"${CLOCK}"
        if hole.kind == "param":
            return self._value(hole.name)
        if hole.kind == "cte":
            return f"{self.views[view]}c{hole.name}"
        meant = self.stage.meanings[view, hole.name]
        relation = self.relations.get(meant)
        if relation is None:
            return self.views[meant]
        return relation.name if not self._filters(relation) else _filter_name(relation)

    def _value(self, name: str) -> str:
        return f"${self.marks[name]}" if name in self.marks else f"({literal_sql(self.values[name])})"

    def _filters(self, relation: RelationDraft) -> tuple[tuple[str, str], ...]:
        """Return the FILTER parameters in force: a null value restricts nothing."""
        return tuple((column, name) for column, name in relation.filters if self.values[name].value is not None)

    def _filtered(self, relation: RelationDraft) -> str:
        tests = [self._test(column, name) for column, name in self._filters(relation)]
        query = f"SELECT {_columns(relation.schema)} FROM {quote(relation.name)} WHERE {' AND '.join(tests)}"
        return f"{quote(_filter_name(relation))} AS ({query})"

    def _test(self, column: str, name: str) -> str:
        is_list = self.values[name].type.name == "LIST"
        return f"({quote(column)} = {f'ANY({self._value(name)})' if is_list else self._value(name)})"


def _filter_name(relation: RelationDraft) -> str:
    return f"f{relation.name[1:]}"


def _columns(schema: Schema) -> str:
    return ", ".join(map(quote, schema.names)) or "1"


def types_of(view: PlannedView, context: Context, before: Sequence[exp.CTE], query: exp.Expr, extra: Mapping[str, Schema]) -> Schema:
    """Return the columns of a piece of a view from the engine.

    Args:
        view: the view.
        context: what is known around it.
        before: common table expressions that the piece may read.
        query: the piece.
        extra: further relations by name, such as a recursive query's first term.

    Raises:
        EngineRefusal: the engine can't type it.
    """
    whole = query.copy()
    known = [cte.copy() for cte in before]
    if known:
        own = whole.args.get("with_")
        whole.set("with_", exp.With(expressions=[*known, *(own.expressions if own is not None else ())], recursive=True))
    for node in whole.find_all(exp.Except, exp.Intersect):
        node.set("distinct", True)  # the rule `except_all` comes later, and changes no type
    with closing(context.oracle()) as oracle:
        return oracle.schema(_typable(make_template(whole), context, extra, oracle), {})


def _typable(template: Template, context: Context, extra: Mapping[str, Schema], oracle: TypeOracle) -> str:
    """Return engine SQL of a query with nulls for parameters; the relations that it reads are declared."""
    names: dict[str, str] = {}

    def name(hole: Hole) -> str:
        if hole.kind == "clock":
            return literal_sql(Value(timestamp(6, "UTC"), datetime(2000, 1, 1, tzinfo=UTC)))
        if hole.kind == "param":
            return f"({literal_sql(Value(context.parameter_types[hole.name], None))})"
        if hole.kind == "cte":
            return f"c{hole.name}"
        if hole.name not in names:
            names[hole.name] = f"t{len(names)}"
            oracle.declare(names[hole.name], extra[hole.name] if hole.name in extra else context.schemas[hole.name])
        return names[hole.name]

    ctes = [f"{quote(f'c{one.number}')}{one.columns} AS ({fill(one.query, name)})" for one in template.ctes]
    head = f"WITH RECURSIVE {', '.join(ctes)} " if ctes else ""
    return head + fill(template.body, name)
