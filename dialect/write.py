"""Owns how trees become text: `to_sql` (treadle's own, parses back to an equal tree) and `to_engine_sql` (DataFusion's).

Nothing is lost on the way: a handler takes arguments of its node out of a dict, and what
is left in it is a coded error, as is a node without a handler. Operators stand in
brackets under any other operator, because the engine's precedence differs from ours and
has a fault of its own (`x IS DISTINCT FROM y AND z`, FACTS-DIALECT 4c).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlglot import exp

from .diagnostics import TreadleError, error
from .source import Source, Span
from .types import quote, shown

Arguments = dict[str, Any]
Handler = Callable[["Writer", exp.Expr, Arguments], str]

LEAVE_OUT = "write it in another way, or leave it out"


class Writer:
    """Writes nodes by a table of handlers.

    Args:
        handlers: for each class of node the function that writes it.
        source: the text the tree came from, for places in errors.
    """

    #: Whether `a AND (b AND c)` may be written without brackets.
    merges = False
    #: Whether brackets may be left out where everybody reads the same without: `a + 1 > b AND c`.
    relaxed = True

    def __init__(self, handlers: Mapping[type[exp.Expr], Handler], source: Source | None = None) -> None:
        """Start with a table; a writer has no other state."""
        self.handlers = handlers
        self.source = source

    def sql(self, node: exp.Expr) -> str:
        """Return the text of a node.

        Raises:
            TreadleError: T3101 for a node without a handler, T3100 for an argument that its handler left.
        """
        handler = self.handlers.get(type(node))
        if handler is None:
            raise self.refused("T3101", f"{_called(node)} cannot be written for the engine", node)
        left = dict(node.args)
        text = handler(self, node, left)
        self.consumed(node, left)
        return text

    def consumed(self, node: exp.Expr, left: Arguments) -> None:
        """Check that no argument of a node is left.

        Raises:
            TreadleError: T3100 for one that is.
        """
        for key, value in left.items():
            if value is not None and value is not False and value != [] and value != "":
                place = next((v for v in (value if isinstance(value, list) else [value]) if isinstance(v, exp.Expr)), node)
                raise self.refused("T3100", f"{_worded(key)} of {_called(node)} cannot be written for the engine", place, node)

    def refused(self, code: str, message: str, node: exp.Expr, around: exp.Expr | None = None, help: str = LEAVE_OUT) -> TreadleError:
        """Return the error about a node, at its place if the tree has places and the writer a source."""
        return error(code, message, self.place(node) or (self.place(around) if around is not None else None), help=help)

    def place(self, node: exp.Expr) -> Span | None:
        """Return the place of a node or of the nearest node around it."""
        at: exp.Expr | None = node
        while at is not None and not at.meta.get("span"):
            at = at.parent
        return self.source.span(*at.meta["span"]) if at is not None and self.source is not None else None

    def list(self, nodes: Iterable[exp.Expr]) -> str:
        """Return nodes with commas between."""
        return ", ".join(self.sql(node) for node in nodes)

    def operand(self, node: exp.Expr, same: type[exp.Expr] | None = None, under: type[exp.Expr] | None = None) -> str:
        """Return a node as an operand: in brackets if it is an operator, unless it is of the class `same`.

        Args:
            under: the class of the operator, if a tighter one may stand under it as it is.
        """
        node = bare(node)
        text = self.sql(node)
        kind = type(node)
        if not isinstance(node, OPERATORS) or kind is same:
            return text
        tighter = self.relaxed and under is not None and LEVELS.get(kind, 0) > LEVELS.get(under, 99)
        return text if tighter else f"({text})"

    def name(self, node: exp.Expr) -> str:
        """Return an identifier's text: quoted if it was, or if it must be."""
        return quote(node.name) if node.args.get("quoted") else shown_word(node.name)


def bare(node: exp.Expr) -> exp.Expr:
    """Return a node without brackets around it."""
    while type(node) is exp.Paren:
        node = node.this
    return node


def shown_word(name: str) -> str:
    """Return a name as a person may write it: quoted only where it would not be read as one word."""
    return name if name.isidentifier() else shown(name)


OPERATORS: tuple[type[exp.Expr], ...] = (
    *(exp.Binary, exp.Connector, exp.Not, exp.Neg, exp.BitwiseNot, exp.Between, exp.In, exp.AtTimeZone, exp.Lambda, exp.Alias),
    *(exp.RegexpLike, exp.RegexpILike, exp.SimilarTo),
)


#: How tightly operators bind, of those about which systems agree.
LEVELS: dict[type[exp.Expr], int] = {
    **{exp.Or: 1, exp.And: 2, exp.Not: 3, exp.EQ: 4, exp.NEQ: 4, exp.LT: 4, exp.LTE: 4, exp.GT: 4, exp.GTE: 4, exp.Is: 4},
    **{exp.In: 4, exp.Between: 4, exp.Like: 4, exp.ILike: 4, exp.DPipe: 5, exp.Add: 6, exp.Sub: 6, exp.Mul: 7, exp.Div: 7, exp.Mod: 7},
}


def _called(node: exp.Expr) -> str:
    names = {"select": "a SELECT", "join": "a join", "table": "a table", "window": "a window", "star": "`*`"}
    return names.get(node.key, f"`{node.key.upper()}`")


def _worded(key: str) -> str:
    return f"the part `{key.strip('_').replace('_', ' ').upper()}`"


def to_sql(tree: exp.Expr, source: Source | None = None) -> str:
    """Return treadle's canonical text of a tree, in one line; it parses back to an equal tree.

    Raises:
        TreadleError: T3100 or T3101 when the tree holds what treadle's SQL doesn't have.
    """
    from .write_queries import CANONICAL

    return Writer(CANONICAL, source).sql(tree)


def to_engine_sql(tree: exp.Expr, parameters: Mapping[str, str], clock: str, source: Source | None = None) -> str:
    """Return the text that DataFusion runs for a tree.

    Args:
        tree: a bound tree: names resolved, named arguments placed.
        parameters: for each parameter's real name the text to write, `$p1` or a literal.
        clock: the text for the run's clock.
        source: the text the tree came from, for places in errors.

    Raises:
        TreadleError: T3100 or T3101 for what the engine doesn't have or reads otherwise.
        Bug: for a parameter without a text, or a derived table without an alias.
    """
    from .write_engine import ENGINE, EngineWriter

    return EngineWriter(ENGINE, parameters, clock, source).sql(tree)
