"""Owns `treadle fmt [PATHS]`: put SQL files into one layout, with every token and comment kept."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import click

from ..console import Console
from ..options import common

if TYPE_CHECKING:
    from ....dialect.diagnostics import Diagnostic
    from ...formatting import Layout


@click.command("fmt")
@click.argument("paths", nargs=-1)
@common
@click.option("--check", is_flag=True, help="Change nothing; name the files that would change, with status 1.")
@click.option("--diff", is_flag=True, help="Change nothing; print what would change as a unified diff.")
@click.option("--width", type=click.IntRange(20, 1000), default=100, show_default=True, metavar="N", help="Cells of a line.")
@click.pass_obj
def command(console: Console, paths: tuple[str, ...], project: str | None, check: bool, diff: bool, width: int) -> int:
    """Put the project's SQL files, or PATHS, into one layout: files, folders, or `-` for stdin to stdout.

    Statements that can't be read stay as they are, with status 1.
    """
    layouts, found = _layouts(paths, project, width)
    found += [one for layout in layouts for one in layout.diagnostics]
    if not (check or diff):
        for layout in layouts:
            layout.write()
    changed = [layout for layout in layouts if layout.changed]
    if console.json:
        _print_json(console, layouts, found)
    else:
        _say(console, layouts, found, check=check, diff=diff)
    return 1 if found or (check and changed) else 0


def _layouts(paths: tuple[str, ...], project: str | None, width: int) -> tuple[list[Layout], list[Diagnostic]]:
    from pathlib import Path

    from ....dialect.source import Source
    from ...formatting import laid_out, named_sources, project_sources
    from ...project import find_root

    if "-" in paths:
        if len(paths) > 1:
            raise click.UsageError("`-` stands alone")
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(newline="")  # line ends inside strings stay as they are
        return [laid_out(None, Source("<stdin>", sys.stdin.read()), width)], []
    sources, found = named_sources(paths) if paths else project_sources(find_root(Path(project or "."), named=project is not None))
    return [laid_out(path, source, width) for path, source in sources], list(found)


def _say(console: Console, layouts: list[Layout], found: list[Diagnostic], *, check: bool, diff: bool) -> None:
    """Print the diff or stdin's text on stdout, and what changed on stderr."""
    from ..text import plural

    verb = "would format" if check or diff else "formatted"
    for layout in layouts:
        if diff:
            console.data(layout.diff())
        elif layout.path is None and not check:
            console.data(layout.text)
            continue
        if layout.changed:
            console.say(f"{verb} {layout.source.name}")
    if found:
        console.report(found)
    if any(layout.path for layout in layouts):
        count = sum(layout.changed for layout in layouts)
        console.say(f"{verb} {plural(count, 'file')}, {len(layouts) - count} as they should be")


def _print_json(console: Console, layouts: list[Layout], found: list[Diagnostic]) -> None:
    files = [{"file": one.source.name, "changed": one.changed, **({"text": one.text} if one.path is None else {})} for one in layouts]
    console.print_json({"files": files, "diagnostics": [one.as_json() for one in found]})
