"""Owns `treadle query SQL`: ask one query and print or write its rows."""

from __future__ import annotations

import re

import click

from ..console import Console
from ..options import locked_option, profile_option, safe_option, situated


class QueryCommand(click.Command):
    """A command whose text may begin with a comment, `-- like this`, and is no option for that."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put a space before a text that begins with a comment."""
        return super().parse_args(ctx, [f" {one}" if re.match(r"--\s", one) else one for one in args])


FORMATS = ("table", "csv", "json", "ndjson", "markdown", "vertical", "parquet", "arrow")


@click.command("query", cls=QueryCommand)
@click.argument("sql")
@situated
@profile_option
@safe_option
@locked_option
@click.option("--format", "format_name", type=click.Choice(FORMATS), help="How rows are written.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file; its ending says the format.")
@click.pass_obj
def command(
    console: Console,
    sql: str,
    project: str | None,
    env: str | None,
    profile: str | None,
    parameters: dict[str, str],
    safe: bool,
    locked: bool,
    format_name: str | None,
    output: str | None,
) -> None:
    """Ask one query over the project's views, its sources, or any table or file; `-` reads it from stdin.

    `$name` takes its value from `-p name=value`.
    """
    from ..opening import open_anywhere
    from ..progress import TerminalProgress
    from ..querying import read_text, write_result

    workspace = open_anywhere(project, env, profile, parameters, safe=safe, locked=locked)
    with TerminalProgress(console) as progress, workspace.query(read_text(sql), {}, progress) as result:
        write_result(console, result, format_name, output, progress.hide)
