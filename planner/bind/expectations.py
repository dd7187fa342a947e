"""Owns binding of constraints: conditions over a view's own columns, columns that are unique or refer, other views referred to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from ...dialect.diagnostics import Label, TreadleError, counted, did_you_mean
from ...dialect.nodes import clone
from ...dialect.statements.base import Name
from ...dialect.statements.materialized_view import Constraint, MaterializedViewStatement
from ...dialect.types import BOOLEAN, Schema, shown
from ...dialect.walk import find_all
from ..checks import after, aggregate_calls, check_tree, staged
from ..ports import EngineRefusal
from ..project import BoundExpectation
from ..spec import ExpectationKind, ExpectationSpec
from .context import Binding
from .early import type_early
from .engine_text import engine_text
from .expressions import bind_expression
from .functions import finish_sums
from .infer import family
from .locate import report_refusal
from .names import ADHOC
from .scope import Column, Relation, Scope


def bind_expectations(outer: Binding, statement: MaterializedViewStatement, schema: Schema) -> tuple[BoundExpectation, ...]:
    """Return the bound constraints of a view; what is wrong goes to the binding's problems.

    An ad hoc query writes nothing, so there the constraints of the views that it reads say nothing.
    """
    if ADHOC in outer.catalog.names or not statement.constraints:
        return ()
    outer.catalog.engine_oracle.declare(staged(outer.name), schema)
    outer.catalog.engine_oracle.declare(after(outer.name), schema)
    _refuse_doubles(outer, statement.constraints)
    found = []
    for constraint in statement.constraints:
        binding = Binding(outer.name, outer.source, outer.catalog)
        bound = _Binder(binding, statement, schema, constraint).bind()
        outer.problems.add(*binding.problems)
        if bound is not None and not binding.problems.errors:
            found.append(bound)
    return tuple(found)


def _refuse_doubles(binding: Binding, constraints: Sequence[Constraint]) -> None:
    seen: dict[str, Constraint] = {}
    for one in constraints:
        first = seen.setdefault(one.name.text.lower(), one)
        if first is not one:
            label = Label(first.name.span, "first here")
            binding.fail("T2048", f"the constraint `{one.name.text}` is declared twice", one.name.span, labels=(label,), help="rename one")


class _Binder:
    """Binds one constraint."""

    def __init__(self, binding: Binding, statement: MaterializedViewStatement, schema: Schema, constraint: Constraint) -> None:
        self.binding, self.statement, self.schema, self.constraint = binding, statement, schema, constraint
        self.aggregates = frozenset(n for n, one in binding.catalog.built_ins.items() if one.kind == "aggregate")
        self.source = False

    def bind(self) -> BoundExpectation | None:
        made = {"row": self._condition, "unique": self._unique, "references": self._references}[self.constraint.form]()
        if made is None or self.binding.problems.errors or self.binding.doubtful:
            return None
        if made.kind != "row":
            self._refuse_drop()
            self._plan(made)
        parameters, functions = tuple(sorted(self.binding.parameters)), tuple(sorted(self.binding.functions))
        return BoundExpectation(made, self.constraint.span, parameters, functions, self.source)

    def _spec(self, kind: ExpectationKind, **parts: object) -> ExpectationSpec:
        said = {"name": self.constraint.name.text, "kind": kind, "on_violation": self.constraint.on_violation, **parts}
        return ExpectationSpec.model_validate(said)

    def _refuse_drop(self) -> None:
        if self.constraint.on_violation != "DROP":
            return
        what, out = {
            "row": ("an aggregate condition speaks of no single row", "filter the view instead, or write WARN or FAIL"),
            "unique": ("UNIQUE doesn't say which row to keep", "keep one row per key in the view with QUALIFY row_number() OVER (…) = 1"),
            "references": ("REFERENCES is checked once all rows are there", "keep the rows that match with a SEMI JOIN in the view"),
        }[self.constraint.form]
        self.binding.fail("T2091", f"`{self.constraint.name.text}` can't DROP rows: {what}", self.constraint.span, help=out)

    def _condition(self) -> ExpectationSpec | None:
        from ...dialect import to_sql

        assert self.constraint.condition is not None
        tree = clone(self.constraint.condition.tree)
        if self._is_refused(tree):
            return None
        bound = bind_expression(self.binding, tree, self._scope())
        if self.binding.problems.errors or self.binding.doubtful:
            return None
        if self.binding.volatile:
            self._fail("it calls a function that gives another value each time", "compute the value in the view, as a column")
            return None
        calls = aggregate_calls(bound, self.aggregates)
        if calls and self._is_mixed(bound, calls):
            return None
        typed = self._typed(bound)
        if typed is None:
            return None
        for column in find_all(typed, exp.Column):
            column.set("table", None)
        return self._spec("aggregate" if calls else "row", condition=to_sql(typed))

    def _scope(self) -> Scope:
        parts = self.statement.name.parts
        alias = parts[-1].text
        columns = tuple(Column(f.name, f.type) for f in self.schema)
        qualifier = parts[0].text if len(parts) > 1 else None
        table = exp.alias_(exp.Table(this=exp.to_identifier(after(self.binding.name), quoted=True)), alias, table=True, quoted=True)
        return Scope(relations=[Relation(alias, columns, self.statement.name.span, qualifier)], sources=[table])

    def _is_refused(self, tree: exp.Expr) -> bool:
        for node in find_all(tree, exp.Query, exp.Window):
            if isinstance(node, exp.Window):
                self._fail("it has a window", "compute it in the view, as a column", node)
            else:
                self._fail("it has a subquery", "refer to other views with REFERENCES, or compute a column in the view", node)
            return True
        return False

    def _is_mixed(self, tree: exp.Expr, calls: Sequence[exp.Expr]) -> bool:
        inside = {id(node) for call in calls for node in call.walk()}
        for column in find_all(tree, exp.Column):
            if id(column) not in inside:
                why = f"`{column.name}` stands outside of the aggregates, and belongs to single rows"
                self._fail(why, "make two constraints of it, or aggregate the column too", column)
                return True
        return False

    def _fail(self, why: str, help: str, node: exp.Expr | None = None) -> None:
        assert self.constraint.condition is not None
        message = f"the condition of `{self.constraint.name.text}` can't be checked: {why}"
        self.binding.fail("T2090", message, self.constraint.condition.span if node is None else node, help=help)

    def _typed(self, bound: exp.Expr) -> exp.Expr | None:
        """Return the condition as the engine takes it, once that says it is BOOLEAN."""
        assert self.constraint.condition is not None
        item = exp.alias_(bound, "holds", quoted=True)
        query = exp.Select(expressions=[item], from_=exp.From(this=self._scope().sources[0]))
        type_early(self.binding, query)
        finish_sums(query)
        found = self._schema(query)
        if found is None:
            return None
        type_ = found.fields[0].type
        if type_ != BOOLEAN:
            self._fail(f"it is {type_}, and must be BOOLEAN", "compare it with something")
            return None
        held: exp.Expr = item.this
        held.pop()
        return held

    def _schema(self, query: exp.Expr) -> Schema | None:
        catalog = self.binding.catalog
        try:
            text, values = engine_text(query, catalog.parameters, catalog.values, self.binding.source)
            return catalog.engine_oracle.schema(text, values)
        except EngineRefusal as refusal:
            condition = self.constraint.condition
            report_refusal(self.binding, query, refusal, condition.span if condition is not None else self.constraint.span)
        except TreadleError as problem:
            self.binding.problems.catch(problem)
        return None

    def _plan(self, made: ExpectationSpec) -> None:
        """Let the engine plan the query of the constraint, which tells what it can't compare or group."""
        target = after(self.binding.name) if made.target == self.binding.name else made.target
        if made.kind != "aggregate" and not self.source:
            self._schema(check_tree(made, self.binding.name, self.aggregates, target))

    def _unique(self) -> ExpectationSpec | None:
        columns = self._own(self.constraint.columns)
        return self._spec("unique", columns=columns) if columns else None

    def _own(self, names: Sequence[Name]) -> tuple[str, ...]:
        from .views import real_column

        found = [real_column(self.binding, one, self.schema, self.statement) for one in names]
        return tuple(dict.fromkeys(c for c in found if c)) if self.constraint.form == "unique" else tuple(c for c in found if c)

    def _references(self) -> ExpectationSpec | None:
        found = self._target()
        columns = self._own(self.constraint.columns)
        if found is None or len(columns) < len(self.constraint.columns):
            return None
        name, schema = found
        theirs = [self._theirs(one, name, schema) for one in self.constraint.target_columns]
        if None in theirs:
            return None
        if len(theirs) != len(columns):
            message = f"{counted(len(columns), 'column')} of `{self.binding.name}` can't refer to {len(theirs)} of `{name}`"
            self.binding.fail("T2092", message, self.constraint.span, help="name as many columns on both sides")
            return None
        for own, other in zip(columns, theirs, strict=True):
            self._compare(own, name, schema, str(other))
        return self._spec("references", columns=columns, target=name, target_columns=tuple(theirs))

    def _target(self) -> tuple[str, Schema] | None:
        target, catalog = self.constraint.target, self.binding.catalog
        assert target is not None
        known = [n for n in catalog.names.get(target.text.lower(), ()) if n == target.text or not any(p.quoted for p in target.parts)]
        if not known:
            names = sorted({name for listed in catalog.names.values() for name in listed})
            self.binding.fail("T2002", f"there is no view or source `{target.text}`", target.span, help=did_you_mean(target.text, names))
            return None
        name = known[0]
        if name == self.binding.name:
            return name, self.schema
        source = catalog.sources.bound.get(name)
        self.source = name not in catalog.views
        schema = source.schema if self.source and source is not None else catalog.views.get(name)
        if schema is None:
            self.binding.doubtful = True  # its own errors come first
            return None
        return name, schema

    def _theirs(self, name: Name, target: str, schema: Schema) -> str | None:
        real = next((c for c in schema.names if name.matches(c)), None)
        if real is None:
            near = did_you_mean(name.text, schema.names) or "its columns are " + ", ".join(f"`{shown(n)}`" for n in schema.names[:8])
            self.binding.fail("T2001", f"`{target}` has no column `{name.text}`", name.span, help=near)
        return real

    def _compare(self, own: str, target: str, schema: Schema, other: str) -> None:
        one, two = self.schema.get(own), schema.get(other)
        if one is None or two is None or family(one.type) == family(two.type):
            return
        message = f"`{shown(own)}` is {one.type}, and `{shown(other)}` of `{target}` is {two.type}"
        self.binding.fail("T2030", message, self.constraint.span, help="cast the column in one of the views")
