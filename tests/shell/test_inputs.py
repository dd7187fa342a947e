"""Cutting what is typed into pieces, and when Enter runs it."""

from __future__ import annotations

import pytest

from treadle.runtime.shell.inputs import is_whole, split, words


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        (" ; ;\n-- nothing\n", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; SELECT ';' AS a;", ["SELECT 1", "SELECT ';' AS a"]),
        ("SELECT 1 -- ;\n; SELECT 2", ["SELECT 1 -- ;\n", "SELECT 2"]),
        ("-- first\nSELECT 1 /* ; */ + 2;", ["SELECT 1 /* ; */ + 2"]),
        (".tables\n.schema x;\nFROM t", [".tables", ".schema x", "FROM t"]),
        ("SELECT 1;.help", ["SELECT 1", ".help"]),
        (".plan SELECT a\nFROM t;\nFROM u", [".plan SELECT a\nFROM t", "FROM u"]),
        (".plan FROM t\nFROM u;", [".plan FROM t", "FROM u"]),
        (".plan late_by_day\nFROM u;", [".plan late_by_day", "FROM u"]),
        (".watch 1 SELECT 1\n.help", [".watch 1 SELECT 1", ".help"]),
        ("SELECT .5;", ["SELECT .5"]),
        ("SELECT 'open; SELECT 2", ["SELECT 'open; SELECT 2"]),
    ],
)
def test_pieces(text: str, pieces: list[str]) -> None:
    found = split(text)
    assert [one.text for one in found] == pieces
    assert all(text[one.start :].startswith(one.text) for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "", "SELECT 1", "SELECT 1;", "FROM flights", "SELECT a FROM t", ".tables", ".tables x", "SELECT 1;\n", "SELECT a,\nb FROM t;",
        "SELECT a\nFROM t\n", "SELEC a FROM t", "CREATE VIEW v AS SELECT 1 AS a", "PARAM a BIGINT", ".plan SELECT 1", "DROP VIEW v",
        ".plan SELECT a\nFROM t;", "SELECT 1 AS a; -- done", "DROP",
    ],
)  # fmt: skip
def test_whole(text: str) -> None:
    assert is_whole(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT", "SELECT a", "SELECT a, b", "SELECT *", "SELECT 'a", 'SELECT "a', "SELECT 1 /* a", "SELECT (1", "SELECT a\nFROM t",
        "CREATE VIEW v AS", "CREATE VIEW v", "WITH x AS (SELECT 1 AS a)", ".plan SELECT a", "SELECT 1; SELECT", "SELECT ';", "-- a\nSELECT",
    ],
)  # fmt: skip
def test_not_whole(text: str) -> None:
    assert not is_whole(text)


def test_words_of_a_line() -> None:
    assert list(words(".output 'a b.csv' c")) == [(".output", 0), ("a b.csv", 8), ("c", 18)]
    assert [one for one, _ in words(""".params x='a b' y="it's" z=it's""")] == [".params", "x=a b", "y=it's", "z=it's"]


def test_places_of_a_script_are_kept() -> None:
    text = "SELECT 1;\n  SELECT b"
    (_, second) = split(text)
    padded = second.padded(text)
    assert padded == "\n  SELECT b" and padded.index("b") - padded.rindex("\n") == text.index("b") - text.rindex("\n")
