"""What a test is computed over, and what is compared: each rule of docs/testing.md, from real tables to `Report`."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

import treadle
from tests.support.place import Place
from treadle.dialect.diagnostics import TreadleError
from treadle.runtime.testing.outcome import Outcome, Report

KINDS = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("small", pa.int32()),
        pa.field("real", pa.float32()),
        pa.field("x", pa.float64()),
        pa.field("money", pa.decimal128(10, 2)),
        pa.field("day", pa.date32()),
        pa.field("at", pa.timestamp("us", "UTC")),
        pa.field("name", pa.string(), nullable=False),
        pa.field("good", pa.bool_()),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("point", pa.struct([pa.field("lat", pa.float64()), pa.field("lon", pa.float64())])),
    ]
)
ROW = {
    "id": 7, "small": 1, "real": 1.5, "x": 2.5, "money": Decimal("1.10"), "day": date(2013, 1, 2), "at": datetime(2013, 1, 2, tzinfo=UTC),
    "name": "real", "good": True, "tags": ["a"], "point": {"lat": 1.0, "lon": 2.0},
}  # fmt: skip
PROJECT = """
PARAM least BIGINT DEFAULT 0 CHECK (least >= 0);
PARAM only VARCHAR DEFAULT NULL FILTER kinds.name;
PARAM day DATE;
CREATE SOURCE kinds FROM DELTA 'lake/kinds';
CREATE SOURCE other FROM CSV 'other.csv';
CREATE FUNCTION twice(x DOUBLE) RETURNS DOUBLE RETURN x * 2;
CREATE VIEW every_kind AS SELECT * FROM kinds;
CREATE VIEW picked AS SELECT id, x, name FROM kinds WHERE id >= PARAM least;
CREATE VIEW counted AS SELECT count(*) AS n, (SELECT count(*) FROM other) AS others FROM picked;
CREATE MATERIALIZED VIEW stored INTO 'out/stored' AS SELECT name, sum(x) AS total FROM picked GROUP BY name;
CREATE VIEW reader AS SELECT name, twice(total) AS doubled FROM stored ORDER BY doubled DESC LIMIT 2;
CREATE VIEW clock AS SELECT now() AS n, count(*) AS rows FROM kinds;
CREATE VIEW divided AS SELECT 10 / id AS d FROM kinds;
CREATE VIEW of_day AS SELECT id FROM kinds WHERE day = PARAM day;
CREATE VIEW straight AS SELECT a.id, b.value FROM read_delta('lake/kinds', version => 0) AS a JOIN generate_series(1, 2) AS b ON TRUE;
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a project over a table of many types with a row, and a file."""
    place = Place(tmp_path)
    write_deltalake(str(tmp_path / "lake" / "kinds"), pa.Table.from_pylist([ROW], schema=KINDS))
    place.file("other.csv", "a\n1\n")
    place.file("treadle.toml", "[project]\nname = 'kinds'\n")
    place.file("views.sql", PROJECT)
    return place


def report(place: Place, *tests: str, env: str | None = None) -> Report:
    """Return what some tests come to."""
    place.file("tests.sql", "".join(f"CREATE TEST t{at} FOR {test};\n" for at, test in enumerate(tests)))
    with treadle.open(place.root, env=env) as project:
        return project.test()


def only(place: Place, test: str, env: str | None = None) -> Outcome:
    """Return what one test comes to."""
    return report(place, test, env=env).outcomes[0]


def codes(outcome: Outcome) -> list[str]:
    return [one.code for one in outcome.diagnostics]


PASSING = {
    "columns that are left out are null, NOT NULL ones too": "every_kind GIVEN kinds (x) AS (VALUES (1.5)) EXPECT AS"
    " (SELECT NULL AS id, NULL AS small, NULL AS real, 1.5 AS x, NULL AS money, NULL AS day, NULL AS at, NULL AS name, NULL AS good,"
    " NULL AS tags, NULL AS point)",
    "VALUES without a list give all columns": "picked GIVEN kinds (id, x, name) AS (VALUES (1, 2, 'a')) EXPECT AS (VALUES (1, 2.0, 'a'))",
    "names come from the query": "picked GIVEN kinds AS (SELECT 'a' AS name, 1 AS ID) EXPECT (name, id) AS (VALUES ('a', 1))",
    "sources that are not given are empty": "counted EXPECT (n, others) AS (VALUES (0, 0))",
    "a given view is not computed": "counted GIVEN picked (id) AS (VALUES (1), (2)) EXPECT (n, others) AS (VALUES (2, 0))",
    "a materialised view upstream is computed": "reader GIVEN kinds (id, name, x) AS (VALUES (1, 'a', 1), (2, 'a', 2))"
    " EXPECT (name, doubled) AS (VALUES ('a', 6.0))",
    "a materialised view can be given": "reader GIVEN stored (name, total) AS (VALUES ('a', 1), ('b', 2), ('c', 3))"
    " EXPECT (name, doubled) AS (VALUES ('b', 4), ('c', 6))",
    "a materialised view can be tested": "stored GIVEN picked (name, x) AS (VALUES ('a', 1.0)) EXPECT AS (VALUES ('a', 1.0))",
    "WITH sets parameters": "picked WITH (least => 2) GIVEN kinds (id) AS (VALUES (1), (2)) EXPECT (id) AS (VALUES (2))",
    "a FILTER parameter filters what is given": "picked WITH (only => 'b') GIVEN kinds (id, name) AS (VALUES (1, 'a'), (2, 'b'))"
    " EXPECT (id) AS (VALUES (2))",
    "rows use parameters and functions": "picked WITH (least => 2) GIVEN kinds (id, x) AS (SELECT PARAM least, twice(2))"
    " EXPECT (id, x) AS (SELECT PARAM least, 4.0)",
    "generate_series makes many rows": "counted GIVEN picked (id) AS (SELECT value FROM generate_series(1, 1000))"
    " EXPECT (n) AS (VALUES (1000))",
    "the clock stands still": "clock EXPECT (n) AS (VALUES (TIMESTAMP '2020-01-01 00:00:00'))",
    "WITH sets the clock": "clock WITH (as_of => TIMESTAMP '2013-01-31 06:00:00') EXPECT (n) AS (VALUES (TIMESTAMP '2013-01-31 06:00:00'))",
    "a date sets the clock": "clock WITH (AS_OF => DATE '2013-01-31') EXPECT (n) AS (SELECT now())",
    "order plays no role": "picked GIVEN kinds (id) AS (VALUES (1), (2), (3)) EXPECT (id) AS (VALUES (3), (1), (2))",
    "NULL equals NULL, NaN equals NaN": "picked GIVEN kinds (id, x) AS (VALUES (1, NULL), (2, 'NaN'::DOUBLE))"
    " EXPECT (id, x) AS (VALUES (2, 'NaN'::DOUBLE), (1, NULL))",
    "floats are equal within a billionth": "picked GIVEN kinds (id, x) AS (VALUES (1, 1e9)) EXPECT (x) AS (VALUES (1000000000.5))",
    "an error while it runs": "divided GIVEN kinds (id) AS (VALUES (0)) EXPECT ERROR T6050",
    "an error of a value": "picked WITH (least => -1) EXPECT ERROR T2109",
    "a code in lower case": "divided GIVEN kinds (id) AS (VALUES (0)) EXPECT ERROR t6050",
    "an error of a missing value": "of_day EXPECT ERROR T3019",
    "a table without a name is empty": "straight EXPECT (id, value) AS (SELECT 1, 1 LIMIT 0)",
    "every type": "every_kind GIVEN kinds AS (SELECT 1 AS id, 2.0 AS small, 0.1 AS real, 3 AS x, 1.1 AS money, DATE '2013-01-02' AS day,"
    " TIMESTAMP '2013-01-02 06:00:00' AS at, 'a' AS name, TRUE AS good, ['a', NULL] AS tags, named_struct('lat', 1, 'lon', 2.5) AS point)"
    " EXPECT AS (SELECT 1 AS id, 2 AS small, 0.1 AS real, 3.0 AS x, 1.10 AS money, DATE '2013-01-02' AS day, TIMESTAMP '2013-01-02' +"
    " INTERVAL '6 hours' AS at, 'a' AS name, TRUE AS good, ['a', NULL] AS tags, named_struct('lat', 1.0, 'lon', 2.5) AS point)",
}  # fmt: skip


def test_what_passes(place: Place) -> None:
    """All in one project, so that no test sees what another one gave."""
    found = report(place, *PASSING.values())
    told = {name: [*map(str, one.diagnostics)] for name, one in zip(PASSING, found, strict=True) if not one.passed}
    assert found.passed and not told, told


FAILING = {
    "how often a row stands there counts": "picked GIVEN kinds (id) AS (VALUES (1), (1), (2)) EXPECT (id) AS (VALUES (1), (2), (2))",
    "a row too many": "picked GIVEN kinds (id) AS (VALUES (1), (2)) EXPECT (id) AS (VALUES (1))",
    "a row too few": "picked GIVEN kinds (id) AS (VALUES (1)) EXPECT (id) AS (VALUES (1), (2))",
    "floats beyond the tolerance": "picked GIVEN kinds (id, x) AS (VALUES (1, 1.0)) EXPECT (x) AS (VALUES (1.00000001))",
    "NULL is no value": "picked GIVEN kinds (id, x) AS (VALUES (1, NULL)) EXPECT (x) AS (VALUES (0.0))",
    "NULL in a list": "every_kind GIVEN kinds (tags) AS (VALUES (['a', NULL])) EXPECT (tags) AS (VALUES (['a', 'b']))",
    "decimals are exact": "every_kind GIVEN kinds (money) AS (VALUES (1.1)) EXPECT (money) AS (VALUES (1.11))",
    "microseconds count": "every_kind GIVEN kinds (at) AS (VALUES (TIMESTAMP '2013-01-01 00:00:00.000001'))"
    " EXPECT (at) AS (VALUES (TIMESTAMP '2013-01-01 00:00:00'))",
    "capitals count": "picked GIVEN kinds (id, name) AS (VALUES (1, 'a')) EXPECT (name) AS (VALUES ('A'))",
    "inside of structs": "every_kind GIVEN kinds (point) AS (SELECT named_struct('lat', 1.0, 'lon', 2.0))"
    " EXPECT (point) AS (SELECT named_struct('lat', 1.0, 'lon', 2.1))",
}  # fmt: skip


def test_what_fails(place: Place) -> None:
    found = report(place, *FAILING.values())
    assert {name: (one.state, codes(one)) for name, one in zip(FAILING, found, strict=True)} == dict.fromkeys(
        FAILING, ("failed", ["T6080"])
    )
    assert all(one.difference is not None for one in found) and not found.passed


BROKEN = {
    # what can't run, by code and the text at its place
    "picked GIVEN nowhere (a) AS (VALUES (1)) EXPECT (id) AS (VALUES (1))": ("T2002", "nowhere"),
    "picked GIVEN other (a) AS (VALUES (1)) EXPECT (id) AS (VALUES (1))": ("T2080", "other"),
    "picked GIVEN picked (id) AS (VALUES (1)) EXPECT (id) AS (VALUES (1))": ("T2080", "picked"),
    "reader GIVEN stored (name) AS (VALUES ('a')) GIVEN picked (id) AS (VALUES (1)) EXPECT (name) AS (VALUES ('a'))": ("T2080", "picked"),
    "picked GIVEN kinds (id) AS (VALUES (1)) GIVEN KINDS (id) AS (VALUES (1)) EXPECT (id) AS (VALUES (1))": ("T1011", "KINDS"),
    "nowhere EXPECT ERROR T6050": ("T2002", "nowhere"),
    "kinds EXPECT ERROR T6050": ("T2002", "kinds"),
    "picked EXPECT ERROR T9998": ("T2086", "T9998"),
    "picked WITH (leest => 1) EXPECT (id) AS (VALUES (1))": ("T2010", "leest"),
    "picked WITH (least => 'a') EXPECT (id) AS (VALUES (1))": ("T2083", "'a'"),
    "picked WITH (least => 1.5) EXPECT (id) AS (VALUES (1))": ("T2083", "1.5"),
    "picked WITH (as_of => 1) EXPECT (id) AS (VALUES (1))": ("T2083", "1"),
    "picked WITH (least => -1) EXPECT (id) AS (VALUES (1))": ("T2109", "-1"),
    "picked WITH (least => -1) EXPECT ERROR T6050": ("T2109", "-1"),
    "of_day EXPECT (id) AS (VALUES (1))": ("T2084", "t0"),
    "picked GIVEN kinds (idd) AS (VALUES (1)) EXPECT (id) AS (VALUES (1))": ("T2001", "idd"),
    "picked GIVEN kinds (id, ID) AS (VALUES (1, 1)) EXPECT (id) AS (VALUES (1))": ("T2007", "ID"),
    "picked GIVEN kinds (id, x) AS (VALUES (1)) EXPECT (id) AS (VALUES (1))": ("T2013", "id, x"),
    "picked EXPECT AS (VALUES (1))": ("T2013", "VALUES (1)"),
    "picked EXPECT AS (SELECT 1 AS id)": ("T2085", "SELECT 1 AS id"),
    "picked GIVEN kinds (id) AS (VALUES ('1')) EXPECT (id) AS (VALUES (1))": ("T2082", "'1'"),
    "every_kind GIVEN kinds (day) AS (VALUES ('2013-01-01')) EXPECT (id) AS (VALUES (1))": ("T2082", "'2013-01-01'"),
    "every_kind GIVEN kinds (tags) AS (SELECT [1]) EXPECT (id) AS (VALUES (1))": ("T2082", "tags"),
    "picked GIVEN kinds (id) AS (SELECT id FROM kinds) EXPECT (id) AS (VALUES (1))": ("T2081", "kinds"),
    "picked EXPECT (id) AS (SELECT 1 FROM 'other.csv')": ("T2081", "'other.csv'"),
    "picked EXPECT (id) AS (SELECT 1 FROM read_csv('other.csv'))": ("T2081", "read_csv('other.csv')"),
    "picked EXPECT (id) AS (SELECT (SELECT max(id) FROM picked))": ("T2081", "picked"),
    "every_kind GIVEN kinds (small) AS (VALUES (1), (1.5)) EXPECT (id) AS (VALUES (1))": ("T6083", "1.5"),
    "every_kind GIVEN kinds (small) AS (SELECT 3000000000) EXPECT (id) AS (VALUES (1))": ("T6083", "SELECT 3000000000"),
    "every_kind GIVEN kinds (money) AS (VALUES (1.101)) EXPECT (id) AS (VALUES (1))": ("T6083", "1.101"),
    "picked EXPECT (id) AS (VALUES (1 / 0))": ("T6054", "VALUES (1 / 0)"),
    "divided GIVEN kinds (id) AS (VALUES (0)) EXPECT (d) AS (VALUES (1))": ("T6050", "divided"),
}  # fmt: skip


@pytest.mark.parametrize("test", BROKEN)
def test_what_can_not_run(place: Place, test: str) -> None:
    outcome = only(place, test)
    assert outcome.state == "error", outcome
    found = [(one.code, one.span.text if one.span else None) for one in outcome.diagnostics]
    assert found == [BROKEN[test]]
    assert outcome.diagnostics[0].help or outcome.diagnostics[0].cause


def test_one_that_can_not_run_keeps_no_other_from_running(place: Place) -> None:
    found = report(place, "picked EXPECT ERROR T9999", "counted EXPECT (n) AS (VALUES (0))", "counted EXPECT (n) AS (VALUES (1))")
    assert [one.state for one in found] == ["error", "passed", "failed"]


def test_values_of_the_project_reach_tests_those_of_an_environment_do_not(place: Place) -> None:
    test = "picked GIVEN kinds (id) AS (VALUES (1), (2), (3)) EXPECT (id) AS (VALUES (2), (3))"
    place.file("treadle.toml", "[parameters]\nleast = 2\n[env.dev.parameters]\nleast = 3\n")
    assert only(place, test).passed and only(place, test, env="dev").passed
    place.file("treadle.toml", "[env.dev.parameters]\nleast = 2\n")
    assert only(place, test, env="dev").state == "failed"


def test_a_value_of_the_project_is_checked_even_where_another_one_wins(place: Place) -> None:
    place.file("treadle.toml", "[parameters]\nleast = -5\n[env.dev.parameters]\nleast = 3\n")
    assert codes(only(place, "picked EXPECT (id) AS (SELECT 1 LIMIT 0)", env="dev")) == ["T2109"]
    assert only(place, "picked WITH (least => 1) EXPECT (id) AS (SELECT 1 LIMIT 0)", env="dev").passed


def test_a_default_that_fails_its_check_is_told_once_however_many_tests_there_are(place: Place) -> None:
    tests = "".join(f"CREATE TEST t{n} FOR v EXPECT (a) AS (VALUES (1));\n" for n in range(3))
    place.sql(f"PARAM p INT DEFAULT 1 CHECK (p > 5);\nCREATE VIEW v AS SELECT PARAM p AS a;\n{tests}")
    place.file("other.csv", "a\n1\n")
    assert [one.code for one in treadle.open(place.root).check()] == ["T2109"]


def test_the_clock_of_the_project(place: Place) -> None:
    for written in ('"2013-01-31T06:00:00Z"', "2013-01-31T08:00:00+02:00", "2013-01-31 06:00:00"):
        place.file("treadle.toml", f"[test]\nas_of = {written}\n")
        assert only(place, "clock EXPECT (n) AS (VALUES (TIMESTAMP '2013-01-31 06:00:00'))").passed
    place.file("treadle.toml", "[test]\nas_of = 'noon'\n")
    assert place.treadle("test").codes == {"T7003"}


def test_nothing_is_read_but_schemas_and_nothing_is_written(place: Place) -> None:
    """With the table's data gone, its log still says what its columns are."""
    for file in (place.root / "lake" / "kinds").glob("*.parquet"):
        file.unlink()
    before = sorted(place.root.rglob("*"))
    assert only(place, "counted GIVEN kinds (id) AS (VALUES (1)) EXPECT (n) AS (VALUES (1))").passed
    assert sorted(place.root.rglob("*")) == sorted({*before, place.root / "tests.sql"})


