"""A bench per test: a folder, a lake, a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bundles import Bench, bench


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Bench]:
    made = bench(tmp_path)
    made.table("flights", {"id": [1, 2, 3, 4], "origin": ["JFK", "LGA", "JFK", "EWR"], "delay": [5.0, 31.0, None, 70.0]})
    with made.session:
        yield made
