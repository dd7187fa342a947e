"""Starting is light: `import treadle` and `treadle --help` load neither engines nor other heavy packages."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.tree import ROOT

HEAVY = (
    "datafusion",
    "deltalake",
    "pyarrow",
    "sqlglot",
    "lark",
    "pydantic",
    "rich",
    "opentelemetry",
    "prompt_toolkit",
    "pygments",
    "sqlite3",
)

HELP = """
from treadle.runtime.cli import main
import contextlib, io
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main(["--help"])
"""


@pytest.mark.parametrize("what", ["import treadle", HELP], ids=["import", "help"])
def test_start_is_light(what: str) -> None:
    script = f"import sys\n{what}\nprint(*sorted(set(sys.modules) & set({HEAVY!r})))"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
