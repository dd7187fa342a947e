"""Owns the commands that work on the project: `.check`, `.plan`, `.run`, `.test`, `.watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....dialect.diagnostics import TreadleError, error
from ...cancel import Cancelled, wakeably
from ..inputs import QUERY_WORDS
from ..stops import Failed
from .base import Line

if TYPE_CHECKING:
    from ...cancel import Cancel
    from ..shell import Shell


def check(shell: Shell, line: Line, _: Cancel) -> None:
    """Find everything that is wrong."""
    from ...cli.text import plural

    found, bound = shell.workspace.check({})
    if any(one.severity == "error" for one in found):
        raise TreadleError(*found)
    shell.console.report(found)
    shell.console.say(f"checked {plural(len(bound.project.views), 'view')}: no errors")


def plan(shell: Shell, line: Line, _: Cancel) -> None:
    """Show what a run or a query would do."""
    from ...cli.plan_page import show_plan

    if line.words and (line.first.upper() in QUERY_WORDS or line.first.startswith("(")):
        start = line.words[0][1]
        shell.plan(" " * start + line.text[start:])
    else:
        workspace = shell.workspace
        show_plan(shell.console, workspace.plan(workspace.specify(_selectors(line), {})))


def run(shell: Shell, line: Line, cancel: Cancel) -> None:
    """Compute the selected outputs and commit them."""
    from ...cli.running import CANCELLED, run_bundle

    workspace, words = shell.workspace, _selectors(line)
    bundle = wakeably(lambda: workspace.plan(workspace.specify(words, {})), cancel, "treadle-plan")
    _ended(shell, run_bundle(shell.console, workspace, bundle), CANCELLED)


def test(shell: Shell, line: Line, _: Cancel) -> None:
    """Run the tests of the project and of the session."""
    from ...cli.running import CANCELLED
    from ...cli.testing import test_project

    status = test_project(shell.console, shell.workspace, _selectors(line), None, fail_fast=False, jobs=None, junit=None)
    _ended(shell, status, CANCELLED)


def _ended(shell: Shell, status: int, cancelled: int) -> None:
    if status == cancelled:
        raise Cancelled("it was cancelled")
    if status:
        raise Failed


def watch(shell: Shell, line: Line, cancel: Cancel) -> None:
    """Ask a query again and again, until Ctrl-C; the screen is cleared in between."""
    if not shell.interactive:
        raise error("T7053", "watching needs a terminal, and Ctrl-C to end it", help="ask the query once, or write a loop around it")
    seconds = _seconds(line)
    query = line.text[line.words[1][1] :]
    while True:
        shell.console.data("\x1b[2J\x1b[H")
        shell.console.say(shell.console.err("dim", f"every {line.first} s, Ctrl-C ends it: {' '.join(query.split())}"))
        shell.query(query, cancel)
        shell.console.stdout.flush()
        if cancel.wait(seconds):
            shell.console.say()  # behind the ^C that the terminal has written
            return


def _seconds(line: Line) -> float:
    try:
        seconds = float(line.first)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise line.wrong("expected seconds", help="for example `.watch 5 SELECT count(*) FROM flights`")
    if len(line.words) < 2:
        raise line.wrong("expected a query behind the seconds", 1)
    return seconds


def _selectors(line: Line) -> tuple[str, ...]:
    return tuple(word for word, _ in line.words)
