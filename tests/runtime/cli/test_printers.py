"""The three printers over one object: places, carets, tabs, wide characters, labels, at two widths."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from treadle.dialect.diagnostics import Diagnostic, Label
from treadle.dialect.source import Source
from treadle.runtime.cli.printers.json import as_json
from treadle.runtime.cli.printers.plain import plain
from treadle.runtime.cli.printers.terminal import MAX_DIAGNOSTICS, terminal
from treadle.runtime.cli.text import Paint, cells

SNAPSHOTS = Path(__file__).parents[2] / "snapshots" / "cli" / "printers"
TEXT = (
    "SELECT\n\tavg(dep_dealy) AS 表mean, x\nFROM flights\nWHERE a\n  AND b\n  AND c\n  AND d\n  AND e\n;\n"
    "SELECT " + ", ".join(f"column_{i}" for i in range(40)) + ", bad_one, " + ", ".join(f"more_{i}" for i in range(9)) + " FROM t\n"
)
SOURCE = Source("views/late.sql", TEXT)
OTHER = Source("views/other.sql", "-- one\n-- two\nCREATE VIEW x AS SELECT '\x1b[31mred'")


def _span(part: str, source: Source = SOURCE) -> tuple[int, int]:
    start = source.text.index(part)
    return start, start + len(part)


CASES = {
    "labels": Diagnostic(
        "T7006",
        "there is no column `dep_dealy` in `flights`, which has nineteen other columns and goes on about them",
        SOURCE.span(*_span("dep_dealy")),
        (Label(SOURCE.span(*_span("表mean")), "named here"), Label(OTHER.span(*_span("x AS", OTHER)), "declared here, \x1b[31mreally")),
        "did you mean `dep_delay`?",
        "Schema error: No field named dep_dealy.\nValid fields are flights.dep_delay, flights.dep_time, flights.carrier.",
    ),
    "several_lines": Diagnostic("T7016", "a condition over five lines", SOURCE.span(*_span("WHERE a\n  AND b\n  AND c\n  AND d\n  AND e"))),
    "two_lines": Diagnostic("T7016", "a place over two lines", SOURCE.span(*_span("x\nFROM"))),
    "long_line": Diagnostic("T7015", "far to the right", SOURCE.span(*_span("bad_one")), severity="warning"),
    "control": Diagnostic("T7015", "escape sequences stay text", OTHER.span(*_span("'\x1b[31mred'", OTHER))),
    "no_place": Diagnostic("T7013", "there is no project", help="start one with `treadle init DIR`"),
    "no_text": Diagnostic("T7012", "`x.sql` can't be read", Source("x.sql", "").span(0, 0), cause="Permission denied"),
    "end": Diagnostic("T7016", "the text ends too early", SOURCE.span(len(TEXT), len(TEXT))),
}


@pytest.mark.parametrize("width", [60, 100])
@pytest.mark.parametrize("name", CASES)
def test_terminal(name: str, width: int, expect: Callable[[Path, str], None]) -> None:
    text = terminal([CASES[name]], width, Paint(False))
    expect(SNAPSHOTS / f"{name}_{width}.txt", text)
    assert len(text.splitlines()) <= 24, "more than one screen"
    assert all(cells(line) <= width for line in text.splitlines()), "wider than the screen"


def test_colour_changes_no_text() -> None:
    painted = terminal(list(CASES.values()), 100, Paint(True))
    bare = painted
    for code in ("0", "1", "2", "31", "33", "34", "36", "1;31", "1;33", "1;36"):
        bare = bare.replace(f"\x1b[{code}m", "")
    assert bare == terminal(list(CASES.values()), 100, Paint(False))


def test_plain(expect: Callable[[Path, str], None]) -> None:
    text = plain(list(CASES.values()))
    expect(SNAPSHOTS / "plain.txt", text)
    assert len(text.splitlines()) == len(CASES) + sum(len(d.labels) for d in CASES.values())


def test_json_has_exactly_the_promised_keys() -> None:
    (one,) = json.loads(as_json([CASES["labels"]]))["diagnostics"]
    places = ("file", "line", "column", "end_line", "end_column")
    assert tuple(one) == ("code", "severity", "message", *places, "labels", "help", "cause")
    assert [one[key] for key in places] == ["views/late.sql", 2, 6, 2, 15]
    assert tuple(one["labels"][0]) == ("text", *places)


def test_many_are_counted_and_the_rest_is_told() -> None:
    text = terminal([CASES["no_place"]] * (MAX_DIAGNOSTICS + 3), 100, Paint(False))
    assert "… and 3 more; `--plain` or `--json` prints all" in text
    assert f"{MAX_DIAGNOSTICS + 3} errors" in text


def test_carets_stand_under_what_they_mean() -> None:
    for name in ("labels", "long_line", "several_lines"):
        span = CASES[name].span
        assert span is not None
        lines = terminal([CASES[name]], 100, Paint(False)).splitlines()
        at = next(i for i, line in enumerate(lines) if "^" in line)
        start, end = lines[at].index("^"), lines[at].rindex("^") + 1
        assert lines[at - 1][start:end] == span.text.splitlines()[0]
