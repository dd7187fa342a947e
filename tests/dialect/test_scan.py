"""The scan of text that is being typed agrees with the tokens of whole text, and takes any text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tree import ROOT
from treadle.dialect.scan import query_words, scan, statement_words, statements, type_words
from treadle.dialect.source import Source
from treadle.dialect.tokens import pieces

TEXTS = {
    **{path.name: path.read_text("utf-8") for path in (ROOT / "examples" / "flights").glob("*.sql")},
    **{
        f"{path.name}:{number}": text
        for path in sorted((ROOT / "tests" / "cases" / "parse").glob("*.md"))
        for number, text in enumerate(re.findall(r"^```sql\n(.*?)^```$", path.read_text("utf-8"), re.M | re.S))
    },
}
#: Parts that the tokenizer itself joins or refuses, where the scan may differ.
ODD = re.compile(r"\d[a-zA-Z_]|\d\.[^\d\s]|[^\x00-\x7f]|''|[bnBN]'|\d[eE]\d+[+-]|\d\.\.|\.\.")


@pytest.mark.parametrize("name", TEXTS)
def test_stretches_are_tokens(name: str) -> None:
    text = TEXTS[name]
    found = pieces(Source(name, text))
    if ODD.search(text) or any(one.problem is not None for one in found):
        assert list(scan(text)) or not text.strip()
        return
    tokens = [part for piece in found for token in piece.tokens for part in _parts(text, token.start, token.end + 1)]
    stretches = [(one.start, one.end) for one in scan(text) if one.kind != "comment" and one.text != ";"]
    assert stretches == tokens


def _parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return a token's place; of two words in one token (`GROUP BY`) both places."""
    if text[start] in "'\"$" or text[start + 1 : start + 2] == "'":
        return [(start, end)]
    words = re.sub(r"--[^\n]*|/\*.*?\*/", lambda found: " " * len(found[0]), text[start:end], flags=re.S)
    return [(start + one.start(), start + one.end()) for one in re.finditer(r"\S+", words)]


@given(st.text(alphabet=st.sampled_from(list("ab1 .'\"$/*-;,()=>\n\\é€")), max_size=40))
def test_any_text_is_covered(text: str) -> None:
    at = 0
    for one in scan(text):
        assert one.start >= at and one.text == text[one.start : one.end] and not text[at : one.start].strip()
        at = one.end
    assert not text[at:].strip()
    assert sum(map(len, statements(text))) <= len(list(scan(text)))


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("'a'", True),
        ("'a''", False),
        ("'a''b'", True),
        ("e'a\\''", True),
        ("e'a\\'", False),
        ('"a', False),
        ("$$a", False),
        ("/* /* */", False),
    ],
)
def test_what_has_an_end(text: str, closed: bool) -> None:
    (one,) = scan(text)
    assert one.closed is closed


def test_words_come_from_the_grammar() -> None:
    assert {"MATERIALIZED", "PARAM", "EXPECT", "REFRESH"} <= statement_words()
    assert {"SELECT", "GROUP", "BY", "QUALIFY", "ASOF"} <= query_words()
    assert {"BIGINT", "VARCHAR", "TIMESTAMP"} <= type_words()