def test_a_table_that_is_there_does_not_reach_tests(place: Place) -> None:
    assert place.treadle("run", "-p", "day=2013-01-01").status == 0
    assert only(place, "reader EXPECT (name) AS (SELECT 'a' LIMIT 0)").passed


def test_a_table_that_is_missing_is_an_error_as_in_check(place: Place) -> None:
    shutil.rmtree(place.root / "lake")
    with pytest.raises(TreadleError) as raised:
        only(place, "picked EXPECT (id) AS (VALUES (1))")
    assert {one.code for one in raised.value.diagnostics} == {"T4001"}


def test_a_planted_bug_is_caught(place: Place) -> None:
    test = "picked WITH (least => 2) GIVEN kinds (id) AS (VALUES (1), (2), (3)) EXPECT (id) AS (VALUES (2), (3))"
    assert only(place, test).passed
    place.file("views.sql", PROJECT.replace("id >= PARAM least", "id > PARAM least"))
    outcome = only(place, test)
    assert outcome.state == "failed" and outcome.difference is not None and outcome.difference.missing == (0,)


def test_tests_make_no_run_fail(place: Place) -> None:
    place.file("tests.sql", "CREATE TEST a FOR stored EXPECT ERROR T9999; CREATE TEST a FOR nowhere EXPECT (x) AS (VALUES (1));")
    assert place.treadle("run", "-p", "day=2013-01-01").codes == set()
    assert place.treadle("query", "SELECT 1 AS a").codes == set()
    assert place.treadle("check").codes == {"T2086", "T2048", "T2002"}


