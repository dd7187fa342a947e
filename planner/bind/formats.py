"""Owns the formats of dates and times in calls: the engine reads `%Y-%m-%d` alone, and takes everything else as plain text."""

from __future__ import annotations

import re

from sqlglot import exp

from .context import Binding

FORMATTING = frozenset({"to_char", "date_format", "to_date", "to_time", "to_timestamp"}) | {
    f"to_timestamp_{unit}" for unit in ("seconds", "millis", "micros", "nanos")
}
#: Parts of formats of Java, Oracle and PostgreSQL, longest first, and what they are here (chrono's strftime).
PARTS = (
    ("HH24", "%H"), ("HH12", "%I"), ("yyyy", "%Y"), ("YYYY", "%Y"), ("MONTH", "%B"), ("Month", "%B"), ("month", "%B"), ("MMMM", "%B"),
    ("MMM", "%b"), ("Mon", "%b"), ("MON", "%b"), ("Day", "%A"), ("EEEE", "%A"), ("Dy", "%a"), ("EEE", "%a"), ("MI", "%M"), ("mi", "%M"),
    ("yy", "%y"), ("YY", "%y"), ("MM", "%m"), ("DD", "%d"), ("dd", "%d"), ("HH", "%H"), ("hh", "%I"), ("mm", "%M"), ("SS", "%S"),
    ("ss", "%S"), ("AM", "%p"), ("PM", "%p"), ("a", "%p"),
)  # fmt: skip
_PART = re.compile("|".join(part for part, _ in PARTS) + "|.", re.DOTALL)


def check_format(binding: Binding, node: exp.Expr, name: str) -> None:
    """Report T2111 for a constant format in which nothing begins with `%`, so that it would stand in the result as it is."""
    if name not in FORMATTING:
        return
    for argument in node.expressions[1:]:
        text = str(argument.this) if isinstance(argument, exp.Literal) and argument.is_string else ""
        if "%" not in text and any(char.isalpha() for char in text):
            made = translated(text)
            meant = f"write '{made}'" if "%" in made else "write parts such as %Y, %m, %d, %H, %M, %S"
            binding.fail("T2111", f"`{text}` is no format: nothing in it begins with `%`", argument, help=meant)


def translated(text: str) -> str:
    """Return a format of another system in the engine's spelling, as far as its parts are known.

    >>> translated("yyyy-MM-dd HH:mm:ss"), translated("DD.MM.YYYY HH24:MI")
    ('%Y-%m-%d %H:%M:%S', '%d.%m.%Y %H:%M')
    """
    known = dict(PARTS)
    return _PART.sub(lambda match: known.get(match[0], match[0]), text)
