"""Owns `literal_sql`, the one way in which a value becomes engine SQL text.

In: a typed `Value`. Out: a DataFusion expression that evaluates to exactly that value and
type. Nothing else in treadle turns a value into SQL; bound parameters are preferred, and
this writer serves where the engine insists on text (null lists, intervals, locations).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from ..dialect.types import FLOATS, INTEGERS, UNSIGNED, DataType
from .values import Value

ENGINE_TYPES = {"FLOAT": "REAL", **{f"{name} UNSIGNED": f"{name} UNSIGNED" for name in INTEGERS}}
UNITS = {0: "s", 3: "ms", 6: "µs", 9: "ns"}
BITS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}
_EPOCH = datetime(1970, 1, 1)
_NANOSECONDS = range(-(2**63), 2**63)


def literal_sql(value: Value) -> str:
    """Return engine SQL that evaluates to exactly this value, with exactly its type.

    The text is safe inside any expression: it is a call, a cast, a quoted text or in brackets.

    Raises:
        ValueError: the Python object does not fit its type, or no engine value can hold it.

    >>> from ..dialect.types import VARCHAR, BIGINT, list_of
    >>> literal_sql(Value(VARCHAR, "it's"))
    "'it''s'"
    >>> literal_sql(Value(list_of(BIGINT), (1, -2)))
    'make_array(1, (-2))'
    >>> literal_sql(Value(BIGINT, None))
    'CAST(NULL AS BIGINT)'
    """
    return _write(value.type, value.value)


def fits(type: DataType, item: object) -> bool:
    """Say whether a Python object is one that `Value` allows for a type, wholly and without loss."""
    try:
        _write(type, item)
    except ValueError:
        return False
    return True


def bindable(value: Value) -> bool:
    """Say whether the engine takes a value as a bound scalar: not a null list or map, at any depth but in a struct."""
    if value.value is None:
        return value.type.name not in ("LIST", "MAP")
    if isinstance(value.value, tuple) and value.type.name == "LIST":
        return all(bindable(Value(value.type.fields[0].type, item)) for item in value.value)
    if isinstance(value.value, tuple) and value.type.name == "MAP":
        return all(bindable(Value(value.type.fields[1].type, item)) for _, item in value.value)
    return True


def integer_range(type: DataType) -> tuple[int, int]:
    """Return the smallest and the largest value of an integer type.

    >>> integer_range(DataType("TINYINT UNSIGNED"))
    (0, 255)
    """
    base = type.name.removesuffix(" UNSIGNED")
    bits = BITS[base]
    return (0, 2**bits - 1) if type.name in UNSIGNED else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def quote_text(text: str) -> str:
    """Return text as a SQL string, quotes doubled; backslashes mean themselves.

    Raises:
        ValueError: the text has lone surrogates, which no engine text can hold.
    """
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("the text holds a lone surrogate, which is no character")
    return "'" + text.replace("'", "''") + "'"


def _write(type: DataType, item: object) -> str:
    if item is None:
        return _null(type)
    writer = _WRITERS.get(type.name)
    if writer is None:
        raise ValueError(f"a value of type {type} can't be anything but null")
    return writer(type, item)


def _null(type: DataType) -> str:
    if type.name in ("LIST", "MAP", "STRUCT"):
        return f"CASE WHEN false THEN {_sample(type)} END"
    if type.name == "NULL":
        return "NULL"
    if type.name == "VARCHAR":
        return "arrow_cast(NULL, 'Utf8')"  # a cast to VARCHAR yields string views, unlike quoted text
    if type.name == "TIMESTAMP":
        return f"arrow_cast(NULL, '{_timestamp_type(type)}')"
    if type.name == "DURATION":
        return f"arrow_cast(NULL, 'Duration({UNITS[_digits(type)]})')"
    return f"CAST(NULL AS {ENGINE_TYPES.get(type.name, type.sql())})"


def _sample(type: DataType) -> str:
    """Return any value of a nested type: the engine then knows the type whatever its fields are called."""
    if type.name == "LIST":
        return f"make_array({_null(type.fields[0].type)})"
    if type.name == "MAP":
        return _entries(type, ())
    return _struct(type, (None,) * len(type.fields))


def _bool(type: DataType, item: object) -> str:
    if not isinstance(item, bool):
        raise _misfit(type, item)
    return "true" if item else "false"


def _integer(type: DataType, item: object) -> str:
    low, high = integer_range(type)
    if isinstance(item, bool) or not isinstance(item, int) or not low <= item <= high:
        raise _misfit(type, item)
    if type.name == "BIGINT":
        return str(item) if item >= 0 else f"({item})"
    return f"CAST('{item}' AS {type.name})"


def _float(type: DataType, item: object) -> str:
    if not isinstance(item, float):
        raise _misfit(type, item)
    if type.name == "FLOAT" and math.isfinite(item) and single(item) != item:
        raise _misfit(type, item)
    return f"CAST('{item!r}' AS {ENGINE_TYPES.get(type.name, type.name)})"


def single(item: float) -> float:
    """Return the nearest single precision number, an infinity beyond their range."""
    try:
        return float(struct.unpack("f", struct.pack("f", item))[0])
    except OverflowError:
        return math.inf


def _decimal(type: DataType, item: object) -> str:
    if not isinstance(item, Decimal) or not item.is_finite():
        raise _misfit(type, item)
    precision, scale = type.precision or 38, type.scale or 0
    if scale < 0 or scale > precision or not decimal_fits(item, precision, scale):
        raise _misfit(type, item)
    return f"CAST('{item:f}' AS DECIMAL({precision}, {scale}))"


def decimal_fits(item: Decimal, precision: int, scale: int) -> bool:
    """Say whether a finite decimal has no more digits than `DECIMAL(precision, scale)` holds.

    >>> decimal_fits(Decimal("1.50"), 2, 1), decimal_fits(Decimal("1.55"), 2, 1)
    (True, False)
    """
    _, digits, exponent = item.as_tuple()
    if not isinstance(exponent, int):
        return False
    number = int("".join(map(str, digits)) or "0")
    if number == 0:
        return True
    while number % 10 == 0:
        number, exponent = number // 10, exponent + 1
    return exponent >= -scale and len(str(number)) + exponent <= precision - scale


def _text(type: DataType, item: object) -> str:
    if not isinstance(item, str):
        raise _misfit(type, item)
    return quote_text(item)


def _bytes(type: DataType, item: object) -> str:
    if not isinstance(item, bytes):
        raise _misfit(type, item)
    return f"X'{item.hex()}'"


def _date(type: DataType, item: object) -> str:
    if not isinstance(item, date) or isinstance(item, datetime):
        raise _misfit(type, item)
    return f"CAST('{item.isoformat()}' AS DATE)"


def _time(type: DataType, item: object) -> str:
    if not isinstance(item, time) or item.tzinfo is not None:
        raise _misfit(type, item)
    return f"CAST('{item.isoformat()}' AS TIME)"


def _timestamp(type: DataType, item: object) -> str:
    if not isinstance(item, datetime) or (item.tzinfo is not None) != (type.zone is not None):
        raise _misfit(type, item)
    local = item.astimezone(UTC).replace(tzinfo=None) if item.tzinfo else item
    digits = _digits(type)
    micros = (local - _EPOCH) // timedelta(microseconds=1)
    if digits < 6 and micros % 10 ** (6 - digits) or digits == 9 and micros * 1000 not in _NANOSECONDS:
        raise _misfit(type, item)
    return f"arrow_cast('{local.isoformat()}{'Z' if type.zone else ''}', '{_timestamp_type(type)}')"


def _timestamp_type(type: DataType) -> str:
    zone = f', "{type.zone}"' if type.zone else ""
    if any(char in (type.zone or "") for char in "'\"\\"):
        raise ValueError(f"`{type.zone}` is no time zone")
    return f"Timestamp({UNITS[_digits(type)]}{zone})"


def _digits(type: DataType) -> int:
    digits = 6 if type.precision is None else type.precision
    if digits not in UNITS:
        raise ValueError(f"{type} has {digits} digits of the second; 0, 3, 6 and 9 are possible")
    return digits


def _interval(type: DataType, item: object) -> str:
    if not isinstance(item, tuple) or len(item) != 3 or not all(isinstance(part, int) for part in item):
        raise _misfit(type, item)
    months, days, nanos = item
    if not (-(2**31) <= months < 2**31 and -(2**31) <= days < 2**31 and nanos in _NANOSECONDS):
        raise _misfit(type, item)
    return f"CAST('{months} months {days} days {nanos} nanoseconds' AS INTERVAL)"


def _duration(type: DataType, item: object) -> str:
    if not isinstance(item, timedelta):
        raise _misfit(type, item)
    digits = _digits(type)
    micros = item // timedelta(microseconds=1)
    ticks, rest = divmod(micros * 10**digits, 10**6)
    if rest or ticks not in _NANOSECONDS:
        raise _misfit(type, item)
    return f"arrow_cast({ticks if ticks >= 0 else f'({ticks})'}, 'Duration({UNITS[digits]})')"


def _list(type: DataType, item: object) -> str:
    if not isinstance(item, tuple):
        raise _misfit(type, item)
    return _array(type.fields[0].type, item)


def _array(element: DataType, items: tuple[object, ...]) -> str:
    if not items:
        return f"array_slice(make_array({_null(element)}), 2, 1)"
    return f"make_array({', '.join(_write(element, one) for one in items)})"


def _struct(type: DataType, item: object) -> str:
    if not isinstance(item, tuple) or len(item) != len(type.fields) or not item or any(not f.name for f in type.fields):
        raise _misfit(type, item)
    parts = (f"{quote_text(f.name)}, {_write(f.type, one)}" for f, one in zip(type.fields, item, strict=True))
    return f"named_struct({', '.join(parts)})"


def _map(type: DataType, item: object) -> str:
    if not isinstance(item, tuple) or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in item):
        raise _misfit(type, item)
    keys = [pair[0] for pair in item]
    if None in keys or len(set(keys)) != len(keys):
        raise ValueError("the keys of a map are distinct and not null")
    return _entries(type, item)


def _entries(type: DataType, pairs: tuple[tuple[object, object], ...]) -> str:
    keys = _array(type.fields[0].type, tuple(pair[0] for pair in pairs))
    return f"map({keys}, {_array(type.fields[1].type, tuple(pair[1] for pair in pairs))})"


def _misfit(type: DataType, item: object) -> ValueError:
    return ValueError(f"`{item!r}` is no value of type {type}")


_WRITERS: dict[str, Callable[[DataType, object], str]] = {
    "BOOLEAN": _bool,
    **dict.fromkeys((*INTEGERS, *UNSIGNED), _integer),
    **dict.fromkeys(FLOATS, _float),
    "DECIMAL": _decimal,
    "VARCHAR": _text,
    "BYTEA": _bytes,
    "DATE": _date,
    "TIME": _time,
    "TIMESTAMP": _timestamp,
    "INTERVAL": _interval,
    "DURATION": _duration,
    "LIST": _list,
    "STRUCT": _struct,
    "MAP": _map,
}
