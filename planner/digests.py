"""Owns the three digests of a specification, and digests of schemas and texts.

In: an `ExecutionSpec`, the engines that plan it, the settings resolved for it. Out: blake2b
of canonical JSON. What goes into which digest is decided in `docs/adr/0011-what-digests-hold.md`:
`project` is what was written, `spec` what was asked for, `envelope` all that the rows depend
on. No declaration order, machine path, locale or time is in them, nor is `observe`; the
value of a SECRET is in none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..dialect.types import Schema
from .bundle import Digests
from .codec import canonical
from .domains.overlay import resolve_planners
from .rules.overlay import resolve_rules
from .spec import ExecutionSpec, FunctionSpec, OutputSpec, ParameterSpec, PinSpec, PlannerOverlay, SourceSpec


def digest(document: object) -> str:
    """Return blake2b of canonical JSON: 32 hexadecimal characters, the same everywhere.

    >>> digest({"b": 1, "a": None}) == digest({"a": None, "b": 1})
    True
    """
    return hashlib.blake2b(canonical(document).encode("ascii"), digest_size=16).hexdigest()


def schema_digest(schema: Schema) -> str:
    """Return the digest of column names, types and nullability, in order."""
    return digest(schema.as_json())


def digests(spec: ExecutionSpec, engines: Mapping[str, str] | None = None, settings: Mapping[str, str] | None = None) -> Digests:
    """Return the three digests of a specification.

    Args:
        spec: what is planned.
        engines: names and versions of the engines, as `Engine.identity` tells them.
        settings: engine settings in force, by full name (the rulepack's and the profile's).
    """
    project = digest(_project(spec))
    asked = digest({"project": project, **_asked(spec)})
    envelope = digest({"spec": asked, **_surroundings(spec), "engines": dict(engines or {}), "settings": dict(settings or {})})
    return Digests(project, asked, envelope)


def at_another_instant(known: Digests, spec: ExecutionSpec, engines: Mapping[str, str], settings: Mapping[str, str]) -> Digests:
    """Return the digests of a specification whose clock alone differs from one with known digests."""
    envelope = digest({"spec": known.spec, **_surroundings(spec), "engines": dict(engines), "settings": dict(settings)})
    return replace(known, envelope=envelope)


def repeatable(spec: ExecutionSpec) -> bool:
    """Say whether equal envelopes mean equal rows: not so with a SECRET, whose value no digest holds."""
    return not any(one.secret for one in spec.typed_parameters)


def _project(spec: ExecutionSpec) -> dict[str, object]:
    return {
        "version": spec.version,
        "sources": _by_name((one.name, _source(one)) for one in spec.sources),
        "functions": _by_name((one.name, _function(one)) for one in spec.functions),
        "parameters": _by_name((one.name, _declaration(one)) for one in spec.typed_parameters),
        "views": _by_name(
            (one.name, one.model_dump(mode="json", include={"name", "sql", "volatile", "materialized"})) for one in spec.views
        ),
        "rules": resolve_rules(spec.rule_overlay).fingerprint,
    }


def _by_name(rows: Iterable[tuple[str, object]]) -> list[object]:
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _source(source: SourceSpec) -> object:
    """Return a source's definition; where a declared one or a view's table lies is its surroundings' matter."""
    placed = source.declared or source.view
    arguments = {name: sql for name, sql in source.arguments.items() if name != "path" or not placed}
    return {"name": source.name, "kind": source.kind, "arguments": arguments, "declared": source.declared}


def _function(function: FunctionSpec) -> object:
    """Return a function's definition, with its code's digest when it is in Python: other code, other project."""
    code = [] if function.python is None else [function.python.model_dump(mode="json")]
    return [function.name, function.flavour, function.sql, *code]


def _declaration(parameter: ParameterSpec) -> object:
    return parameter.model_dump(mode="json", exclude={"value", "provided_by"})


def _asked(spec: ExecutionSpec) -> dict[str, object]:
    return {
        "values": _by_name((one.name, [one.name, _given(one)]) for one in spec.typed_parameters),
        "outputs": _by_name((one.view, _output(one)) for one in spec.outputs),
        "planners": _planners(spec.planners),
        "inline_policy": spec.inline_policy.model_dump(mode="json"),
        "cache_policy": {
            **spec.cache_policy.model_dump(mode="json", exclude={"overrides"}),
            "overrides": sorted([one.view, one.policy] for one in spec.cache_policy.overrides),
        },
        "maintenance": spec.maintenance.model_dump(mode="json"),
        "tuner": spec.tuner,
        "capabilities": {"required": sorted(spec.capabilities.required), "optional": sorted(spec.capabilities.optional)},
    }


def _planners(overlay: PlannerOverlay) -> dict[str, object]:
    """Return which planners make the plan: treadle's own by name, the project's by their code."""
    own = [one.name for one in resolve_planners(overlay)]
    return {"own": own, "added": [one.model_dump(mode="json") for one in overlay.add]}


def _given(parameter: ParameterSpec) -> object:
    if parameter.secret:
        return {"secret": True, "provided": parameter.provided_by != "none"}
    return None if parameter.value is None else parameter.value.model_dump(mode="json")


def _output(output: OutputSpec) -> object:
    return output.model_dump(mode="json", exclude={"location"})


def _surroundings(spec: ExecutionSpec) -> dict[str, object]:
    return {
        "pins": _by_name((one.source, _pin(one)) for one in spec.pins),
        "as_of": spec.as_of,
        "outputs": _by_name((one.view, [one.view, one.location]) for one in spec.outputs),
        "sources": _by_name((one.name, [one.name, one.arguments.get("path"), [list(c) for c in one.columns]]) for one in spec.sources),
        "views": _by_name((one.name, [one.name, one.location, [list(c) for c in one.columns]]) for one in spec.views),
        "profile": spec.runtime_profile.model_dump(mode="json"),
    }


def _pin(pin: PinSpec) -> object:
    return pin.model_dump(mode="json")
