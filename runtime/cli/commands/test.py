"""Owns `treadle test [SELECTORS]`: run the tests of views over the rows that they give."""

from __future__ import annotations

import click

from ..console import Console
from ..options import common, environment_option, profile_option, selectors_argument


@click.command("test")
@selectors_argument
@common
@environment_option
@profile_option
@click.option("-k", "pattern", metavar="PATTERN", help="Only tests with this in their name; `*` and `?` stand for any text.")
@click.option("-x", "--fail-fast", is_flag=True, help="Stop at the first test that does not pass.")
@click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="Run so many tests at a time.")
@click.option("--junit", metavar="FILE", help="Also write the outcomes as JUnit XML.")
@click.pass_obj
def command(
    console: Console,
    selectors: tuple[str, ...],
    project: str | None,
    env: str | None,
    profile: str | None,
    pattern: str | None,
    fail_fast: bool,
    jobs: int | None,
    junit: str | None,
) -> int:
    """Run the tests of views, over the rows that they give; status 1 when one does not pass.

    SELECTORS are names of tests, patterns such as `late_*`, or selectors of the views that
    tests look at: `late_by_day`, `+late_by_day`, `flights+`, `tag:daily`; all tests without one.
    """
    from ..opening import open_project
    from ..testing import test_project

    workspace = open_project(project, env, profile)
    return test_project(console, workspace, selectors, pattern, fail_fast=fail_fast, jobs=jobs, junit=junit)
