"""Owns what the terminal shows of the engine's spelling of literals."""

from __future__ import annotations

import pytest

from treadle.runtime.cli.text import plain_condition

BEYOND = "a = TimestampSecond(999999999999999, None)"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a >= Decimal128(5.00,10,2)", "a >= 5.00"),
        ("a >= Decimal256(-5,40,-2)", "a >= -5"),
        ("a < TimestampMicrosecond(1767225600000000, None)", "a < '2026-01-01 00:00:00'"),
        ("a < TimestampMicrosecond(-1, None)", "a < '1969-12-31 23:59:59.999999'"),
        ('a < TimestampMillisecond(1767225600050, Some("+00:00"))', "a < '2026-01-01 00:00:00.05Z'"),
        ("a < TimestampNanosecond(1, None)", "a < '1970-01-01 00:00:00.000000001'"),
        (BEYOND, BEYOND),
    ],
)
def test_decimals_and_times_are_shown_as_they_are_written(written: str, shown: str) -> None:
    assert plain_condition(written) == shown
