"""Owns `treadle explain [CODE]`: say what an error code means and how to mend it."""

from __future__ import annotations

import click

from ..console import Console
from ..options import common, later
from ..text import Column, wrap


@click.command("explain")
@click.argument("code", required=False, shell_complete=later("error_codes"))
@common
@click.pass_obj
def command(console: Console, code: str | None, project: str | None) -> None:
    """Say what an error code means and how to mend it; without a code, list them all."""
    from ....dialect.diagnostics import Code, codes, did_you_mean, error

    def as_object(one: Code) -> dict[str, str]:
        return {"code": one.code, "title": one.title, "cause": one.cause, "fix": one.fix, "example": one.example}

    if code is None:
        if console.json:
            console.print_json({"codes": [as_object(c) for c in codes().values()]})
        else:
            console.table([Column("code", shrinks=False), Column("title")], [(c.code, c.title) for c in codes().values()])
        return
    found = codes().get(code.upper())
    if found is None:
        raise error("T7017", f"there is no error code `{code}`", help=did_you_mean(code, codes()) or "`treadle explain` lists them all")
    if console.json:
        console.print_json(as_object(found))
        return
    width, paint = min(console.width, 100), console.out
    lines = [paint("bold", f"{found.code} {found.title}"), "", *wrap(found.cause, width), "", *wrap(found.fix, width, "fix: ")]
    if found.example.strip():
        lines += ["", "example:", *(f"    {line}" for line in found.example.strip().splitlines())]
    console.data("\n".join(lines) + "\n")
