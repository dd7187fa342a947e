"""What wrong input gets, through the command line: a code, its place, a way out, status 1, and tables as they were."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from deltalake import DeltaTable

import treadle
from tests.support.command import inside
from tests.support.place import Place, Said
from treadle.dialect.diagnostics import TreadleError
from treadle.runtime.cli.progress import TerminalProgress

BASE = """PARAM least BIGINT DEFAULT 1;
CREATE SOURCE things FROM DELTA 'lake/t';
CREATE FUNCTION twice(n BIGINT, extra BIGINT DEFAULT 0) RETURNS BIGINT RETURN 2 * n + extra;
CREATE VIEW large AS SELECT a, s, name FROM things WHERE a >= PARAM least;
CREATE MATERIALIZED VIEW result INTO 'out/result' TAGS (daily) AS SELECT a, name FROM large;
"""
CONFIG = "[parameters]\nleast = 1\n\n[env.prod]\n\n[profiles.tiny]\nthreads = 1\n"


@dataclass(frozen=True, slots=True)
class Case:
    """One wrong input.

    Args:
        code: the code that it gets.
        at: the text that the diagnostic's place covers, or None when it has no place in a text.
        sql: a file beside the base project's.
        files: other files to write.
        args: the command; `check` without any.
    """

    code: str
    at: str | None
    sql: str = ""
    files: dict[str, str] = field(default_factory=dict)
    args: tuple[str, ...] = ("check",)


def view(query: str) -> str:
    """Return a file that declares one view."""
    return f"CREATE VIEW more AS {query};"


def table(tail: str) -> str:
    """Return a file that declares one materialised view."""
    return f"CREATE MATERIALIZED VIEW more {tail};"


TYPOS = {
    "column": Case("T2001", "nmae", view("SELECT nmae FROM things")),
    "qualified column": Case("T2001", "nmae", view("SELECT t.nmae FROM things AS t")),
    "column in USING": Case("T2001", "nmae", view("SELECT x.a FROM things AS x JOIN large AS y USING (nmae)")),
    "partition column": Case("T2001", "nmae", table("INTO 'out/more' PARTITION BY (nmae) AS SELECT a, name FROM large")),
    "key column": Case("T2001", "nmae", table("INTO 'out/more' PRIMARY KEY (nmae) AS SELECT a, name FROM large")),
    "column in REPLACE WHERE": Case("T2001", "nmae", table("INTO 'out/more' REPLACE WHERE (nmae = 'x') AS SELECT a, name FROM large")),
    "excluded column": Case("T2001", "nmae", view("SELECT * EXCLUDE (nmae) FROM things")),
    "view": Case("T2002", "lagre", view("SELECT a FROM lagre")),
    "source": Case("T2002", "thigns", view("SELECT a FROM thigns")),
    "schema": Case("T2002", "things", view("SELECT a FROM staging.things")),
    "CTE": Case("T2002", "contd", view("WITH counted AS (SELECT a FROM large) SELECT a FROM contd")),
    "alias": Case("T2002", "lrge", view("SELECT lrge.a FROM large")),
    "alias of a table": Case("T2002", "u", view("SELECT u.a FROM large AS t")),
    "field": Case("T2004", "fisrt", view("SELECT s.fisrt FROM things")),
    "function": Case("T2012", "twcie", view("SELECT twcie(a) AS b FROM large")),
    "built-in function": Case("T2012", "uper", view("SELECT uper(name) AS b FROM large")),
    "argument": Case("T2020", "exrta", view("SELECT twice(a, exrta => 1) AS b FROM large")),
    "argument of a table function": Case("T2020", "vesrion", view("SELECT a FROM read_delta('lake/t', vesrion => 0)")),
    "parameter": Case("T2010", "PARAM laest", view("SELECT PARAM laest AS b")),
    "parameter, short": Case("T2010", "$laest", view("SELECT $laest AS b")),
    "table function": Case("T2012", "read_dleta", view("SELECT a FROM read_dleta('lake/t')")),
    "type": Case("T1010", "BIGNIT", "PARAM more BIGNIT DEFAULT 1;"),
    "type in a cast": Case("T1010", "VARCAHR", view("SELECT CAST(a AS VARCAHR) AS b FROM large")),
    "keyword": Case("T1001", "SELCET", view("SELCET a FROM large")),
    "keyword in a query": Case("T1001", "FORM large", view("SELECT a FORM large")),
    "keyword of a statement": Case("T1001", "VEIW", "CREATE VEIW more AS SELECT 1 AS a;"),
    "option of a source": Case("T2020", "headr", "CREATE SOURCE c FROM CSV 'c.csv' OPTIONS (headr => TRUE);", {"c.csv": "a\n1\n"}),
    "option of a view": Case("T3017", None, table("INTO 'out/more' OPTIONS (retrys => 3) AS SELECT a FROM large")),
    "filter": Case("T2002", "thigns", "PARAM only VARCHAR DEFAULT NULL FILTER thigns.name;"),
    "filter column": Case("T2001", "nmae", "PARAM only VARCHAR DEFAULT NULL FILTER things.nmae;"),
    "environment": Case("T7004", None, args=("check", "--env", "prdo")),
    "profile": Case("T7005", None, args=("run", "--profile", "tniy")),
    "rule": Case("T3002", "'safty'", files={"treadle.toml": "[rules]\nexclude = ['safty']\n"}),
    "key of treadle.toml": Case("T7002", "proflie", files={"treadle.toml": "proflie = 'small'\n"}),
    "selector": Case("T7015", "reslut", args=("run", "reslut")),
    "tag": Case("T7015", "tag:dayly", args=("run", "tag:dayly")),
    "parameter given": Case("T7006", None, args=("run", "-p", "laest=2")),
    "parameter in treadle.toml": Case("T7006", "laest", files={"treadle.toml": "[parameters]\nlaest = 2\n"}),
    "what to show": Case("T7027", None, args=("show", "views", "reslut")),
    "code": Case("T7017", None, args=("explain", "T207")),
}
VALUES = {
    "text for a number, on the command line": Case("T7007", "many", args=("run", "-p", "least=many")),
    "a fraction for a whole number": Case("T7007", "1.5", args=("run", "-p", "least=1.5")),
    "a number beyond its type": Case("T7007", "9223372036854775808", args=("run", "-p", "least=9223372036854775808")),
    "text for a number, in treadle.toml": Case("T7007", '"many"', files={"treadle.toml": '[parameters]\nleast = "many"\n'}),
    "a list for a number": Case("T7007", "[1, 2]", files={"treadle.toml": "[parameters]\nleast = [1, 2]\n"}),
    "a default of another type": Case("T2102", "DATE DEFAULT 'soon'", "PARAM more DATE DEFAULT 'soon';"),
    "a date that there is not": Case("T7007", "2013-02-30", "PARAM day DATE DEFAULT NULL;", args=("run", "-p", "day=2013-02-30")),
    "a null where none may be": Case("T2104", None, "PARAM more BIGINT NOT NULL DEFAULT 1;", args=("run", "-p", "more=null")),
    "a value that fails its check": Case("T2109", None, "PARAM more BIGINT DEFAULT 1 CHECK (more > 0);", args=("run", "-p", "more=-1")),
}
FILES = {
    "a missing table": Case("T4001", "'lake/tt'", "CREATE SOURCE more FROM DELTA 'lake/tt';"),
    "a missing file": Case("T4009", "'no.parquet'", view("SELECT * FROM 'no.parquet'")),
    "a glob without files": Case("T4009", "'no/*.csv'", view("SELECT * FROM read_csv('no/*.csv')")),
    "a version beyond head": Case("T4003", "7", view("SELECT a FROM read_delta('lake/t', version => 7)")),
    "a version beyond head, as clause": Case("T4003", None, view("SELECT a FROM things VERSION AS OF 7")),
    "a time before the first version": Case("T4005", None, view("SELECT a FROM read_delta('lake/t', timestamp => '2001-01-01')")),
    "a change feed that is off": Case(
        "T4022", None, table("INTO 'out/more' AS SELECT a FROM read_delta_cdf('lake/t', start_version => 0)"), args=("plan",)
    ),
    "no delta table": Case("T4002", None, view("SELECT * FROM read_delta('lake')")),
    "a file that is no Parquet": Case("T4011", None, view("SELECT * FROM read_parquet('x.parquet')"), {"x.parquet": "a,b"}),
}
PROJECTS = {
    "a view that selects itself through three others": Case(
        "T2050",
        "e",
        " ".join(f"CREATE VIEW {one} AS SELECT a FROM {other};" for one, other in ("dc", "cb", "be", "ed")),
    ),
    "two views of one name in two files": Case("T2048", "LARGE", "CREATE VIEW LARGE AS SELECT 1 AS a;"),
    "two parameters of one name": Case("T2048", "least", "PARAM least BIGINT DEFAULT 2;"),
    "too many arguments": Case("T2023", "3", view("SELECT twice(1, 2, 3) AS b")),
    "an argument missing": Case("T2024", "twice()", view("SELECT twice() AS b")),
    "an argument twice": Case("T2021", "n => 2", view("SELECT twice(1, n => 2) AS b")),
    "a positional argument after a named one": Case("T2022", "2", view("SELECT twice(n => 1, 2) AS b")),
    "an argument of another type": Case("T2032", "name", view("SELECT twice(name) AS b FROM large")),
    "two outputs in one place": Case("T3007", "'out/result'", table("INTO './out/../out/result' AS SELECT a FROM large")),
    "an output over a source": Case("T3008", None, table("INTO 'lake/t' AS SELECT a FROM large")),
    "an output inside a source": Case("T3008", None, table("INTO 'lake/t/more' AS SELECT a FROM large")),
    "an output over what another view reads": Case(
        "T3008", None, table("INTO 'lake/u' AS SELECT a FROM large") + " CREATE SOURCE u FROM DELTA 'lake/u';"
    ),
    "reading what is written": Case("T3009", None, table("INTO 'out/more' AS SELECT a FROM read_delta('out/result')")),
    "an output over a file": Case("T4030", None, table("INTO 'x.txt' AS SELECT a FROM large"), {"x.txt": "mine"}, ("run", "more")),
    "an output over other files": Case("T4030", None, table("INTO 'mine' AS SELECT a FROM large"), {"mine/x.txt": "mine"}, ("run", "more")),
    "binary": Case("T7009", None, files={"more.sql": "CREATE\0VIEW"}),
    "huge": Case("T7011", None, files={"more.sql": "-- dump\n" * 600_000}),
    "control characters": Case("T1004", "a\x01b", view("SELECT a\x01b FROM large")),
    "nested too deeply": Case("T1014", None, view(f"SELECT {'(' * 500}1{')' * 500} AS a")),
    "an unfinished string": Case("T1003", None, "CREATE VIEW more AS SELECT 'a AS b FROM large;"),
    "another system's statement": Case("T1009", None, "INSERT INTO large VALUES (1);"),
    "nothing to ask": Case("T7024", None, args=("query", "-- nothing")),
    "an outside path with --safe": Case("T4013", None, args=("query", "--safe", "SELECT * FROM read_csv('/etc/passwd')")),
}
CASES = {**TYPOS, **VALUES, **FILES, **PROJECTS}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a project that has run once."""
    made = Place(tmp_path)
    made.table("lake/t", {"a": [1, 2], "name": ["x", "y"], "s": pa.array([{"first": 1}, {"first": 2}])})
    made.table("lake/u", {"a": [1]})
    made.file("base.sql", BASE)
    made.file("treadle.toml", CONFIG)
    assert inside(tmp_path, "run").status == 0
    return made


