"""An environment with a lake of its own writes beside production, reads production for what it didn't build, and says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import inside
from tests.support.lake import head, rows
from tests.support.place import Place

VIEWS = """
CREATE SOURCE orders FROM DELTA 'lake/orders';
CREATE MATERIALIZED VIEW daily INTO 'lake/daily' AS SELECT a, count(*) AS n FROM orders GROUP BY a;
CREATE MATERIALIZED VIEW top INTO 'out/top' AS SELECT max(n) AS n FROM daily;
"""
TOML = """
[env.dev]
lake = "lake-dev"
[env.ci]
lake = "lake-ci"
defer = false
[env.prod]
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project of two tables, built in production."""
    made = Place(tmp_path)
    made.table("lake/orders", {"a": [1, 2, 2]})
    made.file("treadle.toml", TOML)
    made.sql(VIEWS)
    assert made.treadle("run").status == 0
    return made


def where(place: Place, *arguments: str) -> dict[str, str]:
    """Return where each output of a run was written."""
    said = place.treadle("run", *arguments)
    assert said.status == 0, said
    return {one["view"]: one["location"] for one in json.loads(said.ended.stdout)["outputs"]}


def test_a_run_writes_beside_production_and_leaves_it_alone(place: Place) -> None:
    place.table("lake/orders", {"a": [2]}, mode="append")
    assert where(place, "--env", "dev") == {"daily": "lake-dev/daily", "top": "lake-dev/out/top"}
    assert (head(place.root / "lake/daily"), head(place.root / "out/top")) == (0, 0)
    assert rows(place.root / "lake/daily") == [{"a": 1, "n": 1}, {"a": 2, "n": 2}]
    assert rows(place.root / "lake-dev/daily") == [{"a": 1, "n": 1}, {"a": 2, "n": 3}]
    assert inside(place.root, "query", "SELECT n FROM top", "--env", "dev", "--format", "csv").stdout.split() == ["n", "3"]


def test_what_is_not_built_is_deferred_to_production_until_it_is(place: Place) -> None:
    said = place.treadle("run", "top", "--env", "dev")
    (one,) = said.warnings
    assert one["code"] == "T3166"
    assert one["message"] == "`daily` is deferred to production, `lake/daily` version 0: the environment `dev` has no table of it"
    assert json.loads(said.ended.stdout)["environment"] == "dev"
    plan = inside(place.root, "plan", "top", "--env", "dev").stdout
    assert "in dev" in plan and "daily (deferred to production; lake/daily version 0;" in plan
    assert where(place, "daily", "--env", "dev") == {"daily": "lake-dev/daily"}
    assert not place.treadle("run", "top", "--env", "dev").warnings


def test_without_deferral_the_definition_is_computed(place: Place) -> None:
    said = place.treadle("run", "top", "--env", "ci")
    assert [one["code"] for one in said.warnings] == ["T3162"]
    assert rows(place.root / "lake-ci/out/top") == [{"n": 2}]


def test_an_environment_changes_the_envelope_and_not_the_project(place: Place) -> None:
    found = [
        json.loads(inside(place.root, "plan", "top", *env, "--json").stdout)["digests"] for env in ([], ["--env", "dev"], ["--env", "prod"])
    ]
    assert len({one["project"] for one in found}) == len({one["spec"] for one in found}) == 1
    assert found[0]["envelope"] != found[1]["envelope"]


def test_production_read_by_path_is_said_and_refused_when_the_run_writes_the_view(place: Place) -> None:
    place.sql(VIEWS + "CREATE MATERIALIZED VIEW old INTO 'lake/old' AS SELECT n FROM read_delta('lake/daily');")
    alone = place.treadle("run", "old", "--env", "dev")
    assert (alone.status, [one["message"] for one in alone.warnings]) == (
        0, ["`read_delta('lake/daily')` is production's table of `daily`, also in the environment `dev`"],
    )  # fmt: skip
    for env in ([], ["--env", "dev"]):
        assert place.treadle("run", *env).codes == {"T3009"}


def test_the_default_environment_is_used_unless_another_is_named(place: Place) -> None:
    place.file("treadle.toml", '[project]\nenvironment = "dev"\n' + TOML)
    assert where(place, "daily") == {"daily": "lake-dev/daily"}
    assert where(place, "daily", "--env", "prod") == {"daily": "lake/daily"}
    place.file("treadle.toml", '[project]\nenvironment = "def"\n' + TOML)
    (one,) = place.treadle("check").errors
    assert (one["code"], one["file"], one["line"], one["help"]) == ("T7004", "treadle.toml", 2, "did you mean `dev`?")


def test_links_out_of_the_lake_and_places_outside_are_refused(place: Place) -> None:
    (place.root / "lake-dev").mkdir()
    (place.root / "lake-dev" / "daily").symlink_to(place.root / "lake" / "daily")
    (one,) = place.treadle("run", "daily", "--env", "dev").errors
    assert (one["code"], one["message"]) == ("T3030", "`daily` would be written to `lake/daily`, outside of `lake-dev`")
    (place.root / "lake-dev" / "daily").unlink()
    place.sql(VIEWS.replace("'out/top'", "'../top'"))
    (one,) = place.treadle("run", "top", "--env", "dev").errors
    assert one["code"] == "T3030" and "outside of the project" in one["message"]
    place.file("treadle.toml", TOML + '[env.dev.locations]\ntop = "lake-dev/best"\n')
    assert where(place, "top", "--env", "dev") == {"top": "lake-dev/best"}


def test_two_views_that_would_meet_in_the_lake_are_refused(place: Place) -> None:
    place.sql(VIEWS.replace("'out/top'", "'daily'"))
    (one,) = place.treadle("run", "--env", "dev").errors
    assert one["code"] == "T3007"


def test_environments_are_shown(place: Place) -> None:
    shown = json.loads(place.treadle("show", "environments", "--env", "dev").ended.stdout)["environments"]
    assert [(one["name"], one["used"], one["lake"], one["defers"]) for one in shown] == [
        ("dev", True, "lake-dev", True), ("ci", False, "lake-ci", False), ("prod", False, None, False),
    ]  # fmt: skip
    assert "environment dev: keeps its tables in `lake-dev`" in inside(place.root, "doctor").stdout
