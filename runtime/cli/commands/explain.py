"""Owns `treadle explain [CODE]`: say what an error code means and how to mend it."""

from __future__ import annotations

import click

from ..console import Console
from ..options import common, later
from ..text import Column


@click.command("explain")
@click.argument("code", required=False, shell_complete=later("error_codes"))
@common
@click.pass_obj
def command(console: Console, code: str | None, project: str | None) -> None:
    """Say what an error code means and how to mend it; without a code, list them all."""
    from ....dialect.diagnostics import codes
    from ..code_page import as_object, show_code

    if code is not None:
        show_code(console, code)
    elif console.json:
        console.print_json({"codes": [as_object(c) for c in codes().values()]})
    else:
        console.table([Column("code", shrinks=False), Column("title")], [(c.code, c.title) for c in codes().values()])
