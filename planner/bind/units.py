"""Owns the parts of times that calls name, such as `date_trunc('month', t)`: a wrong one is told before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from ...dialect.diagnostics import did_you_mean
from .context import Binding

TRUNCATED = frozenset("year quarter month week day hour minute second millisecond microsecond".split())
"""What the engine cuts times to."""
PARTS = TRUNCATED | frozenset("nanosecond epoch dow doy isodow isoyear".split())
"""What the engine takes of times, beside short forms and plurals."""
SHORT = frozenset(
    "years y yr yrs qtr months mon mons weeks w days d hours h hr hrs minutes min mins m seconds s sec secs "
    "milliseconds ms msec msecs microseconds us usec usecs nanoseconds".split()
)
KNOWN: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "date_trunc": (TRUNCATED, frozenset()),
    "datetrunc": (TRUNCATED, frozenset()),
    "date_part": (PARTS, SHORT),
    "datepart": (PARTS, SHORT),
}
"""By function: the parts that it names, and other words for them."""


def check_part(binding: Binding, node: exp.Expr, name: str) -> None:
    """Report T2038 for a constant that names no part of a time."""
    if name not in KNOWN or len(node.expressions) != 2:
        return
    first = node.expressions[0]
    parts, others = KNOWN[name]
    if not isinstance(first, exp.Literal) or not first.is_string or str(first.this).lower() in parts | others:
        return
    fail_part(binding, first, str(first.this), parts)


def fail_part(binding: Binding, place: exp.Expr, written: str, parts: frozenset[str]) -> None:
    """Report T2038 at a word that names none of some parts."""
    help_ = did_you_mean(written, sorted(parts)) or f"there are {', '.join(sorted(parts))}"
    binding.fail("T2038", f"`{written}` is no part of a time here", place, help=help_)
