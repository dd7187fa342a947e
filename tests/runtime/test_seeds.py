"""Seeds: CSV files of the project as typed sources; what does not fit a type is refused at its place, never made NULL."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from tests.support.command import inside
from tests.support.lake import rows
from tests.support.place import Place

TYPES = """
[seeds.airports]
columns.code = "VARCHAR NOT NULL"
columns.lat = "DOUBLE"
columns.opened = "DATE"
columns.runways = "SMALLINT"
columns.height = "DECIMAL(6, 1)"
columns.big = "BOOLEAN"
columns.at = "TIMESTAMP"
"""
HEADER = "code,lat,opened,runways,height,big,at\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project of one seed with types."""
    made = Place(tmp_path)
    made.file("treadle.toml", TYPES)
    made.sql("CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT code, lat FROM airports;")
    return made


def asked(place: Place, text: str = "FROM airports") -> list[str]:
    """Return the lines of a query as CSV."""
    ended = inside(place.root, "query", text, "--format", "csv")
    assert ended.status == 0, ended
    return ended.stdout.splitlines()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_rows_come_out_as_they_are_meant(place: Place, end: str, mark: str) -> None:
    """In any order of columns, with a mark of byte order, quotes, breaks of lines in values, empty values."""
    text = mark + "at,code,lat,opened,runways,height,big\n"
    text += '2013-01-02T03:04:05.25,"J ""F"", K",40.6,1948-07-01,4,12.5,TRUE\n,"two\nlines",,,,,\n'
    text += "2013-01-02 03:04:05,x,-1e3,2024-02-29,-32768,-00.5,false\n"
    place.file("seeds/airports.csv", text.replace("\n", end))
    assert asked(place, "SELECT code, lat, opened, runways, height, big FROM airports WHERE lat IS NOT NULL") == [
        "code,lat,opened,runways,height,big",
        '"J ""F"", K",40.6,1948-07-01,4,12.5,true',
        "x,-1000.0,2024-02-29,-32768,-0.5,false",
    ]
    assert asked(place, "SELECT count(*) AS n, count(lat) AS lat, count(at) AS at FROM airports") == ["n,lat,at", "3,2,2"]


