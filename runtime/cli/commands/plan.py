"""Owns `treadle plan [SELECTORS]`: show what a run would do, and why."""

from __future__ import annotations

import click

from ..console import Console
from ..options import locked_option, profile_option, selectors_argument, situated


@click.command("plan")
@selectors_argument
@situated
@profile_option
@locked_option
@click.pass_obj
def command(
    console: Console,
    selectors: tuple[str, ...],
    project: str | None,
    env: str | None,
    profile: str | None,
    parameters: dict[str, str],
    locked: bool,
) -> None:
    """Show what a run would read, compute and write, and why; nothing is computed.

    SELECTORS are names of views, `+name` with what it reads, `name+` with what reads it,
    `tag:daily`, or patterns such as `stg_*`; all materialised views without one.
    """
    from ....planner.explain import explain
    from ..opening import open_project
    from ..plan_page import show_plan

    workspace = open_project(project, env, profile, parameters, locked=locked)
    bundle = workspace.plan(workspace.specify(selectors, {}))
    if console.json:
        console.print_json(explain(bundle).as_json())
    else:
        show_plan(console, bundle)
