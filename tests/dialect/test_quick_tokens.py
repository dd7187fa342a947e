"""Tests that the short way to tokens gives what sqlglot's tokenizer gives, on all SQL here and on random text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token

from treadle.dialect import parse_expression, to_sql
from treadle.dialect.quick_tokens import quick_tokens
from treadle.dialect.sql import Treadle
from treadle.dialect.tokenizer import TreadleTokenizer
from treadle.dialect.tokens import _parted

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path for place in ("examples", "tests", "runtime", "grammar") for path in (ROOT / place).rglob("*.sql"))
PARTS = (
    *"a A1 _x select SELECT group by GROUP BY order partition Similar to grouping sets in NOT int ord 1 12 1.5 .5 1e5 1.e 0x1F".split(),
    *"0b1 5abc 'x' 'a''b' '' \"q\" \"q\"\"r\" e'x' x'00' n'x' -- /* */ ( ) [ ] { } , . ; : :: || | >= <= <> != ! ~ ~~ ~~*".split(),
    *"!~ !~* -> ->> => #> #>> # @> <@ @ & ^ + - * / // % = < > $ $$ $1 ? ` \\ ' \" é ß İ €".split(),
    *(" ", "\n", "\r\n", "\t", "\u00a0", "\x0b", "\x00", "/* x */", "-- x\n"),
)


def facts(tokens: list[Token] | None) -> list[tuple[object, ...]] | None:
    """Return what is read of tokens."""
    return None if tokens is None else [(one.token_type, one.text, one.start, one.end) for one in tokens]


def slow(text: str) -> list[tuple[object, ...]] | None:
    """Return what sqlglot's tokenizer makes of a text."""
    try:
        return facts(_parted(TreadleTokenizer(dialect=Treadle).tokenize(text)))
    except TokenError:
        return None


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files(path: Path) -> None:
    text = path.read_text("utf-8", errors="replace")
    quick = facts(quick_tokens(text))
    assert quick is None or quick == slow(text)


def test_plain_sql_is_quick() -> None:
    assert quick_tokens("SELECT a, 'x''y' AS \"b c\" /* why */ FROM t -- end\nWHERE a >= 1.5 GROUP\n BY a")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(["", " "])), max_size=14))
@example([("-- x' ", ""), ("\n", ""), ("'", ""), ("\n", "")])
def test_random_text(parts: list[tuple[str, str]]) -> None:
    text = "".join(part + gap for part, gap in parts)
    quick = facts(quick_tokens(text))
    assert quick is None or quick == slow(text)


@pytest.mark.parametrize("text", ["2 * (1e5-1)", "2 * (1e5-1) + $p"])
def test_a_difference_is_no_number(text: str) -> None:
    assert to_sql(parse_expression(text)).startswith("2 * (1e5 - 1)")
