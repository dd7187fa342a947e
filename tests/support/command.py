"""Runs the real command line in a folder, and filters what differs from run to run out of what it says."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from tests.support.tree import ROOT

# In order: what is named first is replaced first.
FILTERS = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "<time>"),
    (r"\b\d{8}-\d{9}-[0-9a-f]{8}\b", "<run>"),
    (r"\b[0-9a-f]{32}\b", "<digest>"),
    (r"\bplan [0-9a-f]{12}\b", "plan <digest>"),
    (r"\blocked by [0-9a-f]{12}\b", "locked by <digest>"),
    (r"\b\d+\.\d+ s\b|\b\d+ ms\b", "<seconds>"),
    (r"\"seconds\": [0-9.e-]+", '"seconds": <seconds>'),
    (r"\"bytes_written\": \d+", '"bytes_written": <bytes>'),
    (r"\b\d+(\.\d+)? (B|kB|MB|GB)\b", "<size>"),
)


def filtered(text: str) -> str:
    """Return a text without the times, ids and sizes that differ from run to run."""
    for pattern, name in FILTERS:
        text = re.sub(pattern, name, text)
    return text


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its status and both streams, decoded."""

    status: int
    stdout: str
    stderr: str

    def page(self, *folders: Path) -> str:
        """Return all three as one text for a snapshot: times, ids, sizes and these folders filtered out."""
        text = f"status {self.status}\n--- stdout\n{self.stdout}--- stderr\n{self.stderr}"
        for folder in folders:
            text = text.replace(str(folder), "<folder>")
        text = filtered(text)
        return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def treadle(folder: Path, *arguments: str, stdin: str = "", columns: int = 100, **environment: str) -> Ended:
    """Run `treadle` with arguments in a folder, as a process of its own, 100 cells wide and without colour."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": str(columns), "LINES": "40", "NO_COLOR": "1", **environment}
    command = [sys.executable, "-m", "treadle", *arguments]
    ended = subprocess.run(command, cwd=folder, env=variables, input=stdin.encode(), capture_output=True, timeout=120, check=False)
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def shown(folder: Path, *arguments: str, columns: int = 80) -> tuple[int, str]:
    """Run `treadle` in this process and return its status, and both streams as one text, as a terminal shows them."""
    from treadle.runtime.cli import main

    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    variables = {"COLUMNS": str(columns), "LINES": "40", "NO_COLOR": "1"}
    with contextlib.chdir(folder), patch.dict(os.environ, variables), patch("sys.stdin", io.StringIO()):
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            status = main(arguments)
    return status, stream.buffer.getvalue().decode()  # type: ignore[attr-defined]


def inside(folder: Path, *arguments: str, stdin: str = "", columns: int = 100) -> Ended:
    """Run `treadle` in this process, which is quicker; streams, folder and environment are set back afterwards."""
    from treadle.runtime.cli import main

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    variables = {"COLUMNS": str(columns), "LINES": "40", "NO_COLOR": "1"}
    with contextlib.chdir(folder), patch.dict(os.environ, variables), patch("sys.stdin", io.StringIO(stdin)):
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(arguments)
    texts = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return Ended(status, *texts)
