"""Owns `DESCRIBE HISTORY t [LIMIT n]` and `DESCRIBE DETAIL t`, as Databricks has them: queries over the functions that tell the same.

In: the tokens of a statement that is typed ad hoc. Out: the tree of `SELECT * FROM delta_history(t, limit => n)`, all of whose
nodes stand where the table is named, or None for anything else.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from .source import Source

FUNCTIONS = {"HISTORY": "delta_history", "DETAIL": "delta_snapshot"}
_WORDS = ("DESCRIBE", "DESC")


def described_table(tokens: list[Token], source: Source) -> tuple[str, tuple[int, int]] | None:
    """Return the query that a statement stands for, and where it names the table; None for any other statement.

    A table is a name, a path in single quotes, or delta.`path`.
    """
    if len(tokens) < 3 or tokens[0].text.upper() not in _WORDS or tokens[1].text.upper() not in FUNCTIONS:
        return None
    target, limit = tokens[2:], ""
    word = tokens[1].text.upper()
    if word == "HISTORY" and len(target) > 2 and target[-2].token_type is TokenType.LIMIT and target[-1].text.isdigit():
        target, limit = target[:-2], f", limit => {target[-1].text}"
    place = (target[0].start, target[-1].end + 1)
    named = _named(target, source.text[slice(*place)])
    return None if named is None else (f"SELECT * FROM {FUNCTIONS[word]}({named}{limit})", place)


def _named(target: list[Token], text: str) -> str | None:
    """Return a table as the functions take it; None when it is none."""
    kinds = [one.token_type for one in target]
    head, quote, path = text.partition("`")
    if quote and head.lower() == "delta." and path.endswith("`") and "`" not in path[:-1]:
        return "'" + path[:-1].replace("'", "''") + "'"
    if kinds == [TokenType.STRING] or (TokenType.DOT not in kinds and len(kinds) == 1):
        return text
    return text if len(kinds) == 3 and kinds[1] is TokenType.DOT else None


def placed_at(tree: exp.Query, place: tuple[int, int]) -> exp.Query:
    """Return a tree all of whose nodes stand at one place of another text than it was read from."""
    for node in tree.walk():
        if "span" in node.meta:
            node.meta["span"] = place
    return tree
