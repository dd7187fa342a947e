"""Owns `treadle show WHAT`: list views, sources, parameters, functions, hooks, runs, rules and what else a project has."""

from __future__ import annotations

import click

from ..console import Console
from ..options import later, profile_option, situated

WHAT = ("views", "sources", "environments", "parameters", "functions", "hooks", "runs", "profiles", "rules", "planners", "settings")


@click.command("show")
@click.argument("what", shell_complete=lambda ctx, parameter, incomplete: [one for one in WHAT if one.startswith(incomplete)])
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Of functions: treadle's own and the engine's too, by group.")
@click.option("--pack", metavar="GROUP", shell_complete=later("packs"), help="Of functions: those of a pack or a group, with examples.")
@situated
@profile_option
@click.pass_obj
def command(
    console: Console,
    what: str,
    name: str | None,
    everything: bool,
    pack: str | None,
    project: str | None,
    env: str | None,
    profile: str | None,
    parameters: dict[str, str],
) -> None:
    """List what a project has; with NAME one entry alone (`show runs last` is the page of the last run,
    `show functions substr` tells of a function, `show functions 'json*'` of all that fit).

    WHAT is one of views, sources, environments, parameters, functions, hooks, runs, profiles, rules, planners, settings.
    """
    from ....dialect.diagnostics import TreadleError, did_you_mean
    from ..opening import open_project
    from ..show import show

    if what not in WHAT:
        known = ", ".join(WHAT)
        raise click.UsageError(f"there is nothing like `{what}` to show; {did_you_mean(what, WHAT) or f'there are {known}'}")
    if what != "functions" and (everything or pack is not None):
        raise click.UsageError(f"--all and --pack are of functions, not of {what}")
    try:
        workspace = open_project(project, env, profile, parameters)
    except TreadleError as problem:
        looks = what == "functions" and (everything or name is not None or pack is not None)
        if not looks or project is not None or problem.diagnostics[0].code != "T7013":
            raise
        workspace = None
    show(console, workspace, what, name, everything, pack)
