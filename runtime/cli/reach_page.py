"""Owns what `treadle check --changed` shows: what was edited, what that can influence, which tables.

In: a `Reach`. Out: lines for people, or an object for programs.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...dialect.diagnostics import Diagnostic
from ...planner.lineage import Node
from ...planner.lineage.changes import Edit
from ..changed import Reach, reach
from ..workspace import Bound, Workspace
from .console import Console
from .text import Column, Paint, plural, table

ROWS = "its rows and all columns"


def show_reach(console: Console, workspace: Workspace, bound: Bound, commit: str, found: Sequence[Diagnostic]) -> None:
    """Print what edits since a commit can reach, beside what was found wrong or doubtful; raises T7045, T7046."""
    reached = reach(workspace, bound, commit)
    if console.json:
        console.print_json({"diagnostics": [one.as_json() for one in found], "changed": as_json(reached)})
        return
    console.report(found)
    width = console.width if console.is_terminal else None
    console.data("".join(f"{line}\n" for line in lines(reached, width, console.out)))


def lines(reach: Reach, width: int | None, paint: Paint) -> list[str]:
    """Return the page: a table of relations, edited ones first, and the tables that a run would write otherwise."""
    since = f"since `{reach.commit.called}` ({reach.commit.digest})"
    if not reach.edits:
        return [f"nothing changed {since}"]
    edited = [(_what(one), one.name, _columns(one)) for one in reach.edits]
    reached = [("reached", name, shown) for name, shown in _reached(reach)]
    columns = [Column(title) for title in ("", "name", "columns")]
    found = [paint("bold", f"changed {since}"), *table(columns, [*edited, *reached], width, paint), ""]
    if reach.tables:
        return [*found, f"{plural(len(reach.tables), 'table')} can differ: {', '.join(reach.tables)}"]
    return [*found, "no table can differ"]


def as_json(reach: Reach) -> dict[str, object]:
    """Return the same as an object that `json.dumps` takes."""
    return {
        "since": {"name": reach.commit.called, "commit": reach.commit.digest},
        "edited": [{"kind": e.kind, "name": e.name, "how": e.how, "columns": e.columns and list(e.columns)} for e in reach.edits],
        "reached": [{"kind": n.kind, "name": n.relation, "column": n.column} for n in sorted(reach.reached, key=str)],
        "tables": list(reach.tables),
    }


def _what(edit: Edit) -> str:
    kind = "" if edit.kind == "view" else f" {edit.kind}"
    return f"{edit.how}{kind}"


def _columns(edit: Edit) -> str:
    if edit.kind == "parameter" or edit.how == "removed":
        return ""
    return ROWS if edit.columns is None else ", ".join(edit.columns)


def _reached(reach: Reach) -> list[tuple[str, str]]:
    """Return every relation that is not edited itself, with its columns, in the order of distance."""
    edited = {edit.name for edit in reach.edits}
    found: dict[str, list[Node]] = {}
    for node in sorted(reach.reached, key=lambda node: reach.reached[node]):
        if node.kind == "view" and node.relation not in edited:
            found.setdefault(node.relation, []).append(node)
    return [(name, ROWS if any(n.is_rows for n in nodes) else ", ".join(str(n.column) for n in nodes)) for name, nodes in found.items()]
