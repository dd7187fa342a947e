"""Owns `treadle run [SELECTORS]`: compute the outputs and commit them."""

from __future__ import annotations

import click

from ..console import Console
from ..options import locked_option, profile_option, selectors_argument, situated


@click.command("run")
@selectors_argument
@situated
@profile_option
@locked_option
@click.option("--spec", "spec_file", metavar="FILE", help="Run a specification that `treadle spec` wrote, instead of selectors.")
@click.option("--trace", is_flag=True, help="Print OpenTelemetry spans on stderr.")
@click.pass_obj
def command(
    console: Console,
    selectors: tuple[str, ...],
    project: str | None,
    env: str | None,
    profile: str | None,
    parameters: dict[str, str],
    locked: bool,
    spec_file: str | None,
    trace: bool,
) -> int:
    """Compute the selected outputs, commit them, and keep a receipt.

    SELECTORS are names of views, `+name` with what it reads, `name+` with what reads it,
    `tag:daily`, or patterns such as `stg_*`; all materialised views without one.
    """
    from ..opening import open_anywhere, open_project
    from ..running import run_bundle, traced

    if spec_file is not None and (selectors or env or profile or locked):
        raise click.UsageError("a specification has its outputs, values, pins and profile in it; with `--spec` only SECRETs are given")
    with traced(trace, console):
        if spec_file is not None:
            from pathlib import Path

            from ...parameters import secret_values
            from ...spec_file import read_spec

            spec = read_spec(Path(spec_file))
            workspace = open_anywhere(project)
            return run_bundle(console, workspace, workspace.plan(spec, secret_values(spec, parameters)))
        workspace = open_project(project, env, profile, parameters, locked=locked)
        return run_bundle(console, workspace, workspace.plan(workspace.specify(selectors, {})))
