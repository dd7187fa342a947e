"""The page of `treadle test`: a bar on terminals that leaves nothing behind, many failures cut short, colour that carries no meaning."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path

import pytest

from tests.support.place import Place
from treadle.dialect.source import Source
from treadle.runtime.cli import testing
from treadle.runtime.cli.console import Console
from treadle.runtime.cli.test_page import MOST_SHOWN, show_report
from treadle.runtime.testing.outcome import Outcome, Report, State

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def outcome(name: str, state: State) -> Outcome:
    return Outcome(name, "view", state, 0.01, Source("a.sql", name).span(0, len(name)))


def test_a_bar_counts_on_terminals_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testing, "DELAY_SECONDS", 0.0)
    stream = Terminal()
    with testing.Counting(Console(io.StringIO(), stream)) as counting:
        deadline = time.monotonic() + 30
        while "tests" not in stream.getvalue() and time.monotonic() < deadline:
            pass
        counting.on_done(outcome("a", "passed"), 2)
        counting.on_done(outcome("b", "failed"), 2)
    text = ESCAPES.sub("", stream.getvalue())
    assert "tests" in text and "2/2" in text and "✗ 1" in text


def test_nobody_looks_so_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testing, "DELAY_SECONDS", 0.0)
    stream = io.StringIO()
    with testing.Counting(Console(io.StringIO(), stream)) as counting:
        counting.on_done(outcome("a", "passed"), 1)
    assert stream.getvalue() == ""


def test_many_failures_are_cut_short_and_strange_names_are_shown_safely() -> None:
    out, err = io.StringIO(), io.StringIO()
    outcomes = (*(outcome(f"test_{at}", "failed") for at in range(MOST_SHOWN + 3)), outcome("odd\x1b[31m", "error"))
    show_report(Console(out, err), Report(outcomes, 1.5))
    assert "… and 4 more; `--json` prints all" in err.getvalue()
    assert "24 tests: 23 failed, 1 could not run in 1.5 s" in err.getvalue()
    assert "\x1b" not in out.getvalue() + err.getvalue()


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_lines_fit_and_colour_says_nothing_that_signs_do_not(tmp_path: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long names and many wide columns, on screens of several widths; without colour the text is the same."""
    place = Place(tmp_path)
    many = ", ".join(f"{at} AS a_rather_long_column_name_{at}" for at in range(12))
    place.sql(
        f"CREATE VIEW a_view_with_a_very_long_name_that_does_not_fit AS SELECT {many};"
        "CREATE TEST a_test_with_a_very_long_name_that_does_not_fit_either FOR a_view_with_a_very_long_name_that_does_not_fit"
        f" EXPECT AS (SELECT {many.replace('3 AS', '4 AS')});"
    )
    texts = []
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv(variable, "1")
        out, err = io.StringIO(), io.StringIO()
        import treadle

        with treadle.open(place.root) as project:
            show_report(Console(out, err), project.test())
        texts.append([*out.getvalue().splitlines(), *err.getvalue().splitlines()])
    plain, colored = texts
    assert max(map(len, plain[:1])) <= columns and "→" in "".join(plain)
    rows = [line for line in plain if line.startswith("  ~")]
    assert rows and max(map(len, rows)) <= columns
    timeless = [[re.sub(r"\d+ ms|[0-9.]+ s$", "", ESCAPES.sub("", line)).rstrip() for line in lines] for lines in (plain, colored)]
    assert timeless[0] == timeless[1] and any("\x1b[" in line for line in colored) and not any("\x1b[" in line for line in plain)
