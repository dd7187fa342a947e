"""Owns the rule `shared_scans`: references of one stage to one source at one pin become one relation."""

from __future__ import annotations

from dataclasses import replace

from ..drafts import RelationDraft, StageDraft
from ..project import frozen
from .base import RelationRule


def apply(stage: StageDraft) -> StageDraft:
    """Return the stage with equal relations merged; what the engine asks of them is then OR-ed per relation."""
    first: dict[tuple[object, ...], RelationDraft] = {}
    renamed: dict[str, str] = {}
    for one in stage.relations:
        kept = first.setdefault(one.identity, one)
        renamed[one.name] = kept.name
        if kept is not one:
            first[one.identity] = replace(kept, used_by=tuple(sorted({*kept.used_by, *one.used_by})))
    if len(first) == len(stage.relations):
        return stage
    relations = tuple(first.values())
    meanings = {key: renamed.get(name, name) for key, name in stage.meanings.items()}
    return replace(stage, relations=relations, meanings=frozen(meanings))


RULE = RelationRule("shared_scans", "a stage reads a source once under one name however often it refers to it", apply)
