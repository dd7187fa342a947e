"""Owns finding the types of columns in a bound tree: by the schemas of what is read where they come from there, else by the engine.

Bound trees that were read from a specification carry no types, so nothing here looks for any in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.types import DataType, Field, Schema
from ...dialect.types_sql import node_type
from ..lower import types_of
from ..ports import EngineRefusal
from ..rules.base import Context
from ..trees import first_select, table_name, walk_tables
from ..views import PlannedView


class ColumnTypes:
    """Types of the columns of one view's tree; what it found it remembers, so keep it only while the tree stays."""

    def __init__(self, view: PlannedView, context: Context, tree: exp.Expr) -> None:
        """Look into this tree of a view."""
        self.view, self.context, self.tree = view, context, tree
        self._meanings: dict[int, exp.CTE | None] | None = None
        self._schemas: dict[int, Schema | None] = {}
        self._known: dict[tuple[int, str], DataType | None] = {}

    def of(self, column: exp.Expr) -> DataType | None:
        """Return the type of a column, or of a field of one; None where it can't be known."""
        if isinstance(column, exp.Bracket):
            return self._field(column)
        if not isinstance(column, exp.Column) or not column.table:
            return None
        source = next((one for one in _sources(column) if one.alias_or_name == column.table), None)
        return None if source is None else self._column(source, column.name)

    def _field(self, node: exp.Bracket) -> DataType | None:
        whole = self.of(node.this)
        key = node.expressions[0] if len(node.expressions) == 1 else None
        if whole is None or whole.name != "STRUCT" or not (isinstance(key, exp.Literal) and key.is_string):
            return None
        found = next((one.type for one in whole.fields if one.name == key.this), None)
        return _somewhere(found) if found is not None and found.zone and self.view.reads() else found

    def _column(self, source: exp.Expr, name: str) -> DataType | None:
        key = (id(source), name)
        if key not in self._known:
            self._known[key] = None  # a recursive query reads itself
            self._known[key] = self._found(source, name)
        return self._known[key]

    def _found(self, source: exp.Expr, name: str) -> DataType | None:
        alias = source.args.get("alias")
        given = [one.name for one in alias.args.get("columns") or ()] if isinstance(alias, exp.TableAlias) else []
        if isinstance(source, exp.Subquery):
            return self._output(source.this, given, name)
        if not isinstance(source, exp.Table) or not isinstance(source.this, exp.Identifier):
            return None
        cte = self._meaning(source)
        if cte is None:
            schema = self.context.schemas.get(table_name(source))
            if schema is None:
                return None
            name = schema.names[given.index(name)] if name in given else name
            field = schema.get(name)
            if field is not None and field.type.zone and table_name(source) not in self.view.relations:
                return self._zoned(table_name(source), field)
            return field.type if field is not None else None
        own = cte.args["alias"].args.get("columns") or ()
        names = [one.name for one in own]
        if name in given:
            place = given.index(name)
            return self._output(cte.this, [str(n) for n in range(place)] + [name], name)
        return self._output(cte.this, names, name)

    def _output(self, query: exp.Expr, names: list[str], name: str) -> DataType | None:
        select = first_select(query) if isinstance(query, exp.Select | exp.Subquery) else None
        if select is not None:
            items = select.expressions
            place = names.index(name) if name in names else next((n for n, one in enumerate(items) if one.alias_or_name == name), None)
            item = items[place].unalias() if place is not None and place < len(items) else None
            if isinstance(item, exp.Cast):
                return node_type(item.args["to"])
            if isinstance(item, exp.Column) and (found := self.of(item)) is not None:
                return found
        schema = self._typed(query)
        place = names.index(name) if name in names else schema.names.index(name) if schema is not None and name in schema.names else -1
        if schema is None or not 0 <= place < len(schema):
            return None
        found = schema.fields[place].type
        return _somewhere(found) if found.zone and self.view.reads() else found

    def _zoned(self, name: str, field: Field) -> DataType:
        """Return the type of a view's column with the zone that it has where it comes from: specifications say only that there is one."""
        view = self.context.views.by_name.get(name)
        select = first_select(view.tree) if view is not None and isinstance(view.tree, exp.Select) else None
        item = next((one.unalias() for one in select.expressions if one.alias_or_name == field.name), None) if select is not None else None
        if view is None or not isinstance(item, exp.Column):
            return _somewhere(field.type)
        return ColumnTypes(view, self.context, view.tree).of(item) or _somewhere(field.type)

    def _typed(self, query: exp.Expr) -> Schema | None:
        """Return the columns of a query of the tree from the engine."""
        if id(query) not in self._schemas:
            try:
                self._schemas[id(query)] = types_of(self.view, self.context, _before(query), query, {})
            except EngineRefusal:  # it takes values from outside, or names what only the whole has
                self._schemas[id(query)] = None
        return self._schemas[id(query)]

    def _meaning(self, table: exp.Table) -> exp.CTE | None:
        if self._meanings is None:
            self._meanings = {id(one): cte for one, cte in walk_tables(self.tree)}
        return self._meanings.get(id(table))

    def constant(self, node: exp.Expr) -> DataType | None:
        """Return the type of an expression without columns from the engine; None where it can't say."""
        query = exp.Select(expressions=[exp.Alias(this=clone(node), alias=exp.to_identifier("c", quoted=True))])
        try:
            return types_of(self.view, self.context, (), query, {}).fields[0].type
        except EngineRefusal:
            return None


def _somewhere(kind: DataType) -> DataType:
    """Return a type with a time zone that is not known."""
    return replace(kind, zone="?")


def _sources(column: exp.Expr) -> Iterator[exp.Expr]:
    """Yield what is read around a column, innermost first."""
    at = column.parent
    while at is not None:
        if isinstance(at, exp.Select):
            from_ = at.args.get("from_")
            if from_ is not None:
                yield from_.this
            for join in at.args.get("joins") or ():
                yield join.this
        at = at.parent


def _before(query: exp.Expr) -> list[exp.CTE]:
    """Return the common table expressions that a query of a tree may read, outermost first."""
    found: list[exp.CTE] = []
    at: exp.Expr | None = query
    while at is not None:
        with_ = at.args.get("with_") if at is not query else None
        if with_ is not None:
            known = []
            for cte in with_.expressions:
                if _holds(cte, query):
                    break
                known.append(cte)
            found = [*known, *found]
        at = at.parent
    return found


def _holds(around: exp.Expr, node: exp.Expr) -> bool:
    at: exp.Expr | None = node
    while at is not None and at is not around:
        at = at.parent
    return at is around
