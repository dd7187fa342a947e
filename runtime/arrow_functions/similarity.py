"""Owns how alike two texts are, character by character, over Arrow arrays.

Sources: M. Jaro, Journal of the American Statistical Association 84, 1989; W. Winkler, Proceedings of the Section on Survey Research
Methods, 1990; F. Damerau, Communications of the ACM 7, 1964, by the algorithm of R. Lowrance and R. Wagner, Journal of the ACM 22, 1975.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import pyarrow as pa

Array: TypeAlias = "pa.Array[Any]"


def jaro(a: Array, b: Array) -> Array:
    """Return Jaro's similarity, 0 to 1."""
    return _each(a, b, _jaro, pa.float64())


def jaro_winkler(a: Array, b: Array) -> Array:
    """Return Jaro's similarity, raised where texts begin alike: by 0.1 for each of up to four characters, above 0.7."""
    return _each(a, b, _jaro_winkler, pa.float64())


def damerau_levenshtein(a: Array, b: Array) -> Array:
    """Return how many insertions, deletions, replacements and swaps of neighbours make one text of the other."""
    return _each(a, b, _damerau, pa.int64())


def hamming(a: Array, b: Array) -> Array:
    """Return how many places of two texts differ; null where their lengths do."""
    return _each(a, b, lambda x, y: sum(p != q for p, q in zip(x, y, strict=True)) if len(x) == len(y) else None, pa.int64())


def jaccard(a: Array, b: Array) -> Array:
    """Return the share of characters that both texts have; null for two empty ones."""
    return _each(a, b, lambda x, y: len(set(x) & set(y)) / len(set(x) | set(y)) if x or y else None, pa.float64())


def _each(a: Array, b: Array, compute: Callable[[str, str], Any], kind: pa.DataType) -> Array:
    once = lru_cache(maxsize=4096)(compute)
    return pa.array([None if x is None or y is None else once(x, y) for x, y in zip(a.to_pylist(), b.to_pylist(), strict=True)], kind)


def _jaro(a: str, b: str) -> float:
    reach = max(max(len(a), len(b)) // 2 - 1, 0)
    taken, mine = [False] * len(b), []
    for at, char in enumerate(a):
        for place in range(max(0, at - reach), min(len(b), at + reach + 1)):
            if not taken[place] and b[place] == char:
                taken[place] = True
                mine.append(char)
                break
    if not mine:
        return 0.0
    theirs = [char for char, is_taken in zip(b, taken, strict=True) if is_taken]
    swapped = sum(x != y for x, y in zip(mine, theirs, strict=True)) // 2
    count = len(mine)
    return (count / len(a) + count / len(b) + (count - swapped) / count) / 3


def _jaro_winkler(a: str, b: str) -> float:
    plain = _jaro(a, b)
    alike = 0
    while alike < min(4, len(a), len(b)) and a[alike] == b[alike]:
        alike += 1
    return plain + alike * 0.1 * (1 - plain) if plain > 0.7 else plain


def _damerau(a: str, b: str) -> int:
    most = len(a) + len(b)
    table = [[most] * (len(b) + 2) for _ in range(len(a) + 2)]
    for i in range(len(a) + 1):
        table[i + 1][1] = i
    for j in range(len(b) + 1):
        table[1][j + 1] = j
    last: dict[str, int] = {}
    for i, x in enumerate(a, 1):
        column = 0
        for j, y in enumerate(b, 1):
            row, before = last.get(y, 0), column
            if x == y:
                column = j
            swap = table[row][before] + (i - row - 1) + 1 + (j - before - 1)
            table[i + 1][j + 1] = min(table[i][j] + (x != y), table[i + 1][j] + 1, table[i][j + 1] + 1, swap)
        last[x] = i
    return table[-1][-1]
