"""A lab with a few flights in three files, for tests of planning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.plans import Lab, open_lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with open_lab(tmp_path) as found:
        for part in range(3):
            ids = range(part * 10, part * 10 + 10)
            found.table(
                "flights",
                {
                    "id": list(ids),
                    "origin": [["JFK", "LGA", None][i % 3] for i in ids],
                    "delay": [float(i % 7) for i in ids],
                    "note": [f"n{i}" for i in ids],
                },
                mode="append",
            )
        yield found
