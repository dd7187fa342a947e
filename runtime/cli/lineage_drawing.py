"""Owns lineage as a drawing: dot text, and SVG by a small layered layout of its own.

In: the part of a graph to draw. Out: text. A relation is a box of its rows and columns;
boxes stand in layers, what is read left of what reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ...planner.lineage import LineageGraph, Node
from ...planner.lineage.graph import KINDS, Kind
from .text import cells, clip

LINE, PAD, GAP_X, GAP_Y, CHAR = 20, 10, 110, 24, 7.3
LONGEST = 44
COLORS: dict[Kind, str] = {
    "value": "#1a7f37", "filter": "#cf222e", "join": "#8250df", "group": "#0969da", "order": "#9a6700", "rows": "#6e7781",
}  # fmt: skip
DASHES: dict[Kind, str] = {"value": "", "filter": "6 3", "join": "2 3", "group": "8 3 2 3", "order": "1 4", "rows": "12 4"}
"""Every kind has a dash pattern too, since colour alone says nothing to some."""

Box = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Placed:
    """A box with its corner and size in pixels."""

    title: str
    lines: tuple[Node, ...]
    x: float
    y: float
    width: float

    @property
    def height(self) -> float:
        """Return the height of its title and lines."""
        return LINE * (len(self.lines) + 1) + PAD

    def middle(self, node: Node) -> float:
        """Return the height at which a line's edges begin and end."""
        return self.y + LINE * (self.lines.index(node) + 1.5) + PAD / 2


def dot(graph: LineageGraph) -> str:
    """Return a graph in Graphviz's language: a cluster a relation, a node a column, edges labelled with kinds."""
    names = {node: f"n{at}" for at, node in enumerate(graph.nodes)}
    fonts = ['  node [shape=box, fontname="Helvetica"];', '  edge [fontname="Helvetica", fontsize=9];']
    lines = ["digraph lineage {", "  rankdir=LR;", *fonts]
    for at, (box, members) in enumerate(_boxes(graph).items()):
        lines.append(f"  subgraph cluster_{at} {{")
        lines.append(f"    label={_quoted(_title(box))};")
        lines += [f"    {names[node]} [label={_quoted(_label(node))}];" for node in members]
        lines.append("  }")
    for edge in graph.edges:
        kinds = ", ".join(edge.kinds)
        lines.append(f'  {names[edge.origin]} -> {names[edge.target]} [label="{kinds}", color="{COLORS[edge.kinds[0]]}"];')
    return "\n".join([*lines, "}"]) + "\n"


