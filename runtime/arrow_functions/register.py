"""Owns making treadle's own Arrow functions known to an engine: they are there in every session, under private names."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pyarrow as pa
from datafusion import SessionContext

from ...planner.functions.packs import arrow_functions
from ..engine.user_functions import register, user_function


def register_arrow_functions(context: SessionContext) -> None:
    """Make every one known; its module is imported once it is called."""
    for one in arrow_functions().values():
        register(context, user_function(one.shape, _late(one.target)))


def _late(target: str) -> Callable[..., pa.Array[Any]]:
    module, _, name = target.partition(":")

    def call(*arguments: pa.Array[Any]) -> pa.Array[Any]:
        made = getattr(import_module(f"treadle.runtime.arrow_functions.{module}"), name)(*arguments)
        assert isinstance(made, pa.Array)
        return made

    return call
