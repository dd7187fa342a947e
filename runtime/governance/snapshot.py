"""Owns taking the snapshot: every function of the live registry is probed, in the laboratory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ...planner.ports import FunctionKind
from ..engine.built_ins import built_ins
from .aggregates import aggregate_hooks, window_hooks
from .golden import Entry, Snapshot
from .hooks import OF_KINDS, Found
from .lab import Lab
from .scalars import scalar_hooks
from .subjects import Subject, built_in_subjects
from .through import Through, pack_subjects

_PROBES = {"scalar": scalar_hooks, "aggregate": aggregate_hooks, "window": window_hooks}


def take(lab: Lab) -> Snapshot:
    """Probe every function of the live registry: the engine's, then those of packs, by their examples."""
    found: dict[str, Entry] = {}
    for subject in built_in_subjects(built_ins(lab.session)):
        found[_key(subject, found)] = _entry(lab, subject)
    with TemporaryDirectory() as folder, Through(lab, Path(folder)) as through:
        for subject, is_treadles in pack_subjects(through):
            found[_key(subject, found)] = _entry(through if is_treadles else lab, subject)
    return dict(sorted(found.items()))


def _key(subject: Subject, found: Mapping[str, Entry]) -> str:
    """Return a name that nothing has yet: a second kind of the engine's, or a form of a pack's, says which it is."""
    if subject.name not in found:
        return subject.name
    return f"{subject.name} of {subject.origin}" if subject.origin else f"{subject.name} as {subject.kind}"


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
