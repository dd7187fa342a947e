"""`--log-format json`: everything on stderr is one object a line, and stdout stays what it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import inside
from tests.support.place import Place

SQL = "CREATE MATERIALIZED VIEW a INTO 'out/a' AS SELECT 1 AS x; CREATE MATERIALIZED VIEW b INTO 'out/b' AS SELECT 1 / (x - 1) AS y FROM a;"


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.sql(SQL)
    return made


def test_a_run_tells_its_stages_failures_and_end(place: Place) -> None:
    ended = inside(place.root, "run", "--log-format", "json")
    found = events(ended.stderr)
    assert [(e["event"], e.get("stage") or e.get("view")) for e in found] == [
        ("stage_started", "a"), ("stage_done", "a"), ("stage_started", "b"), ("stage_done", "b"),
        ("diagnostic", None), ("output", "a"), ("output", "b"), ("run_finished", None),
    ]  # fmt: skip
    assert [e["level"] for e in found] == ["info", "info", "info", "error", "error", "info", "error", "error"]
    assert found[4]["code"] == "T6050" and found[4]["file"] and found[-1]["status"] == "failed"
    assert all("T" in e["time"] for e in found)
    assert ended.stdout.startswith("output")


def test_the_environment_asks_for_it_and_json_keeps_stdout(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLE_LOG_FORMAT", "json")
    ended = inside(place.root, "run", "a", "--json")
    assert json.loads(ended.stdout)["status"] == "done"
    assert events(ended.stderr)[-1]["event"] == "run_finished"


@pytest.mark.parametrize(
    ("words", "event"),
    [(("check",), "message"), (("query", "SELECT nothing"), "diagnostic"), (("run", "--nonsense"), "message"), (("rnu",), "message")],
    ids=["check", "error", "usage", "command"],
)
def test_nothing_else_is_on_stderr(words: tuple[str, ...], event: str, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLE_LOG_FORMAT", "json")
    found = events(inside(place.root, *words).stderr)
    assert {one["event"] for one in found} == {event}
    assert not any("\x1b" in json.dumps(one) for one in found)
