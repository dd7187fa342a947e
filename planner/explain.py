"""Owns the explanation of a bundle: `PlanView`, a tree of plain data that the command line prints.

In: a `PlanBundle`. Out: stages with the views they inline, scans with files, columns and
conditions, decisions with reasons, rules that changed something, warnings, digests. No
SECRET is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from ..dialect.types import quote
from .bundle import Decision, PlanBundle, RuleTrace, ScanPlan, Stage
from .checks import expectations_of, rule_text
from .functions.python import shapes_of


@dataclass(frozen=True, slots=True)
class ScanView:
    """How one relation is read; file numbers are None where they are known only once an earlier stage ran.

    Args:
        relation: private name in the stage's SQL.
        source: source, or view that an earlier stage computes.
        origin: `source`, `stage` or `output`.
        location: relative to the project's root where inside it, or empty.
        version: Delta version, or None.
        timestamp_ms: when that version was committed, milliseconds UTC, or None.
        reader: how files are read, or None.
        files_total, files_after_partitions, files_read: numbers of files.
        bytes_read: size of the files that are read.
        columns: columns that are read.
        columns_total: number of columns there are.
        conditions: what reaches the scan, as the engine spells it; all of them hold.
        notes: why this reader.
        used_by: views that refer to it.
        production_of: the view whose table of production it is, where this environment keeps its own elsewhere.
    """

    relation: str
    source: str
    origin: str
    location: str
    version: int | None
    timestamp_ms: int | None
    reader: str | None
    files_total: int | None
    files_after_partitions: int | None
    files_read: int | None
    bytes_read: int | None
    columns: tuple[str, ...]
    columns_total: int
    conditions: tuple[str, ...]
    notes: tuple[str, ...]
    used_by: tuple[str, ...]
    production_of: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectationView:
    """A constraint of an output.

    Args:
        name, kind, on_violation: as in the specification.
        rule: what it says, for people.
        scans: what its own query reads, the staged rows among it; none for row conditions, which are computed beside the rows.
        sql: engine SQL of that query, or empty.
        digest: of that query, or empty.
    """

    name: str
    kind: str
    on_violation: str
    rule: str
    scans: tuple[ScanView, ...] = ()
    sql: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage: what it computes and where the rows go.

    Args:
        name, kind, mode, location: as in `Stage` and its output; mode and location are empty for shared rows.
        comment, tags: what the view says of itself.
        inlined: views computed inside it.
        after: stages that run before.
        scans: what it reads.
        columns: name and type of each output column.
        expectations: constraints that the rows are held to before the commit.
        paths, depth: size of its expansion.
        digest: the stage's digest.
        sql: engine SQL.
        optimized: the engine's plan as text, empty when not captured.
        functions: Python functions that it calls: name and `module:function`.
        aggregates: aggregates and window functions of the project's in it, each with the way that it is computed.
    """

    name: str
    kind: str
    mode: str
    location: str
    comment: str
    tags: tuple[str, ...]
    inlined: tuple[str, ...]
    after: tuple[str, ...]
    scans: tuple[ScanView, ...]
    columns: tuple[tuple[str, str], ...]
    paths: int
    depth: int
    digest: str
    sql: str
    optimized: str
    expectations: tuple[ExpectationView, ...] = ()
    functions: tuple[tuple[str, str], ...] = ()
    aggregates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PlanView:
    """A whole plan for people and for JSON.

    Args:
        project: the project's name.
        environment: the environment in use, None without one.
        as_of: the run clock.
        cut: how pins were taken.
        locked: digest of the lock that they come from, None without one.
        pack: the rulepack; `removed_rules` and `settings` are what it changes in the engine.
        parameters: values as SQL by name, SECRET ones hidden.
        provided_by: who gave each value, by name.
        stages: in the order in which they run.
        decisions, trace: what was chosen and what rules changed, with reasons.
        warnings: (code, stage, message).
        digests: by name: project, spec, envelope.
    """

    project: str
    environment: str | None
    as_of: str
    cut: str
    locked: str | None
    pack: str
    parameters: Mapping[str, str]
    provided_by: Mapping[str, str]
    stages: tuple[StageView, ...]
    decisions: tuple[Decision, ...]
    trace: tuple[RuleTrace, ...]
    warnings: tuple[tuple[str, str, str], ...]
    digests: Mapping[str, str]
    engines: Mapping[str, str]
    removed_rules: tuple[str, ...]
    settings: Mapping[str, str]
    rules_fingerprint: str

    def as_json(self) -> dict[str, object]:
        """Return the JSON form: keys are the fields, tuples are arrays."""
        return {
            **{
                name: getattr(self, name)
                for name in ("project", "environment", "as_of", "cut", "locked", "pack", "removed_rules", "rules_fingerprint")
            },
            **_parts(self),
        }


