"""What the lake's tests share: a lake over a temporary folder, tables in it, other implementations' tables."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tests.support.corpora import require_corpora
from treadle.runtime.lake import DeltaLake


@pytest.fixture
def lake(tmp_path: Path) -> DeltaLake:
    return DeltaLake(tmp_path)


@pytest.fixture
def corpora() -> Path:
    return require_corpora()


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    """Return a table with the change feed on: versions 0 (1, 2), 1 (3 appended), 2 (2 deleted)."""
    from deltalake import DeltaTable, write_deltalake

    path = tmp_path / "numbers"
    write_deltalake(str(path), pa.table({"i": [1, 2]}), configuration={"delta.enableChangeDataFeed": "true"})
    write_deltalake(str(path), pa.table({"i": [3]}), mode="append")
    DeltaTable(str(path)).delete("i = 2")
    return path
