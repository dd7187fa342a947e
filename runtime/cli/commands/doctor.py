"""Owns `treadle doctor`: examine the installation and this project's folder."""

from __future__ import annotations

import click

from ..console import Console
from ..options import common
from ..text import visible


@click.command("doctor")
@common
@click.pass_obj
def command(console: Console, project: str | None) -> int:
    """Examine versions, engines and folders; status 1 when something is broken."""
    from pathlib import Path

    from ...doctor import examine

    paint = console.out
    colors = {"ok": "green", "warn": "yellow", "fail": "bold red"}
    findings = []
    for one in examine(Path(project or "."), named=project is not None):
        findings.append(one)
        if not console.json:
            console.data(f"{paint(colors[one.state], f'{one.state:<4}')}  {one.subject}: {visible(one.found)}\n")
            if one.remedy:
                console.data(f"      {paint('dim', 'do:')} {visible(one.remedy)}\n")
    failed = [f for f in findings if f.state == "fail"]
    if console.json:
        rows = [{"subject": f.subject, "state": f.state, "found": f.found, "remedy": f.remedy} for f in findings]
        console.print_json({"healthy": not failed, "findings": rows})
    return 1 if failed else 0
