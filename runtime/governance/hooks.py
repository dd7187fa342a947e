"""Owns what a hook is: the eight that functions may have, which kinds of functions have them, and what a probe finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from ...planner.ports import EngineRefusal, FunctionKind

State = Literal["observed", "refuted", "not observable"]

HOOKS: Mapping[str, str] = {
    "simplify": "the optimiser replaces a call by something simpler",
    "coerce_types": "arguments of other types are cast to those that the function takes",
    "short_circuits": "an argument that doesn't matter is not evaluated",
    "propagate_constraints": "a filter on a call becomes a range of the column in it",
    "groups_accumulator": "GROUP BY keeps all groups in arrays, not an object a group",
    "retract_batch": "a sliding frame takes out what leaves it, and gives what a recomputation gives",
    "reverse_expr": "a window in the opposite order reads rows as they lie, without a sort",
    "sort_options": "a call keeps the order of what it reads, without a sort",
}
"""Every hook with what it means, in the order in which it is told."""

INSTEAD: Mapping[str, str] = {
    "simplify": "functions of treadle's own are rewritten onto built-ins before the engine sees them, SQL functions are expanded",
    "coerce_types": "T2036 at the call says which types it takes; functions of treadle's own and of users' cast what their signatures name",
    "short_circuits": "CASE, AND and OR are the engine's own and do; write those where an argument may fail",
    "propagate_constraints": "treadle reads the filters of each scan and leaves files out by their statistics, over ascending calls too",
    "groups_accumulator": "nothing: such aggregates take more memory and time where there are many groups",
    "retract_batch": "the rule true_frames computes the frame anew over array_agg, which retracts; T6050 names what no list function gives",
    "reverse_expr": "the engine sorts",
    "sort_options": "the engine sorts",
}
"""What treadle does where the engine has no such hook for a function."""

OF_KINDS: Mapping[FunctionKind, tuple[str, ...]] = {
    "scalar": ("simplify", "coerce_types", "short_circuits", "propagate_constraints", "sort_options"),
    "aggregate": ("simplify", "coerce_types", "groups_accumulator", "retract_batch", "reverse_expr"),
    "window": ("simplify", "coerce_types", "reverse_expr", "sort_options"),
    "table": (),
}
"""The hooks that functions of a kind can have; there is nothing to probe of the others."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is so with one hook of one function.

    Args:
        state: what the probe came to.
        probe: the call and what it gave, or why nothing can be seen.
        layer: who provides it: `engine`, `rewrite` (what stands for the call has it) or `planner`; empty for nobody.
        instead: what treadle does where nobody provides it.
    """

    state: State
    probe: str
    layer: str = ""
    instead: str = ""


def observed(probe: str, layer: str = "engine") -> Found:
    """Return what was seen."""
    return Found("observed", probe, layer)


def refuted(probe: str, instead: str = "") -> Found:
    """Return what was seen not to be so."""
    return Found("refuted", probe, "", instead)


def unseen(why: str) -> Found:
    """Return what can't be seen."""
    return Found("not observable", why)


def asked(probe: Callable[[], Found]) -> Found:
    """Return what a probe found; one that is refused as a whole shows nothing."""
    try:
        return probe()
    except EngineRefusal as problem:
        return unseen(f"the probe is refused: {problem.message.splitlines()[0][:120]}")
