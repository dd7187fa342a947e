"""Owns named windows, as `OVER (w ORDER BY …)` gets what `w` says, for the engine forgets it there, and frames that can't be."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sqlglot import exp

from ...dialect.diagnostics import did_you_mean
from .context import Binding

_OWN = ("partition_by", "order", "spec")


def settle_windows(binding: Binding, select: exp.Select) -> None:
    """Write base windows out in every window of a SELECT that adds something to one; unknown names are errors."""
    named: dict[str, exp.Expr] = {}
    for window in select.args.get("windows") or []:
        _settle(binding, window, named)
        named[str(window.name).lower()] = window
    for window in _windows(select):
        if window.args.get("alias") is not None:
            _settle(binding, window, named)
    for window in (*named.values(), *_windows(select)):
        _check_frame(binding, window)


def _windows(select: exp.Select) -> Iterator[exp.Window]:
    """Yield the windows over calls in a SELECT, not those of queries inside."""
    for key in ("expressions", "qualify", "order", "distinct"):
        value = select.args.get(key)
        for root in value if isinstance(value, list) else [value] if isinstance(value, exp.Expr) else []:
            for node in root.walk(prune=lambda one: isinstance(one, exp.Query)):
                if isinstance(node, exp.Window):
                    yield node


def _settle(binding: Binding, window: exp.Expr, named: dict[str, exp.Expr]) -> None:
    alias = window.args.get("alias")
    if alias is None:
        return
    base = named.get(str(alias.name).lower())
    if base is None:
        names = [str(one.name) for one in named.values()]
        help_ = did_you_mean(str(alias.name), names) or f"declare it behind the query: WINDOW {alias.name} AS (PARTITION BY …)"
        binding.fail("T2002", f"there is no window `{alias.name}`", alias, help=help_)
        return
    if isinstance(window.this, exp.Identifier) or any(window.args.get(key) for key in _OWN):
        for key in _OWN:
            given, own = base.args.get(key), window.args.get(key)
            if given and own and key != "spec" or key == "partition_by" and own:
                help_ = f"write the whole window out, or leave it to `{alias.name}`"
                binding.fail("T2052", f"`{alias.name}` says that already, or may not be changed", alias, help=help_)
            elif given and not own:
                window.set(key, [one.copy() for one in given] if isinstance(given, list) else given.copy())
        window.set("alias", None)


def _check_frame(binding: Binding, window: exp.Expr) -> None:
    """Report T2056 for a frame whose bounds, as far as they are written out, stand the wrong way round."""
    spec = window.args.get("spec")
    if spec is None:
        return
    start, end = (_distance(spec.args.get(at), spec.args.get(f"{at}_side")) for at in ("start", "end"))
    if start is not None and end is not None and (start > end or start == math.inf or end == -math.inf):
        binding.fail("T2056", "this frame ends before it begins", window, help="write BETWEEN the earlier bound AND the later one")


def _distance(bound: object, side: object) -> float | None:
    """Return how far a bound lies behind the row, in rows, groups or what RANGE measures; None where it isn't written out."""
    sign = 1 if str(side or "").upper() == "FOLLOWING" else -1
    if bound is None or bound == "CURRENT ROW":
        return 0
    if bound == "UNBOUNDED":
        return sign * math.inf
    return sign * float(str(bound.this)) if isinstance(bound, exp.Literal) and not bound.is_string else None