def test_errors_of_a_broken_declaration_are_not_told_of_its_tests(place: Place) -> None:
    place.file("views.sql", PROJECT.replace("CREATE VIEW picked AS SELECT id,", "CREATE VIEW picked AS SELECT id,,"))
    place.file("tests.sql", "CREATE TEST a FOR picked GIVEN kinds (id) AS (VALUES (1)) EXPECT (id) AS (VALUES (1));")
    assert all(one["file"] == "views.sql" for one in place.treadle("check").diagnostics)


def test_an_error_other_than_expected_is_told_with_its_words(place: Place) -> None:
    outcome = only(place, "divided GIVEN kinds (id) AS (VALUES (0)) EXPECT ERROR T6051")
    assert outcome.state == "failed" and codes(outcome) == ["T6082"]
    assert "T6050" in outcome.diagnostics[0].message and "zero" in (outcome.diagnostics[0].cause or "")


HELD = """
CREATE SOURCE names FROM CSV 'other.csv';
CREATE VIEW known AS SELECT a AS name FROM names;
CREATE MATERIALIZED VIEW held INTO 'out/held' PARTITION BY (name)
  CONSTRAINT positive EXPECT (x > PARAM least)
  CONSTRAINT once EXPECT UNIQUE (id)
  CONSTRAINT kept EXPECT (total < 100) ON VIOLATION WARN AS
  SELECT id, x, name, x * 2 AS total FROM kinds;
CREATE MATERIALIZED VIEW referring INTO 'out/referring' CONSTRAINT there FOREIGN KEY (n) REFERENCES known (name) AS
  SELECT id AS n FROM kinds;
"""


