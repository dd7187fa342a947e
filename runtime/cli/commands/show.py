"""Owns `treadle show WHAT`: list views, sources, parameters, functions, hooks, runs, rules and what else a project has."""

from __future__ import annotations

import click

from ..console import Console
from ..options import profile_option, situated

WHAT = ("views", "sources", "environments", "parameters", "functions", "hooks", "runs", "profiles", "rules", "planners", "settings")


@click.command("show")
@click.argument("what", shell_complete=lambda ctx, parameter, incomplete: [one for one in WHAT if one.startswith(incomplete)])
@click.argument("name", required=False)
@situated
@profile_option
@click.pass_obj
def command(
    console: Console,
    what: str,
    name: str | None,
    project: str | None,
    env: str | None,
    profile: str | None,
    parameters: dict[str, str],
) -> None:
    """List what a project has; with NAME one entry alone (`show runs last` is the page of the last run,
    `show functions substr` tells of one of the engine's functions).

    WHAT is one of views, sources, environments, parameters, functions, hooks, runs, profiles, rules, planners, settings.
    """
    from ....dialect.diagnostics import did_you_mean
    from ..opening import open_project
    from ..show import show

    if what not in WHAT:
        known = ", ".join(WHAT)
        raise click.UsageError(f"there is nothing like `{what}` to show; {did_you_mean(what, WHAT) or f'there are {known}'}")
    show(console, open_project(project, env, profile, parameters), what, name)
