"""Owns putting pins into a specification, and looking whether they are still what its sources stand at."""

from __future__ import annotations

from .ports import Lake
from .resolve import Pins, fixed, pin_spec
from .spec import ExecutionSpec


def pinned(spec: ExecutionSpec, pins: Pins, lake: Lake) -> ExecutionSpec:
    """Return the specification with every source pinned; what the lake found is kept at hand."""
    made = tuple(pin_spec(name, pin, lake) for name, pin in sorted(pins.by_name.items()))
    found = spec.model_copy(update={"pins": made, "cut": pins.how})
    found._pinned.update(pins.by_name)
    found._asked.update(pins.asked)
    return found


def as_of_now(spec: ExecutionSpec, lake: Lake, instant: str) -> ExecutionSpec | None:
    """Return a pinned specification for another instant, None where more than its clock may have changed.

    Args:
        spec: a specification whose rows are handed out.
        lake: looks where its sources stand.
        instant: the run clock, as specifications write it.

    Raises:
        TreadleError: a source can't be pinned any more.
    """
    if spec.environment is not None or any(one.mode != "RESULT" for one in spec.outputs) or any(one.materialized for one in spec.views):
        return None
    asked = spec._asked
    if len(asked) != len(spec.sources):
        return None
    if any(one.path is not None and lake.canonical(one.path) != one.ref.location for one in asked.values()):
        return None
    if asked:
        cut = lake.cut(tuple(one.ref for one in asked.values()))
        if cut.how != spec.cut or any(fixed(pin) != spec._pinned[name] for name, pin in zip(asked, cut.pins, strict=True)):
            return None
    return spec.model_copy(update={"as_of": instant})
