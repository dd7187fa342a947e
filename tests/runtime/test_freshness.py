"""How old sources are: what tells it, the limits on both sides of their instants, what does not count as loading."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.support.command import inside
from tests.support.place import Place

LIMITS = "OPTIONS (warn_after => INTERVAL '1 day', error_after => INTERVAL '3 days')"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder."""
    return Place(tmp_path)


def aged(place: Place, as_of: datetime | str, status: int = 0) -> dict[str, dict[str, Any]]:
    """Return what the check says of each source."""
    said = place.treadle("check", "--freshness", "--as-of", as_of if isinstance(as_of, str) else as_of.isoformat())
    assert said.status == status, said
    return {one["name"]: one for one in json.loads(said.ended.stdout)["sources"]}


def test_a_table_is_as_old_as_its_last_commit_of_rows(place: Place) -> None:
    path = str(place.table())
    loaded = datetime.fromtimestamp(DeltaTable(path).history()[0]["timestamp"] / 1000, UTC)
    write_deltalake(path, pa.table({"a": [3]}), mode="append")
    appended = datetime.fromtimestamp(DeltaTable(path).history()[0]["timestamp"] / 1000, UTC)
    DeltaTable(path).optimize.compact()
    DeltaTable(path).alter.set_table_properties({"delta.enableChangeDataFeed": "true"})
    place.sql(f"CREATE SOURCE t FROM DELTA 'lake/t' {LIMITS}; CREATE SOURCE old FROM DELTA 'lake/t' VERSION AS OF 0 {LIMITS};")
    found = aged(place, appended + timedelta(hours=1))
    assert (found["t"]["state"], found["t"]["age_seconds"], found["t"]["by"]) == ("fresh", 3600.0, "commit")
    assert datetime.fromisoformat(found["old"]["last_loaded"]) == loaded


@pytest.mark.parametrize(
    ("age", "state", "status"),
    [
        (timedelta(days=1), "fresh", 0),
        (timedelta(days=1, seconds=1), "late", 0),
        (timedelta(days=3), "late", 0),
        (timedelta(days=3, seconds=1), "stale", 1),
        (timedelta(days=-1), "fresh", 0),
    ],
)
def test_files_are_as_old_as_the_newest_and_limits_are_inclusive(place: Place, age: timedelta, state: str, status: int) -> None:
    moment = datetime(2024, 3, 10, tzinfo=UTC)
    for name, at in (("a", moment), ("b", moment - timedelta(days=100))):
        os.utime(place.file(f"files/{name}.csv", "n\n1\n"), (at.timestamp(), at.timestamp()))
    place.sql(f"CREATE SOURCE f FROM CSV 'files/*.csv' {LIMITS};")
    found = aged(place, moment + age, status)["f"]
    assert (found["state"], found["by"], found["last_loaded"]) == (state, "file", "2024-03-10T00:00:00Z")


def test_a_column_tells_it_when_one_is_named(place: Place) -> None:
    place.file("c.csv", "id,at\n1,2024-01-31\n2,2024-01-10\n")
    place.sql("CREATE SOURCE c FROM CSV 'c.csv' OPTIONS (error_after => INTERVAL '1 month', loaded_at => AT);")
    assert aged(place, "2024-02-29")["c"]["last_loaded"] == "2024-01-31T00:00:00Z"
    assert aged(place, "2024-03-01", 1)["c"]["state"] == "stale"


def test_a_source_without_rows_has_never_been_loaded(place: Place) -> None:
    write_deltalake(str(place.root / "lake/t"), pa.table({"a": pa.array([], pa.int64())}))
    place.sql(f"CREATE SOURCE t FROM DELTA 'lake/t' {LIMITS};")
    assert aged(place, "2024-02-29", 1)["t"]["last_loaded"] is None
    assert "has never been loaded" in inside(place.root, "check", "--freshness").stderr


def test_the_page_fits_and_plain_check_reads_nothing(place: Place) -> None:
    place.table()
    place.sql(f"CREATE SOURCE t FROM DELTA 'lake/t' {LIMITS};")
    page = inside(place.root, "check", "--freshness", columns=60).stdout
    assert page.splitlines()[2].split()[:2] == ["t", "fresh"]
    assert "sources" not in json.loads(inside(place.root, "check", "--json").stdout)
    assert inside(place.root, "check", "--as-of", "2024-01-01").status == 2
    assert inside(place.root, "check", "--freshness", "--as-of", "soon").status == 2
    place.sql("CREATE SOURCE t FROM DELTA 'lake/t';")
    assert "no source says how fresh it must be" in inside(place.root, "check", "--freshness").stderr
