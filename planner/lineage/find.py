"""Owns finding nodes by what people call them: `view`, `view.column`, `PARAM name`.

In: a word and the graph. Out: nodes, or T7040 with the nearest names.
"""

from __future__ import annotations

from ...dialect.diagnostics import TreadleError, did_you_mean, error
from ...dialect.source import Source
from .graph import Direction, LineageGraph, Node


def find(graph: LineageGraph, word: str) -> tuple[Node, ...]:
    """Return the nodes that a word means: one column, one parameter, or a relation's rows and columns; raises T7040."""
    name = word.strip().replace('"', "")
    if name[:6].upper() == "PARAM ":
        return _parameter(graph, name[6:].strip(), word)
    relations = {node.relation: None for node in graph.nodes if node.kind != "parameter"}
    meant = _matching(relations, name)
    if meant is not None:
        return tuple(node for node in graph.nodes if node.kind != "parameter" and node.relation == meant)
    for at in (at for at, sign in reversed(list(enumerate(name))) if sign == "."):
        meant = _matching(relations, name[:at])
        if meant is not None:
            return _column(graph, meant, name[at + 1 :], word)
    if any(node.kind == "parameter" and node.relation.lower() == name.lower() for node in graph.nodes):
        return _parameter(graph, name, word)
    nearest = did_you_mean(name.partition(".")[0], [*relations, *(n.relation for n in graph.nodes if n.kind == "parameter")])
    raise _unknown(word, f"no view, source or parameter is called `{name}`", nearest, list(relations), "there are")


def ends(graph: LineageGraph, direction: Direction) -> tuple[Node, ...]:
    """Return where a walk through everything starts: rows of views that nobody reads, or what reads nothing itself."""
    away: Direction = "down" if direction == "up" else "up"
    relations: dict[tuple[str, str], bool] = {}
    for node in graph.nodes:
        known = any(other.relation != node.relation or other.kind != node.kind for other, _ in graph.steps(node, away))
        relations[node.kind, node.relation] = relations.get((node.kind, node.relation), False) or known
    return tuple(node for node in graph.nodes if not relations[node.kind, node.relation])


def _matching(names: dict[str, None], name: str) -> str | None:
    if name in names:
        return name
    near = [one for one in names if one.lower() == name.lower()]
    return near[0] if len(near) == 1 else None


def _parameter(graph: LineageGraph, name: str, word: str) -> tuple[Node, ...]:
    known = {node.relation: None for node in graph.nodes if node.kind == "parameter"}
    meant = _matching(known, name)
    if meant is None:
        raise _unknown(word, f"no parameter is called `{name}`", did_you_mean(name, known), list(known), "there are")
    return (Node("parameter", meant),)


def _column(graph: LineageGraph, relation: str, name: str, word: str) -> tuple[Node, ...]:
    columns = {n.column: n for n in graph.nodes if n.relation == relation and n.kind != "parameter" and n.column is not None}
    meant = _matching(dict.fromkeys(columns), name)
    if meant is None:
        raise _unknown(word, f"`{relation}` has no column `{name}`", did_you_mean(name, columns), list(columns), "it has")
    return (columns[meant],)


def _unknown(word: str, message: str, nearest: str | None, known: list[str], there: str) -> TreadleError:
    shown = ", ".join(f"`{one}`" for one in known[:8]) + (", …" if len(known) > 8 else "")
    help_line = nearest or (f"{there} {shown}" if known else "there are none in this project")
    return error("T7040", message, Source("<lineage>", word).span(0, len(word)), help=help_line)
