"""Errors point at their cause: tokens of good statements are dropped, doubled and misspelt, and the error must be near."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cases import read_cases
from treadle.dialect import parse
from treadle.dialect.source import Source
from treadle.dialect.tokens import pieces

CASES = [c for c in read_cases(Path(__file__).parents[1] / "cases" / "parse") if c.path.name == "statements.md"]
TEXTS = [b.text for c in CASES for b in c.blocks if b.word == "sql"]


def _mutations(text: str, rng: random.Random) -> Iterator[tuple[str, int, int]]:
    """Yield texts with one token dropped, doubled or misspelt, each with the place of the change."""
    for piece in pieces(Source("a", text)):
        for token in piece.tokens:
            start, end = token.start, token.end + 1
            word = text[start:end]
            yield text[:start] + text[end:], start, start
            yield f"{text[:end]} {word}{text[end:]}", start, end + 1 + len(word)
            if len(word) > 3 and word.isalpha():
                lost = rng.randrange(1, len(word) - 1)
                yield text[: start + lost] + text[start + lost + 1 :], start, end - 1


def _near(text: str, start: int, end: int) -> bool | None:
    """Say whether the first error touches the change or a token beside it; None when nothing is wrong with the text."""
    source = Source("a", text)
    found = parse(source, adhoc=True).diagnostics
    if not found:
        return None
    tokens = [t for p in pieces(source) for t in p.tokens]
    low = max((t.start for t in tokens if t.end < start), default=0)
    high = min((t.end + 1 for t in tokens if t.start >= end), default=len(text))
    spans = [s for d in found for s in (d.span, *(label.span for label in d.labels)) if s is not None]
    return any(s.start <= high and s.end >= low for s in spans)


@pytest.mark.slow
def test_errors_are_near_their_cause() -> None:
    rng = random.Random(7)
    answers = [_near(*mutation) for text in TEXTS for mutation in _mutations(text, rng)]
    wrong, near = [a for a in answers if a is not None], sum(a is True for a in answers)
    assert len(wrong) > 1000
    assert near / len(wrong) > 0.97, f"{len(wrong) - near} of {len(wrong)} errors are far from their cause"


def test_no_text_however_broken_raises_anything_else() -> None:
    rng = random.Random(11)
    whole = "".join(TEXTS)
    signs = list("()[]{},;.'\"$+-*/%=<>!?@#&|^~:\\`é😀\x00\n\t ") + ["$$", "/*", "*/", "--", "e'", " NULL ", " PARAM ", " CASE ", " AS "]
    for _ in range(300):
        start = rng.randrange(len(whole) - 200)
        text = whole[start : start + rng.randrange(1, 200)]
        for _ in range(rng.randrange(4)):
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice(signs) + text[at:]
        script = parse(Source("a", text), adhoc=True)
        for found in script.diagnostics:
            assert found.code.startswith("T1") and found.span is not None and found.span.end <= len(text)
