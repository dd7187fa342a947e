"""Owns the rule `json_guards`: what `json_valid` keeps out is never read as JSON, in whatever order the engine asks conditions.

The engine merges the conditions of views and subqueries into one, and may ask all of them of a whole batch. So where WHERE
or ON demands `json_valid(j)`, and in what reads such rows further on, JSON is read by functions that give NULL for other texts.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.nodes import clone
from ..json_paths import LENIENT, VALID
from ..trees import table_name, walk_tables
from ..views import PlannedView, Views
from .base import Context, RewriteRule

READING = tuple(LENIENT)
Guarded = frozenset[str]
"""Output columns that hold JSON or NULL, by name."""


def rewrite(views: Views, context: Context) -> Views:
    """Return the views with guarded texts read by functions that refuse nothing."""
    known: dict[str, Guarded] = {}

    def one(view: PlannedView) -> PlannedView:
        calls = [node for node in view.find_all(exp.Anonymous) if str(node.this) == VALID or str(node.name) in (*READING, VALID)]
        if not calls and not any(known.get(name) for name in view.reads()):
            return view
        tree = clone(view.tree)
        work = _Work(tree, known)
        known[view.name] = work.query(tree)
        return view.rewritten(tree) if work.changed else view

    return views.map(one)


class _Work:
    """One view's tree, whose calls are changed in place."""

    def __init__(self, tree: exp.Expr, views: dict[str, Guarded]) -> None:
        self.views, self.changed = views, False
        self.meaning = {id(table): cte for table, cte in walk_tables(tree)}
        self.done: dict[int, Guarded] = {}

    def query(self, node: exp.Expr) -> Guarded:
        """Return the guarded columns of a query, which it goes through once."""
        if id(node) not in self.done:
            self.done[id(node)] = frozenset()  # for recursive ones
            self.done[id(node)] = self._query(node)
        return self.done[id(node)]

    def _query(self, node: exp.Expr) -> Guarded:
        with_ = node.args.get("with_")
        for cte in with_.expressions if with_ is not None else ():
            self.query(cte.this)
        if isinstance(node, exp.Select):
            return self._select(node)
        if isinstance(node, exp.Subquery):
            return self.query(node.this)
        if isinstance(node, exp.SetOperation):
            for side in (node.this, node.expression):
                self.query(side)
        return frozenset()

    def _select(self, select: exp.Select) -> Guarded:
        texts = self._sources(select)
        where = select.args.get("where")
        texts |= _demanded(where.this) if where is not None else set()
        joins = {id(join): texts | _demanded(join.args["on"]) for join in select.args.get("joins") or () if join.args.get("on") is not None}
        for inner in _own(select):
            if isinstance(inner, exp.Query):
                self.query(inner)
            elif isinstance(inner, exp.Anonymous) and str(inner.name) in READING:
                join = inner.find_ancestor(exp.Join, exp.Select)
                held = joins.get(id(join), texts)
                if to_sql(_document(inner)) in held:
                    inner.set("this", exp.to_identifier(LENIENT[str(inner.name)], quoted=True))
                    self.changed = True
        return frozenset(str(one.alias) for one in select.expressions if isinstance(one, exp.Alias) and to_sql(one.this) in texts)

    def _sources(self, select: exp.Select) -> set[str]:
        """Return the columns of what a SELECT reads that are guarded there, as they are written in it."""
        found: set[str] = set()
        from_ = select.args.get("from_")
        for source in [from_, *(select.args.get("joins") or ())]:
            table = source.this if source is not None else None
            if isinstance(table, exp.Table):
                cte = self.meaning.get(id(table))
                columns = self.query(cte.this) if cte is not None else self.views.get(table_name(table), frozenset())
            elif isinstance(table, exp.Subquery):
                columns = self.query(table)
            else:
                continue
            alias = exp.to_identifier(table.alias_or_name, quoted=True)
            found |= {to_sql(exp.Column(this=exp.to_identifier(one, quoted=True), table=alias)) for one in columns}
        return found


def _own(select: exp.Select) -> list[exp.Expr]:
    """Return the nodes of a SELECT, those of queries inside not, but these themselves."""
    found: list[exp.Expr] = []
    waiting: list[exp.Expr] = [value for key, value in _values(select) if key != "with_"]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, exp.Query):
            waiting += [value for _, value in _values(node)]
    return found


def _values(node: exp.Expr) -> list[tuple[str, exp.Expr]]:
    return [
        (key, one)
        for key, value in node.args.items()
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, exp.Expr)
    ]


def _document(call: exp.Expr) -> exp.Expr:
    """Return the text that a call reads, through calls inside of it."""
    given: exp.Expr = call.expressions[0]
    while isinstance(given, exp.Paren):
        given = given.this
    return given


def _demanded(condition: exp.Expr) -> set[str]:
    """Return the texts that a condition demands to be JSON, as they are written."""
    waiting, found = [condition], set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.And):
            waiting += [node.this, node.expression]
        elif isinstance(node, exp.Paren):
            waiting.append(node.this)
        elif isinstance(node, exp.Anonymous) and str(node.name) == VALID:
            found.add(to_sql(_document(node)))
    return found


RULE = RewriteRule("json_guards", "what json_valid keeps out of a query is not read as JSON, whatever the engine asks first", rewrite)