def test_constraints_are_among_the_errors_that_can_be_expected(place: Place) -> None:
    place.file("views.sql", PROJECT + HELD)
    given = "GIVEN kinds (id, x, name) AS"
    found = report(
        place,
        f"held {given} (VALUES (1, -1.0, 'a')) EXPECT ERROR T6070",
        f"held {given} (VALUES (1, 1.0, 'a'), (1, 2.0, 'b')) EXPECT ERROR T6070",
        f"held WITH (least => 5) {given} (VALUES (1, 3.0, 'a')) EXPECT ERROR T6070",
        f"held {given} (VALUES (1, 1.0, 'a'), (2, 200.0, 'b')) EXPECT ERROR T6070",
        f"held {given} (VALUES (1, 1.0, '')) EXPECT ERROR T4036",
        f"held {given} (VALUES (1, -1.0, 'a')) EXPECT (x) AS (VALUES (-1))",
        "referring GIVEN kinds (id) AS (VALUES (1)) EXPECT ERROR T6070",
        "referring GIVEN kinds (id) AS (VALUES (1)) GIVEN names (a) AS (VALUES (1)) EXPECT ERROR T6070",
        "referring GIVEN kinds (id) AS (VALUES (1)) GIVEN known (name) AS (VALUES (1)) EXPECT (n) AS (VALUES (1))",
    )
    states = [one.state for one in found]
    assert states == ["passed", "passed", "passed", "failed", "passed", "passed", "passed", "failed", "error"], found.diagnostics
    assert [one.code for one in found.diagnostics] == ["T6081", "T6081", "T2080"]
    assert "gives 2 rows" in found.diagnostics[0].message
    assert not (place.root / "out").exists()


def test_functions_that_give_tables_are_tested_through_their_views(place: Place) -> None:
    place.file(
        "views.sql",
        PROJECT + "CREATE FUNCTION above(least BIGINT) RETURNS TABLE RETURN SELECT id FROM kinds WHERE id > least;"
        "CREATE VIEW high AS SELECT * FROM above(5);",
    )
    assert only(place, "high GIVEN kinds (id) AS (VALUES (5), (6)) EXPECT (id) AS (VALUES (6))").passed
    assert codes(only(place, "picked EXPECT (id) AS (SELECT id FROM above(1))")) == ["T2081"]
