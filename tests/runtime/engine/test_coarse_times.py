"""Conditions on times that are finer than the file's: the engine would cut the constant to the file's unit."""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle
from tests.support.made_tables import make


@pytest.mark.parametrize(("condition", "count"), [("=", 2), ("<", 4), ("<=", 6), (">=", 2), ("<>", 4)])
def test_constants_are_compared_as_they_are(tmp_path: Path, condition: str, count: int) -> None:
    """Files of milliseconds, microseconds and INT96: ….123000 stands in the first, ….123456 in the others."""
    rows = make("times_of_every_unit", tmp_path)
    assert rows is not None
    with treadle.connect(tmp_path) as connection:
        sql = f"SELECT at FROM read_delta('made/times_of_every_unit') WHERE at {condition} '2020-06-01 12:30:00.123456+00:00'"
        found = connection.query(sql)
        assert found.to_arrow().num_rows == count


def test_a_relation_is_not_shared_with_conditions_that_need_another(tmp_path: Path) -> None:
    make("times_of_every_unit", tmp_path)
    table = "read_delta('made/times_of_every_unit')"
    with treadle.connect(tmp_path) as connection:
        for condition, count in (("at IS NOT NULL", 6), ("at < '2020-06-01 12:30:00.123456+00:00'", 4), ("at IS NULL", 3)):
            assert connection.query(f"SELECT at FROM {table} WHERE {condition}").to_arrow().num_rows == count