def _parts(view: PlanView) -> dict[str, object]:
    return {
        "parameters": dict(view.parameters),
        "provided_by": dict(view.provided_by),
        "stages": [asdict(one) for one in view.stages],
        "decisions": [asdict(one) for one in view.decisions],
        "trace": [asdict(one) for one in view.trace],
        "warnings": [dict(zip(("code", "stage", "message"), one, strict=True)) for one in view.warnings],
        "digests": dict(view.digests),
        "engines": dict(view.engines),
        "settings": dict(view.settings),
    }


def explain(bundle: PlanBundle) -> PlanView:
    """Return the explanation of a bundle; nothing is planned or executed for it."""
    spec = bundle.spec
    return PlanView(
        project=spec.project,
        environment=spec.environment,
        as_of=spec.as_of,
        cut=spec.cut,
        locked=spec.locked,
        pack=spec.rule_overlay.pack,
        parameters=_parameters(bundle),
        provided_by={one.name: one.provided_by for one in spec.typed_parameters},
        stages=tuple(_stage(bundle, one) for one in bundle.stages),
        decisions=bundle.decisions,
        trace=tuple(one for one in bundle.trace if one.changed),
        warnings=tuple((one.code, one.stage, one.message) for one in bundle.warnings),
        digests={"project": bundle.digests.project, "spec": bundle.digests.spec, "envelope": bundle.digests.envelope},
        engines=bundle.engines,
        removed_rules=bundle.removed_rules,
        settings=bundle.settings,
        rules_fingerprint=bundle.rules_fingerprint,
    )


def _parameters(bundle: PlanBundle) -> Mapping[str, str]:
    from .literal import literal_sql

    return {one.name: "<secret>" if one.secret else literal_sql(bundle.values[one.name]) for one in bundle.spec.typed_parameters}


def _stage(bundle: PlanBundle, stage: Stage) -> StageView:
    name = stage.output.view if stage.output is not None else stage.name
    view = next(one for one in bundle.spec.views if one.name == name)
    return StageView(
        name=stage.name,
        kind=stage.kind,
        mode=stage.output.mode if stage.output is not None else "",
        location=(stage.output.location or "") if stage.output is not None else "",
        comment=view.comment or "",
        tags=view.tags,
        inlined=stage.inlined,
        after=stage.after,
        scans=tuple(_scan(bundle, one) for one in stage.scans),
        columns=tuple((field.name, field.type.sql()) for field in stage.schema),
        paths=stage.paths,
        depth=stage.depth,
        digest=stage.digest,
        sql=stage.sql,
        optimized=stage.optimized,
        expectations=_expectations(bundle, stage),
        functions=tuple((one.function.name, one.function.python.target) for one in stage.calls if one.function.python is not None),
        aggregates=_aggregates(stage),
    )


def _aggregates(stage: Stage) -> tuple[tuple[str, str], ...]:
    found = [(name, "rewrite") for name in stage.rewritten]
    for one in stage.calls:
        if one.function.flavour == "window":
            found.append((one.function.name, "in Python, one partition at a time"))
        elif one.function.flavour == "aggregate":
            used = [shape for shape in shapes_of(one.function) if f"{quote(shape.name)}(" in stage.sql]
            ways = " and ".join("frames" if shape.windowed else "groups" for shape in used)
            found.append((one.function.name, f"in Python, over {ways}"))
    return tuple(sorted(found))


def _expectations(bundle: PlanBundle, stage: Stage) -> tuple[ExpectationView, ...]:
    checks = {one.constraint: one.stage for one in stage.checks}
    found = []
    for one in expectations_of(stage.output) if stage.output is not None else ():
        view = ExpectationView(one.name, one.kind, one.on_violation, rule_text(one))
        check = checks.get(one.name)
        if check is not None:
            view = replace(view, scans=tuple(_scan(bundle, scan) for scan in check.scans), sql=check.sql, digest=check.digest)
        found.append(view)
    return tuple(found)


def _scan(bundle: PlanBundle, scan: ScanPlan) -> ScanView:
    pins = {one.source: one for one in bundle.spec.pins} if scan.origin == "source" else {}
    pin = pins.get(scan.source)
    chosen = scan.selection
    return ScanView(
        relation=scan.relation,
        source=scan.source,
        origin=scan.origin,
        location=pin.location if pin is not None else "",
        version=pin.version if pin is not None else None,
        timestamp_ms=pin.timestamp_ms if pin is not None else None,
        reader=chosen.reader if chosen is not None else None,
        files_total=chosen.total if chosen is not None else None,
        files_after_partitions=chosen.after_partitions if chosen is not None else None,
        files_read=len(chosen.files) if chosen is not None else None,
        bytes_read=sum(one.size for one in chosen.files) if chosen is not None else None,
        columns=scan.columns,
        columns_total=len(scan.schema),
        conditions=scan.conjuncts,
        notes=chosen.notes if chosen is not None else (),
        used_by=scan.used_by,
        production_of=next((one.production_of for one in bundle.spec.sources if scan.origin == "source" and one.name == scan.source), None),
    )
