"""Draws the pictures in `docs/screens/`: the shell in a real terminal over the flights example, each screen as SVG.

    python docs/screens.py

It needs the packages of `pip install -e '.[dev,demo]'`; the example's lake is built in a temporary folder.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.flights import build_lake, copy_project
from tests.support.terminal import Terminal

SCREENS = Path(__file__).resolve().parent / "screens"
WIDTH, HEIGHT, SIZE = 8.43, 19.0, 14
MARGIN, BAR = 18.0, 38.0
BACKGROUND, FOREGROUND = "#1e2030", "#cad3f5"
COLORS = {
    "black": "#494d64", "red": "#ed8796", "green": "#a6da95", "brown": "#eed49f", "yellow": "#eed49f", "blue": "#8aadf4",
    "magenta": "#c6a0f6", "cyan": "#8bd5ca", "white": "#b8c0e0", "brightblack": "#8087a2", "brightred": "#ed8796",
    "brightgreen": "#a6da95", "brightyellow": "#eed49f", "brightblue": "#8aadf4", "brightmagenta": "#c6a0f6",
    "brightcyan": "#8bd5ca", "brightwhite": "#f4f7ff",
}  # fmt: skip
FONT = "'JetBrains Mono','Cascadia Code','SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace"
#: Lines from a cell's centre that draw a box: to the left, right, up, down.
LINES = {
    "─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "rud", "┤": "lud", "┬": "lrd", "┴": "lru", "┼": "lrud",
}  # fmt: skip
ENDS = {"l": (-0.5, 0.0), "r": (0.5, 0.0), "u": (0.0, -0.5), "d": (0.0, 0.5)}


def svg(terminal: Terminal, title: str, cursor: bool = True) -> str:
    """Return the screen as an SVG: a window with its title, cells in their colours, boxes as lines."""
    lines = len(terminal.text.rstrip("\n").splitlines())
    columns = terminal.screen.columns
    width, height = columns * WIDTH + 2 * MARGIN, lines * HEIGHT + BAR + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FONT}" font-size="{SIZE}">',
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="10" fill="{BACKGROUND}"/>',
        *(f'<circle cx="{20 + 20 * i}" cy="19" r="6" fill="{c}"/>' for i, c in enumerate(("#ed8796", "#eed49f", "#a6da95"))),
        f'<text x="{width / 2:.0f}" y="24" fill="#8087a2" text-anchor="middle">{escape(title)}</text>',
    ]
    for row in range(lines):
        parts += _row(terminal, row, columns)
    if cursor:
        at = terminal.screen.cursor
        x, y = MARGIN + at.x * WIDTH, BAR + at.y * HEIGHT
        parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{WIDTH}" height="{HEIGHT}" fill="{FOREGROUND}" opacity="0.55"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _row(terminal: Terminal, row: int, columns: int) -> Iterator[str]:
    cells = [terminal.screen.buffer[row][x] for x in range(columns)]
    y = BAR + row * HEIGHT
    start = 0
    while start < columns:
        end = start + 1
        look = _look(cells[start])
        while end < columns and _look(cells[end]) == look and (cells[end].data in LINES) == (cells[start].data in LINES):
            end += 1
        text = "".join(cell.data for cell in cells[start:end])
        yield from _run(text, start, y, *look)
        start = end


def _look(cell) -> tuple[str, str | None, bool, bool, bool]:  # type: ignore[no-untyped-def]
    fore, back = _color(cell.fg, FOREGROUND), None if cell.bg == "default" else _color(cell.bg, BACKGROUND)
    if cell.reverse:
        fore, back = back or BACKGROUND, fore
    return fore, back, cell.bold, cell.italics, cell.underscore


def _color(name: str, default: str) -> str:
    return default if name == "default" else COLORS.get(name, f"#{name}")


def _run(text: str, column: int, y: float, fore: str, back: str | None, bold: bool, italic: bool, underline: bool) -> Iterator[str]:
    x = MARGIN + column * WIDTH
    if back is not None:
        yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{len(text) * WIDTH:.1f}" height="{HEIGHT}" fill="{back}"/>'
    if text[0] in LINES:
        yield f'<path d="{_path(text, x, y)}" stroke="{fore}" stroke-width="1" opacity="0.6" fill="none"/>'
        return
    for found in re.finditer(r"\S+(?: \S+)*", text):
        style = ' font-weight="bold"' * bold + ' font-style="italic"' * italic + ' text-decoration="underline"' * underline
        at, size = x + found.start() * WIDTH, len(found[0]) * WIDTH
        place = f'x="{at:.1f}" y="{y + 14:.1f}" textLength="{size:.1f}" xml:space="preserve"'
        yield f'<text {place} fill="{fore}"{style}>{escape(found[0])}</text>'


def _path(text: str, x: float, y: float) -> str:
    """Return the path of the lines of some cells."""
    parts = []
    for at, char in enumerate(text):
        centre_x, centre_y = x + (at + 0.5) * WIDTH, y + HEIGHT / 2
        for side in LINES[char]:
            dx, dy = ENDS[side]
            parts.append(f"M{centre_x:.1f} {centre_y:.1f}L{centre_x + dx * WIDTH:.1f} {centre_y + dy * HEIGHT:.1f}")
    return "".join(parts)


def completing(terminal: Terminal) -> None:
    """Type a query until the menu shows what may follow."""
    terminal.type("SELECT d.origin, count(*) AS late, avg(d.dep_delay) AS mean_delay")
    terminal.press("enter")
    terminal.type("FROM departures AS d JOIN airports AS a ON a.faa = d.origin")
    terminal.press("enter")
    terminal.type("WHERE is_late(d.dep_delay, grace => 30) AND d.")
    terminal.wait("VARCHAR")
    terminal.press("tab", "tab", "tab")


def result(terminal: Terminal) -> None:
    """Declare a view, ask for its rows."""
    _enter(terminal, "CREATE VIEW evenings AS SELECT carrier, dest, dep_delay FROM departures WHERE dep_delay > 120;")
    terminal.type("SELECT a.name, count(*) AS very_late, round(avg(dep_delay), 1) AS mean_delay")
    terminal.press("enter")
    terminal.type("FROM evenings AS e JOIN airlines AS a USING (carrier)")
    terminal.press("enter")
    _enter(terminal, "GROUP BY ALL ORDER BY very_late DESC LIMIT 8;")


def mistaken(terminal: Terminal) -> None:
    """Misspell an argument."""
    _enter(terminal, "SELECT carrier, is_late(dep_delay, graze => 30) AS late FROM departures;")


def running(terminal: Terminal) -> None:
    """Set a parameter and compute the tables."""
    _enter(terminal, ".params grace=30")
    _enter(terminal, ".run")
    _enter(terminal, "SELECT month, sum(flights) AS late FROM late_by_day GROUP BY ALL ORDER BY month LIMIT 4;")


def _enter(terminal: Terminal, text: str) -> None:
    terminal.type(text)
    terminal.press("enter")
    terminal.prompt()


PICTURES: dict[str, Callable[[Terminal], None]] = {"completion": completing, "result": result, "error": mistaken, "run": running}


def main() -> None:
    """Draw every picture anew."""
    SCREENS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root = copy_project(Path(folder) / "flights")
        build_lake(root / "lake")
        for name, act in PICTURES.items():
            with Terminal("shell", folder=root, columns=104, lines=32) as terminal:
                terminal.prompt()
                act(terminal)
                terminal.settle()
                (SCREENS / f"{name}.svg").write_text(svg(terminal, "treadle shell"), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
