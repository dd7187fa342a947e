"""The formatter keeps what a text says: its tokens, comments and trees; it is idempotent, and its lines fit."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from tests.support.cases import read_cases
from tests.support.tpch import connect, queries
from tests.support.tree import ROOT
from treadle.dialect import parse
from treadle.dialect.comments import read_gap
from treadle.dialect.format import format_source
from treadle.dialect.source import Source, Span
from treadle.dialect.tokenizer import WORDS
from treadle.dialect.tokens import pieces
from treadle.runtime.scaffold import write_project

CASES = ROOT / "tests" / "cases"
COMMENTS = (
    "-- c\n",
    "/* c */",
    "\n-- c\n",
    "/* c */\n",
    "\n/* c */\n",
    "\n\n/* two\n   lines */ -- c\n",
    "-- one\n-- two\n",
    "/* a /* b */ */ /* c */",
)


def corpus() -> list[str]:
    """Return every query and project text of the tests' data."""
    found = [
        *(CASES / "parse" / "queries.sql").read_text("utf-8").splitlines(),
        *(CASES / "engine" / "same.sql").read_text("utf-8").splitlines(),
    ]
    for folder in ("parse", "bind"):
        found += [block.text for case in read_cases(CASES / folder) for block in case.blocks if block.word == "sql"]
    tpch = connect()
    found += queries(tpch).values()
    return [*found, *(path.read_text("utf-8") for path in sorted((ROOT / "examples").rglob("*.sql")))]


CORPUS = corpus()


def laid_out(text: str, width: int = 100) -> str:
    return format_source(Source("a.sql", text), width).text


def said(text: str) -> list[object]:
    """Return what a text says: the kinds and trees of its statements, without their places."""
    script = parse(Source("a.sql", text), adhoc=True)
    return [_plain(one) for one in script.statements]


