"""Owns `treadle check`: find everything that is wrong in the project, without computing anything."""

from __future__ import annotations

import click

from ..console import Console
from ..options import situated


@click.command("check")
@situated
@click.option("--changed", is_flag=False, flag_value="HEAD", metavar="[COMMIT]", help="Tell what edits since a commit (HEAD) can reach.")
@click.pass_obj
def command(console: Console, project: str | None, env: str | None, parameters: dict[str, str], changed: str | None) -> int:
    """Find everything that is wrong in the project, without computing anything; status 1 when there is an error."""
    from ..opening import open_project
    from ..reach_page import show_reach
    from ..text import plural

    workspace = open_project(project, env, parameters=parameters)
    found, bound = workspace.check({})
    errors = [d for d in found if d.severity == "error"]
    if changed is not None and not errors:
        show_reach(console, workspace, bound, changed, found)
    else:
        console.report(found)
    if not errors and not console.json:
        files = plural(len(bound.folder.sources), "file")
        tests = f" and {plural(len(bound.project.tests), 'test')}" if bound.project.tests else ""
        console.say(f"checked {plural(len(bound.project.views), 'view')}{tests} in {files}: no errors")
    return 1 if errors else 0
