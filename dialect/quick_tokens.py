"""Owns the short way from text to tokens: one regular expression for what nearly all SQL is written in.

sqlglot's tokenizer looks at every character in Python; this gives the same tokens, but for
their comments and lines, which nothing reads, in a quarter of the time. Whatever it doesn't
know at first sight (`$`, `e'…'`, nested comments, names beyond ASCII, faults) it leaves to
sqlglot's, the whole text at once, so there is one truth about tokens and a test holds both to it.
"""

from __future__ import annotations

import re

from sqlglot.tokenizer_core import Token, TokenType

from .tokenizer import TreadleTokenizer

_PAIRS = {word: kind for word, kind in TreadleTokenizer.KEYWORDS.items() if " " in word}
_WORDS = {word: kind for word, kind in TreadleTokenizer.KEYWORDS.items() if word.isidentifier()}
_NO_SIGNS = ("'", '"', "$")  # they begin strings, names and parameters
_SIGNS = {
    **{sign: kind for sign, kind in TreadleTokenizer.SINGLE_TOKENS.items() if sign not in _NO_SIGNS},
    **{sign: kind for sign, kind in TreadleTokenizer.KEYWORDS.items() if not sign[0].isalpha()},
}


def _pattern() -> re.Pattern[str]:
    pairs = "|".join(word.replace(" ", r"[ \t\r\n]+") for word in _PAIRS)
    signs = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
    block = r"/\*[^*/]*+(?:(?:\*(?!/)|/(?!\*))[^*/]*+)*+\*/"
    return re.compile(
        rf"""(?:[ \t\r\n]++|--[^\r\n]*+|{block})*+(?:
        (?P<pair>(?i:{pairs}))(?!\w)
        |(?P<word>[A-Za-z_][A-Za-z0-9_]*+)(?![\w'])
        |(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.])
        |'(?P<string>[^']*+(?:''[^']*+)*+)'
        |"(?P<name>[^"]*+(?:""[^"]*+)*+)"
        |(?P<sign>(?!--|/\*)(?:{signs}))
        |(?P<end>\Z))""",
        re.VERBOSE,
    )


_NEXT = _pattern()


def quick_tokens(text: str) -> list[Token] | None:
    """Return the tokens of a text, or None when it holds anything that is not plain."""
    tokens: list[Token] = []
    add, var, words, signs = tokens.append, TokenType.VAR, _WORDS, _SIGNS
    following = _NEXT.scanner(text).match  # type: ignore[attr-defined]
    while (found := following()) is not None:
        group = found.lastgroup
        start, end = found.span(group)
        written = found[group]
        if group == "word":
            add(Token(words.get(written.upper(), var), written, 1, 1, start, end - 1))
        elif group == "sign":
            add(Token(signs[written], written, 1, 1, start, end - 1))
        elif group == "number":
            add(Token(TokenType.NUMBER, written, 1, 1, start, end - 1))
        elif group == "string":
            add(Token(TokenType.STRING, written.replace("''", "'"), 1, 1, start - 1, end))
        elif group == "name":
            add(Token(TokenType.IDENTIFIER, written.replace('""', '"'), 1, 1, start - 1, end))
        elif group == "pair":
            word = " ".join(written.upper().split())
            add(Token(_PAIRS[word], word, 1, 1, start, end - 1))
        else:
            return tokens
    return None
