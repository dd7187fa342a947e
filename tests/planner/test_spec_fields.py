"""No field of the specification is decoration: each one, made to raise when it is read, makes a run fail.

Writing a field into a digest is not reading it: pydantic dumps models without attribute access.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from treadle.planner import spec as contract
from treadle.planner.spec import Contract, ExecutionSpec
from treadle.runtime.api import run_spec
from treadle.runtime.workspace import Situation, Workspace

PROJECT = """
PARAM since BIGINT DEFAULT 1 NOT NULL CHECK (since >= 0);
PARAM only_origin VARCHAR DEFAULT 'JFK' FILTER flights.origin;
PARAM token VARCHAR SECRET DEFAULT 'quiet';
PARAM extra BIGINT DEFAULT 7;
CREATE SOURCE flights FROM DELTA 'lake/flights' VERSION AS OF 0;
CREATE FUNCTION late(minutes DOUBLE, grace DOUBLE DEFAULT 15) RETURNS BOOLEAN RETURN minutes > grace;
CREATE FUNCTION same(name VARCHAR) RETURNS VARCHAR IMMUTABLE STRICT LANGUAGE PYTHON AS 'names:same';
CREATE VIEW chosen COMMENT 'from since on' TAGS (daily) AS SELECT * FROM flights WHERE id >= PARAM since AND id <> PARAM extra;
CREATE VIEW read_twice AS SELECT origin, count(*) AS n FROM flights GROUP BY origin;
CREATE MATERIALIZED VIEW by_origin INTO 'out/by_origin' PARTITION BY (origin) PRIMARY KEY (origin) REFRESH FULL
  CONSTRAINT some EXPECT (flights > 0) CONSTRAINT one EXPECT UNIQUE (origin) CONSTRAINT known EXPECT REFERENCES chosen (origin) AS
  SELECT origin, count(*) AS flights, count(*) FILTER (WHERE late(delay)) AS late FROM chosen GROUP BY origin;
CREATE MATERIALIZED VIEW twice INTO 'out/twice' REPLACE WHERE (flights >= 0) AS
  SELECT a.origin, a.flights FROM by_origin AS a JOIN chosen AS c ON c.origin = a.origin JOIN chosen AS d ON d.id = c.id
  JOIN read_twice AS r ON r.origin = a.origin JOIN read_twice AS s ON s.origin = a.origin
  WHERE c.delay > length(PARAM token);
CREATE MATERIALIZED VIEW log INTO 'out/log' APPEND OPTIONS (retries => 2) AS SELECT origin FROM chosen;
CREATE MATERIALIZED VIEW reshaped INTO 'out/reshaped' OPTIONS (overwrite_schema => TRUE) AS SELECT same(origin) AS origin, id FROM chosen;
"""
TOML = """
[project]
name = "fields"
[metadata]
team = "flights"
[cache]
overrides = [{ view = "chosen", policy = "FORCE" }]
[rules]
add = ["strict_safety"]
[capabilities]
optional = ["refresh.full"]
[planners]
add = ["idle:idle"]
"""
PLANNER = """
import treadle
from treadle.planner.domains.base import NOTHING
idle = treadle.domain_planner("idle", kind="expression", doc="replaces nothing")(lambda view, context: NOTHING)
"""

UNREAD = {
    # Said to people and put into digests; no step of a run depends on it.
    ("ViewSpec", "comment"): "shown to people",
    ("ViewSpec", "tags"): "selectors read them before there is a specification",
    ("PinSpec", "timestamp_ms"): "when the version was committed; copies of a table have other times, so it pins nothing",
}


class Touched(BaseException):
    """Raised when the field under test is read; no handler of errors catches it."""


def fields() -> list[tuple[str, str]]:
    """Return every field of every model of the contract."""
    models = [m for m in vars(contract).values() if isinstance(m, type) and issubclass(m, Contract) and m is not Contract]
    return [(m.__name__, name) for m in models for name in m.model_fields]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project over a Delta table, and its specification as JSON."""
    root = tmp_path_factory.mktemp("fields")
    table = pa.table({"id": [1, 2, 3], "origin": ["JFK", "LGA", "JFK"], "delay": [20.0, 1.0, None]})
    write_deltalake(str(root / "lake" / "flights"), table)
    (root / "views.sql").write_text(PROJECT)
    (root / "names.py").write_text("def same(names):\n    return names\n")
    (root / "idle.py").write_text(PLANNER)
    (root / "treadle.toml").write_text(TOML)
    workspace = Workspace(root, True, Situation())
    document = json.loads(workspace.specify((), {}).model_dump_json())
    workspace.close()
    for parameter in document["typed_parameters"]:
        if parameter["name"] == "extra":
            parameter["value"] = None  # so that its default counts
    return root, json.dumps(document)


@pytest.fixture
def touching(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Undo the patch before the test ends, whatever happened."""
    yield monkeypatch
    monkeypatch.undo()


def watch(monkeypatch: pytest.MonkeyPatch, model: str, field: str) -> None:
    """Make reading one field raise."""
    owner = getattr(contract, model)

    def reading(self: object, name: str) -> object:
        if name == field:
            raise Touched(f"{model}.{field}")
        return object.__getattribute__(self, name)

    monkeypatch.setattr(owner, "__getattribute__", reading)


@pytest.mark.parametrize(("model", "field"), fields(), ids=[f"{m}.{f}" for m, f in fields()])
def test_a_field_is_read(prepared: tuple[Path, str], touching: pytest.MonkeyPatch, model: str, field: str) -> None:
    root, text = prepared
    shutil.rmtree(root / "out", ignore_errors=True)
    write_deltalake(str(root / "out" / "log"), pa.table({"origin": ["EWR"]}))
    write_deltalake(str(root / "out" / "reshaped"), pa.table({"other": [1]}))
    spec = ExecutionSpec.model_validate_json(text)
    watch(touching, model, field)
    if (model, field) in UNREAD:
        assert run_spec(spec, root, secrets={"token": "quiet"}).receipt.status == "done", UNREAD[model, field]
        return
    try:
        status = run_spec(spec, root, secrets={"token": "quiet"}).receipt.status
    except Touched:
        status = "failed"
    assert status == "failed"
