"""Owns `treadle lineage [NAME]`: show what a column comes from, or what a change of it reaches."""

from __future__ import annotations

import click

from ..console import Console
from ..options import later, situated

FORMATS = ("tree", "json", "dot", "svg")


@click.command("lineage")
@click.argument("name", required=False, shell_complete=later("relations"))
@situated
@click.option("--up", "direction", flag_value="up", help="What it comes from; this is done when neither is said.")
@click.option("--down", "direction", flag_value="down", help="What a change of it can reach.")
@click.option("--depth", type=click.IntRange(min=1), metavar="N", help="Go no further than N relations.")
@click.option("--format", "format_name", type=click.Choice(FORMATS), help="How it is written.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file; its ending says the format.")
@click.pass_obj
def command(
    console: Console,
    name: str | None,
    project: str | None,
    env: str | None,
    parameters: dict[str, str],
    direction: str | None,
    depth: int | None,
    format_name: str | None,
    output: str | None,
) -> None:
    """Show what a column comes from, or what a change of it reaches, through the whole project.

    NAME is a view or source, one of its columns (`late_by_day.flights`), or a parameter
    (`"PARAM since"`); without it everything is shown. Each step says how it influences:
    value, filter, join, group, order, or the rows that are read.
    """
    from ..lineage_writing import write_lineage
    from ..opening import open_project

    workspace = open_project(project, env, parameters=parameters)
    write_lineage(console, workspace.lineage(), name, "down" if direction == "down" else "up", depth, format_name, output)
