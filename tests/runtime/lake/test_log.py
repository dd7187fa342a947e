"""Times of versions: found without reading the whole log, ascending whatever the clocks of writers said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.runtime.lake import log
from treadle.runtime.lake.log import NEIGHBOURS, commit_time, entry_mark, entry_path, log_files, version_at


def write_log(table: Path, times: list[int]) -> Path:
    """Write a log of commits that say nothing but when they were made."""
    (table / "_delta_log").mkdir(parents=True, exist_ok=True)
    for version, when in enumerate(times):
        entry_path(table, version).write_text(json.dumps({"commitInfo": {"timestamp": when}}) + "\n")
    return table


def last_until(times: list[int], when: int) -> int | None:
    """Return the last version at a time; a version is never before an older one."""
    found = None
    for version, newest in enumerate(max(times[: at + 1]) for at in range(len(times))):
        found = version if newest <= when else found
    return found


def test_a_long_log_is_not_read_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = write_log(tmp_path, [1000 * version for version in range(2000)])
    files, read = log_files(table), []
    real = commit_time
    monkeypatch.setattr(log, "commit_time", lambda *asked: read.append(asked) or real(*asked))
    for when in (0, 999, 1000, 1_234_567, 1_999_000, 5_000_000):
        assert version_at(table, when, files) == min(when // 1000, 1999)
        assert len(read) <= 2 * NEIGHBOURS + 12
        read.clear()
    assert version_at(table, -1, files) is None


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12), st.integers(-1, 21))
def test_clocks_that_go_back(tmp_path_factory: pytest.TempPathFactory, times: list[int], when: int) -> None:
    table = write_log(tmp_path_factory.mktemp("log"), times)
    assert version_at(table, when, log_files(table)) == last_until(times, when)


def test_in_commit_times_come_first_and_the_files_own_last(tmp_path: Path) -> None:
    write_log(tmp_path, [5000, 6000])
    entry_path(tmp_path, 1).write_text('{"commitInfo": {"inCommitTimestamp": 7000, "timestamp": 6000}}\n')
    entry_path(tmp_path, 2).write_text('{"protocol": {}}\n')
    os.utime(entry_path(tmp_path, 2), ns=(9_000_000_000, 9_000_000_000))
    assert [commit_time(tmp_path, version) for version in range(4)] == [5000, 7000, 9000, None]


def test_marks_tell_entries_apart(tmp_path: Path) -> None:
    write_log(tmp_path, [1, 2])
    before = entry_mark(tmp_path, 1)
    assert before == entry_mark(tmp_path, 1)
    entry_path(tmp_path, 1).rename(tmp_path / "old")
    write_log(tmp_path, [1, 2])
    assert entry_mark(tmp_path, 1) != before
    assert entry_mark(tmp_path, 7) == entry_mark(tmp_path, 8)  # both cleaned up: the folder stands for them
    assert entry_mark(tmp_path / "nowhere", 0) == (0, 0)
