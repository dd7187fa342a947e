"""Owns the registry of packs: treadle's own functions, one file each pack, in one frozen tuple."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from .aggregates import PACK as AGGREGATES
from .arithmetic import CHECKED
from .base import ArrowFunction, Function, Pack
from .buckets import BUCKETS
from .cdf import PACK as CDF
from .conditions import PACK as CONDITIONS
from .frames import FRAMES
from .hashing import PACK as HASHING
from .json import GUARDED
from .json import PACK as JSON
from .lists import PACK as LISTS
from .metadata import PACK as METADATA
from .nested import PACK as NESTED
from .numbers import PACK as NUMBERS
from .similarity import PACK as SIMILARITY
from .spans import PACK as SPANS
from .statistics import PACK as STATISTICS
from .text import PACK as TEXT
from .times import PACK as TIMES
from .urls import PACK as URLS
from .windows import PACK as WINDOWS

PACKS: tuple[Pack, ...] = (
    SPANS,
    CDF,
    HASHING,
    JSON,
    TEXT,
    SIMILARITY,
    URLS,
    NUMBERS,
    CONDITIONS,
    NESTED,
    LISTS,
    TIMES,
    AGGREGATES,
    STATISTICS,
    WINDOWS,
    METADATA,
)


@cache
def pack_functions() -> Mapping[str, tuple[Function, ...]]:
    """Return the forms of every function by its name, in the order in which they are tried."""
    found: dict[str, tuple[Function, ...]] = {}
    for pack in PACKS:
        for one in pack.functions:
            found[one.name] = (*found.get(one.name, ()), one)
    return found


@cache
def arrow_functions() -> Mapping[str, ArrowFunction]:
    """Return treadle's own Arrow functions by their names in engine SQL."""
    own = (one for pack in PACKS for entry in pack.functions for one in entry.arrow)
    return {one.shape.name: one for one in (*own, *CHECKED, *FRAMES, *GUARDED, BUCKETS)}


@cache
def renamed() -> Mapping[str, str]:
    """Return other names of packs' functions, with the names that they stand for."""
    return {name: meant for pack in PACKS for name, meant in pack.renamed.items()}
