"""Owns OVER around the call of an aggregate or window that is rewritten: it goes to the calls inside, or is refused by name."""

from __future__ import annotations

from sqlglot import exp

from .aggregates import ROOT, Rewritten, bare, marked, outermost, refuse, released
from .context import Binding
from .nested_windows import settled

NO_ORDER = "aggregate in a subquery with GROUP BY, and join it"
FRAMELESS = frozenset("lag lead row_number rank dense_rank percent_rank cume_dist ntile".split())
"""Functions that go over whole partitions: a frame means nothing to them, and the engine ignores it."""


def carry_window(binding: Binding, root: exp.Expr, made: Rewritten, window: exp.Window) -> exp.Expr:
    """Return a rewrite whose calls all have OVER; what one says of its own stays, where the call says nothing else."""
    held = exp.Paren(this=root)
    _refuse_outside(binding, made, window)
    _refuse_frame(binding, held, made, window)
    for call in marked(held, made):
        if any(isinstance(part, exp.Order) for part in call.expressions):
            shown = f"its `{call.name}` sorts rows by itself, which no window of the engine's does"
            refuse(binding, made, "OVER", shown, window, NO_ORDER)
            break
        at = outermost(call)
        if isinstance(at.parent, exp.Window) and at.parent.this is at:
            _merge(binding, made, at.parent, window)
            continue
        wrapper = window.copy()
        for part in wrapper.walk():
            part.meta.pop(ROOT, None)
        at.replace(wrapper)
        wrapper.set("this", at)
    return released(held, made)


def _refuse_outside(binding: Binding, made: Rewritten, window: exp.Window) -> None:
    """Refuse arguments that are read outside of aggregates and differ among the rows of a window."""
    keys = [bare(key) for key in window.args.get("partition_by") or ()]
    for name, argument in made.outside if made.kind == "aggregate" else ():
        if any(column not in keys for column in argument.find_all(exp.Column)):
            why = f"it reads `{name}` outside of its aggregates, so that it must be one value for all rows"
            refuse(binding, made, "OVER", why, argument, "pass a constant, or partition by it")


def _refuse_frame(binding: Binding, held: exp.Expr, made: Rewritten, window: exp.Window) -> None:
    """Refuse a frame that no call inside would heed."""
    select = window.find_ancestor(exp.Select)
    frame = (window if select is None else settled(select, window)).args.get("spec")
    calls = marked(held, made)
    if frame is not None and calls and all(str(call.name).lower() in FRAMELESS for call in calls):
        why = f"its `{calls[0].name}` goes over whole partitions"
        refuse(binding, made, "a frame in OVER", why, frame if "span" in frame.meta else window, "leave the frame out")


def _merge(binding: Binding, made: Rewritten, own: exp.Window, window: exp.Window) -> None:
    for key in ("partition_by", "order", "spec", "alias"):
        given = window.args.get(key)
        if given and key == "order" and own.args.get(key):
            _refine(own.args[key], given)
        elif given and own.args.get(key):
            words = {"partition_by": "PARTITION BY", "spec": "a frame", "alias": "a named window"}[key]
            refuse(binding, made, f"{words} in OVER", "its body says it", window, "leave it out")
        elif given:
            own.set(key, [one.copy() for one in given] if isinstance(given, list) else given.copy())


def _refine(order: exp.Order, more: exp.Order) -> None:
    """Sort by more keys where an order of a window's own leaves ties."""
    known = [key.this for key in order.expressions]
    order.set("expressions", [*order.expressions, *(key.copy() for key in more.expressions if key.this not in known)])
