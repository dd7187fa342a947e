"""`treadle.toml`: what is read, and what every kind of mistake in it is told as, with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.support.command import inside
from treadle.dialect.diagnostics import TreadleError
from treadle.dialect.source import Source
from treadle.runtime.config import load_config
from treadle.runtime.toml_places import toml_places

CASES = sorted((Path(__file__).parents[1] / "cases" / "config").glob("*.toml"))
SNAPSHOTS = Path(__file__).parents[1] / "snapshots" / "cli" / "config"
GOOD = """\
tuner = "observe"
profile = "night"
[project]
name = "flights"
paths = ["views", "more views"]
[parameters]
since = 2013-01-01
carriers = ["UA", "AA"]
[profiles.night]
threads = 2
memory = "1.5 GiB"
[cache]
memory_budget = "10 MB"
[env.prod]
profile = "large"
parameters.since = 2014-01-01
[env.prod.locations]
"staging.flights" = "s3/flights"
"""


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_mistake(path: Path, tmp_path: Path, expect: Callable[[Path, str], None]) -> None:
    text = path.read_text("utf-8")
    (tmp_path / "treadle.toml").write_text(text, "utf-8")
    found = json.loads(inside(tmp_path, "check", "--json").stdout)["diagnostics"]
    assert [d["code"] for d in found] == text.splitlines()[0].removeprefix("# ").split()
    assert all(d["file"] == "treadle.toml" and d["line"] > 1 for d in found)
    expect(SNAPSHOTS / f"{path.stem}.txt", inside(tmp_path, "check", columns=80).page(tmp_path))


def test_good_file() -> None:
    config = load_config(Source("treadle.toml", GOOD))
    tables = config.tables
    assert (tables.tuner, tables.project.paths) == ("observe", ("views", "more views"))
    assert tables.profile is not None and tables.profile.name == "night"
    assert (tables.profiles["night"].threads, tables.profiles["night"].memory) == (2, 1_610_612_736)
    assert tables.cache.memory_budget == 10_000_000
    assert config.parameters() == {"since": date(2013, 1, 1), "carriers": ["UA", "AA"]}
    assert config.parameters("prod") == {"since": date(2014, 1, 1)}
    assert config.environment("prod").locations == {"staging.flights": "s3/flights"}
    span = config.value_span("env", "prod", "parameters", "since")
    assert span is not None and (span.text, span.line) == ("2014-01-01", 16)


def test_unknown_environment_names_the_nearest() -> None:
    with pytest.raises(TreadleError, match="T7004 .*did you mean `prod`"):
        load_config(Source("treadle.toml", GOOD)).environment("prd")


def test_every_key_has_its_place() -> None:
    text = 'a.b = {c = [1, "]#"], d = \'x\'} # end\n[[e]]\nf = """\n[no]\n"""\n[[e]]\n"g\\u0041" = 2\n'
    found = {path: place.value.text for path, place in toml_places(Source("t", text)).items()}
    assert found["a", "b", "c", 1] == '"]#"'
    assert found["a", "b", "d"] == "'x'"
    assert found["e", 0, "f"] == '"""\n[no]\n"""'
    assert found["e", 1, "gA"] == "2"
