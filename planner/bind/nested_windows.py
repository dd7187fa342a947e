"""Owns windows over windows: the inner ones are computed in a derived table, since the engine computes all windows of a select at once."""

from __future__ import annotations

from sqlglot import exp

from .columns import make_column
from .context import Binding
from .correlation import aggregates, own
from .folding import fold

INNER = "<windows>"
"""The relation under which windows inside of windows are meant until they are folded; no alias of a user's is called so."""


def lower_nested_windows(binding: Binding, select: exp.Select) -> None:
    """Fold FROM and WHERE of a select with windows in windows into a derived table that computes the inner ones, in place."""
    while inner := _innermost(select):
        if select.args.get("group") is not None or aggregates(binding, select):
            message = "this goes over windows in a window, beside groups"
            binding.fail("T2037", message, inner[0], help="compute the groups in a subquery first")
            return
        kinds: dict[str, exp.Expr] = {}
        for window in inner:
            kinds.setdefault(window.sql(), settled(select, window))
        names = {text: f"window_{at}" for at, text in enumerate(kinds, start=1)}
        for window in inner:
            window.replace(make_column(INNER, names[window.sql()], window, window.meta.get("type")))
        where = select.args.get("where")
        select.set("where", None)
        extra = [(INNER, (names[text], window)) for text, window in kinds.items()]
        fold(binding, select, len(select.args.get("joins") or ()), extra)
        select.args["from_"].this.this.set("where", where)


def _innermost(select: exp.Select) -> list[exp.Window]:
    """Return the windows inside of windows that have none inside themselves."""
    windows = [node for node in own(select) if isinstance(node, exp.Window) and not isinstance(node.this, exp.Identifier)]
    return [one for one in windows if _is_inside(one) and not any(isinstance(node, exp.Window) and node is not one for node in one.walk())]


def _is_inside(window: exp.Window) -> bool:
    at = window.parent
    while at is not None and not isinstance(at, exp.Query):
        if isinstance(at, exp.Window):
            return True
        at = at.parent
    return False


def settled(select: exp.Select, window: exp.Window) -> exp.Window:
    """Return a copy of a window with all that it says by the name of another, so that it can move away from its definition."""
    made = window.copy()
    named = {str(one.name).lower(): one for one in select.args.get("windows") or ()}
    alias = window.args.get("alias")
    base = named.get(str(alias.name).lower()) if alias is not None else None
    if base is None:
        return made
    for key in ("partition_by", "order", "spec"):
        given = base.args.get(key)
        made.set(key, [one.copy() for one in given] if isinstance(given, list) else given.copy() if given is not None else None)
    made.set("alias", None)
    return made
