"""Time travel: each version of each table has the rows that the library's own scan has there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import treadle
from tests.support.corpora import library_rows, require_corpora, selected, versions
from tests.support.delta_support import read_entries
from tests.support.same_rows import require_same

ENTRIES = read_entries()
READ = [name for name, entry in ENTRIES.items() if entry.reader != "refused" and not name.startswith("made/")]
WRONG_IN_THE_LIBRARY = {"delta-rs/table_with_edge_timestamps"}
EVERY = bool(os.environ.get("TREADLE_THOROUGH"))
"""Whether all versions are read, and not the first, the last and some between."""


@pytest.fixture(scope="module")
def connection() -> treadle.Connection:
    return treadle.connect(require_corpora())


@pytest.mark.parametrize("name", READ)
def test_versions_are_those_of_the_library(connection: treadle.Connection, name: str) -> None:
    """Where the library gives a version's rows, treadle gives the same ones; where it gives none, treadle says why."""
    path = connection.root / name
    if name in WRONG_IN_THE_LIBRARY:
        assert len(versions(path)) == 1, "and there is nothing to travel to"
        return
    for version in _some(versions(path)[:-1]):
        wanted = library_rows(path, version)
        found = _read(connection, name, version)
        if isinstance(found, str):
            assert found.startswith("T4"), found
            assert isinstance(wanted, str) or _files_are_missing(found), f"version {version}: {found}, and the library reads it"
        elif not isinstance(wanted, str):
            require_same(found, wanted)


def _some(all_of_them: tuple[int, ...]) -> tuple[int, ...]:
    if EVERY or len(all_of_them) <= 4:
        return all_of_them
    return tuple(all_of_them[i] for i in (0, len(all_of_them) // 3, 2 * len(all_of_them) // 3, -1))


def _read(connection: treadle.Connection, name: str, version: int) -> object:
    try:
        return selected(connection, name, version).to_arrow()
    except treadle.TreadleError as refused:
        (one,) = refused.diagnostics
        return f"{one.code}: {one.message}"


def _files_are_missing(found: str) -> bool:
    return found.startswith("T4008")


def test_versions_that_are_not_there(connection: treadle.Connection, tmp_path: Path) -> None:
    assert str(_read(connection, "delta-rs/simple_table", 99)).startswith("T4003")
    assert str(_read(connection, "delta-rs/checkpoint-cdf-table", 0)).startswith("T4004")
