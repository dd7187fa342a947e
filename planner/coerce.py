"""Owns what Python objects mean as values: `infer` gives them a type, `coerce` fits them to one.

In: an object of a Python caller (NumPy, pandas and Arrow ones through their own methods).
Out: a `Value`, or `ValueError` with a reason. Only lossless conversions are made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from typing import cast

from ..dialect.types import (
    BIGINT,
    BOOLEAN,
    BYTEA,
    DATE,
    DOUBLE,
    FLOATS,
    INTERVAL,
    NULL,
    TIME,
    VARCHAR,
    DataType,
    Field,
    decimal,
    list_of,
    struct,
    timestamp,
)
from .literal import decimal_fits, fits, integer_range, single
from .values import Value

_ABSENT = ("NaTType", "NAType")


def infer(obj: object) -> Value:
    """Return an object with the type that it has by itself.

    Raises:
        ValueError: no type can hold it, or the elements of a list have no type in common.

    >>> infer({"a": 1.5}).type.sql()
    'STRUCT("a" DOUBLE)'
    """
    return coerce(obj, _type_of(native(obj)))


def coerce(obj: object, type: DataType) -> Value:
    """Return an object as a value of a type, converted only where nothing is lost.

    A `FLOAT` takes the nearest single precision number, since that is what any decimal
    fraction means there.

    Raises:
        ValueError: it does not fit; says what was found and what is expected.
    """
    return Value(type, _fit(native(obj), type))


def native(obj: object) -> object:
    """Return the plain Python object of a NumPy, pandas or Arrow scalar or array, else the object itself.

    Raises:
        ValueError: it holds nanoseconds that Python's own types can't.
    """
    kind = obj.__class__.__name__
    if kind in _ABSENT:
        return None
    if kind in ("datetime64", "timedelta64"):
        return _numpy_time(obj)
    if getattr(obj, "nanosecond", 0) or getattr(obj, "nanoseconds", 0) and isinstance(obj, timedelta):
        raise ValueError(f"`{obj}` has nanoseconds, which can't be kept")
    for method in ("as_py", "to_pylist", "tolist", "item"):
        found = getattr(obj, method, None)
        if callable(found) and not isinstance(obj, int | float | str | bytes | Decimal | datetime):
            return found()
    return obj


def _numpy_time(obj: object) -> object:
    micros = cast("Callable[[str], object]", obj.astype)(f"{obj.__class__.__name__}[us]")  # type: ignore[attr-defined]
    plain: object = cast("Callable[[], object]", micros.item)()  # type: ignore[attr-defined]
    if plain is not None and not bool(micros == obj):
        raise ValueError(f"`{obj}` has nanoseconds, which can't be kept")
    return plain


def _type_of(obj: object) -> DataType:
    if isinstance(obj, int) and not isinstance(obj, bool):
        return _integer_type(obj)
    if isinstance(obj, Decimal):
        return _decimal_type(obj)
    if isinstance(obj, datetime):
        return timestamp(zone="UTC" if obj.tzinfo else None)
    if isinstance(obj, list | tuple | set | frozenset):
        return list_of(reduce(_common, (_type_of(native(one)) for one in obj), NULL))
    if isinstance(obj, Mapping):
        return struct(*(Field(_key(name), _type_of(native(one))) for name, one in obj.items()))
    for python, type in _PLAIN:
        if isinstance(obj, python):
            return type
    raise ValueError(f"a Python `{obj.__class__.__name__}` is no value; expected a number, text, bytes, date, time, list or dict")


_PLAIN: tuple[tuple[type, DataType], ...] = (
    (bool, BOOLEAN),
    (float, DOUBLE),
    (str, VARCHAR),
    (bytes, BYTEA),
    (bytearray, BYTEA),
    (memoryview, BYTEA),
    (date, DATE),
    (time, TIME),
    (timedelta, INTERVAL),
    (type(None), NULL),
)


def _key(name: object) -> str:
    if not isinstance(name, str):
        raise ValueError(f"the key `{name!r}` of a dict is no text")
    return name


def _integer_type(number: int) -> DataType:
    for type in (BIGINT, DataType("BIGINT UNSIGNED")):
        low, high = integer_range(type)
        if low <= number <= high:
            return type
    return _decimal_type(Decimal(number))


def _decimal_type(number: Decimal) -> DataType:
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"`{number}` is no finite decimal")
    scale = max(0, -exponent)
    precision = max(len(digits) + max(0, exponent), scale, 1)
    if precision > 76:
        raise ValueError(f"`{number}` has {precision} digits; 76 is the most")
    return decimal(precision, scale)


def _common(left: DataType, right: DataType) -> DataType:
    """Return the type that holds the values of both; what one of them would lose is refused when fitted."""
    if left == right or right.name == "NULL":
        return left
    if left.name == "NULL":
        return right
    if left.is_number and right.is_number:
        return _common_number(left, right)
    if left.name == right.name and len(left.fields) == len(right.fields) and left.name in ("LIST", "STRUCT"):
        pairs = zip(left.fields, right.fields, strict=True)
        if all(a.name == b.name for a, b in zip(left.fields, right.fields, strict=True)):
            return DataType(left.name, fields=tuple(Field(a.name, _common(a.type, b.type)) for a, b in pairs))
    raise ValueError(f"a list can't hold both {left} and {right}")


def _common_number(left: DataType, right: DataType) -> DataType:
    if "DOUBLE" in (left.name, right.name):
        return DOUBLE
    scale = max(left.scale or 0, right.scale or 0)
    whole = max(_whole_digits(left), _whole_digits(right))
    return decimal(min(76, whole + scale), scale)


def _whole_digits(type: DataType) -> int:
    return (type.precision or 38) - (type.scale or 0) if type.name == "DECIMAL" else len(str(integer_range(type)[1]))


def _fit(obj: object, type: DataType) -> object:
    if obj is None or (isinstance(obj, datetime) and obj.isoformat() == "NaT"):
        return None
    fitter = _FITTERS.get(type.name) or (_fit_integer if type.is_integer else _fit_float if type.name in FLOATS else _as_is)
    found = fitter(obj, type)
    if not fits(type, found):
        raise _misfit(obj, type)
    return found


def _misfit(obj: object, type: DataType) -> ValueError:
    return ValueError(f"`{obj}` ({obj.__class__.__name__}) does not fit {type}")


def _as_is(obj: object, type: DataType) -> object:
    return obj


def _fit_integer(obj: object, type: DataType) -> object:
    if isinstance(obj, bool):
        raise _misfit(obj, type)
    if isinstance(obj, float | Decimal) and math.isfinite(obj) and obj == int(obj):
        return int(obj)
    return int(obj) if isinstance(obj, int) else obj


def _fit_float(obj: object, type: DataType) -> object:
    if isinstance(obj, bool) or not isinstance(obj, int | float | Decimal):
        raise _misfit(obj, type)
    try:
        number = float(obj)
    except OverflowError:
        raise _misfit(obj, type) from None
    if isinstance(obj, int) and int(number) != obj:
        raise _misfit(obj, type)
    if type.name == "FLOAT" and math.isfinite(number):
        nearest = single(number)
        if math.isinf(nearest):
            raise _misfit(obj, type)
        return nearest
    return number


def _fit_decimal(obj: object, type: DataType) -> object:
    if isinstance(obj, bool) or not isinstance(obj, int | float | str | Decimal):
        raise _misfit(obj, type)
    try:
        number = Decimal(repr(obj) if isinstance(obj, float) else obj)
    except ArithmeticError:
        raise _misfit(obj, type) from None
    precision, scale = type.precision or 38, type.scale or 0
    if not number.is_finite() or not decimal_fits(number, precision, scale):
        raise _misfit(obj, type)
    return _at_scale(number, scale)


def _at_scale(number: Decimal, scale: int) -> Decimal:
    """Return a decimal with exactly so many digits behind the point; equal values are then spelt alike."""
    sign, digits, exponent = number.as_tuple()
    shift = int(exponent) + scale
    whole = int("".join(map(str, digits)) or "0")
    whole = whole * 10**shift if shift >= 0 else whole // 10**-shift
    return Decimal((0 if whole == 0 else sign, tuple(map(int, str(whole))), -scale))


def _fit_bytes(obj: object, type: DataType) -> object:
    return bytes(obj) if isinstance(obj, bytearray | memoryview) else obj


def _fit_date(obj: object, type: DataType) -> object:
    if isinstance(obj, datetime):
        if obj.tzinfo is None and obj.time() == time():
            return obj.date()
        raise _misfit(obj, type)
    if isinstance(obj, str):
        return _parsed(date.fromisoformat, obj, type)
    return date(obj.year, obj.month, obj.day) if isinstance(obj, date) else obj


def _parsed(read: Callable[[str], object], text: str, type: DataType) -> object:
    try:
        return read(text)
    except ValueError as cause:
        raise ValueError(f"`{text}` is no {type} ({cause})") from None


def _fit_time(obj: object, type: DataType) -> object:
    return _parsed(time.fromisoformat, obj, type) if isinstance(obj, str) else obj


def _fit_timestamp(obj: object, type: DataType) -> object:
    if isinstance(obj, str):
        obj = _parsed(datetime.fromisoformat, obj, type)
    if isinstance(obj, date) and not isinstance(obj, datetime):
        obj = datetime(obj.year, obj.month, obj.day)
        return obj.replace(tzinfo=UTC) if type.zone else obj
    if not isinstance(obj, datetime):
        raise _misfit(obj, type)
    if (obj.tzinfo is None) == bool(type.zone):
        raise ValueError(f"`{obj}` has {'no' if type.zone else 'a'} time zone, {type} has {'one' if type.zone else 'none'}")
    moment = obj.astimezone(UTC) if obj.tzinfo else obj
    parts = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, moment.microsecond)
    return datetime(*parts, tzinfo=UTC if obj.tzinfo else None)


def _fit_interval(obj: object, type: DataType) -> object:
    if isinstance(obj, str):
        from .text import parse_interval

        return parse_interval(obj)
    if isinstance(obj, timedelta):
        micros = obj // timedelta(microseconds=1)
        sign = -1 if micros < 0 else 1
        days, rest = divmod(abs(micros), 86_400_000_000)
        return 0, sign * days, sign * rest * 1000
    return tuple(obj) if isinstance(obj, tuple | list) else obj


def _fit_list(obj: object, type: DataType) -> object:
    element = type.fields[0].type
    if isinstance(obj, set | frozenset):
        return tuple(sorted((_fit(native(one), element) for one in obj), key=_set_order))
    if not isinstance(obj, list | tuple):
        raise _misfit(obj, type)
    return tuple(_fit(native(one), element) for one in obj)


def _set_order(item: object) -> tuple[bool, str]:
    """Sort a set's members in one order in every process; a set has none of its own."""
    return item is not None, f"{item!r}"


