"""Owns what the parameters of treadle's own functions take: a type, or any type of a family such as NUMBER or LIST."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...dialect import parse_type
from ...dialect.types import DataType
from .infer import fits

FAMILIES: Mapping[str, Callable[[DataType], bool]] = {
    "ANY": lambda kind: True,
    "NUMBER": lambda kind: kind.is_number,
    "INTEGER": lambda kind: kind.is_integer,
    "TIME": lambda kind: kind.name in ("DATE", "TIMESTAMP", "TIME", "INTERVAL", "VARCHAR"),
    "TIMESTAMP": lambda kind: kind.name == "TIMESTAMP",
    "INTERVAL": lambda kind: kind.name == "INTERVAL",
    "LIST": lambda kind: kind.name == "LIST",
    "MAP": lambda kind: kind.name == "MAP",
    "STRUCT": lambda kind: kind.name == "STRUCT",
}
"""Families by their names; arguments of theirs keep their types. `TIME` takes texts too, as the engine does,
which reads them as times; `TIMESTAMP` has several layouts, with a zone and without."""


def wanted_type(written: str) -> DataType | None:
    """Return the type that a parameter wants exactly, or None for a family.

    >>> str(wanted_type("VARCHAR")), wanted_type("NUMBER")
    ('VARCHAR', None)
    """
    return None if written in FAMILIES else parse_type(written)


def takes(written: str, given: DataType | None) -> bool:
    """Say whether a parameter takes a type; one that is not known may always fit, and null always does."""
    if given is None or given.name == "NULL":
        return True
    family = FAMILIES.get(written)
    return family(given) if family is not None else fits(given, parse_type(written))
