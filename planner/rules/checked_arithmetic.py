"""Owns the rule `checked_arithmetic`: `+ - *` over integers that would leave their type stop the query instead of wrapping.

What can't overflow by its types and literals stays as it is. Where leaves are columns, literals or parameters, a guard lets
plain arithmetic through as long as they are small enough for it (`planner.integer_bounds`), which costs a comparison a leaf;
the rest goes to functions of treadle's own, which check each operation and say where it stands. Negation, `abs` and
division the engine checks itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.diagnostics import error
from ...dialect.nodes import Param, clone
from ...dialect.types import BIGINT, DataType, decimal
from ...dialect.types_sql import type_node
from ...dialect.walk import find_all
from ..functions.packs.arithmetic import NAMES, WITHIN
from ..integer_bounds import Leaf, Operand, Operation, range_of, room, value_of
from ..operand_types import operand_types
from ..views import PlannedView, Views
from .base import Context, RewriteRule

SIGNS: Mapping[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
PLAIN = (exp.Column, exp.Literal, exp.Null, Param)
SHOWN = 60
OVERFLOWS, UNKNOWN = "T6058", "T3045"


def rewrite(views: Views, context: Context) -> Views:
    """Return the views with guarded arithmetic.

    Raises:
        TreadleError: T6058 for literals that overflow, T3045 for operands whose types can't be told.
    """
    return views.map(lambda view: _rewrite_view(view, context))


def _rewrite_view(view: PlannedView, context: Context) -> PlannedView:
    if not any(_is_arithmetic(node) for node in view.nodes):
        return view
    tree = clone(view.tree)
    nodes = [node for node in find_all(tree, *SIGNS) if _is_arithmetic(node)]
    sides = {id(side): side for node in nodes for side in (node, node.this, node.expression)}
    types = operand_types(view, context, tuple(sides.values()))
    work = _Work(view, types, {})
    roots = [node for node in nodes if work.is_checked(node) and not work.is_checked(node.parent)]
    made = [(node, work.checked(node)) for node in reversed(roots)]  # inner ones first
    if not any(new is not None for _, new in made):
        return view
    return view.rewritten(tree)


def _is_arithmetic(node: exp.Expr | None) -> bool:
    """Say whether a node is arithmetic of the user's: what treadle writes itself has no place."""
    return type(node) in SIGNS and node is not None and bool(node.meta.get("span"))


