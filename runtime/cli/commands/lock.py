"""Owns `treadle lock [NAMES]`: write down which versions and files a locked run reads."""

from __future__ import annotations

import click

from ..console import Console
from ..options import later, situated


@click.command("lock")
@click.argument("names", nargs=-1, shell_complete=later("lockable"))
@situated
@click.option("--check", is_flag=True, help="Write nothing; status 1 when the lock doesn't fit the project or can't be read any more.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@click.pass_obj
def command(
    console: Console, names: tuple[str, ...], project: str | None, env: str | None, parameters: dict[str, str], check: bool, diff: bool
) -> int:
    """Write `treadle.lock`: the version of every table, the content of every file, and the clock, for `treadle run --locked`.

    NAMES are sources, or selectors of views whose sources are meant: only those are renewed. With `--env NAME` the lock is
    that environment's own, `treadle.NAME.lock`.
    """
    from ..lock_page import show_renewal, show_sound
    from ..opening import open_project

    if check and (names or diff):
        raise click.UsageError("`--check` looks at the whole lock and changes nothing, so it stands alone")
    workspace = open_project(project, env, parameters=parameters, locked=check)
    if check:
        return show_sound(console, workspace)
    renewal = workspace.lock(names, {})
    if renewal.changed and not diff:
        from ...lock.command import save

        save(workspace.root, renewal.lock)
    show_renewal(console, renewal, written=not diff)
    return 0
