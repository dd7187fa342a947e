"""Owns handing out lineage: which part, in which format, on stdout or to a file."""

from __future__ import annotations

from pathlib import Path

import click

from ...planner.lineage import LineageGraph
from ...planner.lineage.find import ends, find
from ...planner.lineage.graph import Direction
from .console import Console
from .lineage_drawing import dot, svg
from .lineage_page import as_json, reached, tree
from .text import Paint

_ENDINGS = {".json": "json", ".dot": "dot", ".gv": "dot", ".svg": "svg", ".txt": "tree"}


def write_lineage(
    console: Console,
    graph: LineageGraph,
    name: str | None,
    direction: Direction,
    depth: int | None,
    format_name: str | None,
    output: str | None,
) -> None:
    """Write the lineage of what `name` means; raises T7040 for an unknown name, T7019 where no file can be written."""
    import json

    format = _format(console, format_name, output)
    starts = find(graph, name) if name is not None else ends(graph, direction)
    if format == "json":
        text = json.dumps(as_json(graph, starts, direction, depth), indent=2, ensure_ascii=False) + "\n"
    elif format == "tree":
        lines = tree(graph, starts, direction, depth, console.out if output is None else Paint(False))
        text = "".join(f"{line}\n" for line in lines)
    else:
        text = (dot if format == "dot" else svg)(reached(graph, starts, direction, depth))
    if output is None:
        console.data(text)
        return
    from ..export import whole_file

    with whole_file(Path(output)) as sink:
        sink.write(text.encode())
    console.say(f"wrote {output}")


def _format(console: Console, name: str | None, output: str | None) -> str:
    if name is not None:
        return name
    if output is None:
        return "json" if console.json else "tree"
    ending = Path(output).suffix.lower()
    if ending not in _ENDINGS and not console.json:
        raise click.UsageError(f"the ending of `{output}` names no format; add `--format svg`, for example")
    return _ENDINGS.get(ending, "json")
