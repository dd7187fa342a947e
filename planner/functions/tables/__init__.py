"""Owns the list of table functions: one file each in this folder, found by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from .base import TableFunction


@cache
def table_functions() -> Mapping[str, TableFunction]:
    """Return every table function by its name; each module of this folder but `base` exports `FUNCTIONS`."""
    found: dict[str, TableFunction] = {}
    for module in sorted(m.name for m in iter_modules(__path__) if m.name != "base"):
        for function in import_module(f"{__name__}.{module}").FUNCTIONS:
            found[function.name] = function
    return found
