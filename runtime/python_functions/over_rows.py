"""Owns `@treadle.aggregate`, `@treadle.window` and `@treadle.table_function`: Python functions over and of rows, callable from SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar, overload

from ...dialect.types import quote
from .decorator import Asked, Function, Volatility, decorated, made_function

P = ParamSpec("P")
R = TypeVar("R")


@overload
def aggregate(work: Callable[P, R], /) -> Function[P, R]: ...
@overload
def aggregate(
    *,
    name: str | None = None,
    arguments: Mapping[str, str] | None = None,
    returns: str | None = None,
    volatility: Volatility = "volatile",
    strict: bool | None = None,
    vectorized: bool = False,
) -> Callable[[Callable[P, R]], Function[P, R]]: ...
def aggregate(
    work: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    arguments: Mapping[str, str] | None = None,
    returns: str | None = None,
    volatility: Volatility = "volatile",
    strict: bool | None = None,
    vectorized: bool = False,
) -> Function[P, R] | Callable[[Callable[P, R]], Function[P, R]]:
    """Make a Python function an aggregate of SQL, once it is registered.

    >>> import treadle
    >>> @treadle.aggregate(volatility="immutable")
    ... def spread(x: list[float]) -> float | None:
    ...     return max(x) - min(x) if x else None
    >>> with treadle.connect() as connection:
    ...     connection.register_function(spread)
    ...     connection.query("SELECT spread(value) AS a, spread(value) FILTER (WHERE value > 4) AS b FROM generate_series(1, 6)").fetchall()
    [(5.0, 1.0)]

    Args:
        name: its name in SQL; the function's own without it.
        arguments, returns: SQL types of single values by argument, and of the result, where annotations don't say them.
        volatility: `immutable` when equal rows give equal results always, `stable` within one run, `volatile` when they may not.
        strict: whether rows with a null argument are left out, and a group without rows gives null without a call.
            Left out: yes where annotations say nothing of None (`list[float]`, not `list[float | None]`); no for vectorised ones.
        vectorized: whether it takes one `pyarrow.ListArray` per argument, with a list for each of many groups, and returns an
            array with a value for each group. Else it is called for each group; an argument annotated `list[…]` is a list of
            Python objects, any other a `pyarrow.Array`.

    Raises:
        TreadleError: T7070 for a signature that SQL can't call.
    """
    return decorated(work, Asked("aggregate", name, arguments, returns, volatility, strict, vectorized))


@overload
def window(work: Callable[P, R], /) -> Function[P, R]: ...
@overload
def window(
    *,
    name: str | None = None,
    arguments: Mapping[str, str] | None = None,
    returns: str | None = None,
    volatility: Volatility = "volatile",
    strict: bool | None = None,
) -> Callable[[Callable[P, R]], Function[P, R]]: ...
def window(
    work: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    arguments: Mapping[str, str] | None = None,
    returns: str | None = None,
    volatility: Volatility = "volatile",
    strict: bool | None = None,
) -> Function[P, R] | Callable[[Callable[P, R]], Function[P, R]]:
    """Make a Python function a window function of SQL, once it is registered: it gets whole partitions, in the order of OVER.

    >>> import treadle
    >>> @treadle.window(volatility="immutable")
    ... def running(x: list[int]) -> list[int]:
    ...     return [sum(x[: at + 1]) for at in range(len(x))]
    >>> with treadle.connect() as connection:
    ...     connection.register_function(running)
    ...     connection.query("SELECT running(value) OVER (ORDER BY value DESC) AS a FROM generate_series(1, 3) ORDER BY value").fetchall()
    [(6,), (5,), (3,)]

    Args:
        name: its name in SQL; the function's own without it.
        arguments, returns: SQL types of single values by argument, and of the result, where annotations don't say them.
        volatility: as of `aggregate`.
        strict: whether rows with a null argument give null, and the function sees the others only.

    An argument annotated `list[…]` is a list of Python objects, any other a `pyarrow.Array`. It returns a value for each
    row of the partition, as a list or an array.

    Raises:
        TreadleError: T7070 for a signature that SQL can't call.
    """
    return decorated(work, Asked("window", name, arguments, returns, volatility, strict))


def table_function(
    *,
    columns: Mapping[str, str],
    name: str | None = None,
    arguments: Mapping[str, str] | None = None,
    volatility: Volatility = "volatile",
    strict: bool = False,
) -> Callable[[Callable[P, R]], Function[P, R]]:
    """Make a Python function a table function of SQL, once it is registered: it gives rows, in FROM.

    >>> import treadle
    >>> @treadle.table_function(columns={"n": "BIGINT", "square": "BIGINT"})
    ... def squares(up_to: int) -> dict[str, list[int]]:
    ...     return {"n": list(range(1, up_to + 1)), "square": [n * n for n in range(1, up_to + 1)]}
    >>> with treadle.connect() as connection:
    ...     connection.register_function(squares)
    ...     connection.query("SELECT * FROM squares(3) WHERE n > 1 ORDER BY n").fetchall()
    [(2, 4), (3, 9)]

    Args:
        columns: names and SQL types of what it returns.
        name: its name in SQL; the function's own without it.
        arguments: SQL types by argument, where annotations don't say them.
        volatility: `immutable` when equal arguments give equal rows always, `stable` within one run, `volatile` when they may not.
        strict: whether a null argument gives no rows, without a call.

    It gets plain Python values, and returns what `register` takes as a table, or a list of dicts. It is called by a run, never
    before, once for each place that reads it.

    Raises:
        TreadleError: T7070 for a signature that SQL can't call.
    """
    returns = f"STRUCT({', '.join(f'{quote(column)} {kind}' for column, kind in columns.items())})[]"
    asked = Asked("table", name, arguments, returns, volatility, strict)
    return lambda target: made_function(target, asked)
