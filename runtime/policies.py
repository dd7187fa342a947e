"""Owns the policies of a project: what `treadle.toml`, an environment and a command say of how it is planned and run.

In: a `Config`, names of an environment and a profile. Out: the fields of an `ExecutionSpec`
that SQL has no words for: `planner.policies.Policies`.
"""

from __future__ import annotations

from dataclasses import replace

from ..dialect.diagnostics import TreadleError, did_you_mean, error
from ..dialect.source import Span
from ..planner.policies import Policies
from ..planner.project import frozen
from ..planner.rules.overlay import resolve_rules
from ..planner.spec import CachePolicy, RuntimeProfile
from .config import Config
from .profiles import NAMES

BUILT_IN_PROFILES = NAMES
QUOTES = "\"'"


def policies(config: Config, environment: str | None, profile: str | None) -> Policies:
    """Return a project's policies; raises T7004, T7005 and T3002.

    Args:
        config: the project's configuration.
        environment: name of the environment in use, or None.
        profile: name of a profile that wins over the environment's and the project's, or None.
    """
    tables = config.tables
    _check_rules(config)
    return Policies(
        tables.rules,
        tables.planners or (),
        _profile(config, environment, profile),
        tables.inline,
        CachePolicy(**tables.cache.model_dump()),
        tables.maintenance,
        tables.tuner,
        tables.capabilities,
        tables.observe,
        frozen(tables.metadata),
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


def _check_rules(config: Config) -> None:
    """Raise what is wrong with `[rules]` at its place."""
    if "rules" not in config.raw:
        return
    try:
        resolve_rules(config.tables.rules)
    except TreadleError as problem:
        raise TreadleError(*(d if d.span else replace(d, span=_rule_span(config, d.message)) for d in problem.diagnostics)) from problem


def _rule_span(config: Config, message: str) -> Span | None:
    """Return the place in `[rules]` of the name that a message has in backticks."""
    for path, place in config.places.items():
        if path[0] == "rules" and len(path) > 1 and (f"`{path[-1]}`" in message or f"`{place.value.text.strip(QUOTES)}`" in message):
            return place.value if isinstance(path[-1], int) else place.key
    return config.key_span("rules")
