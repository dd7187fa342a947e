"""Owns the words and signs of treadle's SQL: the tokenizer's tables, a choice from sqlglot's base."""

from __future__ import annotations

from sqlglot.tokenizer_core import TokenType
from sqlglot.tokens import Tokenizer

#: The words that are more than names somewhere in a query. Types and statement words are none: they are told by their place.
WORDS = (
    *"ALL AND ANTI ANY ASC AS ASOF BETWEEN CASE COLLATE CREATE CROSS CUBE CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP".split(),
    *"DESC DISTINCT ELSE END ESCAPE EXCEPT EXISTS FALSE FETCH FILTER FIRST FOR FROM FULL HAVING ILIKE IN INNER INTERSECT".split(),
    *"INTERVAL INTO IS ISNULL JOIN LATERAL LEFT LIKE LIMIT LOCALTIME LOCALTIMESTAMP MATCH_CONDITION NATURAL NEXT NOT NOTNULL NULL".split(),
    *"OFFSET ON OR ORDINALITY OUTER OVER PIVOT QUALIFY RANGE RECURSIVE REPLACE RIGHT ROLLUP ROW ROWS SELECT SEMI SOME".split(),
    *"TABLESAMPLE THEN TRUE UNION UNKNOWN UNNEST UNPIVOT USING VALUES WHEN WHERE WINDOW WITH".split(),
    *("GROUP BY", "GROUPING SETS", "ORDER BY", "PARTITION BY", "SIMILAR TO"),
)
SIGNS = ("::", "||", ">=", "<=", "<>", "!=", "->", "->>", "=>", "#>", "#>>", "~~", "~~*", "~*")

_KINDS = {**Tokenizer.KEYWORDS, "MATCH_CONDITION": TokenType.MATCH_CONDITION}

#: Signs that no expression of ours has: nothing takes tokens of this type, so they are refused at their place.
STRAY = TokenType.BACKSLASH


class TreadleTokenizer(Tokenizer):
    """Cuts text into tokens; `"x"` names, `'x'`, `e'x'` and `$$x$$` strings, `x'00'` bytes, `--` and nested `/* */` comments."""

    SINGLE_TOKENS = {**Tokenizer.SINGLE_TOKENS, "$": TokenType.PARAMETER, "@": STRAY, "`": STRAY, "!": STRAY, "?": STRAY}
    QUOTES = ["'"]
    IDENTIFIERS = ['"']
    RAW_STRINGS = ["$$"]
    STRING_ESCAPES_ALLOWED_IN_RAW_STRINGS = False
    BYTE_STRINGS = [("e'", "'"), ("E'", "'")]
    BYTE_STRING_ESCAPES = ["'", "\\"]
    HEX_STRINGS = [("x'", "'"), ("X'", "'")]
    COMMANDS = set()
    KEYWORDS = {
        **{word: _KINDS[word] for word in (*WORDS, *SIGNS)},
        "//": TokenType.DIV,
        "**": TokenType.DSTAR,
        "==": TokenType.EQ,
        "@>": TokenType.AT_GT,
        "<@": TokenType.LT_AT,
        "!~": TokenType.GLOB,  # sqlglot has no token for a negated match; GLOB and ADJACENT are free in this dialect
        "!~*": TokenType.ADJACENT,
    }


# sqlglot adds template comments `{# … #}` to every tokenizer; here a brace opens a struct.
TreadleTokenizer._COMMENTS = {start: end for start, end in TreadleTokenizer._COMMENTS.items() if start != "{#"}
