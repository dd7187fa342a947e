"""Owns what an edit can reach: the project as it stands against the one of a commit, walked along its lineage.

In: a workspace, the bound project, the name of a commit. Out: `Reach`: edits, what they reach, the tables among it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from ..dialect import parse_expression
from ..planner.lineage import LineageGraph, Node
from ..planner.lineage.changes import Edit, edits, functions_of, starts
from .git import Commit, read_commit
from .python_functions.find import code_files

if TYPE_CHECKING:
    from .workspace import Bound, Workspace


@dataclass(frozen=True, slots=True)
class Reach:
    """What changed since a commit, and what that can influence.

    Args:
        commit: what it was compared with.
        edits: what differs.
        reached: every column and every relation's rows that an edit can influence, the edited ones included.
        tables: materialised views among it, in the project's order.
    """

    commit: Commit
    edits: tuple[Edit, ...]
    reached: Mapping[Node, int]
    tables: tuple[str, ...]


def reach(workspace: Workspace, bound: Bound, called: str) -> Reach:
    """Return what the edits since a commit can reach; raises T7045, T7046.

    Args:
        workspace: of the project.
        bound: the project as it stands, without errors.
        called: a commit, tag or branch.
    """
    commit = read_commit(workspace.root, called)
    before = workspace.bound_as(commit.folder)
    graph = workspace.lineage_of(bound)
    found = [*edits(before.project, bound.project, workspace.aggregates(bound))]
    found += _code(commit, workspace, bound, {one.name for one in found})
    known = {one.name for one in found}
    found[:0] = [one for one in _files(commit, bound) if one.name not in known]
    reached = graph.reach([node for one in found for node in one.starts if _is_there(graph, node)], "down")
    names = {node.relation for node in reached if node.kind == "view"}
    tables = tuple(name for name in bound.project.order if name in names and bound.project.views[name].materialized is not None)
    return Reach(commit, tuple(found), reached, tables)


def _is_there(graph: LineageGraph, node: Node) -> bool:
    return node in graph.types or node.is_rows or node.kind == "parameter"


def _files(commit: Commit, bound: Bound) -> Iterator[Edit]:
    """Yield sources whose files Git knows and that differ."""
    for source in bound.project.sources.values():
        path = parse_expression(dict(source.arguments).get("path", "NULL"))
        if path.is_string and any(_is_at(PurePath(name), path.name) for name in commit.differing):
            yield Edit("source", source.name, "edited", None, starts(source))


def _code(commit: Commit, workspace: Workspace, bound: Bound, known: set[str]) -> Iterator[Edit]:
    """Yield views that call functions in Python whose files Git knows and that differ."""
    folders = workspace.python.modules(bound.folder.config).folders
    codes = {name: one.python for name, one in bound.project.functions.items() if one.python is not None and not one.python.registered}
    differing = frozenset(commit.differing)
    edited = {name for name, code in codes.items() if not differing.isdisjoint(code_files(folders, code.target))}
    for name in bound.project.order:
        view = bound.project.views.get(name)
        if view is not None and name not in known and not edited.isdisjoint(functions_of(view)):
            yield Edit("view", name, "edited", None, starts(view))


def _is_at(name: PurePath, path: str) -> bool:
    """Say whether a file is what a location names: itself, matched by a glob, or somewhere below a folder."""
    folder = PurePath(path)
    return name == folder or name.match(path) or folder in name.parents
