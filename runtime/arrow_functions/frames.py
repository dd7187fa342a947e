"""Owns aggregates over the rows of a frame, given as lists: computed anew for each, in two passes, with nothing taken out again.

Meanings are the engine's own for groups: nulls don't count, a sample needs two values, a correlation both to vary.
Two-pass formulas as in T. Chan, G. Golub, R. LeVeque, The American Statistician 37, 1983.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Array: TypeAlias = "pa.Array[Any]"
Pairs: TypeAlias = "Sequence[tuple[float, float]]"


def spread(values: Array, which: Array) -> Array:
    """Return variances and standard deviations of lists, `var`, `var_pop`, `stddev` or `stddev_pop` by the name given."""
    if not len(values):
        return pa.array([], pa.float64())
    name = which[0].as_py()
    options = pc.VarianceOptions(ddof=0 if name.endswith("_pop") else 1)
    kind = "stddev" if name.startswith("stddev") else "variance"
    table = pa.table({"list": pc.list_parent_indices(values), "value": pc.list_flatten(values)})
    found = table.group_by("list").aggregate([("value", kind, options)])
    at = pc.index_in(pa.array(range(len(values)), pa.int64()), pc.cast(found["list"].combine_chunks(), pa.int64()))
    return found[f"value_{kind}"].combine_chunks().take(at)


def pairs(ys: Array, xs: Array, which: Array) -> Array:
    """Return what an aggregate of pairs, such as `corr` or `regr_slope`, comes to over lists of equal length."""
    if not len(ys):
        return pa.array([], pa.float64())
    compute = PAIRED[which[0].as_py()]
    return pa.array([_paired(compute, y or (), x or ()) for y, x in zip(ys.to_pylist(), xs.to_pylist(), strict=True)], pa.float64())


def bits(values: Array, which: Array) -> Array:
    """Return `bit_and`, `bit_or` or `bit_xor` of lists."""
    if not len(values):
        return pa.array([], pa.int64())
    join = {"bit_and": int.__and__, "bit_or": int.__or__, "bit_xor": int.__xor__}[which[0].as_py()]
    kept = [[one for one in row or () if one is not None] for row in values.to_pylist()]
    return pa.array([reduce(join, row) if row else None for row in kept], pa.int64())


def _paired(compute: Callable[[_Sums], float | None], ys: Sequence[float | None], xs: Sequence[float | None]) -> float | None:
    rows = [(y, x) for y, x in zip(ys, xs, strict=True) if y is not None and x is not None]
    return compute(_Sums(rows)) if rows else None


class _Sums:
    """Means, and sums of products of what pairs differ from them."""

    def __init__(self, rows: Pairs) -> None:
        self.n = len(rows)
        self.y = math.fsum(y for y, _ in rows) / self.n if _finite(rows) else sum(y for y, _ in rows) / self.n
        self.x = math.fsum(x for _, x in rows) / self.n if _finite(rows) else sum(x for _, x in rows) / self.n
        self.yy = sum((y - self.y) ** 2 for y, _ in rows)
        self.xx = sum((x - self.x) ** 2 for _, x in rows)
        self.xy = sum((y - self.y) * (x - self.x) for y, x in rows)

    def slope(self) -> float | None:
        """Return the slope of the line through the pairs, None where x does not vary."""
        return self.xy / self.xx if self.xx else None


def _finite(rows: Pairs) -> bool:
    return all(math.isfinite(y) and math.isfinite(x) for y, x in rows)


def _intercept(sums: _Sums) -> float | None:
    slope = sums.slope()
    return None if slope is None else sums.y - slope * sums.x


PAIRED: Mapping[str, Callable[[_Sums], float | None]] = {
    "covar_pop": lambda s: s.xy / s.n,
    "covar_samp": lambda s: s.xy / (s.n - 1) if s.n > 1 else None,
    "corr": lambda s: s.xy / math.sqrt(s.xx * s.yy) if s.xx and s.yy else None,
    "regr_slope": _Sums.slope,
    "regr_intercept": _intercept,
    "regr_r2": lambda s: s.xy**2 / (s.xx * s.yy) if s.xx and s.yy else None,
    "regr_avgx": lambda s: s.x,
    "regr_avgy": lambda s: s.y,
    "regr_sxx": lambda s: s.xx,
    "regr_syy": lambda s: s.yy,
    "regr_sxy": lambda s: s.xy,
}
"""The aggregates of pairs by the names that the engine has for them over groups."""
