"""Owns the planner `cdf`: conditions on what a change type means become the change types themselves, by which change files are judged."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.nodes import clone
from ...dialect.walk import find_all
from ..views import PlannedView
from .base import NOTHING, Claim, DomainContext, DomainPlanner, Outcome
from .temporal_conditions import SIGNS, bare, is_plain
from .temporal_ranges import filters, never

_TESTS: dict[str, Callable[[int, int], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_TURNED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPARED: tuple[type[exp.Expr], ...] = (*SIGNS, exp.In, exp.Between)


def plan(view: PlannedView, context: DomainContext) -> Outcome:
    """Return the view with conditions on ranks of texts as lists of those texts."""
    if not any(_kept(node) is not None for node in view.find_all(*_COMPARED)):
        return NOTHING
    tree = clone(view.tree)
    claims: list[Claim] = []
    for node in find_all(tree, *_COMPARED):
        found = _kept(node)
        if found is None:
            continue
        column, texts, others = found
        around = _negation(node)
        if not filters(around):
            continue
        around.replace(_listed(around, column, texts if around is node else others))
        shown = to_sql(column).replace('"', "")
        claims.append(Claim(True, f"a rank of `{shown}` is asked as the texts that have it"))
    return Outcome(tree if claims else None, tuple(claims))


def _negation(node: exp.Expr) -> exp.Expr:
    """Return the NOT right around a condition, else the condition: texts without a rank are in neither."""
    at = node.parent
    while isinstance(at, exp.Paren):
        at = at.parent
    return at if isinstance(at, exp.Not) else node


def _kept(node: exp.Expr) -> tuple[exp.Expr, list[str], list[str]] | None:
    """Return the column whose rank a condition asks for, the texts whose rank is as asked, and those that have another."""
    if isinstance(node, exp.In):
        numbers = [_number(one) for one in node.expressions]
        wanted: Callable[[int], bool] = lambda rank: rank in numbers  # noqa: E731
        return _texts(node.this, wanted) if numbers and None not in numbers else None
    if isinstance(node, exp.Between):
        low, high = _number(node.args["low"]), _number(node.args["high"])
        return _texts(node.this, lambda rank: low <= rank <= high) if low is not None and high is not None else None
    sign = SIGNS[type(node)]
    for side, other, spelt in ((node.this, node.expression, sign), (node.expression, node.this, _TURNED[sign])):
        number = _number(other)
        if number is not None and (found := _texts(side, lambda rank, s=spelt, n=number: _TESTS[s](rank, n))) is not None:  # type: ignore[misc]
            return found
    return None


def _number(node: exp.Expr) -> int | None:
    node = bare(node)
    sign, inner = (-1, bare(node.this)) if isinstance(node, exp.Neg) else (1, node)
    whole = isinstance(inner, exp.Literal) and not inner.is_string and str(inner.this).isdigit()
    return sign * int(str(inner.this)) if whole else None


def _texts(side: exp.Expr, wanted: Callable[[int], bool]) -> tuple[exp.Expr, list[str], list[str]] | None:
    """Return the texts of a `CASE column WHEN 'text' THEN number …` without an ELSE whose numbers are wanted."""
    case = bare(side)
    if not isinstance(case, exp.Case) or case.this is None or case.args.get("default") is not None or not is_plain(bare(case.this)):
        return None
    ranks: dict[str, int] = {}
    for arm in case.args.get("ifs") or ():
        text, number = bare(arm.this), _number(arm.args["true"])
        if not isinstance(text, exp.Literal) or not text.is_string or number is None:
            return None
        ranks.setdefault(str(text.this), number)
    kept = [text for text, rank in ranks.items() if wanted(rank)]
    return bare(case.this), kept, [text for text in ranks if text not in kept]


def _listed(node: exp.Expr, column: exp.Expr, texts: list[str]) -> exp.Expr:
    if not texts:
        return never(column, node)
    if len(texts) == 1:
        return exp.EQ(this=clone(column), expression=exp.Literal.string(texts[0]))
    return exp.In(this=clone(column), expressions=[exp.Literal.string(one) for one in texts])


PLANNER = DomainPlanner(
    "cdf", "expression", "conditions on the rank of a change become its change types, by which change files are judged", plan
)
