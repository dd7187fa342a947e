"""Owns the policies of a project: what `treadle.toml`, an environment and a command say of how it is planned and run.

In: a `Config`, names of an environment and a profile. Out: the fields of an `ExecutionSpec`
that SQL has no words for: `planner.policies.Policies`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from ..dialect.diagnostics import Diagnostic, TreadleError, did_you_mean, error
from ..dialect.source import Span
from ..planner.capabilities import CapabilityUnavailable
from ..planner.policies import Policies
from ..planner.project import frozen
from ..planner.rules.overlay import resolve_rules
from ..planner.spec import CachePolicy, PlannerOverlay, RuntimeProfile
from .config import Config
from .locations import home_of
from .profiles import NAMES

BUILT_IN_PROFILES = NAMES
QUOTES = "\"'"
TABLES: Mapping[str, tuple[str, ...]] = frozen(
    {
        "T3002": ("rules",),
        **dict.fromkeys(("T6060", "T6061", "T6062"), ("profile", "profiles")),
        **dict.fromkeys(("T3005", "T3016"), ("cache",)),
        **dict.fromkeys(("T3003", "T3042", "T3044"), ("planners",)),
        "T3004": ("capabilities",),
    }
)
"""Tables of `treadle.toml` in which the fault of a code lies."""


def policies(config: Config, environment: str | None, profile: str | None) -> Policies:
    """Return a project's policies; raises T7004, T7005 and T3002.

    Args:
        config: the project's configuration.
        environment: name of the environment in use, or None.
        profile: name of a profile that wins over the environment's and the project's, or None.
    """
    tables = config.tables
    _check_names(config)
    return Policies(
        tables.rules,
        PlannerOverlay(exclude=tables.planners.exclude),
        _profile(config, environment, profile),
        tables.inline,
        CachePolicy(**tables.cache.model_dump()),
        tables.maintenance,
        tables.tuner,
        tables.capabilities,
        tables.observe,
        frozen(tables.metadata),
        home_of(config, environment),
    )


def profiles(config: Config) -> dict[str, RuntimeProfile]:
    """Return all profiles by name: the built-in ones and those of `[profiles]`, which win."""
    own = {name: _plain(table, name) for name, table in config.tables.profiles.items()}
    return {**{name: RuntimeProfile(name=name) for name in BUILT_IN_PROFILES}, **own}


def _profile(config: Config, environment: str | None, chosen: str | None) -> RuntimeProfile:
    known = profiles(config)
    wanted = config.environment(environment).profile
    if chosen is not None:
        return _named(chosen, None, known)
    if wanted is not None:
        return _named(wanted, config.value_span("env", environment or "", "profile"), known)
    base = config.tables.profile
    if base is None:
        return RuntimeProfile()
    found = _named(base.name, config.value_span("profile", "name"), known)
    said = {key: getattr(base, key) for key in base.model_fields_set if key != "name"}
    return found.model_copy(update=said)


def _named(name: str, span: Span | None, known: dict[str, RuntimeProfile]) -> RuntimeProfile:
    if name not in known:
        listed = ", ".join(f"`{one}`" for one in known)
        raise error("T7005", f"there is no profile `{name}`", span, help=did_you_mean(name, known) or f"known are {listed}")
    return known[name]


def _plain(table: RuntimeProfile, name: str) -> RuntimeProfile:
    return RuntimeProfile(**{**table.model_dump(), "name": name})


def _check_names(config: Config) -> None:
    """Raise what is wrong with `[rules]` and `[planners]` at its place."""
    with at_fault(config):
        if "rules" in config.raw:
            resolve_rules(config.tables.rules)
        if config.tables.planners.exclude:
            from ..planner.domains.overlay import resolve_planners

            resolve_planners(PlannerOverlay(exclude=config.tables.planners.exclude))


@contextmanager
def at_fault(config: Config) -> Iterator[None]:
    """Give errors raised inside that `treadle.toml` is to blame for their place in it, where they have none."""
    try:
        yield
    except CapabilityUnavailable:
        raise
    except TreadleError as problem:
        raise TreadleError(*(d if d.span else replace(d, span=_span(config, d)) for d in problem.diagnostics)) from problem


def _span(config: Config, fault: Diagnostic) -> Span | None:
    """Return the place of the name that a message has in backticks, in the tables that its code is about; else of the table."""
    tables = TABLES.get(fault.code, ())
    for path, place in config.places.items():
        if path[0] in tables and len(path) > 1:
            if place.value.text.strip(QUOTES) in (named := re.findall("`([^`]*)`", fault.message)):
                return place.value
            if path[-1] in named:
                return place.key
    return next((config.key_span(table) for table in tables if table in config.raw), None)
