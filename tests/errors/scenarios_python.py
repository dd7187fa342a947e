"""Situations that only Python can bring about: no command registers tables or hands results out."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

import treadle
from tests.support.command import Ended
from tests.support.place import Place, Said
from treadle.dialect.diagnostics import TreadleError


def t6055(place: Place) -> Said:
    connection = treadle.connect()
    result = connection.query("SELECT 1 AS a")
    connection.close()
    return raising(result.to_arrow)


def t6063(place: Place) -> Said:
    return raising(lambda: treadle.connect().register("t", pa.table({"a": pa.array([1.5], pa.float16())})))


def t7021(place: Place) -> Said:
    return raising(lambda: treadle.connect().register("t", 5))


def t7025(place: Place) -> Said:
    result = treadle.connect().query("SELECT 1 AS a")
    assert [row for batch in result for row in batch.to_pylist()] == [{"a": 1}]
    return raising(lambda: list(result))


def raising(work: Callable[[], object]) -> Said:
    """Return what a call raised as the command line would print it; a call that returns has said nothing."""
    try:
        work()
    except TreadleError as problem:
        return Said(Ended(1, "", ""), tuple(one.as_json() for one in problem.diagnostics), ())
    return Said(Ended(0, "", ""), (), ())
