"""Every template of `treadle init` checks, runs, tests and is formatted, as it stands after `init`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import inside
from treadle.runtime.scaffold import DEFAULT, HOME, TEMPLATES


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_works_at_once(name: str, tmp_path: Path) -> None:
    assert inside(tmp_path, "init", "demo", "--template", name).status == 0
    for words in (("check",), ("run",), ("test",), ("fmt", "--check"), ("plan",), ("lineage",)):
        ended = inside(tmp_path / "demo", *words)
        assert (ended.status, "warning[" in ended.stderr) == (0, False), f"{words}: {ended.stdout}{ended.stderr}"
    assert inside(tmp_path / "demo", "run").stdout.count("repeat") >= 1
    assert 'name = "demo"' in (tmp_path / "demo" / "treadle.toml").read_text()


def test_every_template_is_listed() -> None:
    assert set(TEMPLATES) == {path.name for path in HOME.iterdir() if path.is_dir()}
    assert DEFAULT in TEMPLATES


def test_layers_keep_production_apart(tmp_path: Path) -> None:
    inside(tmp_path, "init", ".", "--template", "layers")
    assert inside(tmp_path, "run").status == 0
    assert inside(tmp_path, "run", "revenue_by_day", "--env", "dev").status == 0
    assert (tmp_path / "lake-dev" / "revenue_by_day").is_dir() and not (tmp_path / "lake-dev" / "customers").exists()
    count = "SELECT count(*) AS n FROM read_delta('{}/revenue_by_day')"
    found = [inside(tmp_path, "query", count.format(lake), "--format", "csv").stdout for lake in ("lake", "lake-dev")]
    assert found == ["n\n4\n", "n\n2\n"]
