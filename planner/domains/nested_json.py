"""Owns reading JSON text less often: chains of extractions become one path, and several paths of one SELECT one reading."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.nodes import clone
from ...dialect.walk import find_all, nodes
from ..json_paths import GET, MANY, TEXT
from .base import Claim

EXTRACTIONS = (GET, TEXT)
_SOMETIMES = (exp.Case, exp.If, exp.And, exp.Or)
_SOMETIMES_CALLS = frozenset(("coalesce", "nvl", "ifnull", "nullif", "nvl2", "if"))
#: Clauses that see the rows that a SELECT's list sees; WHERE and ON are asked before, nearer to the files.
_CLAUSES = ("expressions", "group", "having", "qualify", "order", "distinct", "windows")


def fuse_chains(tree: exp.Expr) -> Iterator[Claim]:
    """Make one call of extractions that follow one another, in place."""
    fused: set[int] = set()
    for node in find_all(tree, exp.Anonymous):
        count = 1
        while id(node) not in fused and (inner := _inner(node)) is not None:
            fused.add(id(inner))
            document, steps = inner.expressions
            node.set("expressions", [document, exp.Array(expressions=[*steps.expressions, *node.expressions[1].expressions])])
            count += 1
        if count > 1:
            yield Claim(True, f"{count} steps into `{_shown(node.expressions[0])}` are one path")


def _inner(node: exp.Expr) -> exp.Expr | None:
    """Return the extraction that a call of an extraction goes on from, or None."""
    if not _is_extraction(node, EXTRACTIONS):
        return None
    inner = node.expressions[0]
    return inner if _is_extraction(inner, (GET,)) else None


def _is_extraction(node: exp.Expr, names: tuple[str, ...]) -> bool:
    """Say whether a node reads JSON text by steps that stand in a list of their own."""
    if not isinstance(node, exp.Anonymous) or str(node.name) not in names:
        return False
    steps = node.expressions[1]
    return isinstance(steps, exp.Array) and bool(steps.expressions) and not _is_text(steps.expressions[0], "#")


def _is_text(node: exp.Expr, text: str) -> bool:
    return isinstance(node, exp.Literal) and node.is_string and str(node.this) == text


def _shown(node: exp.Expr) -> str:
    return to_sql(node).replace('"', "")


def read_together(select: exp.Select, volatile: frozenset[str]) -> Iterator[Claim]:
    """Read each document of a SELECT once for all the paths into it, in place; the engine computes equal calls once."""
    found: dict[str, dict[tuple[str, ...], list[exp.Expr]]] = {}
    for call in _calls(select):
        path = _path(call)
        document = call.expressions[0]
        if path is not None and not any(str(one.name).lower() in volatile for one in find_all(document, exp.Anonymous)):
            found.setdefault(to_sql(document), {}).setdefault(path, []).append(call)
    for paths in found.values():
        always = [path for path, calls in paths.items() if any(not _is_conditional(one, select) for one in calls)]
        if len(always) < 2:
            continue
        document = paths[always[0]][0].expressions[0]
        shown = _shown(document)
        for place, path in enumerate(always, start=1):
            for call in paths[path]:
                call.replace(_part(call, document, always, place))
        yield Claim(True, f"{len(always)} parts of `{shown}` are read at once")


def _calls(select: exp.Select) -> Iterator[exp.Expr]:
    """Yield the extractions that see a SELECT's own rows, outside of subqueries and lambdas."""
    for clause in _CLAUSES:
        given = select.args.get(clause)
        waiting = [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, exp.Expr)]
        while waiting:
            node = waiting.pop()
            if isinstance(node, exp.Query | exp.Lambda):
                continue
            if _is_extraction(node, EXTRACTIONS):
                yield node
                continue
            for value in node.args.values():
                waiting += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, exp.Expr)]


def _path(call: exp.Expr) -> tuple[str, ...] | None:
    """Return an extraction's function and steps; None where a step is no constant, or the document holds a query."""
    steps = call.expressions[1].expressions
    constant = all(isinstance(one, exp.Literal) and one.is_string for one in steps)
    if not constant or any(isinstance(one, exp.Query) for one in nodes(call.expressions[0])):
        return None
    return (str(call.name), *(str(one.this) for one in steps))


def _is_conditional(call: exp.Expr, select: exp.Select) -> bool:
    at = call.parent
    while at is not None and at is not select:
        if isinstance(at, _SOMETIMES) or isinstance(at, exp.Anonymous) and str(at.name).lower() in _SOMETIMES_CALLS:
            return True
        at = at.parent
    return False


def _part(call: exp.Expr, document: exp.Expr, paths: list[tuple[str, ...]], place: int) -> exp.Expr:
    listed = exp.Literal.string(json.dumps(paths, ensure_ascii=False))
    many = exp.Anonymous(this=exp.to_identifier(MANY, quoted=True), expressions=[clone(document), listed])
    made = exp.Bracket(this=many, expressions=[exp.Literal.number(place)])
    if "span" in call.meta:
        for part in (made, many):
            part.meta["span"] = call.meta["span"]
    return made
