"""Every command on a small real project: exit status, stdout and stderr, compared with what a person accepted."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Ended, inside
from treadle.runtime.cli.main import commands_here
from treadle.runtime.doctor import TESTED

TESTS = Path(__file__).parents[2]
SNAPSHOTS = TESTS / "snapshots" / "cli"
CASES: dict[str, Any] = tomllib.loads((TESTS / "cases" / "commands.toml").read_text("utf-8"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a folder `shop` in which `treadle init` has written its project."""
    folder = tmp_path / "shop"
    folder.mkdir()
    assert inside(folder, "init").status == 0
    return folder


@pytest.mark.parametrize("name", CASES)
def test_command(name: str, shop: Path, expect: Callable[[Path, str], None]) -> None:
    case = CASES[name]
    for file, text in case.get("files", {}).items():
        (shop / file).parent.mkdir(exist_ok=True)
        (shop / file).write_text(text, "utf-8") if text else (shop / file).unlink()
    *before, last = case["args"]
    for arguments in before:
        assert inside(shop, *arguments).status == 0
    ended = inside(shop, *last, stdin=case.get("stdin", ""), columns=case.get("columns", 100))
    if "only" in case:
        receipt = json.loads(ended.stdout)
        ended = Ended(ended.status, json.dumps({key: receipt[key] for key in case["only"]}, indent=1) + "\n", ended.stderr)
    assert "Traceback" not in ended.stdout + ended.stderr
    assert ended.status in (0, 1, 2)
    expect(SNAPSHOTS / f"{name}.txt", f"$ treadle {' '.join(last)}\n{ended.page(shop.parent)}")


def test_every_command_has_a_case() -> None:
    shown = {case["args"][-1][0] for case in CASES.values() if case["args"][-1]}
    assert set(commands_here()) <= shown | {"doctor"}


@pytest.mark.parametrize("name", sorted(commands_here()))
def test_help_of(name: str, tmp_path: Path, expect: Callable[[Path, str], None]) -> None:
    ended = inside(tmp_path, name, "--help")
    assert ended.status == 0
    expect(SNAPSHOTS / f"help_{name}.txt", f"$ treadle {name} --help\n{ended.page()}")


def test_doctor(shop: Path, expect: Callable[[Path, str], None]) -> None:
    ended = inside(shop, "doctor", "--json")
    found = json.loads(ended.stdout)
    assert ended.status == 0 and found["healthy"]
    expect(SNAPSHOTS / "doctor.txt", "".join(f"{one['subject']}: {one['state']}\n" for one in found["findings"]))
    assert "ok    engine: Apache DataFusion" in inside(shop, "doctor").stdout


def test_doctor_pins_what_the_repository_pins() -> None:
    pins = dict(line.split("==") for line in (TESTS.parent / "constraints.txt").read_text("utf-8").splitlines() if "==" in line)
    assert {name: pins[name] for name in TESTED} == TESTED


def test_every_snapshot_belongs_to_a_case() -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*.txt")} <= {*CASES, "doctor", *(f"help_{name}" for name in commands_here())}
