"""Owns making functions known to an engine: treadle's own Arrow functions in every session, others while a text of a session is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pyarrow as pa
from datafusion import SessionContext

from ...planner.functions.packs import arrow_functions
from ..engine.user_functions import UserFunction, deregister, register, user_function


def register_arrow_functions(context: SessionContext, names: Iterable[str] | None = None) -> None:
    """Make every one known, or those of some names; their modules are imported once they are called."""
    every = arrow_functions()
    for name in every if names is None else [name for name in names if name in every]:
        register(context, user_function(every[name].shape, _late(every[name].target)))


@contextmanager
def knowing(context: SessionContext, functions: Mapping[str, UserFunction]) -> Iterator[None]:
    """Register a session's functions while a text is read: the engine has one list of them, plans keep what they found.

    Call it with the session's lock held. The names are none of the engine's own, which deregistering would take away;
    treadle's own functions, which a session may know in another way, come back.
    """
    try:
        for function in functions.values():
            register(context, function)
        yield
    finally:
        deregister(context, functions)
        register_arrow_functions(context, functions)


def _late(target: str) -> Callable[..., pa.Array[Any]]:
    module, _, name = target.partition(":")

    def call(*arguments: pa.Array[Any]) -> pa.Array[Any]:
        made = getattr(import_module(f"treadle.runtime.arrow_functions.{module}"), name)(*arguments)
        assert isinstance(made, pa.Array)
        return made

    return call
