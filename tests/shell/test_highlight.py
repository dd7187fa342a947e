"""Colours of what is typed: every character in one part, words by what they mean where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.document import Document

from treadle.runtime.shell.highlight import SqlLexer, classes


def _of(text: str, part: str) -> str:
    return next(name.removeprefix("sql.") for name, found in classes(text) if found == part)


@pytest.mark.parametrize(
    ("text", "part", "name"),
    [
        ("select 1", "select", "keyword"),
        ("SELECT sum(a)", "sum", "function"),
        ("SELECT sum", "sum", ""),
        ("SELECT a.select", "select", ""),
        ('SELECT "select"', '"select"', ""),
        ("SELECT CAST(a AS BIGINT)", "BIGINT", "type"),
        ("SELECT DATE '2013-01-01'", "DATE", "type"),
        ("SELECT 'a", "'a", "unfinished"),
        ("SELECT NULL", "NULL", "number"),
        ("SELECT PARAM since", "since", "parameter"),
        ("SELECT PARAM since", "PARAM", "keyword"),
        ("SELECT $since", "since", "parameter"),
        ("-- FROM", "-- FROM", "comment"),
        ("CREATE MATERIALIZED VIEW v COMMENT 'x' AS SELECT 1", "MATERIALIZED", "keyword"),
        ("CREATE MATERIALIZED VIEW v COMMENT 'x' AS SELECT 1", "COMMENT", "keyword"),
        ("SELECT comment FROM t", "comment", ""),
        ("CREATE VIEW v AS SELECT comment FROM t", "comment", ""),
        ("PARAM since DATE DEFAULT NULL", "since", "parameter"),
        ("DROP VIEW v", "DROP", "keyword"),
        ("SELECT drop FROM t", "drop", ""),
    ],
)
def test_classes(text: str, part: str, name: str) -> None:
    assert _of(text, part) == name


@given(st.text(alphabet=st.sampled_from(list("ab .'\"$/*-;(\n")), max_size=40))
def test_parts_make_up_the_text(text: str) -> None:
    assert "".join(part for _, part in classes(text)) == text
    document = Document(text)
    line = SqlLexer().lex_document(document)
    assert ["".join(part for _, part, *_ in line(n)) for n in range(document.line_count)] == document.lines


def test_a_dot_command_is_one_word() -> None:
    parts = SqlLexer().lex_document(Document(".plan SELECT 1"))(0)
    assert parts[0] == ("class:sql.command", ".plan") and ("class:sql.keyword", "SELECT") in parts
