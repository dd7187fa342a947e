"""The types that treadle ships, as a program sees them that has it installed: mypy and pyright, from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.tree import ROOT

HERE = Path(__file__).parent / "typing"
USAGE, MISUSE = "usage.py", "misuse.py"


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder without treadle's tree, with the two programs and an environment that has the wheel installed."""
    folder = tmp_path_factory.mktemp("outside")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    venv.create(folder / "env", with_pip=False, symlinks=True)
    site = next((folder / "env").glob("lib/python*/site-packages"))
    with zipfile.ZipFile(next(folder.glob("treadle-*.whl"))) as wheel:
        wheel.extractall(site)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    for name in (USAGE, MISUSE):
        (folder / name).write_text((HERE / name).read_text("utf-8"), "utf-8")
    return folder


def _mypy(folder: Path) -> set[tuple[str, int]]:
    python = folder / "env/bin/python"
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), "--no-error-summary", USAGE, MISUSE]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert found.returncode in (0, 1), found.stdout + found.stderr
    parts = [line.split(":") for line in found.stdout.splitlines() if ": error:" in line]
    return {(name, int(line)) for name, line, *_ in parts}


def _pyright(folder: Path) -> set[tuple[str, int]]:
    (folder / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "standard", "include": ["*.py"]}), "utf-8")
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", str(folder / "env/bin/python")]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert found.returncode in (0, 1), found.stdout + found.stderr
    report = json.loads(found.stdout)["generalDiagnostics"]
    return {(Path(d["file"]).name, d["range"]["start"]["line"] + 1) for d in report if d["severity"] == "error"}


def _marked() -> set[tuple[str, int]]:
    return {(MISUSE, n) for n, line in enumerate((HERE / MISUSE).read_text("utf-8").splitlines(), 1) if line.endswith("# wrong")}


@pytest.mark.parametrize("checker", [_mypy, _pyright], ids=["mypy", "pyright"])
def test_types_from_outside(checker: object, outside: Path) -> None:
    assert callable(checker)
    assert checker(outside) == _marked()
