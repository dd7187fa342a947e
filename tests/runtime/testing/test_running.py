"""Which tests are run, in which order they are told, and how: selection, stopping, XML, Python, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest

import treadle
from tests.support.command import inside
from tests.support.place import Place
from tests.support.tree import ROOT
from treadle.dialect.diagnostics import TreadleError
from treadle.runtime.cancel import Cancel
from treadle.runtime.testing.testing import Wanted, run_tests
from treadle.runtime.workspace import Situation, Workspace

PROJECT = """
CREATE SOURCE orders FROM CSV 'orders.csv';
CREATE VIEW one TAGS (daily) AS SELECT id FROM orders;
CREATE VIEW two AS SELECT id + 1 AS id FROM one;
CREATE MATERIALIZED VIEW three INTO 'out/three' TAGS (daily) AS SELECT id * 2 AS id FROM two;
CREATE TEST one_a FOR one GIVEN orders (id) AS (VALUES (1)) EXPECT (id) AS (VALUES (1));
CREATE TEST two_a FOR two GIVEN orders (id) AS (VALUES (1)) EXPECT (id) AS (VALUES (2));
CREATE TEST two_b FOR two GIVEN orders (id) AS (VALUES (1)) EXPECT (id) AS (VALUES (3));
CREATE TEST three_a FOR three GIVEN two (id) AS (VALUES (2)) EXPECT (id) AS (VALUES (4));
CREATE TEST three_b FOR three GIVEN two (id) AS (VALUES (0)) EXPECT ERROR T6050;
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.file("orders.csv", "id\n1\n")
    place.file("treadle.toml", "[project]\nname = 'shop <&>'\n")
    place.sql(PROJECT)
    return place


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], ["one_a", "two_a", "two_b", "three_a", "three_b"]),
        (["two_a"], ["two_a"]),
        (["TWO_*"], ["two_a", "two_b"]),
        (["two"], ["two_a", "two_b"]),
        (["+two"], ["one_a", "two_a", "two_b"]),
        (["two+"], ["two_a", "two_b", "three_a", "three_b"]),
        (["tag:daily"], ["one_a", "three_a", "three_b"]),
        (["three_a", "one"], ["one_a", "three_a"]),
        (["-k", "_b"], ["two_b", "three_b"]),
        (["-k", "t*_A"], ["two_a", "three_a"]),
        (["two", "-k", "b"], ["two_b"]),
    ],
    ids=str,
)
def test_selection(place: Place, words: list[str], found: list[str]) -> None:
    ended = inside(place.root, "test", "--json", *words)
    assert [one["name"] for one in json.loads(ended.stdout)["tests"]] == found


@pytest.mark.parametrize(
    ("words", "code"),
    [(["nope"], "T7015"), (["tag:weekly"], "T7015"), (["fore:x"], "T7016"), (["-k", "zzz"], "T7015"), (["one", "-k", "b"], "T7015")],
    ids=str,
)
def test_words_that_mean_no_test(place: Place, words: list[str], code: str) -> None:
    said = place.treadle("test", *words)
    assert said.codes == {code} and said.status == 1


def test_a_view_that_no_test_looks_at(place: Place) -> None:
    place.file("more.sql", "CREATE VIEW lonely AS SELECT 1 AS a;")
    said = place.treadle("test", "lonely")
    assert "no test looks at `lonely`" in said.errors[0]["message"] and "`one`" in said.errors[0]["help"]


def test_the_report_has_the_order_of_the_files_however_many_run_at_a_time(place: Place) -> None:
    for jobs in ("1", "2", "5"):
        ended = inside(place.root, "test", "--json", "--jobs", jobs)
        found = json.loads(ended.stdout)
        assert [one["state"] for one in found["tests"]] == ["passed", "passed", "failed", "passed", "failed"]
        assert (found["passed"], found["failed"], found["errors"], found["not_run"], ended.status) == (3, 2, 0, 0, 1)


