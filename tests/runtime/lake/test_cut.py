"""The consistent cut: all heads current together, or one commit time for all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from tests.support.lake import changes_ref
from treadle.dialect.types import BIGINT
from treadle.planner.ports import SourceRef
from treadle.planner.values import Value
from treadle.runtime.lake import DeltaLake, lake
from treadle.runtime.lake.log import commit_time


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("a", "b"):
        write_deltalake(str(tmp_path / name), pa.table({"i": [1]}))
    return tmp_path / "a", tmp_path / "b"


def test_quiet_tables_are_pinned_at_their_heads(pair: tuple[Path, Path], tmp_path: Path) -> None:
    cut = DeltaLake(tmp_path).cut([SourceRef("delta", str(p)) for p in pair])
    assert cut.how == "heads"
    assert [p.version for p in cut.pins] == [0, 0]


def test_one_move_is_read_again(pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moves = iter([True])
    _commit_after_opening(monkeypatch, pair[0], lambda: next(moves, False))
    cut = DeltaLake(tmp_path).cut([SourceRef("delta", str(p)) for p in pair])
    assert (cut.how, [p.version for p in cut.pins]) == ("heads", [1, 0])


def test_tables_that_keep_moving_are_cut_by_time(pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _commit_after_opening(monkeypatch, pair[0], lambda: True)
    cut = DeltaLake(tmp_path).cut([SourceRef("delta", str(p)) for p in pair])
    assert cut.how == "commit timestamps"
    first, second = cut.pins
    instant = max(p.timestamp_ms or 0 for p in cut.pins)
    after = commit_time(pair[0], (first.version or 0) + 1)
    assert after is not None and after > instant  # the newest at that time
    assert second.version == 0


def test_one_table_has_one_pin_in_a_cut(numbers: Path, tmp_path: Path) -> None:
    refs = [SourceRef("delta", str(numbers)), changes_ref(numbers, start_version=Value(BIGINT, 1)), SourceRef("delta", str(numbers), 0)]
    pins = DeltaLake(tmp_path).cut(refs).pins
    assert [p.version for p in pins] == [2, 2, 0]
    assert pins[1].window == (1, 2)


def _commit_after_opening(monkeypatch: pytest.MonkeyPatch, table: Path, when: object) -> None:
    """Let another writer commit whenever the table's head was opened."""
    import time

    real = lake.open_table

    def opened(path: Path, text: str, version: int | None = None) -> object:
        found = real(path, text, version)
        if path == table and version is None and when():  # type: ignore[operator]
            time.sleep(0.005)
            write_deltalake(str(table), pa.table({"i": [2]}), mode="append")
        return found

    monkeypatch.setattr(lake, "open_table", opened)
