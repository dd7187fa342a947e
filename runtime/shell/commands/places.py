"""Owns the commands about files and folders, and the session's end: `.read`, `.edit`, `.open`, `.quit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ....dialect.diagnostics import TreadleError, error
from ...additions import Additions
from ..stops import Quit
from .base import Line

if TYPE_CHECKING:
    from ...cancel import Cancel
    from ..shell import Shell

MAX_DEPTH = 20


def read(shell: Shell, line: Line, _: Cancel) -> None:
    """Execute the statements of a file, up to the first that fails."""
    from ...project import read_source

    if len(line.words) != 1:
        raise line.wrong("expected one file", 1, "put a name with spaces in quotes")
    if shell.depth >= MAX_DEPTH:
        raise line.wrong(f"files read each other {MAX_DEPTH} deep", help="does a file read itself?")
    source = read_source(Path(line.first).expanduser(), line.first)
    shell.depth += 1
    try:
        if not shell.execute(source.text, whole=True):
            raise line.wrong(f"`{line.first}` was left at a statement that failed", help="what follows it was not executed")
    finally:
        shell.depth -= 1


def edit(shell: Shell, line: Line, _: Cancel) -> None:
    """Write the next statement in an editor."""
    import click

    if not shell.interactive:
        raise error("T7053", "an editor needs a terminal, and a person in front of it", help="run `treadle shell` in one")
    try:
        written = click.edit(shell.last + "\n" if shell.last else "", extension=".sql")
    except click.ClickException as problem:
        raise error("T7053", problem.message, help="name your editor in the environment: EDITOR=nano") from problem
    if written is not None and written.strip():
        shell.draft = written.strip()


def open(shell: Shell, line: Line, _: Cancel) -> None:
    """Open another project or folder; what this session declared is gone with the old one."""
    if len(line.words) != 1:
        raise line.wrong("expected one folder", 1, "put a name with spaces in quotes")
    try:
        opened = shell.open_place(line.first)
    except TreadleError as problem:
        raise line.wrong(problem.diagnostics[0].message) from problem
    forgotten = shell.workspace.additions != Additions()
    shell.workspace.close()
    shell.workspace = opened
    shell.console.say(f"opened {opened.root}" + ("; what this session declared and set is forgotten" if forgotten else ""))


def quit(shell: Shell, line: Line, _: Cancel) -> None:
    """End the session."""
    raise Quit