def test_fail_fast_stops_at_the_first_in_order(place: Place) -> None:
    ended = inside(place.root, "test", "-x", "--jobs", "4")
    lines = ended.stdout.splitlines()
    assert [line[0] for line in lines] == ["✓", "✓", "✗", "-", "-"] and lines[3].endswith("not run")
    assert "5 tests: 2 passed, 1 failed, 2 not run" in ended.stderr


def test_wrong_usage(place: Place) -> None:
    assert inside(place.root, "test", "--jobs", "0").status == 2
    assert inside(place.root, "test", "-p", "a=1").status == 2


def test_junit(place: Place) -> None:
    place.file("more.sql", "CREATE TEST odd FOR one GIVEN orders (id) AS (VALUES (1.5)) EXPECT (id) AS (VALUES (1));")
    ended = inside(place.root, "test", "--junit", "report.xml")
    assert ended.status == 1
    root = xml.parse(place.root / "report.xml").getroot()
    suite = root.find("testsuite")
    assert suite is not None and root.tag == "testsuites" and suite.get("name") == "shop <&>"
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "6", "failures": "2", "errors": "1", "skipped": "0"}
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert float(cases["one_a"].get("time") or -1) >= 0 and cases["one_a"].get("classname") == "one" and not list(cases["one_a"])
    failure = cases["two_b"].find("failure")
    assert failure is not None and failure.get("type") == "T6080" and "−" in (failure.text or "") and "+" in (failure.text or "")
    broken = cases["odd"].find("error")
    assert broken is not None and broken.get("type") == "T6083"
    assert place.treadle("test", "--junit", "no/such/folder.xml").codes == {"T7019"}


def test_junit_of_what_was_not_run(place: Place) -> None:
    inside(place.root, "test", "-x", "--junit", "report.xml", "--json")
    suite = xml.parse(place.root / "report.xml").getroot().find("testsuite")
    assert suite is not None and suite.get("skipped") == "2" and len(list(suite.iter("skipped"))) == 2


def test_python(place: Place) -> None:
    with treadle.open(place.root) as project:
        report = project.test("two", pattern="a")
        assert report.passed and len(report) == 1 and [one.name for one in report] == ["two_a"] and report.diagnostics == ()
        report = project.test(["two_b", "one"], jobs=1)
        assert not report.passed and [one.code for one in report.diagnostics] == ["T6080"] and report.count("failed") == 1
        difference = report.outcomes[1].difference
        assert difference is not None and difference.expected.to_pylist() == [{"id": 3}] and difference.found.to_pylist() == [{"id": 2}]
        with pytest.raises(TreadleError):
            project.test("nope")
        place.file("broken.sql", "CREATE VIEW broken AS SELECT nope FROM one;")
        with pytest.raises(TreadleError) as raised:
            project.test()
        assert [one.code for one in raised.value.diagnostics] == ["T2001"]


def test_cancelled_before_it_began(place: Place) -> None:
    cancel = Cancel()
    cancel.cancel()
    report = run_tests(Workspace(place.root, True, Situation()), Wanted(), cancel=cancel)
    assert report.cancelled and not report.passed and {one.state for one in report} == {"not run"}


def test_an_interrupt_stops_what_runs(place: Place) -> None:
    """A test that would count for minutes; Ctrl-C comes once the engine has begun, and what was left is told."""
    place.sql(
        PROJECT + "CREATE VIEW long AS SELECT sum(sqrt(a.value * b.value)) AS s FROM generate_series(1, 1000000) AS a"
        " CROSS JOIN generate_series(1, 1000000) AS b, one;"
        "CREATE TEST forever FOR long GIVEN orders (id) AS (VALUES (1)) EXPECT (s) AS (VALUES (1.0));"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "treadle", "test", "--junit", "report.xml"]
    running = subprocess.Popen(command, cwd=place.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while running.poll() is None and time.monotonic() < deadline:
        if len(list(Path(f"/proc/{running.pid}/task").iterdir())) > 6:
            running.send_signal(signal.SIGINT)
            break
        time.sleep(0.05)
    out, err = (stream.decode() for stream in running.communicate(timeout=60))
    assert running.returncode == 130, (out, err)
    assert "Traceback" not in out + err
