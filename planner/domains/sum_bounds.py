"""Owns what is known of sums before they are computed: how many rows a query reads at most, how far the values of an expression go.

Rows and values come from the logs of Delta tables, from types, and from counts of rows. All of it is true of every row that
can be read: joins multiply rows, an outer one adds its side's, filters and deletions only take some away. What isn't known is None.
"""

from __future__ import annotations

from math import prod

from sqlglot import exp

from ...dialect.types_sql import node_type
from ...dialect.walk import find_all
from ..integer_bounds import WIDTHS, Bounds, range_of
from ..ports import PinnedSource
from ..trees import table_name, walk_tables
from ..views import PlannedView
from .base import DomainContext

DEEPEST = 8
"""Views below a view through which it is looked for tables: planning costs the same for each view however deep the graph is."""
_OTHER = ("laterals", "match", "connect", "pivots", "joins")
_SETS = (exp.GroupingSets, exp.Cube, exp.Rollup)


class Known:
    """What is known of one view's tree; it remembers what it found, so keep it only while the tree stays.

    Args:
        view: the view.
        tree: its tree.
        context: what is known around it.
        depth: through how many more views it may look.
    """

    def __init__(self, view: PlannedView, tree: exp.Expr, context: DomainContext, depth: int = DEEPEST) -> None:
        """Look into this tree of a view."""
        self.view, self.context, self.depth = view, context, depth
        self._meanings = {id(table): cte for table, cte in walk_tables(tree)}
        self._rows: dict[int, int | None] = {}
        self._others: dict[str, Known] = {}

    def rows(self, query: exp.Expr) -> int | None:
        """Return how many rows a query, or a relation in FROM, has at most."""
        if id(query) not in self._rows:
            self._rows[id(query)] = None  # a recursive query reads itself
            self._rows[id(query)] = self._counted(query)
        return self._rows[id(query)]

    def read(self, select: exp.Select) -> int | None:
        """Return how many rows a SELECT has at most before it groups them."""
        if any(select.args.get(key) for key in _OTHER if key != "joins") or _spreads(select):
            return None
        counts = [self.rows(relation) for relation in _relations(select)]
        known = [count for count in counts if count is not None]
        if len(known) < len(counts):
            return None
        return max(known[0], 1) if len(known) == 1 else prod(count + 1 for count in known)

    def range(self, node: exp.Expr, select: exp.Select) -> Bounds | None:
        """Return between what integers the values of an expression in a SELECT lie, null left aside; None for other types too."""
        if isinstance(node, exp.Paren):
            return self.range(node.this, select)
        if isinstance(node, exp.Literal):
            return None if node.is_string or not str(node.this).isdigit() else (int(str(node.this)),) * 2
        if isinstance(node, exp.Column):
            return self._column(node, select)
        if isinstance(node, exp.Cast):
            return self._cast(node, select)
        if isinstance(node, exp.Case):
            parts = [arm.args["true"] for arm in node.args.get("ifs") or ()]
            last = node.args.get("default")
            return self._any([*parts, *([] if last is None else [last])], select)
        if isinstance(node, exp.Anonymous) and str(node.this).lower() == "coalesce":
            return self._any(node.expressions, select)
        if isinstance(node, exp.Anonymous) and str(node.this).lower() == "count":
            rows = self.read(select)
            return None if rows is None else (0, rows)
        return None

    def _counted(self, query: exp.Expr) -> int | None:
        if isinstance(query, exp.Select):
            return None if _has_sets(query) else self.read(query)
        if isinstance(query, exp.Union):
            sides = [self.rows(side) for side in (query.left, query.right)]
            return None if None in sides else sum(one for one in sides if one is not None)
        if any(query.args.get(key) for key in _OTHER):
            return None
        if isinstance(query, exp.Values):
            return len(query.expressions)
        if isinstance(query, exp.Subquery):
            return self.rows(query.this)
        if not isinstance(query, exp.Table) or not isinstance(query.this, exp.Identifier):
            return None
        cte = self._meanings.get(id(query))
        if cte is not None:
            return None if _is_recursive(cte) else self.rows(cte.this)
        if (pin := self._pin(query)) is not None:
            return pin.row_count
        other = self._other(query)
        return None if other is None else other.rows(other.view.tree)

    def _cast(self, node: exp.Cast, select: exp.Select) -> Bounds | None:
        """Return the range of a cast between integers: of what is cast, where it fits, else it is an error; and of a checked sum."""
        name = node_type(node.args["to"]).name
        inner = self.range(node.this, select)
        if name not in WIDTHS or node_type(node.args["to"]).sql() not in WIDTHS:
            return inner if name == "DECIMAL" and (node_type(node.args["to"]).scale or 0) == 0 else None
        low, high = range_of(name)
        if inner is not None:
            return max(low, inner[0]), min(high, inner[1])
        return (low, high) if name != "BIGINT" else None

    def _any(self, parts: list[exp.Expr], select: exp.Select) -> Bounds | None:
        found = [self.range(one, select) for one in parts if not isinstance(one, exp.Null)]
        known = [one for one in found if one is not None]
        if not known or len(known) < len(found):
            return None
        return min(low for low, _ in known), max(high for _, high in known)

    def _column(self, column: exp.Column, select: exp.Select) -> Bounds | None:
        named = [one for one in _relations(select) if one.alias_or_name == column.table]
        return self._output(named[0], column.name) if len(named) == 1 else None

    def _output(self, relation: exp.Expr, name: str) -> Bounds | None:
        """Return the range of a column of a relation in FROM."""
        alias = relation.args.get("alias")
        if isinstance(alias, exp.TableAlias) and alias.args.get("columns"):
            return None
        if any(relation.args.get(key) for key in _OTHER):
            return None
        if isinstance(relation, exp.Subquery):
            return self._item(relation.this, name)
        if not isinstance(relation, exp.Table) or not isinstance(relation.this, exp.Identifier):
            return None
        cte = self._meanings.get(id(relation))
        if cte is not None:
            return None if _is_recursive(cte) else self._item(cte.this, name)
        if (pin := self._pin(relation)) is not None:
            return self._of_log(pin, name)
        other = self._other(relation)
        return other._item(other.view.tree, name) if other is not None else None

    def _item(self, query: exp.Expr, name: str) -> Bounds | None:
        if not isinstance(query, exp.Select):
            return None
        items = [one for one in query.expressions if one.alias_or_name == name]
        return self.range(items[0].unalias(), query) if len(items) == 1 else None

    def _of_log(self, pin: PinnedSource, name: str) -> Bounds | None:
        field = pin.schema.get(name)
        if field is None or field.type.sql() not in WIDTHS:
            return None
        if field.type.name != "BIGINT":
            return range_of(field.type.name)
        files = self.context.lake.ranges(pin, (name,))
        values = [value for file in files or () for value in file.bounds[0]]
        known = [value for value in values if isinstance(value, int)]
        return (min(known), max(known)) if known and len(known) == len(values) else None

    def _pin(self, table: exp.Table) -> PinnedSource | None:
        source = self.view.relations.get(table_name(table))
        return self.context.pins.get(source) if source is not None else None

    def _other(self, table: exp.Table) -> Known | None:
        """Return what is known of a view that this one reads."""
        name = table_name(table)
        view = self.context.rules.views.by_name.get(name)
        if view is None or name in self.view.relations or name in self.view.staged or self.depth == 0:
            return None
        if name not in self._others:
            self._others[name] = Known(view, view.tree, self.context, self.depth - 1)
        return self._others[name]


def _relations(select: exp.Select) -> list[exp.Expr]:
    from_ = select.args.get("from_")
    return [*([] if from_ is None else [from_.this]), *(join.this for join in select.args.get("joins") or ())]


def _spreads(select: exp.Select) -> bool:
    """Say whether a SELECT may make several rows of one; asked of all that stands in it."""
    found = find_all(select, exp.Anonymous, exp.Unnest, exp.Lateral)
    return any(not isinstance(one, exp.Anonymous) or str(one.this).lower() == "unnest" for one in found)


def _has_sets(select: exp.Select) -> bool:
    """Say whether a SELECT groups its rows more than once."""
    group = select.args.get("group")
    return group is not None and (any(group.args.get(key) for key in ("totals", "all")) or any(True for _ in find_all(group, *_SETS)))


def _is_recursive(cte: exp.CTE) -> bool:
    with_ = cte.parent
    return not isinstance(with_, exp.With) or bool(with_.args.get("recursive"))
