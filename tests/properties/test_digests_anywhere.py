"""One project has the same three digests in another process, folder, locale, zone and order of declarations."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.place import Place
from tests.support.tree import ROOT
from treadle.dialect import parse
from treadle.dialect.source import Source

SCRIPT = """
import json, sys, treadle
from treadle.planner.digests import digests
with treadle.open(sys.argv[1]) as project:
    spec = project.spec(least=2).model_copy(update={"as_of": "2013-06-01T00:00:00.000000Z"})
found = digests(spec)
print(json.dumps([found.project, found.spec, found.envelope]))
"""
SQL = """PARAM least BIGINT DEFAULT 1 COMMENT 'Grüße';
PARAM names VARCHAR[] DEFAULT ['ß', 'I', 'ı'];
CREATE SOURCE things FROM DELTA 'lake/t';
CREATE SOURCE plain FROM CSV 'data/plain.csv';
CREATE FUNCTION twice(n BIGINT, extra BIGINT DEFAULT 0) RETURNS BIGINT RETURN 2 * n + extra;
CREATE FUNCTION again(n BIGINT) RETURNS BIGINT RETURN twice(twice(n), extra => 1);
CREATE VIEW large AS SELECT a, name FROM things WHERE a >= PARAM least AND name = ANY(PARAM names);
CREATE VIEW joined AS SELECT l.a, again(l.a) AS b, p.c, now() AS at FROM large AS l JOIN plain AS p ON p.a = l.a;
CREATE MATERIALIZED VIEW first INTO 'out/first' TAGS (daily) AS SELECT a, b FROM joined;
CREATE MATERIALIZED VIEW second INTO 'out/second' PARTITION BY (c) AS SELECT f.a, j.c FROM first AS f JOIN joined AS j ON j.a = f.a;
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = Place(tmp_path_factory.mktemp("one") / "project")
    place.table("lake/t", {"a": [1, 2, 3], "name": ["ß", "I", "x"]})
    place.file("data/plain.csv", "a,c\n1,x\n2,y\n")
    place.file("all.sql", SQL)
    place.file("treadle.toml", '[project]\nname = "same"\n\n[inline]\nmax_paths = 32\n')
    return place.root


def digests(root: Path, **environment: str) -> list[str]:
    """Return the digests that another process finds."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(root)], cwd=root, env=variables, capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout)
    return found


def copied(project: Path, to: Path) -> Path:
    """Return a copy with the times that files without versions are pinned by."""
    shutil.copytree(project, to)
    return to


@pytest.fixture(scope="module")
def here(project: Path) -> list[str]:
    return digests(project)


def test_they_are_three(here: list[str]) -> None:
    assert len(set(here)) == 3 and all(len(one) == 32 for one in here)


@pytest.mark.parametrize(
    "environment",
    [{"LC_ALL": "C", "LANG": "C"}, {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "7"}],
    ids=["C", "Turkish, Kolkata"],
)
def test_in_another_folder_and_locale(environment: dict[str, str], project: Path, here: list[str], tmp_path: Path) -> None:
    assert digests(copied(project, tmp_path / "an other folder é"), **environment) == here


@pytest.mark.parametrize("seed", range(3))
def test_declared_in_another_order_in_other_files(seed: int, project: Path, here: list[str], tmp_path: Path) -> None:
    root = copied(project, tmp_path / "shuffled")
    chosen = random.Random(seed)
    statements = [f"{one.span.text};\n" for one in parse(Source("all.sql", SQL)).statements]
    chosen.shuffle(statements)
    (root / "all.sql").unlink()
    cut = chosen.randrange(1, len(statements))
    (root / "z").mkdir()
    (root / "a.sql").write_text("-- first\n" + "\n\n".join(statements[:cut]), "utf-8")
    (root / "z" / "b.sql").write_text("".join(statements[cut:]), "utf-8", newline="\r\n")
    assert digests(root) == here


def test_each_digest_holds_what_it_should(project: Path, here: list[str], tmp_path: Path) -> None:
    """A change of the text changes all, one of a location or a pin the envelope alone."""
    root = copied(project, tmp_path / "changed")
    Place(root).table("lake/t", {"a": [4], "name": ["x"]}, mode="append")
    moved = digests(root)
    assert [one == other for one, other in zip(moved, here, strict=True)] == [True, True, False]
    (root / "all.sql").write_text(SQL.replace("2 * n", "3 * n"), "utf-8")
    assert not set(digests(root)) & set(here)
