"""The index of an ASOF join finds what a loop over all rows finds, for every kind of time, at its extremes and with ties."""

from __future__ import annotations

import datetime as dt
import random
import struct as bits
from bisect import bisect_left, bisect_right
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from treadle.dialect.types import BIGINT, DATE, DOUBLE, VARCHAR, DataType, decimal, timestamp
from treadle.planner.asof_index import AsofIndex, Ordered, Sign, indexes
from treadle.runtime.engine.arrow_types import arrow_type
from treadle.runtime.engine.asof_functions import BITS, KeptIndexes
from treadle.runtime.engine.asof_index import BLOCK, Keys, numbers

UBIGINT = DataType("BIGINT UNSIGNED")
NAN, INF = float("nan"), float("inf")
TIMES: dict[str, tuple[DataType, list[Any]]] = {
    "integers": (BIGINT, [-(2**63), -(2**63) + 1, -1, 0, 1, 7, 2**63 - 2, 2**63 - 1]),
    "small": (DataType("TINYINT"), [-128, -1, 0, 5, 127]),
    "unsigned": (UBIGINT, [0, 1, 2**63 - 1, 2**63, 2**64 - 1]),
    "floats": (DOUBLE, [-NAN, -INF, -1.5, -0.0, 0.0, 5e-324, 1.5, INF, NAN]),
    "singles": (DataType("FLOAT"), [-INF, -1.5, 0.0, 1.5, INF, NAN]),
    "decimals": (decimal(18, 2), [Decimal("-9999999999999999.99"), Decimal("-0.01"), Decimal("0.00"), Decimal("9999999999999999.99")]),
    "dates": (DATE, [dt.date.min, dt.date(1970, 1, 1), dt.date.max]),
    "timestamps": (timestamp(6, "UTC"), [dt.datetime(y, 1, 1, tzinfo=dt.UTC) for y in (1, 1969, 2024, 9999)]),
    "times": (DataType("TIME"), [dt.time(0), dt.time(12), dt.time(23, 59, 59, 999999)]),
}
SIGNS: tuple[Sign, ...] = (">=", ">", "<=", "<")


def _rank(value: Any) -> Any:
    """Return what orders a value as IEEE 754's totalOrder does; others as they are."""
    if not isinstance(value, float):
        return value
    (found,) = bits.unpack("<q", bits.pack("<d", value))
    return found ^ (2**63 - 1) if found < 0 else found


def _wanted(rows: list[dict[str, Any]], shape: AsofIndex, key: Any, time: Any) -> Any:
    def near(row: dict[str, Any]) -> bool:
        one, other = _rank(time), _rank(row["t"])
        return bool({">=": one >= other, ">": one > other, "<=": one <= other, "<": one < other}[shape.sign])

    met = [row for row in rows if (not shape.keys or row["k0"] == key) and near(row)]
    if not met:
        return None
    best = (max if ">" in shape.sign else min)(_rank(row["t"]) for row in met)
    ties = [row for row in met if _rank(row["t"]) == best]
    for one in reversed(shape.order):
        present = [row for row in ties if row[f"c{one.place}"] is not None]
        absent = [row for row in ties if row[f"c{one.place}"] is None]
        present.sort(key=lambda row: _rank(row[f"c{one.place}"]), reverse=one.descends)
        ties = absent + present if one.nulls_first else present + absent
    return ties[0]["c0"], ties[0]["c1"]


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("kind", TIMES)
def test_it_finds_what_a_loop_finds(kind: str, grouped: bool) -> None:
    type_, values = TIMES[kind]
    for seed in range(8):
        rng = random.Random(f"{kind}{grouped}{seed}")
        order = tuple(Ordered(at, rng.random() < 0.5, rng.random() < 0.5) for at in rng.sample((0, 1), 2))
        shape = AsofIndex(SIGNS[seed % 4], (VARCHAR,) * grouped, type_, (BIGINT, VARCHAR), order)
        count = rng.choice((0, 1, 5, 40))
        rows = [
            {"k0": rng.choice("uvw"), "t": rng.choice(values), "c0": rng.choice((None, 1, 2, 3)), "c1": rng.choice((None, "a", "b"))}
            for _ in range(count)
        ]
        if not grouped:
            rows = [{name: value for name, value in row.items() if name != "k0"} for row in rows]
        kept = KeptIndexes()
        item = arrow_type(shape.keep.arguments[0]).value_type
        groups = kept.keep(shape, pa.array([rows], pa.list_(item))).to_pylist()[0]
        known = {row["k0"]: row["n"] for row in groups} if grouped else {None: groups[0]["n"]}
        assert len(groups) == len(known) == (len({row["k0"] for row in rows}) if grouped else 1)
        asked = (
            [(key, time) for key in ("u", "v", "x") for time in (*values, None)] if grouped else [(None, time) for time in (*values, None)]
        )
        rng.shuffle(asked)
        found = kept.find(
            shape, pa.array([known.get(key) for key, _ in asked], pa.int64()), pa.array([t for _, t in asked], arrow_type(type_))
        )
        assert found.type == arrow_type(shape.find.returns)
        for (key, time), row in zip(asked, found.to_pylist(), strict=True):
            wanted = None if time is None or key not in known else _wanted(rows, shape, key, time)
            assert row["hit"] == (wanted is not None)
            assert (row["c0"], row["c1"]) == (wanted or (None, None)), (seed, shape, rows, key, time)


