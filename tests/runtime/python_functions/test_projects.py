"""Functions in Python that files of a project declare: found, never run too early, loaded anew, counted, refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

import treadle
from tests.support.command import inside
from tests.support.place import Place

CODE = """
import pathlib
import pyarrow.compute as pc
pathlib.Path(__file__).with_name("marker").write_text("imported")
def twice(numbers):
    return pc.multiply(numbers, 2)
"""
FACTORED = "from factor import F\nimport pyarrow.compute as pc\ndef twice(x):\n    return pc.multiply(x, F)\n"
SQL = """
CREATE FUNCTION twice(number DOUBLE) RETURNS DOUBLE {} LANGUAGE PYTHON AS 'mine:twice';
CREATE VIEW v AS SELECT twice(1) AS a, twice(value) AS b FROM generate_series(1, 3) WHERE twice(2) > 3;
CREATE MATERIALIZED VIEW t INTO 'out/t' AS SELECT a, b FROM v WHERE b > twice(0);
"""


def project(folder: Path, sql: str, **modules: str) -> Path:
    """Write a project with some modules and return its folder."""
    place = Place(folder)
    place.file("treadle.toml")
    place.sql(sql)
    for name, text in modules.items():
        place.file(f"{name.replace('__', '/')}.py", text)
    return folder


@pytest.mark.parametrize("volatility", ["", "IMMUTABLE", "STABLE"])
def test_nothing_of_the_users_runs_before_a_run(volatility: str, tmp_path: Path) -> None:
    root = project(tmp_path, SQL.format(volatility), mine=CODE)
    for command in (["check"], ["plan"], ["spec"], ["lineage"], ["show", "functions"], ["query", "DESCRIBE v"]):
        assert inside(root, *command).status == 0, command
        assert not (root / "marker").exists(), command
    assert inside(root, "run").status == 0
    assert (root / "marker").exists()
    assert DeltaTable(str(root / "out" / "t")).to_pyarrow_table().to_pydict() == {"a": [2.0] * 3, "b": [2.0, 4.0, 6.0]}


def test_an_immutable_function_repeats_until_its_code_changes(tmp_path: Path) -> None:
    root = project(tmp_path, SQL.format("IMMUTABLE"), mine=FACTORED, factor="F = 2.0\n")
    with treadle.open(root) as one:
        digests, states = [], []
        for text in ("F = 2.0\n", "F = 2.0\n", "F = 4.0\n"):
            (root / "factor.py").write_text(text)
            receipt = one.run().receipt
            digests.append(receipt.project_digest)
            states.append(receipt.outputs[0].state)
    assert states == ["written", "repeat", "written"]
    assert (digests[0] == digests[1], digests[1] == digests[2]) == (True, False)
    assert DeltaTable(str(root / "out" / "t")).to_pyarrow_table()["b"].to_pylist() == [4.0, 8.0, 12.0]


@pytest.mark.parametrize("volatility", ["STABLE", "VOLATILE", ""])
def test_other_functions_never_repeat(volatility: str, tmp_path: Path) -> None:
    with treadle.open(project(tmp_path, SQL.format(volatility), mine=CODE)) as one:
        assert [one.run().receipt.outputs[0].state for _ in range(2)] == ["written", "written"]


def test_the_receipt_counts_calls_and_rows(tmp_path: Path) -> None:
    with treadle.open(project(tmp_path, SQL.format("IMMUTABLE"), mine=CODE)) as one:
        stage = one.run().receipt.stages[0]
    (counted,) = stage.functions
    assert (counted.name, counted.calls > 0, counted.rows >= 3, counted.seconds > 0) == ("twice", True, True, True)


def test_two_projects_in_one_process_have_modules_of_one_name(tmp_path: Path) -> None:
    before = list(sys.path)
    found = []
    for name in ("a", "b"):
        code = "from helpers import NAME\nimport pyarrow as pa\ndef name(rows):\n    return pa.array([NAME] * rows)\n"
        sql = "CREATE FUNCTION name() RETURNS VARCHAR LANGUAGE PYTHON AS 'mine:name'; CREATE VIEW v AS SELECT name() AS n;"
        root = project(tmp_path / name, sql, mine=code, helpers=f"NAME = '{name}'\n")
        found.append(treadle.open(root))
    assert [one.query("SELECT n FROM v").fetchall() for one in (*found, *found)] == [[("a",)], [("b",)]] * 2
    assert sys.path == before and "helpers" not in sys.modules
    (tmp_path / "a" / "helpers.py").write_text("NAME = 'c'\n")
    assert found[0].query("SELECT n FROM v").fetchall() == [("c",)]
    for one in found:
        one.close()


def test_packages_and_folders_of_the_configuration(tmp_path: Path) -> None:
    sql = "CREATE FUNCTION far(x BIGINT) RETURNS BIGINT LANGUAGE PYTHON AS 'geo.earth:far'; CREATE VIEW v AS SELECT far(20) AS d;"
    earth = "from .units import more\nfrom . import units\ndef far(x):\n    return more(x)\n"
    units = "import pyarrow.compute as pc\ndef more(x):\n    return pc.add(x, 1)\n"
    root = project(tmp_path, sql, lib__geo__earth=earth, lib__geo__units=units)
    assert "`geo.earth`" in inside(root, "check").stderr
    (root / "treadle.toml").write_text('[python]\npath = ["lib"]\n')
    with treadle.open(root) as one:
        assert not one.check()
        assert one.query("SELECT d FROM v").fetchall() == [(21,)]
    (root / "treadle.toml").write_text('[python]\npath = ["lab"]\n')
    assert "did you mean `lib`?" in inside(root, "check").stderr


def test_names_are_suggested_and_arities_compared(tmp_path: Path) -> None:
    sql = "CREATE FUNCTION f(x BIGINT, y BIGINT) RETURNS BIGINT LANGUAGE PYTHON AS '{}';"
    code = (
        "def distance(x, y, z=1): ...\ndef one(x): ...\ndef every(*x): ...\nasync def later(x, y): ...\nLIST = [1]\nfrom os import path\n"
    )
    answers = {
        "mine:distanse": "did you mean `distance`?", "mien:distance": "did you mean `mine`?", "mine:one": "takes 1 argument",
        "mine:later": "is no function", "mine:LIST": "is no function", "mine:distance": "no errors", "mine:every": "no errors",
        "mine:path": "no errors",
    }  # fmt: skip
    for target, answer in answers.items():
        ended = inside(project(tmp_path, sql.format(target), mine=code), "check")
        assert answer in ended.stdout + ended.stderr, target


def test_a_specification_runs_where_the_module_is(tmp_path: Path) -> None:
    root = project(tmp_path / "a", SQL.format("IMMUTABLE"), mine=CODE)
    spec = inside(root, "spec").stdout
    assert json.loads(spec)["functions"][0]["python"]["target"] == "mine:twice"
    for name, answer in (("b", 1), ("c", 0)):
        place = Place(tmp_path / name)
        place.file("spec.json", spec)
        if not answer:
            place.file("mine.py", CODE)
        ended = inside(place.root, "run", "--spec", "spec.json")
        assert ended.status == answer, ended
        assert ("missing_dependency" in ended.stderr) == bool(answer)


def test_equal_calls_are_merged_unless_volatile(tmp_path: Path) -> None:
    calls = {}
    for volatility in ("IMMUTABLE", "VOLATILE"):
        sql = f"CREATE FUNCTION f(x BIGINT) RETURNS BIGINT {volatility} LANGUAGE PYTHON AS 'mine:f';"
        sql += "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT f(value) AS a, f(value) + 1 AS b FROM generate_series(1, 3);"
        with treadle.open(project(tmp_path / volatility, sql, mine="def f(x):\n    return x\n")) as one:
            calls[volatility] = one.run().receipt.stages[0].functions[0].rows
    assert calls == {"IMMUTABLE": 3, "VOLATILE": 6}


def test_a_volatile_function_in_a_with_that_is_used_twice_is_refused(tmp_path: Path) -> None:
    sql = "CREATE FUNCTION f(x BIGINT) RETURNS BIGINT LANGUAGE PYTHON AS 'mine:f';"
    sql += "CREATE MATERIALIZED VIEW v INTO 'out/v' AS WITH w AS (SELECT f(1) AS a) SELECT x.a FROM w AS x JOIN w AS y ON x.a = y.a;"
    said = Place(project(tmp_path, sql, mine="def f(x):\n    return x\n")).treadle("plan")
    assert said.codes == {"T3016"} and "volatile `f`" in said.errors[0]["message"]


def test_a_decorated_function_is_called_as_it_says(tmp_path: Path) -> None:
    code = "import treadle\n@treadle.function\ndef shout(text: str) -> str:\n    return text.upper()\n"
    sql = "CREATE FUNCTION shout(text VARCHAR) RETURNS VARCHAR STRICT LANGUAGE PYTHON AS 'mine:shout';"
    with treadle.open(project(tmp_path, sql, mine=code)) as one:
        assert one.query("SELECT shout(s) AS a FROM (VALUES ('x'), (NULL)) AS t(s)").fetchall() == [("X",), (None,)]


def test_the_exception_itself_is_the_cause(tmp_path: Path) -> None:
    code = "def f(x):\n    raise LookupError('no such place')\n"
    sql = "CREATE FUNCTION f(x BIGINT) RETURNS BIGINT LANGUAGE PYTHON AS 'mine:f';"
    with treadle.open(project(tmp_path, sql, mine=code)) as one:
        with pytest.raises(treadle.TreadleError) as caught:
            one.query("SELECT f(1) AS a").to_arrow()
    (found,) = caught.value.diagnostics
    assert isinstance(caught.value.__cause__, LookupError)
    assert (found.code, found.span and found.span.text, found.labels[0].span.line) == ("T6120", "f(1)", 2)


def test_a_view_with_a_function_can_be_tested(tmp_path: Path) -> None:
    sql = SQL.format("IMMUTABLE") + (
        "CREATE VIEW w AS SELECT twice(a) AS b FROM v;"
        "CREATE TEST doubles FOR w GIVEN v (a, b) AS (VALUES (3.0, 1.0)) EXPECT (b) AS (VALUES (6.0));"
    )
    ended = inside(project(tmp_path, sql, mine=CODE), "test")
    assert ended.status == 0, ended


def test_constraints_call_functions(tmp_path: Path) -> None:
    sql = "CREATE FUNCTION twice(number DOUBLE) RETURNS DOUBLE IMMUTABLE LANGUAGE PYTHON AS 'mine:twice';"
    sql += "CREATE MATERIALIZED VIEW t INTO 'out/t' CONSTRAINT c EXPECT (twice(a) < 5) AS "
    sql += "SELECT CAST(value AS DOUBLE) AS a FROM generate_series(1, {});"
    for last, status in ((2, 0), (3, 1)):
        assert inside(project(tmp_path / str(last), sql.format(last), mine=CODE), "run").status == status


def test_empty_results_and_structs(tmp_path: Path) -> None:
    code = "def same(x):\n    return x\n"
    sql = "CREATE FUNCTION same(x STRUCT(a VARCHAR, b BIGINT[])) RETURNS STRUCT(a VARCHAR, b BIGINT[]) LANGUAGE PYTHON AS 'mine:same';"
    with treadle.open(project(tmp_path, sql, mine=code)) as one:
        rows = pa.table({"s": [{"a": "x", "b": [1]}, None, {"a": None, "b": None}]})
        one.register("t", rows)
        assert one.query("SELECT same(s) AS s FROM t").to_arrow().to_pylist() == rows.to_pylist()
        assert one.query("SELECT same(s) AS s FROM t WHERE s IS NULL AND s IS NOT NULL").to_arrow().num_rows == 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT value FROM generate_series(1, 3) LIMIT twice(1)", "T2127"),
        ("SELECT value FROM generate_series(1, twice(1))", "T2127"),
        ("SELECT twice(DISTINCT 1) AS a", "T2126"),
        ("SELECT twice(1) FILTER (WHERE TRUE) AS a", "T2126"),
        ("SELECT twice('x') AS a", "T2032"),
        ("SELECT twice(1, 2) AS a", "T2023"),
        ("SELECT twice(nmber => 2) AS a", "T2020"),
        ("SELECT a FROM twice(1)", "T2045"),
    ],
)
def test_calls_that_cannot_be(query: str, code: str, tmp_path: Path) -> None:
    root = project(tmp_path, SQL.format("IMMUTABLE").replace("DOUBLE {}", "DOUBLE"), mine=CODE)
    assert Place(root).treadle("query", query).codes == {code}
