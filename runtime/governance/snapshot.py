"""Owns taking the snapshot: every function of the live registry is probed, in the laboratory."""

from __future__ import annotations

from ...planner.ports import FunctionKind
from ..engine.built_ins import built_ins
from .aggregates import aggregate_hooks, window_hooks
from .golden import Entry, Snapshot
from .hooks import OF_KINDS, Found
from .lab import Lab
from .scalars import scalar_hooks
from .subjects import Subject, built_in_subjects

_PROBES = {"scalar": scalar_hooks, "aggregate": aggregate_hooks, "window": window_hooks}


def take(lab: Lab) -> Snapshot:
    """Probe every function of the live registry; the key of a function's second kind says so."""
    found: dict[str, Entry] = {}
    for subject in built_in_subjects(built_ins(lab.session)):
        key = subject.name if subject.name not in found else f"{subject.name} as {subject.kind}"
        found[key] = _entry(lab, subject)
    return dict(sorted(found.items()))


def _entry(lab: Lab, subject: Subject) -> Entry:
    probe = _PROBES.get(subject.kind)
    hooks = dict(probe(lab, subject)) if probe is not None else {}
    kind: FunctionKind = subject.kind
    assert tuple(hooks) == OF_KINDS[kind], f"the probes of {kind} functions are not their hooks"
    return Entry(kind, subject.aliases, {hook: worded(one) for hook, one in hooks.items()})


def worded(found: Found) -> str:
    """Return what was found in one line."""
    by = f" ({found.layer})" if found.layer else ""
    instead = f"; instead: {found.instead}" if found.instead else ""
    return f"{found.state}{by}: {found.probe}{instead}"