def state(root: Path) -> dict[str, int]:
    """Return every file of every table with its size."""
    return {p.relative_to(root).as_posix(): p.stat().st_size for top in ("lake", "out") for p in (root / top).rglob("*") if p.is_file()}


def covered(place: Place, said: Said) -> str:
    """Return the text that the place of the one diagnostic covers."""
    (one,) = said.errors
    line = (place.root / str(one["file"])).read_text("utf-8").splitlines()[one["line"] - 1]
    return line[one["column"] - 1 : one["end_column"] - 1]


@pytest.mark.parametrize("name", CASES)
def test_wrong_input(name: str, place: Place) -> None:
    case = CASES[name]
    if case.sql:
        place.file("more.sql", case.sql)
    for file, text in case.files.items():
        place.file(file, text)
    before = state(place.root)
    said = place.treadle(*case.args)
    assert [one["code"] for one in said.errors] == [case.code], said
    (one,) = said.errors
    assert said.status == 1
    assert one["help"] or one["cause"], one
    if case.at is not None and str(one["file"]).endswith((".sql", ".toml")):
        assert covered(place, said) == case.at
    elif case.sql and case.args == ("check",):
        assert one["file"] == "more.sql" and one["line"] == 1, one
    assert state(place.root) == before


def test_an_empty_project(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.treadle("check").codes == {"T7013"}
    place.file("treadle.toml")
    assert place.treadle("check").codes == {"T7008"}
    place.file("views.sql", "-- nothing yet\n")
    assert place.treadle("check").status == 0
    assert place.treadle("run").codes == {"T7023"}


@pytest.mark.parametrize("name", ["chekc", "querry", "exlpain"])
def test_an_unknown_command_is_wrong_usage(name: str, tmp_path: Path) -> None:
    ended = inside(tmp_path, name)
    assert ended.status == 2 and f"there is no command `{name}`; did you mean" in ended.stderr


def test_a_file_that_is_not_utf8(place: Place) -> None:
    place.file("more.sql", "-- one\nCREATE VIEW more AS SELECT 'Zürich' AS a;".encode("latin-1"))
    (one,) = place.treadle("check").errors
    assert (one["code"], one["file"], one["line"], one["column"]) == ("T7010", "more.sql", 2, 30)


def test_a_byte_order_mark_is_no_mistake(place: Place) -> None:
    place.file("more.sql", b"\xef\xbb\xbfCREATE VIEW more AS SELECT 1 AS a;")
    assert place.treadle("check").status == 0


def test_a_vacuumed_file(place: Place) -> None:
    path = place.table("lake/t", {"a": [3, 4], "name": ["x", "y"], "s": pa.array([{"first": 1}, {"first": 2}])}, mode="overwrite")
    DeltaTable(str(path)).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    place.file("more.sql", table("INTO 'out/more' AS SELECT a FROM read_delta('lake/t', version => 0)"))
    said = place.treadle("run", "more")
    assert said.codes == {"T4008"} and said.errors[0]["file"] == "more.sql"
    assert not (place.root / "out" / "more").exists()


HOSTILE = ["'; DROP TABLE t; --", '"; DROP VIEW large; --', "$least", "{least}", "%s", "\\'", "a\nb", "🙂 é", "--", "/*", "?", ";"]


@pytest.mark.parametrize("text", HOSTILE)
def test_values_are_never_read_as_sql(text: str, place: Place) -> None:
    before = state(place.root)
    ended = inside(place.root, "query", "SELECT $x AS x, count(*) AS n FROM things WHERE name <> $x", "-p", f"x={text}", "--json")
    assert ended.status == 0, ended
    assert _rows(ended.stdout) == [{"x": text, "n": 2}]
    place.file("more.sql", "PARAM given VARCHAR DEFAULT 'none';" + table("INTO 'out/more' AS SELECT PARAM given AS given"))
    assert inside(place.root, "run", "more", "-p", f"given={text}").status == 0
    assert DeltaTable(str(place.root / "out" / "more")).to_pyarrow_table()["given"].to_pylist() == [text]
    assert {k: v for k, v in state(place.root).items() if not k.startswith("out/more")} == before


@pytest.mark.parametrize("text", [t for t in HOSTILE if t not in ("/*", "?")])
def test_names_of_files_and_views_are_never_read_as_sql(text: str, place: Place) -> None:
    file = text.replace("/", "_").replace("\n", " ") + ".csv"  # the engine opens no file with a line break in its name
    place.file(file, "a\n1\n")
    place.file("more.sql", 'CREATE VIEW "{0}" AS SELECT a AS "{0}" FROM read_csv({1});'.format(text.replace('"', '""'), _literal(file)))
    said = inside(place.root, "query", 'SELECT * FROM "{}"'.format(text.replace('"', '""')), "--json")
    assert said.status == 0, said
    assert _rows(said.stdout) == [{text: 1}]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _rows(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)
    return found


def test_a_commit_by_another_writer_during_the_run(place: Place) -> None:
    """It comes between the preflight and the commit, while our rows are being written."""
    name = "result"
    path = place.root / "out" / name
    rows = {"a": pa.array([9], pa.int64()), "name": ["theirs"]}

    class Meddler(TerminalProgress):
        def on_rows(self, name: str, rows_so_far: int, bytes: int) -> None:
            if DeltaTable(str(path)).version() == 0:
                place.table(f"out/{name}", rows, mode="append")

    before = DeltaTable(str(path)).to_pyarrow_table().num_rows
    with patch("treadle.runtime.cli.running.TerminalProgress", Meddler):
        said = place.treadle("run", "-p", "least=0")
    assert said.codes == {"T4034"} and said.errors[0]["file"] == "base.sql", said
    assert said.status == 1 and said.errors[0]["help"]
    table = DeltaTable(str(path))
    assert (table.version(), table.to_pyarrow_table().num_rows) == (1, before + 1)
    assert not list(path.glob("_treadle*"))


PYTHON = [("many", "T7007"), (1.5, "T7007"), ([1], "T7007"), (2**70, "T7007"), (object(), "T7007"), (None, None), (2, None), (2.0, None)]


@pytest.mark.parametrize(("value", "code"), PYTHON, ids=[f"{type(value).__name__}-{at}" for at, (value, _) in enumerate(PYTHON)])
def test_wrong_types_from_python(value: object, code: str | None, place: Place) -> None:
    with treadle.open(place.root) as project:
        if code is None:
            assert project.run(least=value).receipt.status == "done"
            return
        before = state(place.root)
        with pytest.raises(TreadleError) as caught:
            project.run(least=value)
        assert [one.code for one in caught.value.diagnostics] == [code]
        assert state(place.root) == before


def test_a_memory_pool_that_is_too_small(place: Place) -> None:
    pairs = "generate_series(1, 3000000)"
    place.file("more.sql", table(f"INTO 'out/result2' AS SELECT count(*) AS n FROM {pairs} AS a JOIN {pairs} AS b ON a.value = b.value"))
    place.file("treadle.toml", CONFIG + "memory = '16 MiB'\n")
    before = state(place.root)
    said = place.treadle("run", "more", "--profile", "tiny")
    assert said.codes == {"T6051"} and "profile" in said.errors[0]["help"]
    assert state(place.root) == before


def _mount(folder: Path, options: str) -> Callable[[], None] | None:
    """Mount a small file system in memory, and return what takes it away again; None where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or os.system(f"mount -t tmpfs -o {options} tmpfs '{folder}' 2>/dev/null") != 0:
        return None
    return lambda: (os.system(f"umount -l '{folder}'"), None)[1]


def test_a_full_disk(place: Place) -> None:
    unmount = _mount(place.root / "small", "size=256k")
    if unmount is None:
        pytest.skip("needs root and mount; the scenario of T4038 does it with a limit on the size of files")
    try:
        place.file("more.sql", table("INTO 'small/more' AS SELECT s.value * 7919 % 1000003 AS a FROM generate_series(1, 400000) AS s"))
        said = place.treadle("run", "more")
        assert said.codes == {"T4038"}, said
        assert not list((place.root / "small").rglob("*.parquet"))
    finally:
        unmount()


def test_a_read_only_folder(place: Place) -> None:
    unmount = _mount(place.root / "fixed", "size=1m")
    if unmount is None:
        pytest.skip("needs root and mount; the scenario of T4039 does it as another user")
    try:
        os.system(f"mount -o remount,ro '{place.root / 'fixed'}'")
        place.file("more.sql", table("INTO 'fixed/more' AS SELECT a FROM large"))
        assert place.treadle("run", "more").codes == {"T4039"}
    finally:
        unmount()
