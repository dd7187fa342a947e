"""Whole errors as people read them on a terminal of 80 cells, compared with what a person accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.errors.test_codes import EXAMPLES
from tests.errors.test_inputs import BASE, CASES, CONFIG
from tests.support.command import Ended, inside
from tests.support.place import Place

SNAPSHOTS = Path(__file__).parents[1] / "snapshots" / "errors"
WIDTH = 80
SHOWN = (
    "T1001", "T1003", "T1007", "T1009", "T2001", "T2003", "T2005", "T2013", "T2014", "T2016", "T2028", "T2030", "T2035", "T2036",
    "T2040", "T2109", "T3001", "T3007", "T4001", "T4014", "T6050", "T6054",
)  # fmt: skip
INPUTS = (
    "argument", "alias of a table", "text for a number, in treadle.toml", "a view that selects itself through three others",
    "two views of one name in two files", "an output over other files", "an output over what another view reads",
)  # fmt: skip


def page(ended: Ended, root: Path) -> str:
    """Return what was said on stderr; the folder and what differs from run to run are filtered out."""
    assert ended.status == 1
    assert all(len(line) <= WIDTH for line in ended.stderr.splitlines()), "wider than the screen"
    return Ended(ended.status, "", ended.stderr).page(root)


@pytest.mark.parametrize("code", SHOWN)
def test_example(code: str, tmp_path: Path, expect: Callable[[Path, str], None]) -> None:
    place = Place(tmp_path)
    place.file("flights.csv", "carrier\nUA\n")
    place.sql(EXAMPLES[code])
    ended = inside(tmp_path, "check", columns=WIDTH)
    if ended.status == 0:
        ended = inside(tmp_path, "run", columns=WIDTH)
    expect(SNAPSHOTS / f"{code}.txt", page(ended, tmp_path))


@pytest.mark.parametrize("name", INPUTS)
def test_input(name: str, tmp_path: Path, expect: Callable[[Path, str], None]) -> None:
    place = Place(tmp_path)
    place.table("lake/t", {"a": [1, 2], "name": ["x", "y"], "s": ["x", "y"]})
    place.table("lake/u", {"a": [1]})
    place.file("base.sql", BASE)
    place.file("treadle.toml", CONFIG)
    case = CASES[name]
    if case.sql:
        place.file("more.sql", case.sql)
    for file, text in case.files.items():
        place.file(file, text)
    ended = inside(tmp_path, *case.args, columns=WIDTH)
    expect(SNAPSHOTS / f"{name.replace(',', '').replace(' ', '_')}.txt", page(ended, tmp_path))


def test_every_snapshot_belongs_to_a_case() -> None:
    names = {*SHOWN, *(name.replace(",", "").replace(" ", "_") for name in INPUTS)}
    assert {path.stem for path in SNAPSHOTS.glob("*.txt")} == names
