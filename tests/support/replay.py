"""What changes come to: rows of a start version, with changes replayed onto them by version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import pyarrow as pa

from tests.support.same_rows import plain

ADDED = ("insert", "update_postimage")


def replayed(before: Counter[Hashable], changes: pa.Table, names: Sequence[str]) -> Counter[Hashable]:
    """Return a multiset of rows after its changes; a row that is taken away without being there fails.

    Args:
        before: rows as tuples of these columns.
        changes: a change feed.
        names: the columns.
    """
    rows = Counter(before)
    lists = [[plain(value) for value in changes[name].to_pylist()] for name in names]
    found = zip(changes["_commit_version"].to_pylist(), changes["_change_type"].to_pylist(), zip(*lists, strict=True), strict=True)
    for version, kind, row in sorted(found, key=lambda one: (one[0], one[1] in ADDED)):
        rows[row] += 1 if kind in ADDED else -1
        assert rows[row] >= 0, f"version {version} takes away {row}, which is not there"
    return +rows
