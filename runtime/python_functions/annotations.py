"""Owns what annotations of Python functions mean as SQL types."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NoReturn

from ...dialect.diagnostics import TreadleError
from ...dialect.types import BIGINT, BOOLEAN, BYTEA, DATE, DOUBLE, TIME, VARCHAR, DataType, list_of, timestamp

PLAIN: Mapping[object, DataType] = {
    float: DOUBLE, int: BIGINT, str: VARCHAR, bool: BOOLEAN, bytes: BYTEA, date: DATE, datetime: timestamp(), time: TIME,
}  # fmt: skip
SAY_DECIMAL = "say how many digits: 'DECIMAL(10, 2)' in place of Decimal"


@dataclass(frozen=True, slots=True)
class Annotated:
    """One annotation: the type that it means, or None with what is wrong; whether it allows None; how it is written.

    `listed` says that it is a list, `holds_none` that it may hold None.
    """

    shown: str
    type: DataType | None = None
    optional: bool = False
    problem: str | None = None
    listed: bool = False
    holds_none: bool = False

    def element(self, otherwise: str) -> Annotated:
        """Return what a list's elements are; anything else has no type, for the reason given."""
        if self.type is None or not self.listed:
            return Annotated(self.shown, problem=self.problem or otherwise)
        return Annotated(self.shown, self.type.fields[0].type, self.holds_none, listed=True)


def annotated(work: Callable[..., object]) -> Mapping[str, Annotated]:
    """Return the annotations of a function by argument, its result's as `return`.

    >>> def late(minutes: float, fee: "DECIMAL(9, 2)", grace: int | None = None) -> bool: ...
    >>> found = annotated(late)
    >>> [(name, str(one.type), one.optional) for name, one in found.items()]
    [('minutes', 'DOUBLE', False), ('fee', 'DECIMAL(9, 2)', False), ('grace', 'BIGINT', True), ('return', 'BOOLEAN', False)]
    """
    written = getattr(work, "__annotations__", {})
    names = dict(getattr(work, "__globals__", {}))
    return {name: _read(one, names) for name, one in written.items()}


def _read(annotation: object, names: dict[str, Any]) -> Annotated:
    if not isinstance(annotation, str):
        return _meant(annotation, names)
    try:
        meant = eval(annotation, names)  # what `typing.get_type_hints` does too; an SQL type is no Python, or no name
    except Exception:
        return _sql(annotation)
    return _meant(meant, names) if meant != annotation else _sql(annotation)


def _meant(annotation: Any, names: dict[str, Any]) -> Annotated:
    if isinstance(annotation, str):
        return _sql(annotation)
    shown = getattr(annotation, "__name__", None) if isinstance(annotation, type) and not typing.get_args(annotation) else str(annotation)
    if annotation in PLAIN:
        return Annotated(str(shown), PLAIN[annotation])
    if annotation is Decimal:
        return Annotated("Decimal", problem=SAY_DECIMAL)
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        rest = [one for one in inner if one is not type(None)]
        if len(rest) == 1 and len(rest) < len(inner):
            found = _meant(rest[0], names)
            return Annotated(str(shown), found.type, True, found.problem)
    if origin is typing.Annotated:
        told = next((one for one in inner[1:] if isinstance(one, str)), None)
        return _sql(told) if told is not None else _meant(inner[0], names)
    if origin is list and inner:
        item = _read(inner[0], names)
        kind = None if item.type is None else list_of(item.type)
        return Annotated(str(shown), kind, problem=item.problem, listed=True, holds_none=item.optional)
    return Annotated(str(shown))


def _sql(text: str) -> Annotated:
    from ...dialect import parse_type

    try:
        return Annotated(text, parse_type(text))
    except TreadleError as problem:
        return Annotated(text, problem=problem.diagnostics[0].message)


def sql_type(text: str, refuse: Callable[[str | None], NoReturn]) -> DataType:
    """Return the type that SQL spells so, or call `refuse` with what is wrong."""
    found = _sql(text)
    if found.type is None:
        refuse(found.problem)
    return found.type
