"""Owns scans: what the engine's optimised plan asks of each relation becomes files to read.

In: a survey of a stage over empty templates, pins. Out: `ScanPlan`s. What the engine could
not tell is read in full; what can't be read natively falls back with a typed warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..dialect.diagnostics import TreadleError
from ..dialect.source import Span
from .bundle import ScanPlan
from .drafts import RelationDraft, StageDraft
from .ports import DataFile, FileSelection, Lake, PinnedSource, ScanNeed, Survey
from .predicates import FirstRows, Predicate
from .resolve import placed
from .warnings import PlanWarning

HIDDEN = "a condition on the value of a SECRET parameter may be here, so none is shown"


def plan_scans(
    stage: StageDraft, survey: Survey, lake: Lake, hide: bool, places: Mapping[str, Span]
) -> tuple[tuple[ScanPlan, ...], tuple[PlanWarning, ...]]:
    """Return how each relation of a stage is read, with a warning for each fallback.

    Args:
        stage: the stage.
        survey: pass one over its SQL.
        lake: selects the files of pinned sources.
        hide: whether the engine's spelling of conditions is kept out, as a SECRET may stand in it.
        places: of sources by name, for what is wrong with their files.
    """
    needs = {one.relation: one for one in survey.needs}
    scans = tuple(_placed_scan(one, needs.get(one.name), lake, hide, places) for one in stage.relations)
    found = tuple(_fallback(stage, scan, scan.selection) for scan in scans if scan.selection is not None and scan.selection.fallback)
    return scans, found


def _placed_scan(relation: RelationDraft, need: ScanNeed | None, lake: Lake, hide: bool, places: Mapping[str, Span]) -> ScanPlan:
    try:
        return _scan(relation, need, lake, hide)
    except TreadleError as problem:
        raise placed(problem, places.get(relation.source)) from problem


def _scan(relation: RelationDraft, need: ScanNeed | None, lake: Lake, hide: bool) -> ScanPlan:
    unseen = need is None or need.columns is None
    columns = relation.schema.names if need is None or need.columns is None else need.columns
    predicate = None if need is None or unseen else need.predicate
    texts = () if need is None or unseen else need.text
    first = None if need is None or unseen else need.first
    return ScanPlan(
        relation=relation.name,
        origin=relation.origin,
        source=relation.source,
        schema=relation.schema,
        columns=columns,
        predicate=predicate,
        conjuncts=(HIDDEN,) if hide and texts else texts,
        pin=relation.pin,
        selection=None if relation.pin is None else _selected(relation.pin, relation.beside, columns, predicate, first, lake),
        used_by=relation.used_by,
        first=first,
    )


def _selected(
    pin: PinnedSource,
    beside: PinnedSource | None,
    columns: tuple[str, ...],
    predicate: Predicate | None,
    first: FirstRows | None,
    lake: Lake,
) -> FileSelection:
    # Beside another version files go for that: rows of theirs would be counted as first ones.
    chosen = lake.select(pin, columns, predicate, first if beside is None else None)
    common = _common(pin, beside, lake) if beside is not None else frozenset()
    kept = tuple(file for file in chosen.files if _identity(file) not in common)
    left_out = len(chosen.files) - len(kept)
    if beside is None or not left_out:
        return chosen
    note = f"without {left_out} file{'' if left_out == 1 else 's'} that version {beside.version} has too"
    return replace(chosen, files=kept, notes=(*chosen.notes, note), left_out=note)


def _common(pin: PinnedSource, beside: PinnedSource, lake: Lake) -> frozenset[object]:
    """Return the files that two versions of a table share, whichever of them is asked first; none where one can't be told whole."""
    try:
        one, other = lake.select(pin, None, None), lake.select(beside, None, None)
    except TreadleError:
        return frozenset()
    if one.stored != other.stored or {one.reader, other.reader} != {"native"}:
        return frozenset()
    return frozenset(map(_identity, one.files)) & frozenset(map(_identity, other.files))


def _identity(file: DataFile) -> object:
    """Return what makes two files the same rows."""
    return file.path, file.partition, file.without, file.only, file.stored, file.own


def _fallback(stage: StageDraft, scan: ScanPlan, selection: FileSelection) -> PlanWarning:
    reason = selection.notes[0] if selection.notes else "no reason was given"
    message = f"`{scan.source}` is read by way of `{selection.reader}`, not natively: {reason}"
    context = {"relation": scan.relation, "source": scan.source, "reader": selection.reader}
    return PlanWarning(code="T3160", stage=stage.name, message=message, context=context)


def bind_output_scan(scan: ScanPlan, pin: PinnedSource, lake: Lake) -> ScanPlan:
    """Return a scan of an output's table, once its stage has committed, with the files that it reads.

    Args:
        scan: of origin `output`, as planned.
        pin: the version that was committed.
        lake: selects its files by the predicate that was planned.
    """
    return replace(scan, pin=pin, selection=lake.select(pin, scan.columns, scan.predicate, scan.first))
