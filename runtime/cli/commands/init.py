"""Owns `treadle init [DIR]`: start a project that runs at once."""

from __future__ import annotations

import click

from ..console import Console
from ..options import json_option, log_option, plain_option


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".")
@json_option
@plain_option
@log_option
@click.option("--project", metavar="DIR", help="The same as DIR.")
@click.option("--template", metavar="NAME", default="starter", help="What to start from: starter, minimal or layers.")
@click.option("--list", "listed", is_flag=True, help="List the templates instead.")
@click.pass_obj
def command(console: Console, folder: str, project: str | None, template: str, listed: bool) -> None:
    """Start a project in DIR (here without one) that runs at once."""
    from pathlib import Path

    from ....dialect.diagnostics import did_you_mean
    from ...scaffold import TEMPLATES, write_project
    from ..text import Column

    if listed:
        if console.json:
            return console.print_json({"templates": dict(TEMPLATES)})
        return console.table([Column("template", shrinks=False), Column("what it holds")], TEMPLATES.items())
    if template not in TEMPLATES:
        meant = did_you_mean(template, TEMPLATES) or f"there are {', '.join(TEMPLATES)}"
        raise click.UsageError(f"there is no template `{template}`; {meant}")
    root = Path(project if project is not None and folder == "." else folder)
    written = write_project(root, template)
    if console.json:
        return console.print_json({"root": str(root), "files": list(written)})
    for name in written:
        console.say(f"wrote {name}")
    change = "" if root.resolve() == Path.cwd() else f"cd {root} && "
    console.say(f"\nnow: {change}treadle run && treadle test")
    return None