@dataclass(frozen=True, slots=True)
class _Work:
    """The arithmetic of one view.

    Args:
        view: the view.
        types: of nodes by `id`, as the engine tells them.
        places: the first place of each expression by its text, so that equal ones stay equal.
    """

    view: PlannedView
    types: Mapping[int, DataType]
    places: dict[str, str]

    def is_checked(self, node: exp.Expr | None) -> bool:
        """Say whether a node is arithmetic over integers; raises T3045 where nobody knows."""
        if node is None or not _is_arithmetic(node):
            return False
        operands = [self.types.get(id(side)) for side in (node.this, node.expression)]
        if any(one is not None and not one.is_integer for one in operands):
            return False
        own = self.types.get(id(node))
        if None in operands or own is None:
            message = f"the types of `{self._text(node)}` can't be told where it stands, so that it can't be checked"
            way = "cast the operands, such as CAST(x AS BIGINT), or leave the rule `checked_arithmetic` out"
            raise error(UNKNOWN, message, self._span(node), help=way)
        return own.is_integer

    def checked(self, root: exp.Expr) -> exp.Expr | None:
        """Put what is checked in the place of an expression, and return it; None where it can't overflow."""
        operand = self._operand(root)
        assert isinstance(operand, Operation)
        leaves = [one for one in self._leaves(root) if not isinstance(one, exp.Literal)]
        if not leaves and all(_literal(one) is not None for one in self._leaves(root)):
            if value_of(operand) is None:
                message = f"`{self._text(root)}` is beyond {operand.type}"
                raise error(OVERFLOWS, message, self._span(root), help="write CAST(… AS DECIMAL(38, 0)), or DOUBLE")
            return None
        least = room(operand)
        guards = [] if least is None else list(self._guards(leaves, 2**least))
        if least is not None and not guards:
            return None
        simple = least is not None and all(_is_plain(one) for one in leaves)
        slow = self._slow(root)
        made = exp.Case(ifs=[exp.If(this=_any(guards), true=slow)], default=clone(root)) if simple else slow
        made.meta.update({key: root.meta[key] for key in ("span", "type") if key in root.meta})
        root.replace(made)
        return made

    def _leaves(self, node: exp.Expr) -> Iterator[exp.Expr]:
        if self.is_checked(node):
            yield from self._leaves(node.this)
            yield from self._leaves(node.expression)
        else:
            yield node

    def _operand(self, node: exp.Expr) -> Operand:
        type_ = self.types[id(node)].name
        if not self.is_checked(node):
            return Leaf(to_sql(node), type_, _literal(node))
        return Operation(SIGNS[type(node)], self._operand(node.this), self._operand(node.expression), type_)

    def _guards(self, leaves: list[exp.Expr], limit: int) -> Iterator[exp.Expr]:
        """Yield the conditions under which leaves are too large, one for each different leaf that may be; null is not."""
        seen: set[str] = set()
        for leaf in leaves:
            low, high = range_of(self.types[id(leaf)].name)
            text = to_sql(leaf)
            if text in seen or (-limit <= low and high <= limit):
                continue
            seen.add(text)
            least, most = (exp.Literal.number(max(low, -limit)) if low >= 0 else exp.Neg(this=exp.Literal.number(limit))), limit
            yield exp.Not(this=exp.Between(this=clone(leaf), low=least, high=exp.Literal.number(min(high, most))))

    def _slow(self, node: exp.Expr) -> exp.Expr:
        """Return an expression with every operation in it checked by itself."""
        if not self.is_checked(node):
            return clone(node)
        left, right, type_ = self._slow(node.this), self._slow(node.expression), self.types[id(node)]
        place = exp.Literal.string(self._place(node, type_))
        if type_.name == "BIGINT UNSIGNED":
            exact = type(node)(this=_cast(left, decimal(20, 0)), expression=_cast(right, decimal(20, 0)))
            return _cast(exact, type_)
        left, right = (_as_big(one, self.types[id(side)]) for one, side in ((left, node.this), (right, node.expression)))
        if type_ == BIGINT:
            return exp.Anonymous(this=NAMES[SIGNS[type(node)]], expressions=[left, right, place])
        low, high = (_number(bound) for bound in range_of(type_.name))
        plain = type(node)(this=left, expression=right)
        return _cast(exp.Anonymous(this=WITHIN, expressions=[plain, low, high, place]), type_)

    def _place(self, node: exp.Expr, type_: DataType) -> str:
        text = to_sql(node)
        if text not in self.places:
            start, end = node.meta["span"]
            self.places[text] = f"{self.view.name}|{start}|{end}|{self._text(node)}|{type_.name}|"
        return self.places[text]

    def _text(self, node: exp.Expr) -> str:
        """Return an expression as the user wrote it, in one line."""
        start, end = node.meta["span"]
        text = " ".join(self.view.source.text[start:end].split()).replace("|", " ")
        return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"

    def _span(self, node: exp.Expr):  # type: ignore[no-untyped-def]
        return self.view.source.span(*node.meta["span"])


def _is_plain(leaf: exp.Expr) -> bool:
    """Say whether an operand costs nothing when it stands thrice, and is the same each time."""
    return isinstance(leaf, PLAIN) or isinstance(leaf, exp.Cast | exp.Neg) and _is_plain(leaf.this)


def _literal(node: exp.Expr) -> int | None:
    inner = node.this if isinstance(node, exp.Neg) else node
    if not isinstance(inner, exp.Literal) or inner.is_string or not str(inner.this).isdigit():
        return None
    return -int(str(inner.this)) if inner is not node else int(str(inner.this))


def _number(value: int) -> exp.Expr:
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def _as_big(node: exp.Expr, type_: DataType) -> exp.Expr:
    return node if type_ == BIGINT else _cast(node, BIGINT)


def _cast(node: exp.Expr, type_: DataType) -> exp.Cast:
    return exp.Cast(this=node, to=type_node(type_))


def _any(conditions: list[exp.Expr]) -> exp.Expr:
    made = conditions[0]
    for one in conditions[1:]:
        made = exp.Or(this=made, expression=one)
    return made


RULE = RewriteRule(
    "checked_arithmetic", "`+ - *` over integers that leave their type are an error (T6058), never a wrapped number", rewrite
)
