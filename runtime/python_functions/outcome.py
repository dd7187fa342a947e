"""Owns what a Python function gave back: an array of the declared length and type, or `Unfit` with what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pyarrow as pa

from ...dialect.diagnostics import TreadleError
from ...dialect.types import DataType
from ...planner.bind.infer import fits
from ..cancel import Cancel
from ..engine.arrow_types import array as array_of
from ..engine.arrow_types import arrow_type, data_type, same_type
from ..struct_nulls import settle_array

Array: TypeAlias = "pa.Array[Any]"
NESTED = ("STRUCT", "MAP", "LIST")


class Unfit(ValueError):
    """What came back does not fit the declaration; `code` is T6121 for its length, T6122 for anything else."""

    def __init__(self, code: str, message: str, help: str) -> None:
        """Store what is wrong, as `it returned …`."""
        self.code, self.message, self.help = code, message, help
        super().__init__(message)


def checked(found: object, rows: int, returns: DataType) -> Array:
    """Return what a vectorised function gave back as an array of exactly the declared type; raises `Unfit`."""
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks() if found.num_chunks != 1 else found.chunk(0)
        found = pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found
    if not isinstance(found, pa.Array):
        home = type(found).__module__.partition(".")[0]
        kind = f"a {'' if home == 'builtins' else home + ' '}{type(found).__name__}" if found is not None else "None"
        help_ = "return a pyarrow.Array: pa.array(…) makes one, or decorate it with @treadle.function to be called for each row"
        raise Unfit("T6122", f"returned {kind}, not an Arrow array", help_)
    if len(found) != rows:
        message = f"returned {_values(len(found))} for {rows:,} row{'' if rows == 1 else 's'}"
        raise Unfit("T6121", message, "return one value for each row, in the same order")
    return _fitted(found, returns)


def _values(count: int) -> str:
    return f"{count:,} value{'' if count == 1 else 's'}"


def _fitted(found: Array, returns: DataType) -> Array:
    """Return an array as the declared type, cast where nothing is lost."""
    wanted = arrow_type(returns)
    try:
        found.validate()
        if found.type.equals(wanted):
            return settle_array(found) if returns.name in NESTED else found
        kind = data_type(found.type)
        if not (fits(kind, returns) or same_type(kind, returns)):
            help_ = f"return {wanted}, or declare RETURNS {kind}"
            raise Unfit("T6122", f"returned {found.type}, which is {kind}; it is declared to return {returns}", help_)
        plain = found.dictionary_decode() if pa.types.is_dictionary(found.type) else found
        return settle_array(plain.cast(wanted, safe=True))
    except (pa.ArrowException, TreadleError) as misfit:
        words = str(misfit).splitlines()[0]
        help_ = f"return values of {wanted}, or declare another type"
        raise Unfit("T6122", f"returned {found.type} that is not all {returns}: {words}", help_) from misfit


def by_row(work: Callable[..., object], given: Sequence[Array], rows: int, returns: DataType, cancel: Cancel) -> Array:
    """Return the results of calling a function once for each row with plain Python objects; raises `Unfit` and whatever it raises."""
    columns = [array.to_pylist() for array in given]
    arguments = zip(*columns, strict=True) if columns else ((),) * rows
    found = []
    for one in arguments:
        cancel.check()
        found.append(work(*one))
    return made(found, returns)


def made(found: list[object], returns: DataType) -> Array:
    """Return plain values as an array of the declared type; raises `Unfit`."""
    try:
        return _array(found, returns)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as misfit:
        for value in found:
            try:
                _array([value], returns)
            except (pa.ArrowException, ValueError, TypeError, OverflowError):
                shown = repr(value)
                shown = shown if len(shown) <= 60 else shown[:59] + "…"
                help_ = f"return a value of {returns}, or None, for each row"
                message = f"returned `{shown}`, which is no value of {returns}"
                raise Unfit("T6122", message, help_) from misfit
        raise


def _array(found: list[object], returns: DataType) -> Array:
    if returns.name in NESTED:
        return settle_array(pa.array(found, arrow_type(returns)))
    if returns.name != "BOOLEAN" and any(isinstance(value, bool) for value in found):
        raise TypeError("a truth value is no number")
    return array_of(returns, found)
