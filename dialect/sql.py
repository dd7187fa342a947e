"""Owns `Treadle`, the sqlglot dialect that reads and writes treadle's SQL, and how its parsers are made.

sqlglot's compiled build (`sqlglotc`) cannot have subclasses of its classes made outside:
the first use says so with a code instead of a strange error.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.generator import Generator as Plain

from .diagnostics import error
from .parser import TreadleParser
from .reading import spanned
from .tokenizer import TreadleTokenizer


class Treadle(Dialect):
    """Treadle's SQL: derived from sqlglot's base, without its function tables and time formats."""

    INDEX_OFFSET = 0
    NULL_ORDERING = "nulls_are_large"
    TYPED_DIVISION = True
    STRICT_STRING_CONCAT = True
    CONCAT_COALESCE = True
    TIME_MAPPING: dict[str, str] = {}
    NORMALIZE_FUNCTIONS: bool | str = False
    SUPPORTS_ORDER_BY_ALL = True
    SUPPORTS_VALUES_DEFAULT = False

    Tokenizer = TreadleTokenizer
    Parser = spanned(TreadleParser)

    class Generator(Plain):
        """Writes through `write.py`, so that `node.sql(dialect=Treadle)` cannot lose anything."""

        def generate(self, expression: exp.Expr, copy: bool = True) -> str:
            """Return the canonical text of a tree."""
            from .write import to_sql

            return to_sql(expression)


@cache
def usable() -> bool:
    """Return True when the dialect can be used, found out by making one node and one parser.

    Raises:
        TreadleError: T1015 when sqlglot is the compiled build.
    """
    from .nodes import Param

    try:
        Param(this=None)
        Treadle.Parser(dialect=Treadle)
    except TypeError as cause:
        message = "the compiled build of sqlglot is installed, which cannot be extended"
        raise error("T1015", message, help="run `pip uninstall sqlglotc`", cause=str(cause)) from cause
    return True


def parser() -> Any:
    """Return a new parser; a parser belongs to one call, so that threads don't meet in it."""
    usable()
    return Treadle.Parser(dialect=_dialect())


@cache
def _dialect() -> Treadle:
    return Treadle()
