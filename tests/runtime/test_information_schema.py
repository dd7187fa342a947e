"""`information_schema`: what a project has, as tables that ad hoc queries read and views don't."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import treadle
from tests.support.place import Place
from treadle.runtime.information_schema import NAMES

SQL = """
PARAM low BIGINT DEFAULT 1 CHECK (low > 0) COMMENT 'least';
PARAM token VARCHAR DEFAULT 'hush' SECRET;
CREATE SOURCE items FROM CSV 'items.csv';
CREATE FUNCTION twice(x BIGINT) RETURNS BIGINT RETURN x * 2;
CREATE VIEW staging.few COMMENT 'a few' AS SELECT a, twice(a) AS b FROM items WHERE a >= PARAM low;
CREATE MATERIALIZED VIEW kept INTO 'out/kept' AS SELECT count(*) AS n FROM staging.few;
"""


@pytest.fixture
def project(tmp_path: Path) -> Any:
    place = Place(tmp_path)
    place.file("items.csv", "a\n1\n2\n")
    place.sql(SQL)
    with treadle.open(tmp_path) as made:
        made.register("extra", {"z": [1.5]})
        yield made


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (
            "SELECT table_schema, table_name, table_type, comment, location FROM information_schema.tables ORDER BY 2",
            [
                (None, "extra", "LOCAL TEMPORARY", None, None),
                ("staging", "few", "VIEW", "a few", None),
                (None, "items", "BASE TABLE", None, None),
                (None, "kept", "MATERIALIZED VIEW", None, "out/kept"),
            ],
        ),
        (
            "SELECT column_name, ordinal_position, is_nullable, data_type FROM Information_Schema.COLUMNS WHERE table_name = 'few'",
            [("a", 1, "YES", "BIGINT"), ("b", 2, "YES", "BIGINT")],
        ),
        (
            "SELECT table_name, view_definition, reads, sources FROM information_schema.views WHERE is_materialized",
            [("kept", "SELECT count(*) AS n FROM staging.few", ["staging.few"], [])],
        ),
        (
            "SELECT routine_name, flavour, routine_definition FROM information_schema.routines",
            [("twice", "scalar", "CREATE FUNCTION twice(x BIGINT) RETURNS BIGINT RETURN x * 2")],
        ),
        (
            "SELECT parameter_name, data_type, is_secret, value_from FROM information_schema.parameters ORDER BY 1",
            [("low", "BIGINT", False, "default"), ("token", "VARCHAR", True, "default")],
        ),
        ("SELECT count(*) AS n FROM information_schema.tables AS t JOIN information_schema.columns USING (table_name)", [(5,)]),
    ],
)
def test_what_is_told(query: str, rows: list[tuple[object, ...]], project: Any) -> None:
    assert project.query(query).fetchall() == rows


def test_the_default_of_a_secret_is_not_told(project: Any) -> None:
    assert "hush" not in str(project.query("SELECT * FROM information_schema.parameters").fetchall())


def test_it_is_what_the_project_has_now(project: Any) -> None:
    count = "SELECT count(*) AS n FROM information_schema.tables"
    assert project.query(count).fetchall() == [(4,)]
    (project.root / "more.sql").write_text("CREATE VIEW more AS SELECT 1 AS a;")
    project.unregister("extra")
    assert project.query(count).fetchall() == [(4,)]
    assert ("more",) in project.query("SELECT table_name FROM information_schema.tables").fetchall()


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_described(name: str, project: Any) -> None:
    assert [row[0] for row in project.query(f"DESCRIBE {name}").fetchall()] == project.query(f"FROM {name}").schema.names


def test_views_cannot_read_it(project: Any) -> None:
    project.query("FROM information_schema.tables").fetchall()
    (project.root / "more.sql").write_text("CREATE VIEW more AS SELECT * FROM information_schema.tables;")
    assert [one.code for one in project.check()] == ["T2002"]


def test_a_project_with_errors_tells_them(project: Any) -> None:
    (project.root / "more.sql").write_text("CREATE VIEW more AS SELECT nothing FROM items;")
    with pytest.raises(treadle.TreadleError, match="T2001"):
        project.query("FROM information_schema.tables")
    with pytest.raises(treadle.TreadleError, match="did you mean `information_schema.tables`"):
        (project.root / "more.sql").unlink()
        project.query("FROM information_schema.tabels")
