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
        _settle_named(select, inner)
        kinds: dict[str, exp.Expr] = {}
        for window in inner:
            text = window.sql()
            kinds.setdefault(text, window.copy())
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


def _settle_named(select: exp.Select, windows: list[exp.Window]) -> None:
    """Write out what a named window says, where a window moves away from its definition."""
    named = {str(one.name).lower(): one for one in select.args.get("windows") or ()}
    for window in windows:
        alias = window.args.get("alias")
        base = named.get(str(alias.name).lower()) if alias is not None else None
        if base is None:
            continue
        for key in ("partition_by", "order", "spec"):
            given = base.args.get(key)
            window.set(key, [one.copy() for one in given] if isinstance(given, list) else given.copy() if given is not None else None)
        window.set("alias", None)
