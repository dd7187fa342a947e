"""Owns `treadle init [DIR]`: start a project that runs at once."""

from __future__ import annotations

import click

from ..console import Console
from ..options import json_option, plain_option


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".")
@json_option
@plain_option
@click.option("--project", metavar="DIR", help="The same as DIR.")
@click.pass_obj
def command(console: Console, folder: str, project: str | None) -> None:
    """Start a project in DIR (here without one): three views over two small tables, ready to run."""
    from pathlib import Path

    from ...scaffold import write_project

    root = Path(project if project is not None and folder == "." else folder)
    written = write_project(root)
    if console.json:
        console.print_json({"root": str(root), "files": list(written)})
        return
    for name in written:
        console.say(f"wrote {name}")
    change = "" if root.resolve() == Path.cwd() else f"cd {root} && "
    console.say(f"\nnow: {change}treadle run")
