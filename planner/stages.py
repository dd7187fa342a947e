"""Owns stages: from cuts to stage drafts in the order in which they run.

In: planned views and `Cuts`. Out: `StageDraft`s; what each reference in them means is said
once, so lowering, scanning and explaining agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .bundle import ScanOrigin, StageKind
from .cuts import Cuts
from .drafts import RelationDraft, StageDraft
from .graph import build_graph
from .ports import PinnedSource
from .project import frozen
from .spec import ExecutionSpec, OutputSpec
from .views import CheckView, PlannedView, Views

Filters = Mapping[str, tuple[tuple[str, str], ...]]


def draft_stages(views: Views, cuts: Cuts, spec: ExecutionSpec, pins: Mapping[str, PinnedSource]) -> tuple[StageDraft, ...]:
    """Return the stages of a run, each after those whose rows it or its constraints read; names break ties.

    The queries of constraints come last; they run inside the stages whose rows they check.
    """
    builder = _Builder(views, cuts, spec, pins)
    drafts = [builder.shared(name) for name in views.order if cuts.how[name] == "shared"]
    checks = {one.name: builder.check(one) for one in views.checks}
    waits = {one.output: set[str]() for one in views.checks}
    for one in views.checks:
        waits[one.output] |= set(checks[one.name].after)
    drafts += [builder.output(one, waits.get(one.view, set())) for one in sorted(spec.outputs, key=lambda one: one.view)]
    by_name = {one.name: one for one in drafts}
    order = build_graph({one.name: one.after for one in drafts}).order
    return (*(by_name[name] for name in order), *checks.values())


def filters_of(spec: ExecutionSpec) -> Filters:
    """Return the FILTER parameters of each source: (column, parameter), sorted."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in spec.typed_parameters:
        if one.filter is not None:
            source, column = one.filter
            found.setdefault(source, []).append((column, one.name))
    return {source: tuple(sorted(pairs)) for source, pairs in found.items()}


class _Builder:
    """Builds the stages of one specification."""

    def __init__(self, views: Views, cuts: Cuts, spec: ExecutionSpec, pins: Mapping[str, PinnedSource]) -> None:
        self.views = views
        self.cuts = cuts
        self.pins = pins
        self.filters = filters_of(spec)

    def shared(self, name: str) -> StageDraft:
        return self._draft(name, name, "shared", None)

    def check(self, one: CheckView) -> StageDraft:
        return self._draft(one.name, one.name, "check", None)

    def output(self, output: OutputSpec, waits: set[str]) -> StageDraft:
        kind: StageKind = "result" if output.mode == "RESULT" else "write"
        how = self.cuts.how[output.view]
        if how == "shared":
            return self._pass_on(output)
        made = self._draft(output.view, output.view, kind, output)
        return replace(made, after=tuple(sorted({*made.after, *waits})))

    def _pass_on(self, output: OutputSpec) -> StageDraft:
        """Hand out the rows of a view that a stage of its own computes, for others read it too."""
        view = self.views[output.view]
        relation = RelationDraft("r0", "stage", view.name, view.schema, (view.name,))
        name = f"{view.name} (result)"
        return StageDraft(name, view.name, "result", output, (), (relation,), frozen({}), (view.name,), 1, 0, passes_on=True)

    def _draft(self, name: str, view: str, kind: StageKind, output: OutputSpec | None) -> StageDraft:
        inlined = self._inlined(view)
        relations: list[RelationDraft] = []
        meanings: dict[tuple[str, str], str] = {}
        for one in (*inlined, view):
            self._add(self.views[one], relations, meanings)
        after = sorted({one.source for one in relations if one.origin in ("stage", "output")})
        paths, depth = self.cuts.paths[view], self.cuts.depth[view]
        return StageDraft(name, view, kind, output, inlined, tuple(relations), frozen(meanings), tuple(after), paths, depth)

    def _inlined(self, view: str) -> tuple[str, ...]:
        seen: set[str] = set()
        waiting = [view]
        while waiting:
            for read in self.views[waiting.pop()].reads():
                if read not in seen and self.cuts.how[read] == "inline":
                    seen.add(read)
                    waiting.append(read)
        return tuple(name for name in self.views.order if name in seen)

    def _add(self, view: PlannedView, relations: list[RelationDraft], meanings: dict[tuple[str, str], str]) -> None:
        for reference in view.references:
            key = (view.name, reference.name)
            if key in meanings:
                continue
            if reference.name in view.staged:
                origin = view.staged[reference.name]
                made = RelationDraft(f"r{len(relations)}", origin, view.relations[reference.name], view.staged_schema, (view.name,))
            elif reference.name in view.relations:
                made = self._source(view, reference.name, len(relations))
            elif self.cuts.how[reference.name] == "inline":
                meanings[key] = reference.name
                continue
            else:
                known = next((one for one in relations if one.source == reference.name and one.origin in ("stage", "output")), None)
                if known is not None:
                    relations[relations.index(known)] = replace(known, used_by=tuple(sorted({*known.used_by, view.name})))
                    meanings[key] = known.name
                    continue
                made = self._view(view, reference.name, len(relations))
            relations.append(made)
            meanings[key] = made.name

    def _source(self, view: PlannedView, name: str, number: int) -> RelationDraft:
        source = view.relations[name]
        pin, filters = self.pins[source], self.filters.get(source, ())
        others = [view.relations[one.other] for one in view.beside if one.relation == name]
        beside = self.pins[others[0]] if others and self.filters.get(others[0], ()) == filters else None
        return RelationDraft(f"r{number}", "source", source, pin.schema, (view.name,), filters, pin, beside)

    def _view(self, view: PlannedView, name: str, number: int) -> RelationDraft:
        origin: ScanOrigin = "stage" if self.cuts.how[name] == "shared" else "output"
        return RelationDraft(f"r{number}", origin, name, self.views[name].schema, (view.name,))
