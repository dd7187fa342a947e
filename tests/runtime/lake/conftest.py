"""What the lake's tests share: a lake over a temporary folder, tables in it, other implementations' tables."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

from treadle.runtime.lake import DeltaLake

CORPORA = Path(__file__).resolve().parents[4] / "shared" / "corpora"


@pytest.fixture
def lake(tmp_path: Path) -> DeltaLake:
    return DeltaLake(tmp_path)


@pytest.fixture
def corpora() -> Path:
    if not CORPORA.is_dir():
        if os.environ.get("CI"):
            pytest.fail("tables of other implementations are missing at ../shared/corpora")
        pytest.skip("tables of other implementations are not here (../shared/corpora)")
    return CORPORA


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    """Return a table with the change feed on: versions 0 (1, 2), 1 (3 appended), 2 (2 deleted)."""
    from deltalake import DeltaTable, write_deltalake

    path = tmp_path / "numbers"
    write_deltalake(str(path), pa.table({"i": [1, 2]}), configuration={"delta.enableChangeDataFeed": "true"})
    write_deltalake(str(path), pa.table({"i": [3]}), mode="append")
    DeltaTable(str(path)).delete("i = 2")
    return path
