"""Owns what is shown of an error code: its title, cause and way out, an example."""

from __future__ import annotations

from ...dialect.diagnostics import Code, codes, did_you_mean, error
from .console import Console
from .text import wrap


def show_code(console: Console, name: str) -> None:
    """Print the page of an error code; raises T7017 for an unknown one."""
    found = codes().get(name.upper())
    if found is None:
        raise error("T7017", f"there is no error code `{name}`", help=did_you_mean(name, codes()) or "`treadle explain` lists them all")
    if console.json:
        console.print_json(as_object(found))
        return
    width, paint = min(console.width, 100), console.out
    lines = [paint("bold", f"{found.code} {found.title}"), "", *wrap(found.cause, width), "", *wrap(found.fix, width, "fix: ")]
    if found.example.strip():
        lines += ["", "example:", *(f"    {line}" for line in found.example.strip().splitlines())]
    console.data("\n".join(lines) + "\n")


def as_object(one: Code) -> dict[str, str]:
    """Return a code as it stands in JSON."""
    return {"code": one.code, "title": one.title, "cause": one.cause, "fix": one.fix, "example": one.example}
