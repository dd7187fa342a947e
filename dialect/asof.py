"""Owns how an ASOF join is read: MATCH_CONDITION with its order and tolerance, and what people misspell in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from .diagnostics import nearest
from .nodes import Match

if TYPE_CHECKING:
    from .strict import Strict

WORD = "MATCH_CONDITION"
TOLERANCE = "TOLERANCE"


def match_condition(self: Strict) -> Match:
    """Read what stands in the brackets: `a.ts >= b.ts [ORDER BY b.seq DESC] [TOLERANCE INTERVAL '5 minutes']`."""
    start = self._curr
    this = self._parse_disjunction()
    if this is None:
        self.raise_error("expected a condition")
    order = self._parse_order() if self._curr.token_type is TokenType.ORDER_BY else None
    tolerance = None
    if self._curr.text.upper() == TOLERANCE:
        self._advance()
        if (tolerance := self._parse_bitwise()) is None:
            self.raise_error("expected how far apart the two may be")
    elif self._curr.token_type is TokenType.VAR and nearest(self._curr.text, [TOLERANCE]):
        self.refuse("T1001", f"found `{self._curr.text}`, expected `)`", self._curr, f"did you mean `{TOLERANCE}`?")
    node = self.expression(Match(this=this, order=order, tolerance=tolerance))
    self.widen(node, start)
    return node


def misspelt(token: Token, after: Token) -> bool:
    """Say whether a word before a bracket is meant for MATCH_CONDITION."""
    opens = after.token_type is TokenType.L_PAREN
    return opens and token.token_type is TokenType.VAR and "_" in token.text and bool(nearest(token.text, [WORD]))


def check_words(self: Strict, join: exp.Join, first: Token) -> None:
    """Refuse MATCH_CONDITION behind another join, and kinds of ASOF joins that nobody has."""
    asof, match = join.args.get("method") == "ASOF", join.args.get("match_condition")
    if asof and match is None and misspelt(self._curr, self._next):
        self.refuse("T1001", f"found `{self._curr.text}`, expected `{WORD}`", self._curr, f"did you mean `{WORD}`?")
    if match is not None and not asof:
        at = next(token for token in self._tokens if token.token_type is TokenType.MATCH_CONDITION and token.start >= first.start)
        self.refuse("T1001", f"found `{at.text}`, expected ON or USING", at, "only ASOF JOIN has it: write ASOF JOIN, or ON")
    if not asof or join.args.get("side") in (None, "LEFT") and join.args.get("kind") in (None, "INNER", "OUTER"):
        return
    word = str(join.args.get("side") or join.args.get("kind"))
    helps = {
        "RIGHT": "swap the two tables and turn the comparison round: ASOF LEFT JOIN",
        "ANTI": "write ASOF LEFT JOIN, and WHERE a column of the right side IS NULL",
        "SEMI": "write ASOF JOIN, and select columns of the left side alone",
    }
    self.refuse("T1008", f"ASOF {word} JOIN is not part of treadle's SQL", first, helps.get(word, "write ASOF JOIN or ASOF LEFT JOIN"))