@pytest.mark.parametrize(
    ("row", "column", "at", "message"),
    [
        ("x,1.5.5,,,,,", "lat", 3, "`1.5.5` is no DOUBLE"),
        ("x, 1.5,,,,,", "lat", 3, "` 1.5` is no DOUBLE"),
        ("x,,2013-02-30,,,,", "opened", 4, "`2013-02-30` is no DATE"),
        ("x,,2013-1-2,,,,", "opened", 4, "`2013-1-2` is no DATE"),
        ("x,,2013-01-02 10:00:00,,,,", "opened", 4, "`2013-01-02 10:00:00` is no DATE"),
        ("x,,,32768,,,", "runways", 5, "`32768` is no SMALLINT"),
        ("x,,,4.0,,,", "runways", 5, "`4.0` is no SMALLINT"),
        ("x,,,,1.25,,", "height", 6, "`1.25` is no DECIMAL(6, 1)"),
        ("x,,,,123456,,", "height", 6, "`123456` is no DECIMAL(6, 1)"),
        ("x,,,,,yes,", "big", 7, "`yes` is no BOOLEAN"),
        ("x,,,,,,2013-01-02 25:00:00", "at", 8, "`2013-01-02 25:00:00` is no TIMESTAMP"),
        ("x,,,,,,soon", "at", 8, "`soon` is no TIMESTAMP"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_its_place(place: Place, row: str, column: str, at: int, message: str) -> None:
    place.file("seeds/airports.csv", f'{HEADER}a,1.0,,,,,\n"b\nc",2.0,,,,,\n\n{row}\nz,zzz,,,,,\n')
    (one,) = place.treadle("check").errors
    assert (one["code"], one["file"], one["line"], one["column"]) == ("T4060", "seeds/airports.csv", 6, at)
    assert one["message"] == f"`seeds/airports.csv`, line 6, column `{column}`: {message}"
    assert place.treadle("run").codes == {"T4060"}


def test_large_files_are_proved_when_they_are_read(place: Place) -> None:
    many = "".join(f"code {i:060d},{i}.5,2013-01-02,3,1.5,true,2013-01-02 03:04:05\n" for i in range(160_000))
    place.file("seeds/airports.csv", HEADER + many + "last,north,,,,,\n")
    assert os.path.getsize(place.root / "seeds/airports.csv") > 16_000_000
    assert not place.treadle("check").codes
    (one,) = place.treadle("run").errors
    assert one["message"] == "`seeds/airports.csv`, line 160002, column `lat`: `north` is no DOUBLE"
    assert not (place.root / "out/v").exists()


def test_other_columns_are_told_all_at_once(place: Place) -> None:
    place.file("seeds/airports.csv", "code,latt,opened,runways,height,big,big\n")
    (one,) = place.treadle("check").errors
    assert one["message"] == (
        "`seeds/airports.csv` has no column `lat` (did you mean `latt`?), `at` (did you mean `latt`?), and has `latt` "
        "(did you mean `lat` or `at`?), which nobody declared, and has `big` twice"
    )
    place.file("seeds/airports.csv", HEADER + "a,1.0\n")
    (one,) = place.treadle("check").errors
    assert (one["code"], one["message"]) == ("T4012", "`seeds/airports.csv`, line 2: there are 2 values, and 7 columns")


def test_content_pins_a_seed_and_not_its_time(place: Place) -> None:
    path = place.file("seeds/airports.csv", HEADER + "a,1.0,,,,,\n")
    (pin,) = place.spec()["pins"]
    assert place.treadle("run").status == 0
    os.utime(path, (1, 1))
    assert place.spec()["pins"] == [pin]
    place.file("seeds/airports.csv", HEADER + "b,1.0,,,,,\n")
    assert place.spec()["pins"] != [pin]
    assert place.treadle("run").status == 0
    assert rows(place.root / "out/v") == [{"code": "b", "lat": 1.0}]


def test_a_declaration_in_sql_takes_the_seed_over(place: Place) -> None:
    place.file("treadle.toml", "")
    path = place.file("seeds/airports.csv", "code;lat\na;n/a\nb;1.5\n")
    columns = "COLUMNS (lat DOUBLE, code VARCHAR NOT NULL) OPTIONS (delimiter => ';', null_value => 'n/a')"
    place.sql(f"CREATE SOURCE airports FROM CSV 'seeds/airports.csv' {columns};")
    assert not place.treadle("check").codes
    assert asked(place) == ["lat,code", ",a", "1.5,b"]
    shown = json.loads(place.treadle("show", "sources").ended.stdout)["sources"]
    assert [one["name"] for one in shown] == ["airports"] and "pin => 'content'" in shown[0]["options"]
    place.file("treadle.toml", "[seeds.airports]\ncolumns = { code = 'VARCHAR' }\n")
    (one,) = place.treadle("check").errors
    assert (one["code"], one["line"]) == ("T7031", 1)
    assert path.exists()


def test_names_types_and_files_of_every_kind(place: Place) -> None:
    place.file("treadle.toml", '[project]\nseeds = "data"\n[seeds."my planes"]\ndelimiter = ";"\ncolumns = { n = "INT" }\n')
    place.file("data/my planes.csv", "n\n7\n")
    place.file("data/geo/cities.tsv", "a\tb\n1\tx\n")
    place.file("data/.hidden.csv", "a\n")
    place.file("data/zipped.csv.gz", gzip.compress(b"a\n1\n"))
    place.sql('CREATE VIEW v AS SELECT p.n, c.b, z.a FROM "my planes" AS p, cities AS c, zipped AS z;')
    assert asked(place, "FROM v") == ["n,b,a", "7,x,1"]
    said = place.treadle("check")
    assert [(one["code"], one["file"], one["help"]) for one in said.diagnostics if one["code"] == "T7033"] == [
        ("T7033", "data/geo/cities.tsv", '`[seeds.cities]` with `columns = { a = "BIGINT", b = "VARCHAR" }`'),
        ("T7033", "data/zipped.csv.gz", '`[seeds.zipped]` with `columns = { a = "BIGINT" }`'),
    ]


def test_a_type_that_is_none_stands_in_the_configuration(place: Place) -> None:
    place.file("seeds/airports.csv", "code,lat\n")
    place.file("treadle.toml", '[seeds.airports]\ncolumns = { code = "VARCHR", lat = "DOUBLE[]" }\n')
    (one,) = place.treadle("check").errors
    assert (one["code"], one["file"], one["line"], one["help"]) == ("T7003", "treadle.toml", 2, "did you mean `VARCHAR` or `CHAR`?")
    place.file("treadle.toml", '[seeds.airports]\ncolumns = { code = "VARCHAR", lat = "DOUBLE[]" }\n')
    (one,) = place.treadle("check").errors
    assert (one["code"], one["file"], one["line"]) == ("T2049", "treadle.toml", 2)


def test_a_seed_and_a_view_of_one_name_are_refused(place: Place) -> None:
    place.file("seeds/v.csv", "a\n1\n")
    place.file("treadle.toml", "")
    place.sql("CREATE VIEW v AS SELECT 1 AS a;")
    assert {one["code"] for one in place.treadle("check").errors} == {"T2048"}
