"""Situations of `since_last_run()`: tables that disagree, nothing to go by, sources made anew, changes read by somebody else."""

from __future__ import annotations

import shutil
from typing import Any
from unittest.mock import patch

from tests.support.place import Place, Said
from treadle.runtime.workspace import Workspace

FEED = {"delta.enableChangeDataFeed": "true"}
CHANGES = "SELECT a, _commit_version AS v FROM read_delta_cdf('lake/t', start_version => since_last_run())"
LOG = f"CREATE MATERIALIZED VIEW log INTO 'out/log' APPEND AS {CHANGES};"


def _built(place: Place) -> None:
    place.table(configuration=FEED)
    place.sql(LOG)
    assert place.treadle("run").status == 0


def t3033(place: Place) -> Said:
    _built(place)
    place.sql(f"{LOG} CREATE MATERIALIZED VIEW sums INTO 'out/sums' APPEND AS SELECT sum(a) AS s FROM ({CHANGES}) AS c;")
    return place.treadle("run")


def t3034(place: Place) -> Said:
    place.table(configuration=FEED)
    place.sql(f"CREATE VIEW changes AS {CHANGES};")
    return place.treadle("query", "SELECT a FROM changes")


def t3167(place: Place) -> Said:
    from deltalake import DeltaTable

    path = place.table()
    DeltaTable(str(path)).alter.set_table_properties(FEED)
    place.sql(LOG)
    return place.treadle("run")


def t4026(place: Place) -> Said:
    _built(place)
    shutil.rmtree(place.root / "lake")
    place.table(configuration=FEED)
    return place.treadle("run")


def t4027(place: Place) -> Said:
    """Somebody else runs the project between planning and running."""
    _built(place)
    place.table(rows={"a": [3]}, mode="append")
    run = Workspace.run

    def later(workspace: Workspace, *arguments: Any) -> Any:
        place.table(rows={"a": [4]}, mode="append")
        with patch.object(Workspace, "run", run):
            other = Workspace(place.root, True, workspace.situation)
            assert other.run(other.plan(other.specify((), {}))).receipt.status == "done"
        return run(workspace, *arguments)

    with patch.object(Workspace, "run", later):
        return place.treadle("run")
