"""Logs of other implementations, version by version: read here they say what the library's reader says, and more of statistics at most."""

from __future__ import annotations

import pytest

from tests.support.corpora import names, require_corpora
from tests.support.snapshots import bounds, facts
from treadle.dialect.diagnostics import TreadleError
from treadle.runtime.lake import opening
from treadle.runtime.lake.log import log_files

LEFT = {
    "delta-rs/checkpoint_with_partitions": "statistics in columns only",
    "delta-rs/delta-1.2.1-only-struct-stats": "statistics in columns only",
    "delta-rs/delta-checkpoint-stats-optional": "statistics in columns only",
    "delta-rs/delta-live-table": "an entry that isn't as the protocol says",
    "delta-rs/simple_table_features": "a protocol that isn't known",
    "delta-rs/spark-shredded-variant-preview-delta": "features that aren't known",
    "kernel/data-reader-absolute-paths-escaped-chars/delta": "no metadata",
    "kernel/deltalog-state-reconstruction-from-checkpoint-missing-metadata/delta": "no metadata",
    "kernel/deltalog-state-reconstruction-without-metadata/delta": "no metadata",
    "kernel/update-deleted-directory/delta": "an entry that isn't as the protocol says",
}
"""Tables of which a version at least is left to the library."""


@pytest.mark.parametrize("name", names())
def test_a_log_says_what_the_library_says(name: str) -> None:
    path, compared, left = require_corpora() / name, 0, 0
    there = log_files(path)
    for version in sorted(v for v in {*there.commits, *there.checkpoints} if v >= there.oldest):
        found = opening._read(path, name, version, None)
        if found is None:
            left += 1
            continue
        told = opening._by_library(path, name, version)
        assert found._logged() is not None, "partition values are of their types"
        assert facts(found) == facts(told)
        known = bounds(found)
        assert {key: known.get(key) for key in bounds(told)} == bounds(told)
        compared += 1
    assert bool(left) == (name in LEFT), (compared, left)


@pytest.mark.parametrize("name", sorted(LEFT))
def test_what_is_left_to_the_library_is_so_beside_a_known_version(name: str) -> None:
    """A snapshot without a state of the log is nothing to build upon."""
    path = require_corpora() / name
    head = log_files(path).head
    try:
        opened = opening.open_table(path, name)
    except TreadleError:
        return
    again = opening.open_table(path, name, None, opened)
    assert (again.version, facts(again)) == (head, facts(opened))
