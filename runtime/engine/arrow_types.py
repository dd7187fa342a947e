"""Owns the way between Arrow and treadle: types, schemas, and single values, both ways and without loss.

In: what pyarrow holds. Out: `DataType`, `Schema`, `Value`, and back. Layouts that hold the
same values (views, large and dictionary kinds) are one type of treadle's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from ...dialect.diagnostics import TreadleError, error
from ...dialect.types import INTEGERS, UNSIGNED, DataType, Field, Schema
from ...planner.values import Value

DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
UNITS = {digits: unit for unit, digits in DIGITS.items()}
UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Z", "+00:00", "+0000", "GMT", "utc"})

_EPOCH = datetime(1970, 1, 1)
_INTEGERS = dict(
    zip(
        (*INTEGERS, *UNSIGNED),
        (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
        strict=True,
    )
)
_PLAIN: dict[str, pa.DataType] = {
    **_INTEGERS,
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "BYTEA": pa.binary(),
    "DATE": pa.date32(),
    "TIME": pa.time64("ns"),
    "INTERVAL": pa.month_day_nano_interval(),
    "NULL": pa.null(),
}
_VIEWS = {"VARCHAR": pa.string_view()}
_KNOWN = {kind: DataType(name) for name, kind in _PLAIN.items()} | {kind: DataType(name) for name, kind in _VIEWS.items()}
_TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_BINARIES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
_LISTS = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list, pa.types.is_list_view, pa.types.is_large_list_view)


def data_type(kind: pa.DataType) -> DataType:
    """Return treadle's type of an Arrow type.

    Raises:
        TreadleError: T6063, for the few types that treadle has no name for (unions, half floats).
    """
    known = _KNOWN.get(kind)
    if known is not None:
        return known
    if isinstance(kind, pa.BaseExtensionType):
        return data_type(kind.storage_type)
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return data_type(kind.value_type)
    found = _temporal(kind) or _nested(kind)
    if found is not None:
        return found
    if any(test(kind) for test in _TEXTS):
        return DataType("VARCHAR")
    if any(test(kind) for test in _BINARIES):
        return DataType("BYTEA")
    if pa.types.is_decimal(kind):
        return DataType("DECIMAL", kind.precision, kind.scale)
    raise _unnamed(kind)


def _unnamed(kind: pa.DataType) -> TreadleError:
    return error("T6063", f"the Arrow type `{kind}` has no counterpart in SQL", help="cast the column in the data that it comes from")


def _temporal(kind: pa.DataType) -> DataType | None:
    if pa.types.is_timestamp(kind):
        zone = "UTC" if kind.tz in UTC_NAMES else kind.tz
        return DataType("TIMESTAMP", DIGITS[kind.unit], zone=zone)
    if pa.types.is_duration(kind):
        return DataType("DURATION", DIGITS[kind.unit])
    if pa.types.is_time(kind):
        return DataType("TIME")
    return DataType("DATE") if pa.types.is_date(kind) else None


def _nested(kind: pa.DataType) -> DataType | None:
    if any(test(kind) for test in _LISTS):
        return DataType("LIST", fields=(Field("item", data_type(kind.value_type), kind.value_field.nullable),))
    if pa.types.is_struct(kind):
        return DataType("STRUCT", fields=tuple(_field(kind.field(i)) for i in range(kind.num_fields)))
    if pa.types.is_map(kind):
        value = Field("value", data_type(kind.item_type), kind.item_field.nullable)
        return DataType("MAP", fields=(Field("key", data_type(kind.key_type), False), value))
    return None


def _field(field: pa.Field) -> Field:
    return Field(field.name, data_type(field.type), field.nullable)


def schema(arrow: pa.Schema) -> Schema:
    """Return treadle's schema of an Arrow schema; raises `TreadleError` as `data_type` does."""
    return Schema(tuple(_field(field) for field in arrow))


