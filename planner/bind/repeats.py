"""Owns the refusal of forms that would be computed twice where the text says once, and give two values."""

from __future__ import annotations

from sqlglot import exp

from ..functions.python import shown_name
from .context import Binding
from .python_calls import is_volatile

ONCE = "compute it in a subquery first, and use its column"


def refuse_repeated(binding: Binding, node: exp.Expr, what: str) -> bool:
    """Report a volatile call in an operand that lowering repeats; return whether the operand may be repeated."""
    for call in node.find_all(exp.Anonymous):
        built_in = binding.catalog.built_ins.get(str(call.name).lower())
        if is_volatile(binding, call) or built_in is not None and built_in.volatility == "volatile":
            message = f"{what} uses this more than once, and `{shown_name(call)}` gives another value each time"
            binding.fail("T2027", message, node, help=ONCE)
            return False
    return True
