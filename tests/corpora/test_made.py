"""Tables made by hand have the rows that they were made of, at every version and under every reader that treadle chooses."""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle
from tests.support.command import inside
from tests.support.corpora import selected
from tests.support.delta_support import read_entries
from tests.support.made_tables import MADE, make
from tests.support.same_rows import require_same

ENTRIES = {name.removeprefix("made/"): entry for name, entry in read_entries().items() if name.startswith("made/")}


@pytest.mark.parametrize("name", MADE)
def test_rows_are_those_that_it_was_made_of(name: str, tmp_path: Path) -> None:
    rows = make(name, tmp_path)
    entry = ENTRIES[name]
    if entry.reader == "refused":
        ended = inside(tmp_path, "query", f"SELECT * FROM read_delta('made/{name}')")
        assert ended.status == 1 and entry.code in ended.stderr and ended.stdout == "", ended
        return
    assert rows is not None, "this table was to be refused"
    with treadle.connect(tmp_path) as connection:
        require_same(selected(connection, f"made/{name}").to_arrow(), rows)
        assert connection.query("SELECT count(*) FROM read_delta($path)", path=f"made/{name}").fetchall() == [(rows.num_rows,)]


def test_unknown_features_are_refused_by_their_name(tmp_path: Path) -> None:
    make("feature_unknown", tmp_path)
    ended = inside(tmp_path, "query", "SELECT * FROM read_delta('made/feature_unknown')")
    assert "the feature `notYetInvented`" in ended.stderr


def test_versions_of_deleted_rows(tmp_path: Path) -> None:
    """Each version has the vectors of its own time."""
    make("rows_deleted", tmp_path)
    with treadle.connect(tmp_path) as connection:
        counts = [selected(connection, "made/rows_deleted", version).to_arrow().num_rows for version in range(4)]
    assert counts == [60, 60 - 2 - 3 - 2 - 10, 60 - 3 - 3 - 2 - 10, 60 - 3 - 2 - 10]
