"""Owns the two functions by which the engine finds the nearest row of an ASOF join: `keep` and `find`, and what their names say.

`keep` takes all rows of the right side as one list, sorts them, and gives each group a number; `find` takes numbers and times
of the left side and gives the row that each finds. Their names hold their types, so that a text says all that is
needed to make them: `treadle:asof_find|>=|1|0-|bigint;timestamp;bigint`; engines fold them to lower case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..dialect import parse_type
from ..dialect.types import BIGINT, BOOLEAN, DataType, Field, list_of, struct
from .ports import ScalarFunction

Sign = Literal[">=", ">", "<=", "<"]
KEEP, FIND = "treadle:asof_keep", "treadle:asof_find"
_NAME = re.compile(r'"treadle:asof_(?:keep|find)\|([<>]=?)\|(\d+)\|([^|"]*)\|([^|"]*)"')
_ORDER = re.compile(r"(\d+)([+-])(\^?)")


@dataclass(frozen=True, slots=True)
class Ordered:
    """A column by which one of several rows at one time is taken: its place in `AsofIndex.columns`, and its order."""

    place: int
    descends: bool
    nulls_first: bool

    def __str__(self) -> str:
        """Return it as names of functions hold it."""
        return f"{self.place}{'-' if self.descends else '+'}{'^' if self.nulls_first else ''}"


@dataclass(frozen=True, slots=True)
class AsofIndex:
    """The right side of an ASOF join as it is kept.

    Args:
        sign: how the left side's time compares with the right one's.
        keys: types of the equalities' right sides.
        time: the type of both times.
        columns: types of what is kept of each row.
        order: which of several rows at one time is taken: the first in this order.
    """

    sign: Sign
    keys: tuple[DataType, ...]
    time: DataType
    columns: tuple[DataType, ...]
    order: tuple[Ordered, ...]

    @property
    def keep(self) -> ScalarFunction:
        """Return the function that keeps rows; it gives a list of the groups, each with its number `n` and keys `k0`, `k1`, …

        >>> from ..dialect.types import DATE
        >>> AsofIndex(">", (), DATE, (BIGINT,), (Ordered(0, True, False),)).keep.name
        'treadle:asof_keep|>|0|0-|date;bigint'
        """
        keys = tuple(Field(f"k{at}", kind) for at, kind in enumerate(self.keys))
        columns = tuple(Field(f"c{at}", kind) for at, kind in enumerate(self.columns))
        rows = list_of(struct(*keys, Field("t", self.time), *columns))
        return ScalarFunction(f"{KEEP}{self._text}", (rows,), list_of(struct(Field("n", BIGINT), *keys)), "VOLATILE")

    @property
    def find(self) -> ScalarFunction:
        """Return the function that finds rows by a group's number and a time; `hit` says whether there is one."""
        columns = (Field(f"c{at}", kind) for at, kind in enumerate(self.columns))
        return ScalarFunction(f"{FIND}{self._text}", (BIGINT, self.time), struct(Field("hit", BOOLEAN), *columns), "VOLATILE")

    @property
    def _text(self) -> str:
        types = ";".join(one.sql().lower() for one in (*self.keys, self.time, *self.columns))
        return f"|{self.sign}|{len(self.keys)}|{','.join(map(str, self.order))}|{types}"


def indexes(sql: str) -> tuple[AsofIndex, ...]:
    """Return the indexes whose functions a text of engine SQL calls."""
    if KEEP not in sql:
        return ()
    return tuple(dict.fromkeys(_read(found) for found in _NAME.finditer(sql)))


def _read(found: re.Match[str]) -> AsofIndex:
    sign, count, order, types = found.groups()
    keys = int(count)
    kinds = tuple(parse_type(one) for one in types.split(";"))
    ordered = (Ordered(int(place), way == "-", nulls == "^") for place, way, nulls in _ORDER.findall(order))
    signs: dict[str, Sign] = {">=": ">=", ">": ">", "<=": "<=", "<": "<"}
    return AsofIndex(signs[sign], kinds[:keys], kinds[keys], kinds[keys + 1 :], tuple(ordered))
