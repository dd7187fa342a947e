"""Owns templates of dbt and SQLMesh in SQL, `{{ … }}` and `{% … %}`: told as what they are, with what stands here instead."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

from .diagnostics import Diagnostic, error
from .source import Source

_SECOND = (TokenType.L_BRACE, TokenType.MOD, TokenType.HASH)
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
_CALL = re.compile(r"[{%#\s-]*(\w+)\s*\(?(.*?)\)?[\s-]*[}%#]*$", re.DOTALL)
_TEXT = re.compile(r"['\"]([^'\"]*)['\"]")
_IN_TEXT = re.compile(r"\{\{\s*\w+[^}]*\}\}|\{%-?\s*\w+.*?%\}", re.DOTALL)

#: What stands here in place of a template, by the first word in it; `{}` is its last argument in quotes.
INSTEAD = {
    "ref": "write the view's own name: {}",
    "source": "write {}, and declare it: CREATE SOURCE {} FROM DELTA 'path'",
    "var": "write PARAM {}, and declare it: PARAM {} TYPE DEFAULT …",
    "env_var": "declare PARAM name VARCHAR SECRET and give it with `-p name=value`",
    "config": "write CREATE MATERIALIZED VIEW name INTO 'path' AS … or CREATE VIEW name AS …",
    "this": "read changes only: read_delta_cdf('path', start_version => since_last_run()), written with APPEND",
    "is_incremental": "read changes only: read_delta_cdf('path', start_version => since_last_run()), written with APPEND",
    "macro": "write CREATE FUNCTION name(argument TYPE) RETURNS TYPE RETURN …",
    "set": "write WITH name AS (…), or a PARAM",
    "for": "write the columns out, or use GROUP BY ALL, PIVOT, or COLUMNS('pattern')",
    "if": "write CASE WHEN … END, or a PARAM in the condition: WHERE PARAM x IS NULL OR …",
    "snapshot": "write a materialised view with APPEND; every version of a table is kept: VERSION AS OF",
    "test": "write CREATE TEST name FOR view …, or a CONSTRAINT … EXPECT (…)",
}
PLAIN = "treadle reads plain SQL: values are PARAM name, macros are CREATE FUNCTION, references are names"
COMMENT = "write comments as -- text, or /* text */"


def template_in(tokens: Sequence[Token], source: Source) -> Diagnostic | None:
    """Return the diagnostic of the first template among some tokens, T1016, or None."""
    for at, token in enumerate(tokens[:-1]):
        following = tokens[at + 1]
        touches = token.end + 1 == following.start
        if token.token_type is TokenType.L_BRACE and touches and following.token_type in _SECOND:
            return _told(token.start, source)
    return None


def may_hold_template(text: str) -> bool:
    """Say quickly whether a text may hold a template."""
    return "{{" in text or "{%" in text or "{#" in text


def _told(start: int, source: Source) -> Diagnostic:
    opening = source.text[start : start + 2]
    closing = source.text.find(_CLOSING[opening], start)
    end = closing + 2 if closing >= 0 else start + 2
    shown = " ".join(source.text[start:end].split())
    shown = shown if len(shown) <= 60 else shown[:59] + "…"
    message = f"`{shown}` is a template, which treadle doesn't have"
    return error("T1016", message, source.span(start, end), help=_instead(opening, source.text[start:end])).diagnostics[0]


def _instead(opening: str, text: str) -> str:
    if opening == "{#":
        return COMMENT
    found = _CALL.match(text)
    word = found[1].lower() if found else ""
    if word == "if" and "is_incremental" in text:
        word = "is_incremental"
    named = _TEXT.findall(found[2]) if found and word in ("ref", "source", "var") else []
    if word in ("ref", "source", "var") and not named:
        return PLAIN
    return INSTEAD.get(word, PLAIN).replace("{}", named[-1] if word != "var" and named else named[0] if named else "name")


def in_strings(tokens: Sequence[Token], source: Source) -> list[Diagnostic]:
    """Return a warning, T1017, for each string that holds a template: it is taken as it stands."""
    found = []
    for token in tokens:
        if token.token_type is TokenType.STRING and (match := _IN_TEXT.search(token.text)) is not None:
            message = f"the string holds a template, `{match[0]}`, and is taken as it stands"
            span = source.span(token.start, token.end + 1)
            help_line = "treadle has no templates: join texts with `||`, and take values from a PARAM"
            found.append(error("T1017", message, span, help=help_line, severity="warning").diagnostics[0])
    return found
