"""Owns `treadle shell`: type statements one after the other and see their results."""

from __future__ import annotations

import sys

import click

from ..console import Console
from ..options import locked_option, profile_option, safe_option, situated


@click.command("shell")
@situated
@profile_option
@safe_option
@locked_option
@click.option("-c", "--command", "texts", multiple=True, metavar="SQL", help="Execute this and leave; may be repeated.")
@click.option("--keep-going", is_flag=True, help="Go on after a statement that fails, when none is typed by hand.")
@click.pass_obj
def command(
    console: Console,
    project: str | None,
    env: str | None,
    profile: str | None,
    parameters: dict[str, str],
    safe: bool,
    locked: bool,
    texts: tuple[str, ...],
    keep_going: bool,
) -> int:
    """Type SQL and see results: completion, history, declarations for the session, dot commands (`.help`).

    Opens the project that is here, or this folder without one. Statements from `-c` or a pipe
    are executed and printed plainly, up to the first that fails.
    """
    from ...shell.batch import run_texts
    from ...shell.shell import Shell
    from ..opening import open_anywhere, open_folder

    workspace = open_anywhere(project, env, profile, parameters, safe=safe, locked=locked)
    shell = Shell(console, workspace, lambda path: open_folder(path, profile, safe=safe))
    shell.settings.format = "json" if console.json else "table"
    if texts or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return run_texts(shell, texts, keep_going)
    from ...shell.prompt import converse

    return converse(shell)
