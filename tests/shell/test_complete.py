"""Completion by position: a table of cases with what is offered first, and text of all sorts that must never raise."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.tree import ROOT
from treadle.runtime.shell.completer import COMMAND_INFOS
from treadle.runtime.shell.completion import complete
from treadle.runtime.shell.knowledge import ColumnInfo, FileInfo, Function, Knowledge, ParameterInfo, ParameterOf, Relation

CASES = Path(__file__).with_name("complete.txt")
CURSOR = "¦"
SHOWN = 6


def _columns(text: str) -> tuple[ColumnInfo, ...]:
    return tuple(ColumnInfo(*one.split()) for one in text.split(", "))


FILES = ("lake/flights", "lake/airports.csv", "lake/weather/", "notes.sql")
KNOWN = Knowledge(
    relations=(
        Relation("airports", "source", _columns("faa VARCHAR, name VARCHAR, lat DOUBLE")),
        Relation("flights", "source", _columns("carrier VARCHAR, origin VARCHAR, dest VARCHAR, dep_delay DOUBLE, flight_date DATE")),
        Relation("late_by_day", "table", _columns("flight_date DATE, flights BIGINT")),
        Relation("Odd Name", "view", _columns("select BIGINT, Ünder BIGINT")),
        Relation("information_schema.columns", "system", _columns("column_name VARCHAR")),
        Relation("staging.raw", "view", _columns("id BIGINT")),
    ),
    functions=(
        Function(
            "is_late", "scalar", "is_late(minutes DOUBLE, grace DOUBLE DEFAULT 15) → BOOLEAN",
            (ParameterOf("minutes", "DOUBLE"), ParameterOf("grace", "DOUBLE", "15")), ours=True,
        ),
        Function(
            "read_delta", "table", "read_delta(path VARCHAR, version => BIGINT)",
            (ParameterOf("path", "VARCHAR"), ParameterOf("version", "BIGINT")),
        ),
        Function("count", "aggregate", "count(expression)", (ParameterOf("expression"),)),
        Function("coalesce", "scalar", "coalesce()"),
        Function("date_trunc", "scalar", "date_trunc(precision, expression)", (ParameterOf("precision"), ParameterOf("expression"))),
    ),
    parameters=(
        ParameterInfo("since", "DATE", "2013-01-01", "session"),
        ParameterInfo("token", "VARCHAR", "<secret>", "environment", secret=True),
    ),
    tags=("daily",),
    commands=COMMAND_INFOS,
    declared=("mine",),
    files=lambda prefix: tuple(FileInfo(one, "folder" if one.endswith("/") else "file") for one in FILES if one.startswith(prefix)),
    columns_at=lambda path: _columns("x BIGINT, y BIGINT") if path == "lake/flights" else (),
)  # fmt: skip


def _page(text: str) -> str:
    """Return what is offered at the cursor of a case: kind, text, meta of the first ones, and how many more there are."""
    cursor = text.index(CURSOR)
    found = complete(text.replace(CURSOR, "").replace("⏎", "\n"), cursor, KNOWN)
    lines = [f"  {one.kind:<10}{one.text!r}" + (f"  {one.meta}" if one.meta else "") for one in found[:SHOWN]]
    return "".join(f"{line}\n" for line in [f"> {text}", *lines, *([f"  … {len(found) - SHOWN} more"] if len(found) > SHOWN else [])])


def test_what_is_offered(expect: Callable[[Path, str], None]) -> None:
    texts = [line[2:] for line in CASES.read_text("utf-8").splitlines() if line.startswith("> ")]
    assert len(texts) >= 60
    expect(CASES, "".join(_page(text) for text in texts))


@pytest.mark.parametrize("seed", range(20))
def test_it_never_raises(seed: int) -> None:
    """Every beginning of real SQL, and the same with stretches of it missing, doubled or in another order."""
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "examples" / "flights").glob("*.sql"))]
    chance = random.Random(seed)
    text = chance.choice(texts)
    for _ in range(150):
        cut = sorted(chance.randrange(len(text) + 1) for _ in range(4))
        piece = text[cut[1] : cut[2]] if chance.random() < 0.5 else text[cut[2] : cut[3]] + text[cut[0] : cut[1]]
        piece = chance.choice(["", ".plan ", "SELECT ", "WITH x AS (", "'", '"', "/*", "$", "CREATE "]) + piece[-400:]
        cursor = chance.randrange(len(piece) + 1)
        for one in complete(piece, cursor, KNOWN):
            assert 0 <= one.start <= cursor and one.text


def test_nothing_is_known() -> None:
    assert [one.text for one in complete("SEL", 3, Knowledge())] == ["SELECT "]


def test_insertions_complete_what_is_typed() -> None:
    """What is inserted stands in place of exactly what was typed."""
    text = "SELECT f.carr FROM flights AS f"
    (one,) = complete(text, 13, KNOWN)
    assert text[: one.start] + one.text + text[13:] == "SELECT f.carrier FROM flights AS f"


def test_ranks_do_not_depend_on_the_order_of_knowledge() -> None:
    turned = replace(KNOWN, relations=KNOWN.relations[::-1])
    assert {one.text for one in complete("FROM ", 5, KNOWN)} == {one.text for one in complete("FROM ", 5, turned)}
