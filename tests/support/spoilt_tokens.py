"""Owns one-token mistakes in statements: each token left out, doubled, swapped with the next, or a stray one before it.

A mistake is told, or the statement says something else, in which every word, sign and value stands: see `swallowed`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot.tokenizer_core import Token

from tests.support.canonical import LABEL, canonical
from tests.support.cases import read_cases
from tests.support.slt import read_records
from tests.support.tree import ROOT
from treadle.dialect import parse
from treadle.dialect.diagnostics import TreadleError
from treadle.dialect.source import Source
from treadle.dialect.tokens import pieces

STRAYS = (
    *("zz", "77", "'qq'", "(", ")", ",", "*", "-", "zz =>", "= 77", "zz.", ".zz", "[77]", "{}", "()", "(77)"),
    *"NOT ALL DISTINCT WHERE AS NULL WITH ASC DESC BETWEEN ON LEFT INNER NATURAL BY GROUPS FIRST LATERAL IN".split(),
)
"""What is put where it may not belong."""

#: Words that may vanish from the canonical text, because they say nothing more or it has another word for them.
SILENT = frozenset("as inner outer asc row rows only first next by of + [ ]".split())


#: Words that may be left out, or stand where they were left out; a reviewed list, as are the others below.
OPTIONAL = frozenset("AS INNER OUTER ASC ROW ROWS EXPECT ARRAY + IS DISTINCT ALL WHERE".split())
#: What may follow a comma that nothing follows.
CLOSERS = frozenset(") ] } FROM WHERE HAVING QUALIFY WINDOW LIMIT OFFSET UNION EXCEPT INTERSECT FETCH USING FOR".split()) | {
    "GROUP BY",
    "ORDER BY",
    "",
}
#: What must stand before a word of `OPTIONAL` for it to say nothing.
BEHIND = {"ALL": {"SELECT", "("}, "DISTINCT": {"UNION", "EXCEPT", "INTERSECT"}}


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A statement with one mistake.

    Args:
        kind: `without`, `twice`, `before` or `swapped`.
        word: the token left out, doubled or put in; of two that are swapped the first.
        previous: the token before it.
        following: the token behind it; of two that are swapped the second.
        text: the statement.
    """

    kind: str
    word: str
    previous: str
    following: str
    text: str

    @property
    def harmless(self) -> bool:
        """Say whether the mistake is one of those that say nothing else."""
        word, following = self.word.upper(), self.following.upper()
        if self.kind == "swapped":
            return "NOT" in (word, following) or "(" in (word, following)
        if word == ",":
            return following in CLOSERS
        if self.kind == "twice":
            return word == "+"
        return word in OPTIONAL and (word not in BEHIND or self.previous.upper() in BEHIND[word])


def corpus() -> list[str]:
    """Return the statements of the test's queries and cases, the examples and the templates, each one once."""
    cases = ROOT / "tests" / "cases"
    texts = [r.sql for path in sorted((ROOT / "tests" / "slt").glob("*.slt")) for r in read_records(path) if r.kind != "error"]
    texts += (cases / "parse" / "queries.sql").read_text("utf-8").splitlines()
    for folder in ("parse", "bind"):
        texts += [block.text for case in read_cases(cases / folder) for block in case.blocks if block.word == "sql"]
    for folder in ("examples", "runtime/templates"):
        texts += [path.read_text("utf-8") for path in sorted((ROOT / folder).rglob("*.sql"))]
    return list(dict.fromkeys(one for text in texts for one in _statements(text)))


def _statements(text: str) -> Iterator[str]:
    source = Source("corpus", text)
    for piece in pieces(source):
        if piece.problem is None:
            one = text[piece.tokens[0].start : piece.tokens[-1].end + 1]
            if said(one) is not None:
                yield one


def said(text: str) -> str | None:
    """Return what a text says, or None when something in it is told to be wrong."""
    script = parse(Source("corpus", text), adhoc=True)
    try:
        return None if script.diagnostics else canonical(script.statements)
    except TreadleError:  # read, but never written for the engine: a table's ORDINALITY
        return None


def spoilt(text: str) -> Iterator[Spoilt]:
    """Yield the statement with every mistake that there is a token for."""
    tokens = [t for piece in pieces(Source("corpus", text)) for t in piece.tokens]
    written = ["", *(text[t.start : t.end + 1] for t in tokens), ""]
    for at, token in enumerate(tokens, 1):
        left, word, right = written[at - 1 : at + 2]
        before, behind = text[: token.start], text[token.end + 1 :]
        yield Spoilt("without", word, left, right, f"{before} {behind}")
        yield Spoilt("twice", word, left, right, f"{before}{word} {word}{behind}")
        if right and right != word:
            yield Spoilt("swapped", word, left, right, f"{before}{right} {word} {text[tokens[at].end + 1 :]}")
        for stray in STRAYS:
            yield Spoilt("before", stray, left, word, f"{before} {stray} {word}{behind}")
    for stray in STRAYS:
        yield Spoilt("before", stray, written[-2], "", f"{text} {stray}")


def some_spoilt(texts: list[str], seed: int, count: int) -> Iterator[tuple[str, Spoilt]]:
    """Yield mistakes chosen by a seed, each of a statement chosen by it."""
    chosen = random.Random(seed)
    for text in chosen.choices(texts, k=count // 6):
        for one in chosen.sample(list(spoilt(text)), 6):
            yield text, one


def content(text: str) -> Counter[str]:
    """Return the words, values and signs of a text, without those that say nothing; names and keywords in lower case."""
    return Counter(one for piece in pieces(Source("content", text)) for token in piece.tokens if (one := _content(token)))


def _content(token: Token) -> str:
    word = token.text.lower()
    return "" if word in SILENT or word in "(),;" else SAME.get(word, word)


SAME = {"!=": "<>", "==": "=", "isnull": "null", "notnull": "null"}


def lost(text: str, found: str) -> Counter[str]:
    """Return what a text has and its canonical text has not."""
    return content(text) - content(LABEL.sub(" ", found))


def swallowed(text: str, spoilt: Spoilt) -> str:
    """Return what was passed over in silence in a spoilt statement, in words; nothing if it is told or stands in the tree."""
    found, whole = said(spoilt.text), said(text)
    if found is None or whole is None:
        return ""
    if found == whole:
        return "" if spoilt.harmless else f"{spoilt.kind} {spoilt.word!r} says the same: {spoilt.text}"
    more = lost(spoilt.text, found) - lost(text, whole)
    if {spoilt.word.upper(), spoilt.following.upper()} == {"ALL", "SELECT"}:
        more.pop("all", None)  # SELECT ALL is SELECT
    return f"{' '.join(more)!r} is lost in {spoilt.text}: {found}" if more else ""
