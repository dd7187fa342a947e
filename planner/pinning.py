"""Owns putting pins into a specification."""

from __future__ import annotations

from .ports import Lake
from .resolve import Pins, pin_spec
from .spec import ExecutionSpec


def pinned(spec: ExecutionSpec, pins: Pins, lake: Lake) -> ExecutionSpec:
    """Return the specification with every source pinned; what the lake found is kept at hand."""
    made = tuple(pin_spec(name, pin, lake) for name, pin in sorted(pins.by_name.items()))
    fixed = spec.model_copy(update={"pins": made, "cut": pins.how})
    fixed._pinned.update(pins.by_name)
    return fixed