def _fit_struct(obj: object, type: DataType) -> object:
    names = [f.name for f in type.fields]
    if isinstance(obj, Mapping):
        unknown = [str(name) for name in obj if name not in names]
        if unknown:
            raise ValueError(f"{type} has no field `{unknown[0]}`")
        return tuple(_fit(native(obj.get(f.name)), f.type) for f in type.fields)
    if not isinstance(obj, list | tuple) or len(obj) != len(names):
        raise _misfit(obj, type)
    return tuple(_fit(native(one), f.type) for f, one in zip(type.fields, obj, strict=True))


def _fit_map(obj: object, type: DataType) -> object:
    key, value = type.fields
    pairs = list(obj.items()) if isinstance(obj, Mapping) else obj
    if not isinstance(pairs, list | tuple) or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise _misfit(obj, type)
    return tuple((_fit(native(pair[0]), key.type), _fit(native(pair[1]), value.type)) for pair in pairs)


_FITTERS: dict[str, Callable[[object, DataType], object]] = {
    "DECIMAL": _fit_decimal,
    "BYTEA": _fit_bytes,
    "DATE": _fit_date,
    "TIME": _fit_time,
    "TIMESTAMP": _fit_timestamp,
    "INTERVAL": _fit_interval,
    "LIST": _fit_list,
    "STRUCT": _fit_struct,
    "MAP": _fit_map,
}
