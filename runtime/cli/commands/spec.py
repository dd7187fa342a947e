"""Owns `treadle spec [SELECTORS]`: print the execution specification as JSON."""

from __future__ import annotations

import click

from ..console import Console
from ..options import locked_option, profile_option, selectors_argument, situated


@click.command("spec")
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
    """Print the execution specification: what a run is made from; `treadle run --spec FILE` runs it."""
    from ...spec_file import write_spec
    from ..opening import open_project

    workspace = open_project(project, env, profile, parameters, locked=locked)
    console.data(write_spec(workspace.specify(selectors, {})))