def test_groups_and_times_that_do_not_fit_into_64_bits_together() -> None:
    shape = AsofIndex(">=", (BIGINT, VARCHAR), BIGINT, (BIGINT,), ())
    rows = [{"k0": at % 7, "k1": "y" if at % 3 else "x", "t": at * 10**15, "c0": at} for at in range(5000)]
    kept = KeptIndexes()
    groups = kept.keep(shape, pa.array([rows], pa.list_(arrow_type(shape.keep.arguments[0]).value_type))).to_pylist()[0]
    numbers_of = {(row["k0"], row["k1"]): row["n"] for row in groups}
    assert len(numbers_of) == 14
    asked = [((at % 7, "y" if at % 2 else "x"), at * 10**15 + at % 5 - 2) for at in range(0, 6000, 11)]
    found = kept.find(shape, pa.array([numbers_of[key] for key, _ in asked]), pa.array([time for _, time in asked]))
    for (key, time), row in zip(asked, found.to_pylist(), strict=True):
        wanted = max((one["c0"] for one in rows if (one["k0"], one["k1"]) == key and one["t"] <= time), default=None)
        assert row["c0"] == wanted


def test_one_batch_may_ask_several_indexes() -> None:
    shape = AsofIndex(">=", (), BIGINT, (BIGINT,), ())
    item = arrow_type(shape.keep.arguments[0]).value_type
    kept = KeptIndexes()
    first, second = (kept.keep(shape, pa.array([[{"t": 1, "c0": n}]], pa.list_(item))).to_pylist()[0][0]["n"] for n in (10, 20))
    assert first >> BITS != second >> BITS
    found = kept.find(shape, pa.array([second, None, first, second]), pa.array([5, 5, 5, 0]))
    assert [row["c0"] for row in found.to_pylist()] == [20, None, 10, None]
    assert not kept.find(shape, pa.array([], pa.int64()), pa.array([], pa.int64()))


def test_indexes_live_as_long_as_the_runs() -> None:
    shape = AsofIndex(">=", (), BIGINT, (), ())
    kept = KeptIndexes()
    rows = pa.array([[]], pa.list_(arrow_type(shape.keep.arguments[0]).value_type))
    ends = [kept.hold(run := type("Run", (), {})()), kept.hold(other := type("Run", (), {})())]
    kept.keep(shape, rows)
    ends[0]()
    assert kept._kept
    del other
    assert not kept._kept and run is not None


def test_slices_are_numbered_from_their_own_start() -> None:
    whole = pa.array([Decimal(n) for n in range(10)], pa.decimal128(10, 0)), pa.array(range(10), pa.int16())
    for array in whole:
        assert numbers(array.slice(4, 3)).tolist() == [4, 5, 6]


def test_names_say_what_they_are_of() -> None:
    shape = AsofIndex(
        "<", (VARCHAR, decimal(10, 2)), timestamp(9), (BIGINT, timestamp(6, "UTC")), (Ordered(1, True, False), Ordered(0, False, True))
    )
    assert indexes(f'SELECT "{shape.keep.name}"(x), "{shape.find.name}"(y, z)') == (shape,)
    assert indexes("SELECT 1") == ()


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 1000])
def test_keys_are_counted_as_bisect_counts_them(size: int) -> None:
    rng = random.Random(size)
    ends = [-(2**63), 2**63 - 1]
    values = sorted(rng.choice((rng.randrange(50), rng.randrange(10**18), *ends)) for _ in range(size))
    asked = sorted([*rng.sample(values, min(size, 60)), *range(-1, 52), *ends, 10**17])
    keys = Keys.of(np.array(values, np.int64))
    assert keys.before(np.array(asked), True).tolist() == [bisect_right(values, one) for one in asked]
    assert keys.before(np.array(asked), False).tolist() == [bisect_left(values, one) for one in asked]
