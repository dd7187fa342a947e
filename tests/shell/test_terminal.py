"""The shell in a real terminal: keys in, screens out; nothing is mocked, and nothing waits for time to pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.command import FILTERS, inside
from tests.support.terminal import Terminal

WALK = Path(__file__).with_name("walk.txt")
LONG = "SELECT count(*) AS n FROM generate_series(1, 100000) AS a, generate_series(1, 100000) AS b WHERE a.value * b.value % 7 = 8;"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a folder `shop` in which `treadle init` has written its project."""
    folder = tmp_path / "shop"
    folder.mkdir()
    assert inside(folder, "init").status == 0
    return folder


@pytest.fixture
def terminal(shop: Path) -> Iterator[Terminal]:
    """Return the shell at its first prompt."""
    with Terminal("shell", folder=shop) as one:
        one.prompt()
        yield one


def _filtered(text: str) -> str:
    """Return a screen with times, ids and sizes replaced; columns behind them may move."""
    for pattern, name in (*FILTERS, (r"treadle \d+\.\d+\.\d+", "treadle <version>")):
        text = re.sub(pattern, name, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


class _Walker:
    """Does the steps of the walk and writes them down again, with the screens as they are now."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.page = ""

    def step(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        self.page += f"{line}\n"
        getattr(self, f"_{verb}")(rest)

    def _type(self, text: str) -> None:
        for char in text or " ":
            self._terminal.type(char)

    def _paste(self, text: str) -> None:
        self._terminal.paste(text.replace("⏎", "\n"))

    def _press(self, keys: str) -> None:
        self._terminal.press(*keys.split())

    def _wait(self, text: str) -> None:
        self._terminal.wait(lambda one: text in _filtered(one.text), text)
        self._terminal.settle()

    def _prompt(self, _: str) -> None:
        self._terminal.prompt()
        self._terminal.settle()

    def _resize(self, size: str) -> None:
        columns, lines = map(int, size.split())
        self._terminal.resize(columns, lines)

    def _screen(self, title: str) -> None:
        self.page += "".join(f"    {line}".rstrip() + "\n" for line in _filtered(self._terminal.text).splitlines())

    def _ended(self, status: str) -> None:
        assert self._terminal.ended() == int(status)


def test_walk(terminal: Terminal, expect: Callable[[Path, str], None]) -> None:
    lines = [line for line in WALK.read_text("utf-8").splitlines() if line and not line.startswith("    ")]
    walker = _Walker(terminal)
    for line in lines:
        if line.startswith("#"):
            walker.page += f"{line}\n"
        else:
            walker.step(line)
    expect(WALK, walker.page)


def test_ctrl_c_ends_a_query_and_keeps_the_session(terminal: Terminal) -> None:
    terminal.type("CREATE VIEW kept AS SELECT 1 AS one;")
    terminal.press("enter")
    terminal.wait("created view kept")
    terminal.prompt()
    terminal.type(LONG)
    terminal.press("enter")
    terminal.wait("stages", "the display of progress")
    terminal.press("ctrl-c")
    terminal.wait("cancelled")
    terminal.prompt()
    terminal.type("FROM kept;")
    terminal.press("enter")
    assert "│      1 │" in terminal.wait("1 row,")


def test_ctrl_c_at_the_prompt_clears_the_line(terminal: Terminal) -> None:
    terminal.type("SELECT nothing_of_this")
    terminal.wait("nothing_of_this")
    terminal.press("ctrl-c")
    terminal.prompt()
    terminal.type("SELECT 7 AS seven;")
    terminal.press("enter")
    assert "T2001" not in terminal.wait("1 row,")


def test_history_goes_on_in_the_next_session_without_secrets(shop: Path) -> None:
    (shop / "views" / "secret.sql").write_text("PARAM token VARCHAR SECRET DEFAULT 'x';")
    with Terminal("shell", folder=shop) as first:
        first.prompt()
        first.type("SELECT 40 + 2 AS answer;")
        first.press("enter")
        first.wait("1 row,")
        first.prompt()
        first.type("SELECT PARAM tok")
        first.wait("<secret>", "what is known of parameters")
        first.press("ctrl-c")
        first.prompt()
        first.type(".params token=hunter2")
        first.press("enter")
        first.prompt()
        first.press("ctrl-d")
        assert first.ended() == 0
    kept = (shop / ".state" / "treadle" / "shell_history").read_text("utf-8")
    assert "answer" in kept and ".params token=…" in kept and "hunter2" not in kept
    with Terminal("shell", folder=shop) as second:
        second.prompt()
        second.press("ctrl-r")
        second.type("answer")
        second.wait("SELECT 40 + 2 AS answer;")
        second.press("enter", "enter")
        assert "│     42 │" in second.wait("1 row,")


def test_the_pager_takes_what_is_longer_than_the_screen(shop: Path) -> None:
    with Terminal("shell", folder=shop, lines=20, environment={"PAGER": "less -SRX"}) as terminal:
        terminal.prompt()
        terminal.type("SELECT value FROM generate_series(1, 500) ORDER BY value;")
        terminal.press("enter")
        first = terminal.wait(lambda one: one.lines[-1].startswith(":"), "the pager's prompt")
        assert "│      1 │" in first and "rows" not in first
        terminal.type("G")
        assert "500 rows (40 shown)" in terminal.wait("rows (")
        terminal.type("q")
        assert "500 rows (40 shown)" in terminal.prompt().rstrip().splitlines()[-2]
        terminal.type(".pager off")
        terminal.press("enter")
        terminal.prompt()
        terminal.type("SELECT value FROM generate_series(1, 500) ORDER BY value;")
        terminal.press("enter")
        terminal.wait(lambda one: one.lines[one.screen.cursor.y] == "shop>" and "500 rows" in one.text, "the prompt without a pager")


def test_without_color(shop: Path) -> None:
    with Terminal("shell", folder=shop, environment={"NO_COLOR": "1"}) as terminal:
        terminal.prompt()
        terminal.type("SELECT coun")
        terminal.wait("country")
        terminal.press("tab")
        terminal.type(" FROM customers -- 'x'")
        terminal.press("enter")
        terminal.wait("rows,")
        colors = {cell.fg for line in terminal.screen.buffer.values() for cell in line.values()}
        colors |= {cell.bg for line in terminal.screen.buffer.values() for cell in line.values()}
        assert colors == {"default"}


def test_with_color(terminal: Terminal) -> None:
    terminal.type("SELECT 'x' AS y")
    terminal.wait("AS y")
    terminal.settle()
    row = terminal.screen.buffer[terminal.screen.cursor.y]
    text = "".join(row[x].data for x in range(40))
    assert row[text.index("SELECT")].fg == "blue" and row[text.index("'x'")].fg == "green"


def test_pasted_lines_are_one_statement(terminal: Terminal) -> None:
    terminal.paste("SELECT 1 AS a,\n  2 AS b\nFROM orders\nLIMIT 1;")
    terminal.wait("LIMIT 1;")
    assert "row" not in terminal.text
    terminal.press("enter")
    assert "│      1 │      2 │" in terminal.wait("1 row,")


def test_watch_asks_again_until_ctrl_c(terminal: Terminal) -> None:
    terminal.type(".watch 0.1 SELECT count(*) AS n FROM orders;")
    terminal.press("enter")
    terminal.wait("every 0.1 s")
    terminal.wait("1 row,")
    terminal.press("ctrl-c")
    assert "cancelled" not in terminal.prompt()


def test_edit_brings_the_text_back_to_the_prompt(shop: Path) -> None:
    editor = shop / "editor.sh"
    editor.write_text("#!/bin/sh\nprintf 'SELECT 5 AS five' > \"$1\"\n")
    editor.chmod(0o755)
    with Terminal("shell", folder=shop, environment={"EDITOR": str(editor), "VISUAL": ""}) as terminal:
        terminal.prompt()
        terminal.type(".edit")
        terminal.press("enter")
        terminal.wait("shop> SELECT 5 AS five")
        terminal.press("enter")
        assert "│      5 │" in terminal.wait("1 row,")


def test_treadle_alone_says_how_to_start_it(shop: Path) -> None:
    with Terminal(folder=shop, lines=40) as terminal:
        assert terminal.ended() == 2
        assert "`treadle shell` starts a session" in terminal.text


def test_a_long_query_of_the_command_line_shows_progress(shop: Path) -> None:
    with Terminal("query", LONG.removesuffix(";"), folder=shop) as terminal:
        terminal.wait("stages", "the display of progress")
        terminal.press("ctrl-c")
        assert terminal.ended() == 130
        assert "interrupted" in terminal.text
