"""Owns engine SQL for typing: a bound tree with parameters as placeholders, values or typed nulls.

Used by the binder only; stages are written by `planner/lower.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlglot import exp

from ...dialect import to_engine_sql
from ...dialect.nodes import Clock, Match, Param, clone
from ...dialect.source import Source
from ...dialect.types import timestamp
from ...dialect.walk import find_all, nodes
from ..asof import lower_asof
from ..literal import bindable, literal_sql
from ..project import Parameter
from ..trees import walk_tables
from ..values import Value

ANY_INSTANT = Value(timestamp(zone="UTC"), datetime(2000, 1, 1, tzinfo=UTC))


def _typable(tree: exp.Expr, every: list[exp.Expr]) -> exp.Expr:
    """Return a tree of these nodes in a form that the engine types rightly, which stages get by other ways.

    EXCEPT ALL and INTERSECT ALL become the plain operations, which have the same types: the engine gets the former
    wrong, so its writer refuses them. A name of a WITH inside another of the same name gets one of its own: the
    engine refuses names that hide others. ASOF joins become the joins that they stand for.
    """
    whole = any(node.args.get("distinct") is False for node in every if isinstance(node, exp.Except | exp.Intersect))
    names = Counter(cte.alias for cte in every if isinstance(cte, exp.CTE))
    hiding = {name for name, count in names.items() if count > 1}
    asof = any(isinstance(node, Match) for node in every)
    if not whole and not hiding and not asof:
        return tree
    made = clone(tree)
    lower_asof(made)
    for node in find_all(made, exp.Except, exp.Intersect):
        node.set("distinct", True)
    if hiding:
        _rename(made, hiding)
    return made


def _rename(tree: exp.Expr, names: set[str]) -> None:
    """Give every common table expression of some names a name of its own, and the tables that mean it too."""
    tables = [(table, meant) for table, meant in walk_tables(tree) if meant is not None and meant.alias in names]
    ctes = [cte for cte in find_all(tree, exp.CTE) if cte.alias in names]
    fresh = {id(cte): exp.to_identifier(f"{cte.alias}~{at}", quoted=True) for at, cte in enumerate(ctes)}
    for table, meant in tables:
        if meant is not None and id(meant) in fresh:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
            table.set("this", fresh[id(meant)].copy())
    for cte in ctes:
        cte.args["alias"].set("this", fresh[id(cte)])


def engine_text(
    tree: exp.Expr, declared: Mapping[str, Parameter], values: Mapping[str, Value], source: Source | None = None, *, reveal: bool = False
) -> tuple[str, dict[str, Value]]:
    """Return engine SQL and the values to bind; a parameter without a value stands as a typed null.

    So does a SECRET, unless `reveal`: the engine computes with values while it types, and its errors quote them.

    Raises:
        TreadleError: T31 codes for what can't be written for the engine, placed in `source`.
    """
    every = nodes(tree)
    tree = _typable(tree, every)
    names = sorted({str(p.name) for p in every if isinstance(p, Param)})
    by_name = {p.name: p for p in declared.values()}
    written: dict[str, str] = {}
    bound: dict[str, Value] = {"as_of": ANY_INSTANT} if any(isinstance(one, Clock) for one in every) else {}
    for at, name in enumerate(names, start=1):
        known = None if by_name[name].secret and not reveal else values.get(name)
        value = known or Value(by_name[name].type, None)
        if bindable(value):
            written[name] = f"$p{at}"
            bound[f"p{at}"] = value
        else:
            written[name] = f"({literal_sql(value)})"
    return to_engine_sql(tree, written, "$as_of", source), bound
