"""Owns the commands about how results are shown: `.format`, `.rows`, `.timing`, `.pager`, `.output`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ....dialect.diagnostics import error
from ...export import format_of
from ..settings import FORMATS
from .base import Line, chosen

if TYPE_CHECKING:
    from ...cancel import Cancel
    from ..shell import Shell

_STDOUT = ("stdout", "-")
_ENDINGS = {"csv": "csv", "json": "json", "ndjson": "jsonl"}


def format(shell: Shell, line: Line, _: Cancel) -> None:
    """Choose the format; without a word say which it is."""
    if line.words:
        wanted = "jsonl" if line.first == "ndjson" else line.first
        shell.settings.format = wanted if wanted in FORMATS else chosen(line, FORMATS, "format")
    else:
        shell.console.say(f"format {shell.settings.format}")


def rows(shell: Shell, line: Line, _: Cancel) -> None:
    """Choose how many rows are shown."""
    if line.first == "all":
        shell.settings.rows = None
    elif line.first.isdecimal() and int(line.first) > 0:
        shell.settings.rows = int(line.first)
    elif line.words:
        raise line.wrong(f"`{line.first}` is no number of rows", help="write a number from 1 on, or `all`")
    else:
        shell.console.say(f"rows {'all' if shell.settings.rows is None else shell.settings.rows}")


def timing(shell: Shell, line: Line, _: Cancel) -> None:
    """Switch timing."""
    shell.settings.timing = _switched(shell, line, "timing", shell.settings.timing)


def pager(shell: Shell, line: Line, _: Cancel) -> None:
    """Switch the pager."""
    shell.settings.pager = _switched(shell, line, "pager", shell.settings.pager)


def _switched(shell: Shell, line: Line, name: str, now: bool) -> bool:
    if not line.words:
        shell.console.say(f"{name} {'on' if now else 'off'}")
        return now
    return chosen(line, ("on", "off"), "such setting:") == "on"


def output(shell: Shell, line: Line, _: Cancel) -> None:
    """Send results to a file; its ending chooses the format."""
    settings = shell.settings
    if len(line.words) > 1:
        raise line.wrong("expected one file", 1, "put a name with spaces in quotes")
    if not line.words:
        shell.console.say(f"results go to {settings.sink_name or 'the screen'}")
        return
    opened = None if line.first in _STDOUT else _opened(line)
    if settings.sink is not None:
        settings.sink.close()
    settings.sink, settings.sink_name = opened, "" if opened is None else line.first
    ending = format_of(line.first)
    if opened is not None and ending is not None:
        settings.format = _ENDINGS[ending]


def _opened(line: Line):  # type: ignore[no-untyped-def]
    if format_of(line.first) in ("parquet", "arrow"):
        raise line.wrong("results of several queries don't fit into one such file", help="`treadle query … -o FILE` writes one")
    try:
        return Path(line.first).expanduser().open("wb")
    except OSError as problem:
        raise error("T7019", f"`{line.first}` can't be written", cause=problem.strerror or str(problem)) from problem
