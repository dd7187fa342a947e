"""Owns where a project's names are declared: views, sources, parameters, functions, arguments, columns, aliases.

In: scripts. Out: for a name and the place where it was missed, the place of its declaration.
Only errors need it, so it reads the statements again instead of the binder carrying places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from ...dialect.nodes import Param
from ...dialect.script import Script
from ...dialect.source import Span
from ...dialect.statements.base import Statement
from ...dialect.statements.function import FunctionStatement
from ...dialect.statements.materialized_view import MaterializedViewStatement
from ...dialect.statements.param import ParamStatement
from ...dialect.statements.query import QueryStatement
from ...dialect.statements.source import SourceStatement
from ...dialect.statements.view import ViewStatement
from .names import tables_read

VIEWS = (ViewStatement, MaterializedViewStatement, QueryStatement)


class Places:
    """The declarations of some scripts, looked up by name without case."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        """Collect every statement by what it declares; the first of a doubled name counts."""
        self.statements: tuple[Statement, ...] = tuple(s for script in scripts for s in script.statements)
        self.relations: dict[str, Statement] = {}
        self.parameters: dict[str, ParamStatement] = {}
        self.functions: dict[str, FunctionStatement] = {}
        for one in self.statements:
            if isinstance(one, (ViewStatement, MaterializedViewStatement, SourceStatement)):
                self.relations.setdefault(one.name.text.lower(), one)
            elif isinstance(one, ParamStatement):
                self.parameters.setdefault(one.name.text.lower(), one)
            elif isinstance(one, FunctionStatement):
                self.functions.setdefault(one.name.text.lower(), one)

    def statement(self, span: Span) -> Statement | None:
        """Return the statement that a place lies in."""
        inside = (s for s in self.statements if s.span.source is span.source and s.span.start <= span.start <= s.span.end)
        return next(inside, None)

    def declaration(self, code: str, span: Span, name: str) -> Span | None:
        """Return where a name is declared that is meant at a place, or None when nothing in the text declares it.

        Args:
            code: of the error about the misspelt name, which says what kind of name it is.
            span: where it is misspelt.
            name: the nearest name that there is.
        """
        lowered = name.lower()
        if code in ("T2010", "T7006"):
            parameter = self.parameters.get(lowered)
            return parameter.name.span if parameter else None
        if code == "T2012":
            function = self.functions.get(lowered)
            return function.name.span if function else None
        if code == "T2020":
            return self._argument(span, lowered)
        here = self.statement(span)
        local = self._local(here, lowered, code)
        if local is not None:
            return local
        if code == "T2002":
            relation = self.relations.get(lowered)
            return relation.name.span if isinstance(relation, (ViewStatement, MaterializedViewStatement, SourceStatement)) else None
        return self._column(here, lowered, set()) if isinstance(here, (*VIEWS, FunctionStatement)) else None

    def typed(self, span: Span) -> Iterator[tuple[str, Span]]:
        """Yield the parameters and arguments that a place is about, with the places of their types."""
        here = self.statement(span)
        if isinstance(here, ParamStatement):
            yield here.name.text, here.type.span
        elif isinstance(here, FunctionStatement):
            names = {str(c.name).lower() for c in _inside(_body(here), span, exp.Column)}
            for one in here.arguments:
                declares = one.type.span.start <= span.start <= one.type.span.end
                if one.name.text.lower() in names or declares or one.name.span == span:
                    yield one.name.text, one.type.span
        elif isinstance(here, VIEWS):
            for node in _inside(here.query.tree, span, Param):
                parameter = self.parameters.get(str(node.name).lower())
                if parameter is not None:
                    yield parameter.name.text, parameter.type.span

    def _argument(self, span: Span, name: str) -> Span | None:
        """Return where the argument of a function is declared that a call nearby names."""
        here = self.statement(span)
        tree = here.query.tree if isinstance(here, VIEWS) else _body(here) if isinstance(here, FunctionStatement) else None
        around = [c for c in tree.find_all(exp.Anonymous) if _covers(c, span)] if tree is not None else []
        for call in sorted(around, key=lambda c: c.meta["span"][1] - c.meta["span"][0]):
            function = self.functions.get(str(call.name).lower())
            if function is not None:
                return next((a.name.span for a in function.arguments if a.name.text.lower() == name), None)
        return None

    def _local(self, here: Statement | None, name: str, code: str) -> Span | None:
        """Return where the statement itself declares a name: an argument, a parameter's own, an alias, a name of WITH."""
        if isinstance(here, FunctionStatement):
            argument = next((a.name.span for a in here.arguments if a.name.text.lower() == name), None)
            if argument is not None:
                return argument
        if isinstance(here, ParamStatement):
            return here.name.span if here.name.text.lower() == name else None
        tree = here.query.tree if isinstance(here, VIEWS) else _body(here) if isinstance(here, FunctionStatement) else None
        if here is None or tree is None:
            return None
        wanted = (exp.TableAlias, exp.Table) if code == "T2002" else (exp.Alias, exp.TableAlias)
        return _found(here, _declared(tree, wanted), name)

    def _column(self, here: Statement, name: str, seen: set[str]) -> Span | None:
        """Return where a view that a statement reads, at any distance, gives a column its name."""
        tree = here.query.tree if isinstance(here, VIEWS) else _body(here) if isinstance(here, FunctionStatement) else None
        for table in tables_read(tree) if tree is not None else ():
            written = ".".join(str(table.args[k].this) for k in ("db", "this") if table.args.get(k) is not None).lower()
            read = self.relations.get(written)
            if written in seen or not isinstance(read, VIEWS):
                continue
            seen.add(written)
            place = _found(read, _declared(read.query.tree, (exp.Alias,)), name) or self._column(read, name, seen)
            if place is not None:
                return place
        return None


def _body(function: FunctionStatement) -> exp.Expr | None:
    """Return the tree of a SQL function's body."""
    island = function.query or function.body
    return island.tree if island is not None else None


def _declared(tree: exp.Expr, kinds: tuple[type[exp.Expr], ...]) -> Iterator[exp.Identifier]:
    """Yield the identifiers by which nodes of these kinds give things names."""
    for node in tree.find_all(*kinds):
        given = [node.this] if isinstance(node, (exp.Table, exp.TableAlias)) else [node.args.get("alias")]
        given += [c if isinstance(c, exp.Identifier) else c.find(exp.Identifier) for c in node.args.get("columns") or []]
        yield from (one for one in given if isinstance(one, exp.Identifier))


def _found(here: Statement, names: Iterator[exp.Identifier], name: str) -> Span | None:
    places = (one.meta.get("span") for one in names if str(one.this).lower() == name)
    place = next((p for p in places if p), None)
    return here.span.source.span(*place) if place else None


def _covers(node: exp.Expr, span: Span) -> bool:
    place: tuple[int, int] | None = node.meta.get("span")
    return place is not None and place[0] <= span.start and span.end <= place[1]


def _inside(tree: exp.Expr | None, span: Span, kind: type[exp.Expr]) -> Iterator[exp.Expr]:
    """Yield the nodes of a kind that lie in a place."""
    for node in tree.find_all(kind) if tree is not None else ():
        place = node.meta.get("span")
        if place and span.start <= place[0] and place[1] <= span.end:
            yield node
