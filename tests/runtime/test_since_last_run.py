"""`since_last_run()`: every change lands exactly once in a table that appends, whatever failed or was restored in between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from deltalake import DeltaTable

from tests.support.command import inside
from tests.support.lake import head, rows
from tests.support.place import Place
from treadle.runtime.lake import commit

FEED = {"delta.enableChangeDataFeed": "true"}
SOURCE = "read_delta_cdf('lake/t', start_version => since_last_run())"
LOG = f"CREATE MATERIALIZED VIEW log INTO 'out/log' APPEND AS SELECT a, _change_type AS c, _commit_version AS v FROM {SOURCE};"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A table with a change feed, and a view that appends its changes."""
    made = Place(tmp_path)
    made.table(configuration=FEED)
    made.sql(LOG)
    return made


def add(place: Place, *values: int) -> None:
    """Append rows to the source."""
    place.table(rows={"a": list(values)}, mode="append")


def ran(place: Place, *arguments: str) -> None:
    """Run the project and find it well."""
    said = place.treadle("run", *arguments)
    assert said.status == 0 and not said.codes, said


def logged(place: Place, path: str = "out/log") -> list[tuple[int, int]]:
    """Return value and version of each change that the table has."""
    return sorted((one["a"], one["v"]) for one in rows(place.root / path))


def decided(place: Place) -> list[tuple[str, str]]:
    """Return what the plan says of windows."""
    found = json.loads(inside(place.root, "plan", "--json").stdout)["decisions"]
    return [(one["choice"], one["reason"]) for one in found if one["subject"] == SOURCE]


def test_each_change_lands_once(place: Place) -> None:
    assert decided(place) == [("version 0", "no run has read it yet; it starts at version 0")]
    ran(place)
    add(place, 3)
    add(place, 4)
    assert decided(place) == [("versions 1 to 2", "the last run read up to version 0")]
    ran(place)
    assert logged(place) == [(1, 0), (2, 0), (3, 1), (4, 2)]
    assert decided(place) == [("no versions", "the last run read up to version 2")]
    for _ in range(3):
        ended = inside(place.root, "run", "--json")
        (output,) = json.loads(ended.stdout)["outputs"]
        assert (output["state"], output["reason"], output["version"]) == ("repeat", "there are no changes since the last run", 1)
    assert logged(place) == [(1, 0), (2, 0), (3, 1), (4, 2)]
    assert head(place.root / "out/log") == 1, "where there is nothing new, nothing is committed"


def test_rows_that_no_change_made_are_appended_all_the_same(place: Place) -> None:
    place.sql(f"CREATE MATERIALIZED VIEW log INTO 'out/log' APPEND AS SELECT count(*) AS a, max(_commit_version) AS v FROM {SOURCE};")
    ran(place)
    ran(place)
    assert [one["a"] for one in rows(place.root / "out/log")] == [0, 2]


def test_a_failed_run_loses_nothing(place: Place) -> None:
    ran(place)
    add(place, 3)

    def fails(*_: Any) -> Any:
        raise OSError("the storage answered in an unexpected way")

    with patch.object(commit, "_transact", fails):
        assert place.treadle("run").status == 1
    add(place, 4)
    ran(place)
    assert logged(place) == [(1, 0), (2, 0), (3, 1), (4, 2)]


def test_a_restored_table_gets_its_changes_again(place: Place) -> None:
    ran(place)
    add(place, 3)
    ran(place)
    DeltaTable(str(place.root / "out/log")).restore(0)
    assert logged(place) == [(1, 0), (2, 0)]
    ran(place)
    assert logged(place) == [(1, 0), (2, 0), (3, 1)]


def test_commits_of_others_and_lost_log_entries_change_nothing(place: Place) -> None:
    ran(place)
    add(place, 3)
    ran(place)
    table = DeltaTable(str(place.root / "out/log"))
    table.optimize.compact()
    table.create_checkpoint()
    for entry in (place.root / "out/log/_delta_log").glob("*.json"):
        if int(entry.stem) < table.version():
            entry.unlink()
    add(place, 4)
    assert decided(place) == [("version 2", "the last run read up to version 1")]
    ran(place)
    assert logged(place) == [(1, 0), (2, 0), (3, 1), (4, 2)]


def test_the_end_of_a_window_counts_and_not_the_head(place: Place) -> None:
    add(place, 3)
    add(place, 4)
    place.sql(LOG.replace("since_last_run()", "since_last_run(), end_version => 1"))
    ran(place)
    place.sql(LOG)
    ran(place)
    assert logged(place) == [(1, 0), (2, 0), (3, 1), (4, 2)]


def test_the_first_run_starts_where_it_is_told(place: Place) -> None:
    add(place, 3)
    place.sql("PARAM first BIGINT DEFAULT 1;" + LOG.replace("since_last_run()", "since_last_run(PARAM first)"))
    ran(place)
    assert logged(place) == [(3, 1)]
    add(place, 4)
    ran(place)
    assert logged(place) == [(3, 1), (4, 2)]


def test_an_environment_has_its_own_last_run(place: Place) -> None:
    place.file("treadle.toml", "[env.dev]\nlake = 'beside'\n")
    ran(place)
    add(place, 3)
    ran(place, "--env", "dev")
    assert logged(place, "beside/out/log") == [(1, 0), (2, 0), (3, 1)]
    ran(place)
    assert logged(place) == [(1, 0), (2, 0), (3, 1)]


def test_a_view_between_and_a_table_above_go_by_the_table_that_appends(place: Place) -> None:
    place.sql(
        f"CREATE VIEW changed AS SELECT a, _commit_version AS v FROM {SOURCE};"
        "CREATE MATERIALIZED VIEW log INTO 'out/log' APPEND AS SELECT a, v FROM changed;"
        "CREATE MATERIALIZED VIEW total INTO 'out/total' AS SELECT sum(a) AS s FROM log;"
    )
    ran(place)
    add(place, 3)
    ran(place)
    assert (logged(place), rows(place.root / "out/total")) == ([(1, 0), (2, 0), (3, 1)], [{"s": 6}])


def test_a_query_goes_by_the_table_of_the_view_that_it_asks(place: Place) -> None:
    asked = inside(place.root, "query", "SELECT a FROM log ORDER BY a", "--format", "csv")
    assert asked.stdout.split() == ["a", "1", "2"], "no table yet: what a first run would append"


def test_the_specification_holds_the_version_and_replays_it(place: Place) -> None:
    ran(place)
    add(place, 3)
    spec = place.spec()
    (pin,) = spec["pins"]
    assert (pin["arguments"]["start_version"], pin["window"]) == ({"type": "BIGINT", "value": 1}, [1, 1])
    assert spec["sources"][0]["arguments"]["start_version"] == "since_last_run()"
    assert place.run_spec(spec).status == 0
    assert place.run_spec(spec).status == 0, "the same rows again are a repeat"
    assert logged(place) == [(1, 0), (2, 0), (3, 1)]
    add(place, 4)
    ran(place)
    assert place.run_spec(spec).codes == {"T4027"}
    assert logged(place) == [(1, 0), (2, 0), (3, 1), (4, 2)]


def test_two_runs_at_once_append_once(place: Place) -> None:
    """The other run commits right before ours: the application transaction stands in the way of the second."""
    ran(place)
    add(place, 3)
    transact = commit._transact

    def late(*arguments: Any) -> Any:
        with patch.object(commit, "_transact", transact):
            ran(place)
        return transact(*arguments)

    with patch.object(commit, "_transact", late):
        said = place.treadle("run")
    assert said.status == 1 and logged(place) == [(1, 0), (2, 0), (3, 1)], said
