"""Owns how values are written down: canonical JSON, text of the command line, Python objects.

In: a `Value`, JSON of a specification, `-p name=text`, or what a Python caller passes.
Out: the other of the two. Whatever does not fit a type raises `ValueError` with a reason
that a diagnostic can show; nothing is rounded, cut or guessed.
"""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from ..dialect.types import FLOATS, DataType
from .coerce import coerce, infer
from .spec import TypedValue
from .text import parse_text
from .values import Value

_FLOAT_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def to_json(value: Value) -> TypedValue:
    """Return a value in its canonical JSON form, the same for equal values on every machine.

    Numbers stay numbers; NaN and infinities are words; decimals, dates, times and timestamps
    are text; bytes are hexadecimal; an interval is an object of three numbers, a duration its
    microseconds; lists are arrays, structs arrays in field order, maps arrays of pairs.
    """
    return TypedValue(type=value.type.sql(), value=_dump(value.type, value.value))


def from_json(typed: TypedValue) -> Value:
    """Return the value that `to_json` wrote.

    Raises:
        ValueError: the JSON is no value of its type, or the type can't be read.
    """
    from ..dialect import parse_type

    type = parse_type(typed.type)
    value = Value(type, _load(type, typed.value))
    return coerce(value.value, type)


def from_text(text: str, type: DataType) -> Value:
    """Return the value that a person wrote as text (`-p name=text`, the environment, TOML).

    `null` is null for every type but `VARCHAR`, whose text is taken as it is. Dates and
    timestamps are ISO 8601, bytes hexadecimal, intervals `1 month 2 days`; a list is a
    JSON array or words between commas; structs and maps are JSON.

    Raises:
        ValueError: the text is no value of this type; says why.

    >>> from ..dialect.types import BIGINT, VARCHAR, list_of
    >>> from_text("42", BIGINT).value, from_text("UA,AA", list_of(VARCHAR)).value
    (42, ('UA', 'AA'))
    """
    return Value(type, parse_text(text, type))


def from_python(obj: object, type: DataType | None = None) -> Value:
    """Return what a Python object means: by itself, or as a value of a type.

    NumPy, pandas and Arrow scalars and arrays are taken through their own methods. With a
    type only lossless conversions are made (text in ISO form for dates and times counts).

    Raises:
        ValueError: the object means nothing here, or does not fit the type; says why.

    >>> from_python([1, None]).type.sql()
    'BIGINT[]'
    """
    return infer(obj) if type is None else coerce(obj, type)


def canonical(document: object) -> str:
    """Return JSON text with sorted keys, no spaces and no locale: the form that digests are made of."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _dump(type: DataType, item: object) -> object:
    if item is None or isinstance(item, bool | int | str):
        return item
    if isinstance(item, float):
        return item if math.isfinite(item) else "NaN" if math.isnan(item) else "Infinity" if item > 0 else "-Infinity"
    if isinstance(item, Decimal):
        return format(item, "f")
    if isinstance(item, bytes):
        return item.hex()
    if isinstance(item, datetime):
        return item.isoformat().replace("+00:00", "Z")
    if isinstance(item, date | time):
        return item.isoformat()
    if isinstance(item, timedelta):
        return item // timedelta(microseconds=1)
    return _dump_nested(type, item)


def _dump_nested(type: DataType, item: object) -> object:
    if not isinstance(item, tuple):
        raise ValueError(f"`{item!r}` is no value of type {type}")
    if type.name == "INTERVAL":
        return dict(zip(("months", "days", "nanoseconds"), item, strict=True))
    if type.name == "LIST":
        return [_dump(type.fields[0].type, one) for one in item]
    if type.name == "MAP":
        return [[_dump(type.fields[0].type, pair[0]), _dump(type.fields[1].type, pair[1])] for pair in item]
    return [_dump(f.type, one) for f, one in zip(type.fields, item, strict=True)]


def _load(type: DataType, item: object) -> object:
    """Return JSON as the objects that `coerce` takes: what JSON has no words for is read here."""
    if item is None:
        return None
    if type.name in FLOATS and isinstance(item, str):
        return _FLOAT_WORDS.get(item, item)
    if type.name == "BYTEA" and isinstance(item, str):
        return bytes.fromhex(item)
    if type.name == "DURATION" and isinstance(item, int):
        return timedelta(microseconds=item)
    if type.name == "INTERVAL" and isinstance(item, dict):
        return tuple(item.get(part) for part in ("months", "days", "nanoseconds"))
    if isinstance(item, list) and type.name in ("LIST", "STRUCT", "MAP"):
        return _load_nested(type, item)
    return item


def _load_nested(type: DataType, items: list[object]) -> object:
    if type.name == "LIST":
        return tuple(_load(type.fields[0].type, one) for one in items)
    if type.name == "STRUCT":
        if len(items) != len(type.fields):
            raise ValueError(f"{len(items)} values were found for {len(type.fields)} fields")
        return tuple(_load(f.type, one) for f, one in zip(type.fields, items, strict=True))
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in items):
        raise ValueError("a map is an array of pairs")
    key, value = type.fields
    return tuple((_load(key.type, pair[0]), _load(value.type, pair[1])) for pair in items if isinstance(pair, list))
