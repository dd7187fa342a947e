"""SQL table functions on their whole way: planned, run into Delta, traced, shown, specified, formatted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import inside
from tests.support.lake import rows
from tests.support.place import Place

FLIGHTS = {"origin": ["JFK", "JFK", "LGA"], "dep_delay": [40.0, 20.0, 90.0], "carrier": ["UA", "AA", "DL"]}
PROJECT = """
PARAM grace DOUBLE DEFAULT 30.0;

CREATE SOURCE flights FROM DELTA 'lake/flights';

CREATE FUNCTION is_late(minutes DOUBLE, grace DOUBLE DEFAULT 15) RETURNS BOOLEAN RETURN minutes > grace;

CREATE FUNCTION late_from(airport VARCHAR, grace DOUBLE DEFAULT 15) RETURNS TABLE COMMENT 'late flights of an airport'
  RETURN SELECT carrier, dep_delay FROM flights WHERE origin = airport AND is_late(dep_delay, grace => grace);

CREATE MATERIALIZED VIEW late INTO 'out/late' AS
  SELECT a.carrier, b.carrier AS other
  FROM late_from('JFK', grace => PARAM grace) AS a
  CROSS JOIN late_from('LGA') AS b;
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project with a table function and a table for it to read, of two versions."""
    made = Place(tmp_path)
    made.file("treadle.toml")
    made.sql(PROJECT)
    made.table("lake/flights", {key: values[:2] for key, values in FLIGHTS.items()})
    made.table("lake/flights", FLIGHTS, mode="overwrite")
    return made


def test_a_run_writes_what_table_functions_give(place: Place) -> None:
    assert place.treadle("run").status == 0
    assert rows(place.root / "out/late") == [{"carrier": "UA", "other": "DL"}]
    assert place.treadle("run", "-p", "grace=5").status == 0
    assert rows(place.root / "out/late") == [{"carrier": "AA", "other": "DL"}, {"carrier": "UA", "other": "DL"}]


def test_a_query_calls_a_table_function(place: Place) -> None:
    shown = inside(place.root, "query", "SELECT count(*) AS n FROM late_from('JFK')", "--json")
    assert json.loads(shown.stdout) == [{"n": 2}]


def test_a_version_and_a_path_are_passed_to_sources(place: Place) -> None:
    place.sql(
        PROJECT + "CREATE FUNCTION at(n BIGINT) RETURNS TABLE RETURN SELECT * FROM flights VERSION AS OF n;"
        "CREATE FUNCTION of(place VARCHAR, n BIGINT DEFAULT 1) RETURNS TABLE RETURN SELECT * FROM read_delta(place, version => n);"
        "CREATE MATERIALIZED VIEW counts INTO 'out/counts' AS"
        " SELECT (SELECT count(*) FROM at(0)) AS a, (SELECT count(*) FROM at(1)) AS b, (SELECT count(*) FROM of('lake/flights')) AS c;"
    )
    assert place.treadle("run", "counts").errors == ()
    assert rows(place.root / "out/counts") == [{"a": 2, "b": 3, "c": 3}]
    pins = {one["source"] for one in json.loads(inside(place.root, "spec", "counts").stdout)["pins"]}
    assert pins == {"read_delta('lake/flights', version => 0)", "read_delta('lake/flights', version => 1)"}


def test_the_specification_holds_it_inlined(place: Place) -> None:
    spec = json.loads(inside(place.root, "spec").stdout)
    assert [(one["name"], one["flavour"]) for one in spec["functions"]] == [("is_late", "scalar"), ("late_from", "table")]
    view = next(one for one in spec["views"] if one["name"] == "late")
    assert "late_from(" not in view["sql"] and [one["source"] for one in view["relations"]] == ["flights", "flights"]
    (place.root / "spec.json").write_text(json.dumps(spec))
    assert place.treadle("run", "--spec", "spec.json").status == 0
    assert rows(place.root / "out/late") == [{"carrier": "UA", "other": "DL"}]


def test_a_body_is_part_of_the_project_digest(place: Place) -> None:
    def digest() -> object:
        return json.loads(inside(place.root, "plan", "--json").stdout)["digests"]["project"]

    before = digest()
    place.sql(PROJECT.replace("'late flights of an airport'", "'others'"))
    assert digest() == before
    place.sql(PROJECT.replace("minutes > grace", "minutes >= grace"))
    assert digest() != before


def test_lineage_reaches_through_to_the_sources(place: Place) -> None:
    shown = inside(place.root, "lineage", "late.carrier").stdout
    assert "flights.carrier" in shown and "flights.origin" in shown and "grace" in shown


def test_it_is_shown_with_its_columns(place: Place) -> None:
    shown = json.loads(inside(place.root, "show", "functions", "--json").stdout)["functions"]
    late = next(one for one in shown if one["name"] == "late_from")
    signature = "late_from(airport VARCHAR, grace DOUBLE DEFAULT 15) → TABLE (carrier VARCHAR, dep_delay DOUBLE)"
    assert (late["kind"], late["signature"], late["comment"]) == ("table", signature, "late flights of an airport")


def test_it_is_laid_out(place: Place) -> None:
    place.sql("create function f(n bigint) returns table (a bigint comment 'first', b bigint) comment 'x' return select n as a, n as b;")
    assert inside(place.root, "fmt").status == 0
    text = (place.root / "views.sql").read_text()
    assert text == (
        "CREATE FUNCTION f(n bigint) RETURNS TABLE (a bigint COMMENT 'first', b bigint) COMMENT 'x' RETURN\n  SELECT n AS a, n AS b;\n"
    )


def test_selectors_see_what_a_body_reads(place: Place) -> None:
    place.sql(
        PROJECT.replace("FROM flights WHERE", "FROM departed WHERE")
        + "CREATE MATERIALIZED VIEW departed INTO 'out/departed' AS SELECT * FROM flights;"
    )
    outputs = json.loads(inside(place.root, "spec", "+late").stdout)["outputs"]
    assert [one["view"] for one in outputs] == ["departed", "late"]
    assert place.treadle("run").status == 0
    assert rows(place.root / "out/late") == [{"carrier": "UA", "other": "DL"}]


def test_a_circle_of_views_and_functions_is_told_in_full(place: Place) -> None:
    place.sql(PROJECT.replace("FROM flights WHERE", "FROM late WHERE"))
    said = place.treadle("check")
    assert said.codes == {"T2050"}
    (one,) = said.errors
    assert one["message"] == "views and functions need each other in a circle: late_from() → late → late_from()"
    assert [label["text"] for label in one["labels"]] == ["`late` calls `late_from()` here"]
