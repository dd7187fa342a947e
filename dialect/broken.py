"""Owns what a statement that can't be read would have declared, so that its name is not missed elsewhere as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot.tokenizer_core import Token, TokenType

from .source import Source
from .statements.base import Name

Declares = Literal["relation", "function", "parameter"]
_KINDS: dict[str, Declares] = {"VIEW": "relation", "SOURCE": "relation", "FUNCTION": "function"}
_BEFORE = frozenset({"OR", "REPLACE", "MATERIALIZED", "AGGREGATE", "WINDOW"})


@dataclass(frozen=True, slots=True)
class Broken:
    """A declaration that can't be read: what it would declare, under which name."""

    kind: Declares
    parts: tuple[Name, ...]

    @property
    def text(self) -> str:
        """Return the name as the project would know it."""
        return ".".join(part.text for part in self.parts)


def broken(tokens: Sequence[Token], source: Source) -> Broken | None:
    """Return what some tokens would have declared, or None when they don't get that far."""
    words = [token.text.upper() for token in tokens[:6]]
    if words[:1] == ["PARAM"]:
        return _named("parameter", tokens[1:], source)
    if words[:1] != ["CREATE"]:
        return None
    at = next((i for i, word in enumerate(words) if i and word not in _BEFORE), len(words))
    kind = _KINDS.get(words[at]) if at < len(words) else None
    return _named(kind, tokens[at + 1 :], source) if kind is not None else None


def _named(kind: Declares, tokens: Sequence[Token], source: Source) -> Broken | None:
    """Return the declaration of the name, of one part or two, that some tokens begin with."""
    parts: list[Name] = []
    for at in (0, 2):
        token = tokens[at] if at < len(tokens) else None
        if token is None or not (token.token_type is TokenType.IDENTIFIER or token.text.isidentifier()):
            break
        parts.append(Name(token.text, token.token_type is TokenType.IDENTIFIER, source.span(token.start, token.end + 1)))
        if at + 1 >= len(tokens) or tokens[at + 1].token_type is not TokenType.DOT:
            break
    return Broken(kind, tuple(parts)) if parts else None
