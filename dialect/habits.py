"""Owns spellings that people bring from other systems into queries: what was typed, what stands here instead."""

from __future__ import annotations

import re

from sqlglot.tokenizer_core import Token

_WORD = r"[A-Za-z_][A-Za-z_0-9]*"

#: What the text looks like from the place of the fault on, and what to write; `\\1` is the word in it.
HABITS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), help)
    for pattern, help in (
        (rf"@({_WORD})\s*\(", "treadle has no macros before SQL: write CREATE FUNCTION, or the columns themselves"),
        (rf"@({_WORD})", r"write PARAM \1, and declare it: PARAM \1 TYPE DEFAULT …"),
        (r"\?", "write $name or PARAM name, and give its value by name"),
        (rf"::?({_WORD})", r"write PARAM \1, or $\1"),
        (rf"\{{({_WORD})\}}", r"write PARAM \1, or $\1"),
        (r"`([^`]+)`", r'names stand as they are, or in double quotes: "\1"'),
        (r"==|=(?==)", "write a single `=`"),
        (r"USING\s+SAMPLE", "rows are not sampled behind your back: write WHERE random() < 0.1 in a query of its own"),
        (r"<=>", "write IS NOT DISTINCT FROM"),
        (r"&&", "write AND; for lists write array_has_any(a, b)"),
        (r"~~", "write LIKE"),
    )
)
_TOP = re.compile(r"(?i)\bTOP\s*\(?\s*(\d+)\s*\)?\s*$")


def habit(text: str, token: Token, before: Token | None) -> str | None:
    """Return what to write in place of another system's spelling, or None.

    Args:
        text: the whole source.
        token: where the parser stopped.
        before: the token before it.
    """
    rest = text[token.start : token.start + 80]
    if before is not None and before.text == "." and rest.startswith("`"):
        return f"write read_delta('{rest[1:].partition('`')[0]}')"
    for pattern, help in HABITS:
        if (match := pattern.match(rest)) is not None:
            return match.expand(help)
    if before is not None:
        if before.text == "=" and rest.startswith("="):
            return "write a single `=`"
        if _TOP.search(text[max(0, before.start - 4) : token.end + 1]):
            return f"write LIMIT {token.text} at the end of the query"
    return None