def _plain(value: object) -> object:
    if isinstance(value, exp.Expr):
        return value
    if isinstance(value, Span):
        return None
    if isinstance(value, tuple):
        return tuple(_plain(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return (type(value).__name__, *(_plain(getattr(value, f.name)) for f in fields(value)))
    return value


def neighbours(text: str) -> list[tuple[str, str, str, str]]:
    """Return every comment with its neighbours and its place; semicolons don't count."""
    source = Source("a.sql", text)
    found_pieces = pieces(source)
    tokens = [token for piece in found_pieces for token in piece.tokens]
    firsts = {piece.tokens[0].start for piece in found_pieces if piece.tokens} - {tokens[0].start if tokens else 0}
    shown = ["", *(_shown(source, t.start, t.end + 1) for t in tokens), ""]
    starts = [*(t.start for t in tokens), len(text)]
    found, at = [], 0
    for index, start in enumerate(starts):
        gap = read_gap(text[at:start] + ("\n" if index == len(tokens) else ""))
        for n, comment in enumerate(gap.comments):
            place = "own line" if gap.lines[n] or not (index or n) else "behind"
            inline = n >= len(gap.comments) - gap.leading and start not in firsts
            found.append((shown[index], shown[index + 1], comment, "before" if inline else place))
        at = tokens[index].end + 1 if index < len(tokens) else at
    return found


def _shown(source: Source, start: int, end: int) -> str:
    text = " ".join(source.text[start:end].upper().split())
    return "PARAM" if text == "$" else text


def overlong(text: str, width: int) -> list[str]:
    """Return lines beyond a width that could have been broken: code before a comment, with a space that is in no token."""
    source = Source("a.sql", text)
    if format_source(source, width).diagnostics:
        return []  # what can't be read stays as it is
    tokens = [token for piece in pieces(source) for token in piece.tokens]
    found = []
    for number, start in enumerate(source.line_starts, 1):
        end = start + len(source.line_text(number))
        inside = [t for t in tokens if start <= t.start < end]
        code_end = max((t.end + 1 for t in inside), default=start)
        spaces = sum(bool(re.fullmatch(r" +", text[a.end + 1 : b.start])) for a, b in zip(inside, inside[1:], strict=False))
        if code_end - start > width and spaces:
            found.append(text[start:end])
    return found


@pytest.mark.parametrize("width", [100, 40])
def test_formatting_keeps_the_trees_is_idempotent_and_fits(width: int) -> None:
    assert len(CORPUS) > 250
    for text in CORPUS:
        made = laid_out(text, width)
        assert said(made) == said(text), made
        assert laid_out(made, width) == made
        assert not overlong(made, width), made


READABLE = [text for text in CORPUS if not format_source(Source("a.sql", text)).diagnostics and len(text) < 1500]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_comments_stay_with_their_neighbours(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(READABLE))
    ends = [token.end + 1 for piece in pieces(Source("a.sql", text)) for token in piece.tokens]
    for end in sorted(data.draw(st.sets(st.sampled_from(ends), min_size=1, max_size=4)), reverse=True) if ends else ():
        text = f"{text[:end]} {data.draw(st.sampled_from(COMMENTS))}{text[end:]}"
    width = data.draw(st.sampled_from((100, 60, 30)))
    made = laid_out(text, width)
    assert neighbours(made) == neighbours(text)
    assert said(made) == said(text)
    assert laid_out(made, width) == made
    assert not overlong(made, width)


LAYOUTS = (
    ("select a from t where b between 1 and 2", "SELECT a FROM t WHERE b BETWEEN 1 AND 2;"),
    ("select first, left(a, 2) AS left, replace(last, 'x') from t", "SELECT first, left(a, 2) AS left, replace(last, 'x') FROM t;"),
    ("select $since , a<<2, - 1, b - -1, c [ 1 ], x :: int", "SELECT PARAM since, a << 2, -1, b - -1, c[1], x::int;"),
    ("select e'\\'', $$ $x $$, 1e5 from \"Select\"", "SELECT e'\\'', $$ $x $$, 1e5 FROM \"Select\";"),
    ("create view v as\nselect 1 as a -- why\n;select 2 as b", "CREATE VIEW v AS SELECT 1 AS a -- why\n;\n\nSELECT 2 AS b;"),
    ("-- head\n\n\n-- of a\nselect 1;-- behind\nselect 2", "-- head\n\n-- of a\nSELECT 1; -- behind\n\nSELECT 2;"),
)


@pytest.mark.parametrize(("text", "wanted"), LAYOUTS)
def test_layouts(text: str, wanted: str) -> None:
    assert laid_out(text) == wanted + "\n"


def test_clauses_joins_tables_of_with_and_conditions_get_their_lines() -> None:
    text = "with a as (select x, y from t where x > 1 and y < 2) select a.x from a left join b on b.x = a.x and b.y = a.y or a.x is null"
    assert laid_out(text, 44).splitlines() == [
        "WITH a AS (",
        "  SELECT x, y FROM t WHERE x > 1 AND y < 2",
        ")",
        "SELECT a.x",
        "FROM a",
        "LEFT JOIN b",
        "  ON b.x = a.x AND b.y = a.y OR a.x IS NULL;",
    ]


def test_what_cannot_be_read_stays_and_the_rest_is_formatted() -> None:
    made = format_source(Source("a.sql", "select  1;\nselect  from , ;\nselect  2;\nselect  'x"))
    assert made.text == "SELECT 1;\n\nselect  from , ;\n\nSELECT 2;\n\nselect  'x"
    assert [one.code for one in made.diagnostics] == ["T1001", "T1003"]


def test_line_ends_of_a_file_stay_what_they_are() -> None:
    assert laid_out("select 1;\r\nselect 2") == "SELECT 1;\n\nSELECT 2;\n".replace("\n", "\r\n")
    assert laid_out("") == laid_out(" \n;") == ""


def test_keywords_come_back_in_upper_case() -> None:
    lowered = 0
    for text in READABLE:
        made = laid_out(text)
        tokens = [token for piece in pieces(Source("a.sql", made)) for token in piece.tokens]
        lower = made
        for token in tokens:
            if made[token.start : token.end + 1] in WORDS and not made.startswith(" TIME ZONE", token.end + 1):
                lower = lower[: token.start] + made[token.start : token.end + 1].lower() + lower[token.end + 1 :]
        if "$" not in text and said(lower) == said(made):
            assert laid_out(lower) == made
            lowered += lower != made
    assert lowered > 150


def test_the_example_and_the_template_are_formatted(tmp_path: Path) -> None:
    write_project(tmp_path / "new")
    files = [*(ROOT / "examples").rglob("*.sql"), *(tmp_path / "new").rglob("*.sql")]
    assert len(files) >= 7
    for path in files:
        text = path.read_text("utf-8")
        assert laid_out(text) == text, path
