"""Owns the types of columns and values: `DataType`, `Field`, `Schema`, and their one SQL spelling.

In: a sqlglot type node or nothing. Out: frozen types that the binder, the specification
and both engines' adapters share; `DataType.sql()` is the only writer of type text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

INTEGERS = ("TINYINT", "SMALLINT", "INT", "BIGINT")
UNSIGNED = tuple(f"{name} UNSIGNED" for name in INTEGERS)
FLOATS = ("FLOAT", "DOUBLE")
SIMPLE = (*INTEGERS, *UNSIGNED, *FLOATS, "BOOLEAN", "VARCHAR", "BYTEA", "DATE", "TIME", "INTERVAL", "NULL")


@dataclass(frozen=True, slots=True)
class DataType:
    """One type.

    Args:
        name: one of `SIMPLE`, or `DECIMAL`, `TIMESTAMP`, `DURATION`, `LIST`, `STRUCT`, `MAP`.
        precision: digits of a `DECIMAL`; digits of the second of a `TIMESTAMP` or `DURATION` (0, 3, 6 or 9).
        scale: digits after the point of a `DECIMAL`.
        zone: the time zone of a `TIMESTAMP` with one (`UTC`), else None.
        fields: the element of a `LIST` (one, named `item`), the fields of a `STRUCT`, key and value of a `MAP`.
    """

    name: str
    precision: int | None = None
    scale: int | None = None
    zone: str | None = None
    fields: tuple[Field, ...] = ()

    def sql(self) -> str:
        """Return the type as treadle's SQL spells it, which parses back to itself.

        >>> timestamp(zone="UTC").sql()
        'TIMESTAMP WITH TIME ZONE'
        >>> struct(Field("a b", list_of(INT))).sql()
        'STRUCT("a b" INT[])'
        """
        if self.name == "DECIMAL":
            return f"DECIMAL({self.precision}, {self.scale})"
        if self.name == "TIMESTAMP":
            digits = "" if self.precision == 6 else f"({self.precision})"
            return f"TIMESTAMP{digits}" + (" WITH TIME ZONE" if self.zone else "")
        if self.name == "DURATION":
            return f"DURATION({self.precision})"
        if self.name == "LIST":
            return f"{self.fields[0].type.sql()}[]"
        if self.name == "STRUCT":
            return f"STRUCT({', '.join(f'{quote(f.name)} {f.type.sql()}' for f in self.fields)})"
        if self.name == "MAP":
            return f"MAP({self.fields[0].type.sql()}, {self.fields[1].type.sql()})"
        return self.name

    @property
    def is_integer(self) -> bool:
        """Say whether this is a signed or unsigned integer."""
        return self.name in INTEGERS or self.name in UNSIGNED

    @property
    def is_number(self) -> bool:
        """Say whether this is an integer, a float or a decimal."""
        return self.is_integer or self.name in FLOATS or self.name == "DECIMAL"

    def __str__(self) -> str:
        """Return the SQL spelling."""
        return self.sql()

    def __deepcopy__(self, memo: object) -> DataType:
        """Return itself: frozen, so trees that carry types copy quickly."""
        return self


@dataclass(frozen=True, slots=True)
class Field:
    """A named and typed column or struct field."""

    name: str
    type: DataType
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a relation, in order."""

    fields: tuple[Field, ...] = ()

    def __iter__(self) -> Iterator[Field]:
        """Yield the columns."""
        return iter(self.fields)

    def __len__(self) -> int:
        """Return the number of columns."""
        return len(self.fields)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the column names, in order, as they are spelt."""
        return tuple(f.name for f in self.fields)

    def get(self, name: str) -> Field | None:
        """Return the column with exactly this name, or None."""
        return next((f for f in self.fields if f.name == name), None)

    def as_json(self) -> list[list[object]]:
        """Return `[[name, type, nullable], …]`, the form that digests and artefacts use."""
        return [[f.name, f.type.sql(), f.nullable] for f in self.fields]


BOOLEAN = DataType("BOOLEAN")
INT = DataType("INT")
BIGINT = DataType("BIGINT")
DOUBLE = DataType("DOUBLE")
VARCHAR = DataType("VARCHAR")
BYTEA = DataType("BYTEA")
DATE = DataType("DATE")
TIME = DataType("TIME")
INTERVAL = DataType("INTERVAL")
NULL = DataType("NULL")


def decimal(precision: int, scale: int) -> DataType:
    """Return a `DECIMAL` of so many digits, so many of them after the point."""
    return DataType("DECIMAL", precision, scale)


def timestamp(precision: int = 6, zone: str | None = None) -> DataType:
    """Return a `TIMESTAMP`; precision in digits of the second (0, 3, 6 or 9)."""
    return DataType("TIMESTAMP", precision, zone=zone)


def list_of(item: DataType) -> DataType:
    """Return the list type of an element type."""
    return DataType("LIST", fields=(Field("item", item),))


def struct(*fields: Field) -> DataType:
    """Return the struct type of some fields."""
    return DataType("STRUCT", fields=fields)


def map_of(key: DataType, value: DataType) -> DataType:
    """Return the map type of a key and a value type."""
    return DataType("MAP", fields=(Field("key", key, False), Field("value", value)))


_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def quote(name: str) -> str:
    """Return an identifier in double quotes, doubled inside.

    >>> quote('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def shown(name: str) -> str:
    """Return an identifier as a person would write it: quoted only where needed."""
    return name if _PLAIN.match(name) else quote(name)