def arrow_type(kind: DataType, *, views: bool = False) -> pa.DataType:
    """Return the Arrow type that treadle uses for one of its own.

    Args:
        kind: the type.
        views: whether texts are views, as the engine reads declared columns; inside maps they never are.
    """
    if views and kind.name in _VIEWS:
        return _VIEWS[kind.name]
    if kind.name in _PLAIN:
        return _PLAIN[kind.name]
    if kind.name == "DECIMAL":
        precision = kind.precision or 38
        return (pa.decimal128 if precision <= 38 else pa.decimal256)(precision, kind.scale or 0)
    if kind.name == "TIMESTAMP":
        return pa.timestamp(unit(kind), kind.zone)
    if kind.name == "DURATION":
        return pa.duration(unit(kind))
    return _arrow_nested(kind, views)


def _arrow_nested(kind: DataType, views: bool) -> pa.DataType:
    if kind.name == "MAP":
        key, value = kind.fields
        keys = (
            pa.string() if key.type.name == "NULL" else arrow_type(key.type)
        )  # Arrow's keys are never null, so an empty map's need a type
        return pa.map_(keys, pa.field("value", arrow_type(value.type), value.nullable))
    fields = [pa.field(f.name, arrow_type(f.type, views=views), f.nullable) for f in kind.fields]
    return pa.list_(fields[0]) if kind.name == "LIST" else pa.struct(fields)


def unit(kind: DataType) -> str:
    """Return Arrow's unit, `s`, `ms`, `us` or `ns`, of a timestamp or duration; microseconds unless said."""
    return UNITS[6 if kind.precision is None else kind.precision]


def arrow_schema(columns: Schema, *, views: bool = False) -> pa.Schema:
    """Return the Arrow schema that treadle uses for a schema; `views` as in `arrow_type`."""
    return pa.schema([pa.field(f.name, arrow_type(f.type, views=views), f.nullable) for f in columns])


def same_columns(one: Schema, other: Schema) -> bool:
    """Say whether two schemas have the same names and types in the same order, whatever may be null."""
    return one.names == other.names and all(same_type(a.type, b.type) for a, b in zip(one, other, strict=True))


def same_type(one: DataType, other: DataType) -> bool:
    """Say whether two types are the same, whatever may be null inside them."""
    if not one.fields and not other.fields:
        return one == other
    if one.name != other.name or len(one.fields) != len(other.fields):
        return False
    pairs = list(zip(one.fields, other.fields, strict=True))
    return all((one.name != "STRUCT" or a.name == b.name) and same_type(a.type, b.type) for a, b in pairs)


def scalar(value: Value) -> pa.Scalar[Any]:
    """Return a value as an Arrow scalar of exactly its type.

    Raises:
        ValueError: the Python object does not fit the type.
    """
    try:
        return pa.scalar(_to_arrow(value.type, value.value), arrow_type(value.type))
    except (pa.ArrowException, TypeError, OverflowError, AttributeError) as misfit:
        raise ValueError(f"`{value.value!r}` is no value of type {value.type}") from misfit


def array(kind: DataType, items: Iterable[object]) -> pa.Array:
    """Return Python objects, each as `Value` allows for the type, as an Arrow array of exactly the type; errors as `scalar`."""
    held = list(items)
    try:
        return pa.array([_to_arrow(kind, item) for item in held], arrow_type(kind))
    except (pa.ArrowException, TypeError, OverflowError, AttributeError) as misfit:
        raise ValueError(f"`{held!r}` are no values of type {kind}") from misfit


def _to_arrow(kind: DataType, item: Any) -> Any:
    """Return the Python object from which pyarrow makes a value of the type; times as integers, so none is rounded."""
    convert = _INTO.get(kind.name)
    return item if item is None or convert is None else convert(kind, item)


