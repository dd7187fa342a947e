"""Tests that the parser kept between starts is the one that would be built, and that a bad copy of it harms nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from lark import Lark

from treadle.dialect.grammar import grammar
from treadle.dialect.grammar_cache import kept
from treadle.dialect.source import Source
from treadle.dialect.tokens import pieces

TEXT = "PARAM p DOUBLE NOT NULL DEFAULT 1 + 2; CREATE VIEW v COMMENT 'x' AS SELECT 1 AS a; CREATE SOURCE s FROM DELTA 'a/b'"


def build() -> Lark:
    """Return the statements' parser, built anew."""
    return grammar.__wrapped__()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that parsers are kept in."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "treadle"


def trees(parser: Lark) -> list[object]:
    """Return what a parser makes of each statement."""
    return [parser.parse(piece.tokens) for piece in pieces(Source("a.sql", TEXT))]


def test_kept_parser_reads_the_same(folder: Path) -> None:
    built = build()
    (file,) = folder.iterdir()
    loaded = build()
    assert loaded is not built
    assert trees(loaded) == trees(built)
    assert [*folder.iterdir()] == [file]


@pytest.mark.parametrize("damage", [b"", b"\x00" * 40, b"half"])
def test_damaged_copy_is_made_anew(folder: Path, damage: bytes) -> None:
    built = build()
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    damaged = damage if damage != b"half" else whole[: len(whole) // 2]
    file.write_bytes(damaged)
    assert trees(build()) == trees(built)
    assert file.read_bytes() != damaged
    assert trees(build()) == trees(built)


def test_another_recipe_has_another_copy(folder: Path) -> None:
    made = [kept(recipe, lambda: Lark('start: "a"', parser="lalr")) for recipe in ("one", "two")]
    assert len(made) == len([*folder.iterdir()]) == 2


def test_no_place_for_a_copy_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert trees(build())
