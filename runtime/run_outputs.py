"""Owns what a run decides about its outputs before it reads a byte: fitness, repeats, which stages are needed.

In: a bundle and the lake. Out: `Outlook`: targets of outputs to write, refusals, repeats, and
the stages that therefore run. A repeat needs none of the stages below it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..dialect.diagnostics import TreadleError, error
from ..dialect.source import Span
from ..planner.bundle import PlanBundle, Stage
from ..planner.digests import digest, repeatable
from ..planner.last_run import call_of, owners
from ..planner.resolve import pinned_ref
from ..planner.spec import ExecutionSpec, OutputSpec
from .failures import told
from .redact import Redactor

if TYPE_CHECKING:
    from .lake.identity import CommitIdentity
    from .lake.lake import DeltaLake
    from .lake.target import Target


@dataclass(slots=True)
class Outlook:
    """What was found before execution, by stage: targets to write, refusals, versions that are repeats already."""

    targets: dict[str, Target] = field(default_factory=dict)
    refusals: dict[str, TreadleError] = field(default_factory=dict)
    repeats: dict[str, int] = field(default_factory=dict)


def look_ahead(
    bundle: PlanBundle, lake: DeltaLake, identities: Mapping[str, CommitIdentity], places: Mapping[str, Span], redactor: Redactor
) -> Outlook:
    """Check every output that is written, before anything is read; changes nothing, raises nothing of the input's."""
    from .lake.write import preflight, repeat

    found = Outlook()
    for stage in bundle.stages:
        if stage.kind != "write" or stage.output is None:
            continue
        try:
            with told(stage.output.view, places.get(stage.output.view), redactor, places):
                target = preflight(stage.output, lake.locate(stage.output.location or ""), stage.schema, lake.head)
                found.targets[stage.name] = target
                if may_repeat(bundle, stage) and repeat(target, identities[stage.name]) and target.version is not None:
                    found.repeats[stage.name] = target.version
                elif stage.output.mode == "APPEND":
                    require_unread(bundle.spec, stage.output, lake)
        except TreadleError as refused:
            found.refusals[stage.name] = refused
    return found


def require_unread(spec: ExecutionSpec, output: OutputSpec, lake: DeltaLake) -> None:
    """Refuse to append changes that the table has already: another run read them since this one was specified.

    Raises:
        TreadleError: T4027.
    """
    pins = {one.source: one for one in spec.pins}
    for source in spec.sources:
        pin = pins[source.name]
        if call_of(source) is None or pin.window is None or output.view not in {one.view for one in owners(spec, source.name)}:
            continue
        last = lake.last_read(output.location or "", output.view, source.name, pinned_ref(pin, lake))
        if last is not None and last >= pin.window[0]:
            message = (
                f"`{output.view}` has the changes of `{pin.location}` up to version {last} already, and this run starts at {pin.window[0]}"
            )
            raise error("T4027", message, help="run the project itself, which starts after the last run")


def may_repeat(bundle: PlanBundle, stage: Stage) -> bool:
    """Say whether equal digests mean equal rows: not with secrets, nor where a function gives new values each time."""
    volatile = {view.name for view in bundle.spec.views if view.volatile}
    involved = (stage, *upstream(bundle, stage), *_proofs(bundle, stage))
    views = {name for one in involved for name in (one.name, *one.inlined)}
    codes = [call.function.python for one in involved for call in one.calls]
    settled = all(code is not None and code.volatility == "IMMUTABLE" for code in codes)
    return repeatable(bundle.spec) and settled and not volatile & views


def upstream(bundle: PlanBundle, stage: Stage) -> tuple[Stage, ...]:
    """Return the stages whose rows or tables a stage reads, through others too, in the order in which they run."""
    wanted = _reads(stage)
    found: list[Stage] = []
    for one in reversed(bundle.stages):
        if one.name in wanted:
            found.append(one)
            wanted |= _reads(one)
    return tuple(reversed(found))


def _proofs(bundle: PlanBundle, stage: Stage) -> tuple[Stage, ...]:
    """Return the queries of a stage's constraints, and the stages that they read."""
    checks = [check.stage for check in stage.checks]
    return tuple({one.name: one for check in checks for one in (*upstream(bundle, check), check)}.values())


def _reads(stage: Stage) -> set[str]:
    return {scan.source for scan in stage.scans if scan.origin in ("stage", "output")}


def needed(bundle: PlanBundle, wanted: Iterable[str]) -> tuple[Stage, ...]:
    """Return stages and all that must have run before them, in the order in which they run."""
    names = set(wanted)
    found = []
    for stage in reversed(bundle.stages):
        if stage.name in names:
            found.append(stage)
            names |= set(stage.after)
    return tuple(reversed(found))


FIXED = {"version", "timestamp", "end_version", "end_timestamp"}
"""Arguments by which a source stays at a version, whatever its head is."""


def identities(bundle: PlanBundle, run_id: str) -> dict[str, CommitIdentity]:
    """Return, by stage, what the commit of each written output says of this run."""
    return {stage.name: _identity(bundle, stage, run_id) for stage in bundle.stages if stage.kind == "write"}


def _identity(bundle: PlanBundle, stage: Stage, run_id: str) -> CommitIdentity:
    from .lake.identity import CommitIdentity

    involved = (*upstream(bundle, stage), stage)
    proofs = _proofs(bundle, stage)
    sources = {scan.source for one in involved for scan in one.scans if scan.origin == "source"}
    fixed = {one.name for one in bundle.spec.sources if FIXED & {*one.arguments}}
    pins = [
        {**pin.model_dump(mode="json"), "follows_head": pin.version is not None and pin.source not in fixed}
        for pin in bundle.spec.pins
        if pin.source in sources
    ]
    return CommitIdentity(
        view=stage.name if stage.output is None else stage.output.view,
        run_id=run_id,
        project=bundle.digests.project,
        spec=bundle.digests.spec,
        envelope=bundle.digests.envelope,
        # A stage's own digest says nothing of the stages that it reads.
        stage=digest([one.digest for one in (*involved, *proofs)]),
        as_of=bundle.spec.as_of,
        pins=json.dumps(pins, sort_keys=True),
        reads_clock=any("$as_of" in one.sql for one in (*involved, *proofs)),
        nothing_new=stage.output is not None and stage.output.mode == "APPEND" and _nothing_new(bundle.spec, sources),
    )


def _nothing_new(spec: ExecutionSpec, sources: set[str]) -> bool:
    """Say whether some of these sources are changes since the last run, and none of those has any."""
    pins = {one.source: one for one in spec.pins}
    asked = [pins[one.name].window for one in spec.sources if one.name in sources and call_of(one) is not None]
    return bool(asked) and all(window is not None and window[0] > window[1] for window in asked)