def svg(graph: LineageGraph) -> str:
    """Return a graph as an SVG document that needs nothing from elsewhere."""
    placed = _place(graph)
    width = max((box.x + box.width for box in placed.values()), default=0) + 2 * PAD
    height = max((box.y + box.height for box in placed.values()), default=0) + 3 * LINE
    width = max(width, 110 * len(KINDS))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
        ' font-family="ui-monospace, monospace" font-size="12">',
        "<title>lineage</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
    ]
    parts += [_curve(edge.origin, edge.target, edge.kinds, placed) for edge in graph.edges]
    parts += [_drawn(box) for box in placed.values()]
    parts += [_legend(kind, PAD + 110 * at, height - LINE) for at, kind in enumerate(KINDS)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _boxes(graph: LineageGraph) -> dict[Box, list[Node]]:
    found: dict[Box, list[Node]] = {}
    for node in graph.nodes:
        found.setdefault((node.kind, node.relation), []).append(node)
    return found


def _links(graph: LineageGraph) -> dict[Box, set[Box]]:
    """Return the boxes that each box reads."""
    reads: dict[Box, set[Box]] = {box: set() for box in _boxes(graph)}
    for edge in graph.edges:
        origin, target = (edge.origin.kind, edge.origin.relation), (edge.target.kind, edge.target.relation)
        if origin != target:
            reads[target].add(origin)
    return {box: set(found) for box, found in reads.items()}


def _layers(reads: dict[Box, set[Box]]) -> list[list[Box]]:
    """Return boxes by the longest way to them; within a layer they stand near the middle of what they read."""
    level: dict[Box, int] = {}
    waiting = list(reads)
    while waiting:
        ready = [box for box in waiting if all(one in level for one in reads[box])] or waiting[:1]
        for box in ready:
            level[box] = 1 + max((level.get(one, -1) for one in reads[box]), default=-1)
        waiting = [box for box in waiting if box not in level]
    layers: list[list[Box]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for box, at in level.items():
        layers[at].append(box)
    readers: dict[Box, set[Box]] = {box: {other for other in reads if box in reads[other]} for box in reads}
    for _ in range(4):
        _sort(layers, reads)
        _sort(layers[::-1], readers)
    _sort(layers, reads)
    return layers


def _sort(layers: Sequence[list[Box]], neighbours: dict[Box, set[Box]]) -> None:
    at = {box: place / len(layer) for layer in layers for place, box in enumerate(layer)}
    for layer in layers[1:]:
        layer.sort(key=lambda box: (_mean([at[one] for one in neighbours[box]], at[box]), box))
        at |= {box: place / len(layer) for place, box in enumerate(layer)}


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _place(graph: LineageGraph) -> dict[Box, Placed]:
    boxes = _boxes(graph)
    placed: dict[Box, Placed] = {}
    x = float(PAD)
    for layer in _layers(_links(graph)):
        y, widest = float(PAD), 0.0
        for box in layer:
            texts = [clip(_title(box), LONGEST), *(clip(_label(node), LONGEST) for node in boxes[box])]
            width = max(cells(text) for text in texts) * CHAR + 2 * PAD
            one = placed[box] = Placed(texts[0], tuple(boxes[box]), x, y, width)
            y += one.height + GAP_Y
            widest = max(widest, width)
        x += widest + GAP_X
    return placed


def _curve(origin: Node, target: Node, kinds: Sequence[Kind], placed: dict[Box, Placed]) -> str:
    left, right = placed[origin.kind, origin.relation], placed[target.kind, target.relation]
    x1, y1, y2 = left.x + left.width, left.middle(origin), right.middle(target)
    x2 = right.x if left is not right else x1
    reach = max((x2 - x1) / 2, 40)
    back = x2 + reach if left is right else x2 - reach
    kind = kinds[0]
    dash = f' stroke-dasharray="{DASHES[kind]}"' if DASHES[kind] else ""
    title = escape(f"{origin} → {target}: {', '.join(kinds)}")
    path = f"M{x1:.1f} {y1:.1f} C{x1 + reach:.1f} {y1:.1f} {back:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return f'<path d="{path}" fill="none" stroke="{COLORS[kind]}" stroke-width="1.3"{dash}><title>{title}</title></path>'


def _drawn(box: Placed) -> str:
    parts = [
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="4" fill="#f6f8fa" stroke="#57606a"/>',
        f'<text x="{box.x + PAD:.1f}" y="{box.y + LINE * 0.8:.1f}" font-weight="bold">{escape(box.title)}</text>',
    ]
    for node in box.lines:
        style = ' font-style="italic" fill="#57606a"' if node.column is None else ""
        parts.append(f'<text x="{box.x + PAD:.1f}" y="{box.middle(node) + 4:.1f}"{style}>{escape(clip(_label(node), LONGEST))}</text>')
    return "\n".join(parts)


def _legend(kind: Kind, x: float, y: float) -> str:
    dash = f' stroke-dasharray="{DASHES[kind]}"' if DASHES[kind] else ""
    line = f'<path d="M{x} {y - 4} h36" stroke="{COLORS[kind]}" stroke-width="2"{dash}/>'
    return f'{line}<text x="{x + 42}" y="{y}">{kind}</text>'


def _title(box: Box) -> str:
    return f"PARAM {box[1]}" if box[0] == "parameter" else box[1]


def _label(node: Node) -> str:
    if node.kind == "parameter":
        return "value"
    return "(rows)" if node.column is None else node.column


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
