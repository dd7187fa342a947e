"""Owns what a connection remembers of queries that it answered: bound projects and bundles, to be used again while they hold.

Binding depends on texts, values and the schemas of sources; planning on the specification.
A remembered bound project is used only after its sources were pinned anew and found to have the
very schemas that it was bound against; a bundle only for a specification that is equal but for
its clock, which none of its stages reads.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from datetime import datetime

from ..planner.bundle import PlanBundle
from ..planner.digests import at_another_instant, digests, schema_digest
from ..planner.pinning import as_of_now
from ..planner.ports import Lake
from ..planner.project import Project
from ..planner.spec import ExecutionSpec
from ..planner.specify import instant


def key_of(*parts: object, values: Mapping[str, object]) -> Hashable | None:
    """Return a key of some hashable parts and the values of a query, with their types; None when a value can't be part of one."""
    try:
        found = (*parts, tuple(sorted((name, *_typed(value)) for name, value in values.items())))
        hash(found)
    except TypeError:
        return None
    return found


def _typed(value: object) -> tuple[str, object]:
    inside = tuple(_typed(one) for one in value) if isinstance(value, list | tuple) else value
    return type(value).__qualname__, inside if isinstance(inside, tuple) else repr(inside) if isinstance(inside, float) else inside


def still_holds(project: Project, spec: ExecutionSpec) -> bool:
    """Say whether every source has the schema against which a project was bound."""
    for pin in spec.pins:
        source = project.sources.get(pin.source)
        if source is None or schema_digest(source.schema) != pin.schema_digest:
            return False
    return True


def renewed(bundle: PlanBundle, spec: ExecutionSpec) -> PlanBundle | None:
    """Return a bundle for a specification that differs in its clock only, or None when it doesn't fit."""
    if any("$as_of" in stage.sql for stage in bundle.stages):
        return None
    if spec.model_copy(update={"as_of": bundle.spec.as_of}) != bundle.spec:
        return None
    return replace(bundle, spec=spec, digests=digests(spec, bundle.engines, bundle.settings))


def asked_again(bundle: PlanBundle, lake: Lake, now: datetime) -> PlanBundle | None:
    """Return a bundle as of now, when no source has moved since it was made and no stage reads the clock; else None.

    Raises what pinning raises.
    """
    if any("$as_of" in stage.sql for stage in bundle.stages):
        return None
    spec = as_of_now(bundle.spec, lake, instant(now))
    return (
        None
        if spec is None
        else replace(bundle, spec=spec, digests=at_another_instant(bundle.digests, spec, bundle.engines, bundle.settings))
    )
