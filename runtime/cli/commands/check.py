"""Owns `treadle check`: find everything that is wrong in the project, without computing anything."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ..console import Console
from ..options import situated


@click.command("check")
@situated
@click.option("--changed", is_flag=False, flag_value="HEAD", metavar="[COMMIT]", help="Tell what edits since a commit (HEAD) can reach.")
@click.option("--freshness", is_flag=True, help="Look how old sources are, against the limits that they declare.")
@click.option("--as-of", metavar="TIME", help="The time that ages are counted to, in UTC without a zone; now without it.")
@click.pass_obj
def command(
    console: Console,
    project: str | None,
    env: str | None,
    parameters: dict[str, str],
    changed: str | None,
    freshness: bool,
    as_of: str | None,
) -> int:
    """Find everything that is wrong in the project, without computing anything; status 1 when there is an error."""
    from ..freshness_page import show_freshness
    from ..opening import open_project
    from ..reach_page import show_reach
    from ..text import plural

    if freshness and changed is not None:
        raise click.UsageError("`--freshness` and `--changed` are two questions: ask one at a time")
    if as_of is not None and not freshness:
        raise click.UsageError("`--as-of` says to which time ages are counted, so it needs `--freshness`")
    instant = _instant(as_of)
    workspace = open_project(project, env, parameters=parameters)
    found, bound = workspace.check({})
    errors = [d for d in found if d.severity == "error"]
    if changed is not None and not errors:
        show_reach(console, workspace, bound, changed, found)
    elif freshness and not errors:
        errors += [d for d in show_freshness(console, workspace, bound, instant, found) if d.severity == "error"]
    else:
        console.report(found)
    if not errors and not console.json:
        files = plural(len(bound.folder.sources), "file")
        tests = f" and {plural(len(bound.project.tests), 'test')}" if bound.project.tests else ""
        console.say(f"checked {plural(len(bound.project.views), 'view')}{tests} in {files}: no errors")
    return 1 if errors else 0


def _instant(text: str | None) -> datetime:
    """Return the time that ages are counted to; a text without a zone is in UTC."""
    if text is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"`--as-of {text}` is no point in time; write it as `2013-01-31 12:00:00`") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
