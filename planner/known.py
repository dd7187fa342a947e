"""Owns the table of capabilities: every name that a specification may ask for, and whether it is there.

In: a specification. Out: `CapabilityUnavailable` for what is required and missing, typed
warnings for what is optional and missing. One table, so that a refusal reads alike everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..dialect.diagnostics import did_you_mean, error
from ..dialect.source import Span
from .capabilities import CapabilityUnavailable, MissingCapability, Reason
from .domains import DOMAINS
from .project import frozen
from .spec import ExecutionSpec, OutputSpec
from .warnings import PlanWarning


@dataclass(frozen=True, slots=True)
class Capability:
    """One capability; `reason` is None when it is there, `detail` and `remedy` are prose without a final period."""

    reason: Reason | None = None
    detail: str = ""
    remedy: str = ""


_LATER: Reason = "unsupported_operation"

CAPABILITIES: Mapping[str, Capability] = frozen(
    {
        "read.delta": Capability(),
        "read.changes": Capability(),
        "read.parquet": Capability(),
        "read.csv": Capability(),
        "read.json": Capability(),
        "write.delta": Capability(),
        "write.replace_where": Capability(),
        "write.replace_partitions": Capability(),
        "refresh.full": Capability(),
        "functions.sql": Capability(),
        "functions.table": Capability(),
        "refresh.incremental": Capability(_LATER, "views can't be brought forward from changes yet", "write REFRESH AUTO, or leave it out"),
        "expectations": Capability(),
        "keys.checked": Capability(),
        "tests": Capability(),
        "functions.python": Capability(),
        "functions.aggregate": Capability(),
        "functions.window": Capability(),
        "maintenance": Capability(
            _LATER, "tables can't be maintained yet", "remove it; `DeltaTable(path).optimize` and `.vacuum` of deltalake do it meanwhile"
        ),
        "cache.history": Capability(_LATER, "earlier runs don't count as estimates yet", "set `use_history = false`"),
        "tuner": Capability(_LATER, "the tuner isn't there yet", 'set `tuner = "off"`'),
        **{f"planner.{one.name}": Capability() for one in DOMAINS},
    }
)


def unavailable(name: str, requested_by: str, span: Span | None = None) -> CapabilityUnavailable:
    """Return the refusal of a capability that isn't there, to be raised.

    Args:
        name: one of `CAPABILITIES`.
        requested_by: path into the specification or the project.
        span: where it was asked for.
    """
    return CapabilityUnavailable(_missing(name, requested_by), span)


def _missing(name: str, requested_by: str) -> MissingCapability:
    entry = CAPABILITIES[name]
    reason: Reason = entry.reason or _LATER
    return MissingCapability(capability=name, requested_by=requested_by, reason=reason, detail=entry.detail, remedy=entry.remedy)


def check_capabilities(spec: ExecutionSpec) -> tuple[PlanWarning, ...]:
    """Refuse what a specification asks for and can't have, before anything is read; return warnings for optional things.

    Raises:
        CapabilityUnavailable: something required isn't there.
        TreadleError: T3004 for an unknown capability.
    """
    if spec.tuner != "off":
        raise unavailable("tuner", "tuner")
    if spec.maintenance.schedule:
        raise unavailable("maintenance", "maintenance.schedule")
    if spec.cache_policy.use_history:
        raise unavailable("cache.history", "cache_policy.use_history")
    for output in spec.outputs:
        check_output(output, spec._places)
    for name in spec.capabilities.required:
        _known(name)
        if CAPABILITIES[name].reason is not None:
            raise unavailable(name, "capabilities.required")
    return tuple(_optional(name) for name in spec.capabilities.optional if _known(name).reason is not None)


def check_output(output: OutputSpec, places: Mapping[str, Span]) -> None:
    """Refuse what an output asks for and can't have; raises `CapabilityUnavailable`.

    Args:
        output: the output.
        places: where it asks, by `VIEW.refresh`.
    """
    if output.refresh == "INCREMENTAL":
        raise unavailable("refresh.incremental", f"outputs.{output.view}.refresh", places.get(f"{output.view}.refresh"))


def _known(name: str) -> Capability:
    if name not in CAPABILITIES:
        listed = ", ".join(f"`{one}`" for one in CAPABILITIES)
        raise error("T3004", f"there is no capability `{name}`", help=did_you_mean(name, CAPABILITIES) or f"known are {listed}")
    return CAPABILITIES[name]


def _optional(name: str) -> PlanWarning:
    missing = _missing(name, "capabilities.optional")
    message = f"`{name}` is not available: {missing.detail}"
    return PlanWarning(
        code="T3165", stage="plan", message=message, context={"capability": name, "reason": missing.reason, "remedy": missing.remedy}
    )