def _ticks(kind: DataType, span: timedelta) -> int:
    digits = 6 if kind.precision is None else kind.precision
    ticks, rest = divmod(span // timedelta(microseconds=1) * int(10**digits), 10**6)
    if rest:
        raise TypeError("finer than its type")
    return ticks


def _from_datetime(kind: DataType, item: datetime) -> int:
    if (item.tzinfo is None) != (kind.zone is None):
        raise TypeError("a zone is there where the type has none, or missing")
    naive = item.astimezone(UTC).replace(tzinfo=None) if item.tzinfo else item
    return _ticks(kind, naive - _EPOCH)


def _from_time(kind: DataType, item: time) -> int:
    return (((item.hour * 60 + item.minute) * 60 + item.second) * 10**6 + item.microsecond) * 1000


def _from_struct(kind: DataType, item: tuple[Any, ...]) -> list[tuple[str, Any]]:
    return [(f.name, _to_arrow(f.type, one)) for f, one in zip(kind.fields, item, strict=True)]


def _from_map(kind: DataType, item: tuple[tuple[Any, Any], ...]) -> list[tuple[Any, Any]]:
    key, value = kind.fields
    return [(_to_arrow(key.type, k), _to_arrow(value.type, v)) for k, v in item]


_INTO: dict[str, Callable[[DataType, Any], Any]] = {
    "TIMESTAMP": _from_datetime,
    "DURATION": _ticks,
    "TIME": _from_time,
    "INTERVAL": lambda kind, item: pa.MonthDayNano(list(item)),
    "LIST": lambda kind, item: [_to_arrow(kind.fields[0].type, one) for one in item],
    "STRUCT": _from_struct,
    "MAP": _from_map,
}


def value(item: pa.Scalar[Any]) -> Value:
    """Return an Arrow scalar as a typed value.

    Raises:
        ValueError: Python has no object for it: an instant outside the years 1 to 9999, or finer than a microsecond.
        TreadleError: T6063, as `data_type`.
    """
    kind = data_type(item.type)
    return Value(kind, _python(kind, item))


def _python(kind: DataType, item: Any) -> Any:
    if not item.is_valid:
        return None
    if pa.types.is_dictionary(item.type) or isinstance(item.type, pa.BaseExtensionType):
        item = item.value
    convert = _OUT.get(kind.name)
    return item.as_py() if convert is None else convert(kind, item)


def _micros(item: Any) -> int:
    micros, rest = divmod(item.value * 10**6, 10 ** DIGITS[item.type.unit])
    if rest:
        raise ValueError(f"the {item.type} of {item.value} is finer than a microsecond; cast it to six digits of the second")
    return int(micros)


def _to_datetime(kind: DataType, item: Any) -> datetime:
    try:
        found = _EPOCH + timedelta(microseconds=_micros(item))
    except OverflowError as beyond:
        raise ValueError(f"the instant {item.value} {item.type.unit} after 1970 lies outside the years 1 to 9999") from beyond
    return found.replace(tzinfo=UTC) if kind.zone else found


def _to_time(kind: DataType, item: Any) -> time:
    return (_EPOCH + timedelta(microseconds=_micros(item))).time()


def _to_date(kind: DataType, item: Any) -> date:
    days = item.value if pa.types.is_date32(item.type) else item.value // 86_400_000
    try:
        return date(1970, 1, 1) + timedelta(days=days)
    except OverflowError as beyond:
        raise ValueError(f"the day {days} after 1970 lies outside the years 1 to 9999") from beyond


def _to_struct(kind: DataType, item: Any) -> tuple[Any, ...]:
    return tuple(_python(f.type, item[i]) for i, f in enumerate(kind.fields))


def _to_map(kind: DataType, item: Any) -> tuple[tuple[Any, Any], ...]:
    key, value = kind.fields
    entries = item.values
    return tuple((_python(key.type, entry[0]), _python(value.type, entry[1])) for entry in entries)


_OUT: dict[str, Callable[[DataType, Any], Any]] = {
    "TIMESTAMP": _to_datetime,
    "DURATION": lambda kind, item: timedelta(microseconds=_micros(item)),
    "TIME": _to_time,
    "DATE": _to_date,
    "INTERVAL": lambda kind, item: tuple(item.as_py()),
    "LIST": lambda kind, item: tuple(_python(kind.fields[0].type, one) for one in item.values),
    "STRUCT": _to_struct,
    "MAP": _to_map,
}
