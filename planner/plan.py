"""Owns the arrow spec → bundle: `plan` makes the stages that `treadle plan` prints and `treadle run` runs.

In: an `ExecutionSpec`, the engine, the lake. Out: a `PlanBundle`. Nothing is executed and
nothing besides the specification matters, but the facts of the tables that it pins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..dialect.diagnostics import TreadleError, error
from ..dialect.source import Span
from ..dialect.types import Schema
from .apply import apply_analysis, apply_relations, apply_rewrites
from .bundle import Check, Decision, PlanBundle, PythonCall, RuleTrace, ScanPlan, Stage
from .checks import expectations_of, place_of, row_conditions, with_checks
from .codec import from_json, from_python
from .cuts import cut
from .digests import digest, digests
from .domains.apply import apply_planners
from .domains.base import DomainContext, DomainPlanner
from .domains.overlay import resolve_planners
from .drafts import StageDraft
from .functions.python import shapes
from .functions.python_calls import calls_of, rewritten
from .known import check_capabilities
from .last_run import told
from .literal import bindable
from .lower import Lowered, bound_values, lower
from .outputs import check_outputs, check_reads
from .parameter_checks import check_parameters
from .pinning import pinned
from .ports import Engine, EngineRefusal, Lake, ScalarFunction, Survey, TypeOracle
from .project import frozen
from .resolve import Pins, clock_value, evaluate, pin_spec, resolve_sources
from .row_checks import with_row_conditions
from .rules.base import Context
from .rules.overlay import RuleSet, resolve_rules
from .scans import plan_scans
from .spec import ExecutionSpec, ParameterSpec, SourceSpec, TypedValue
from .stages import draft_stages
from .template import Template, make_template
from .values import Value
from .views import Views, load_views
from .warnings import PlanWarning


def plan(
    spec: ExecutionSpec,
    engine: Engine,
    lake: Lake,
    *,
    values: Mapping[str, Value] | None = None,
    added: Sequence[DomainPlanner] = (),
) -> PlanBundle:
    """Return the stages that a run of this specification executes.

    Args:
        spec: everything that the plan is made from.
        engine: plans over empty templates; touches no data.
        lake: pins sources that the specification doesn't, and selects files.
        values: SECRET values by parameter, which no specification file holds.
        added: the domain planners behind `planners.add` of the specification, loaded.

    Raises:
        CapabilityUnavailable: something that the specification requires isn't there.
        TreadleError: T3 codes for what is wrong with the specification, T4 codes for its tables.
    """
    rules = resolve_rules(spec.rule_overlay)
    planners = resolve_planners(spec.planners, added)
    warnings = [*check_capabilities(spec)]
    known = parameter_values(spec, values or {}, engine)
    check_parameters(spec, engine, known)
    check_outputs(spec, lake)
    pins = resolve_sources(spec, engine, lake, known)
    spec = pinned(spec, pins, lake)
    check_reads(spec, lake)
    work = _Work(spec, engine, lake, rules, planners, known, pins, shapes(spec))
    return work.bundle(warnings)


def _written(name: str, typed: TypedValue, span: Span | None) -> Value:
    """Return the value that a specification holds for a parameter; raises T3024 for one that is none of its own type."""
    try:
        return from_json(typed)
    except ValueError as misfit:
        message = f"the specification's value of the parameter `{name}` is not allowed: it is no {typed.type}"
        raise error("T3024", message, span, help="give it another value", cause=str(misfit)) from misfit


def parameter_values(spec: ExecutionSpec, secrets: Mapping[str, Value], engine: Engine) -> Mapping[str, Value]:
    """Return the value of every parameter, its DEFAULT where none is given; raises T3019 for one without any."""
    found: dict[str, Value] = {}
    for one in spec.typed_parameters:
        secret = secrets.get(one.name) or spec._secrets.get(one.name)
        if one.value is not None:
            found[one.name] = _written(one.name, one.value, spec._places.get(f"${one.name}"))
        elif isinstance(secret, Value):
            found[one.name] = _require_bindable(one.name, secret)
        elif one.default is not None:
            found[one.name] = _default(one, spec.as_of, engine)
        else:
            raise error("T3019", f"the parameter `{one.name}` has no value in the specification", help="give it: no file holds a SECRET")
    return frozen(found)


def _default(one: ParameterSpec, as_of: str, engine: Engine) -> Value:
    from ..dialect import parse_type

    value = evaluate(one.default or "NULL", as_of, engine, {})
    return Value(parse_type(one.type), None) if value.value is None else from_python(value.value, parse_type(one.type))


def _require_bindable(name: str, secret: Value) -> Value:
    """Refuse a SECRET that could only be written into the SQL, where everybody reads it."""
    if secret.value is not None and not bindable(secret):
        raise error("T3019", f"the SECRET `{name}` holds a null list or map inside a list, which can't be bound")
    return secret


@dataclass(slots=True)
class _Work:
    """What planning one specification needs at hand."""

    spec: ExecutionSpec
    engine: Engine
    lake: Lake
    rules: RuleSet
    planners: tuple[DomainPlanner, ...]
    values: Mapping[str, Value]
    pins: Pins
    functions: tuple[ScalarFunction, ...]

    def bundle(self, warnings: list[PlanWarning]) -> PlanBundle:
        views, trace, found, claimed = self._rewritten()
        cuts = cut(views, self.spec, self.pins.by_name)
        windows = tuple(told(self.spec, self.pins.by_name, self.lake))
        late = (one for one in windows if isinstance(one, PlanWarning))
        warnings += [*found, *self._tables(), *late, *cuts.warnings]
        views = with_row_conditions(views, self.spec)
        drafts, relation_trace = apply_relations(self.rules, draft_stages(views, cuts, self.spec, self.pins.by_name))
        templates = _templates(views, drafts)
        stages, checks = [], dict[str, Stage]()
        for draft in sorted(drafts, key=lambda one: one.kind != "check"):  # a stage's digest holds those of its checks
            own = tuple(Check(one.constraint, checks[one.name]) for one in views.checks if one.output == draft.name)
            stage, met = self._stage(draft, templates, views, own)
            if draft.kind == "check":
                checks[stage.name] = stage
            else:
                stages.append(stage)
            warnings += met
        engines = frozen(self.engine.identity())
        return PlanBundle(
            spec=self.spec,
            digests=digests(self.spec, engines, self.rules.settings),
            stages=tuple(stages),
            values=self.values,
            decisions=(*(one for one in windows if isinstance(one, Decision)), *claimed, *cuts.decisions, *_pruning(stages)),
            trace=(*trace, *relation_trace),
            warnings=tuple(warnings),
            removed_rules=self.rules.removed,
            settings=self.rules.settings,
            engines=engines,
            rules_fingerprint=self.rules.fingerprint,
        )

    def _rewritten(self) -> tuple[Views, tuple[RuleTrace, ...], tuple[PlanWarning, ...], tuple[Decision, ...]]:
        views = load_views(self.spec)
        aggregates = frozenset(name for name, one in self.engine.built_ins().items() if one.kind == "aggregate")
        views = with_checks(views, self.spec, aggregates)
        context = self._context(views, aggregates)
        trace, warnings = apply_analysis(self.rules, views, context)
        views, claimed = apply_planners(self.planners, views, DomainContext(context, self.pins.by_name, self.lake))
        rewritten, more = apply_rewrites(self.rules, views, replace(context, views=views))
        return rewritten, (*trace, *more), warnings, claimed

    def _context(self, views: Views, aggregates: frozenset[str]) -> Context:
        schemas: dict[str, Schema] = {view.name: view.schema for view in views.in_order()}
        for view in views.in_order():
            own = dict.fromkeys(view.staged, view.staged_schema)
            schemas |= {name: own.get(name) or self.pins.by_name[source].schema for name, source in view.relations.items()}
        written = frozenset(one.view for one in self.spec.outputs if one.mode != "RESULT")
        built_ins = self.engine.built_ins().items()
        volatile = frozenset(name for name, one in built_ins if one.volatility == "volatile")
        volatile |= {one.name for one in self.functions if one.volatility == "VOLATILE"}
        types = {name: value.type for name, value in self.values.items()}
        functions = frozenset(one.name for one in self.spec.functions)
        return Context(views, frozen(schemas), frozen(types), self._oracle, written, aggregates, volatile, functions)

    def _oracle(self) -> TypeOracle:
        oracle = self.engine.oracle()
        for one in self.functions:
            oracle.declare_function(one)
        return oracle

    def _tables(self) -> list[PlanWarning]:
        """Warn of materialised views that are read as they stand, and of those computed as they have no table."""
        outputs = {one.view for one in self.spec.outputs}
        found = []
        for source in self.spec.sources:
            if source.production_of is not None:
                found.append(self._production(source))
            if source.view:
                found += self._standing(source.name)
        for view in self.spec.views:
            if view.materialized and view.name not in outputs:
                message = f"`{view.name}` has no table yet, so it is computed from its definition"
                found.append(_warning("T3162", message, {"view": view.name, "location": view.location or ""}))
        return found

    def _production(self, source: SourceSpec) -> PlanWarning:
        """Warn of a table of production that a run in another environment reads."""
        pin = self.pins.by_name[source.name]
        location, environment = self.lake.portable(pin.ref.location), str(self.spec.environment)
        where = f"`{location}` version {pin.version}"
        message = f"`{source.name}` is production's table of `{source.production_of}`, also in the environment `{environment}`"
        if source.view:
            message = f"`{source.name}` is deferred to production, {where}: the environment `{environment}` has no table of it"
        context = {"view": str(source.production_of), "location": location, "version": str(pin.version), "environment": environment}
        return _warning("T3166", message, context)

    def _standing(self, view: str) -> list[PlanWarning]:
        """Warn of a table that is read as it stands although its sources moved on, or that no run wrote."""
        pin = self.pins.by_name[view]
        moved = self.lake.moved_since(pin)
        start = f"`{view}` is read from its table as it stands, version {pin.version}"
        if moved is None:
            return [_warning("T3161", f"{start}, which no run of treadle wrote", {"view": view, "version": str(pin.version)})]
        if not moved:
            return []
        steps = ", ".join(f"`{name}` went from version {before} to {now}" for name, before, now in moved)
        context = {"view": view, "version": str(pin.version), **{f"source {name}": f"{before} → {now}" for name, before, now in moved}}
        return [_warning("T3161", f"{start}; since it was computed {steps}", context)]

    def _stage(
        self, draft: StageDraft, templates: Mapping[str, Template], views: Views, checks: tuple[Check, ...]
    ) -> tuple[Stage, tuple[PlanWarning, ...]]:
        lowered = lower(draft, templates, self.values)
        hide = self._holds_secret(lowered)
        survey = self._survey(draft, lowered, views)
        scans, warnings = plan_scans(draft, survey, self.lake, hide, self.spec._places)
        texts = self.spec.observe.capture_plans and not hide
        fields = survey.schema.fields
        width = len(fields) - (len(row_conditions(draft.output)) if draft.output is not None else 0)
        calls = calls_of(self.spec, [views[name] for name in (*draft.inlined, draft.view) if name in views.by_name], lowered.sql)
        stage = Stage(
            name=draft.name,
            kind=draft.kind,
            sql=lowered.sql,
            parameters=lowered.parameters,
            scans=scans,
            inlined=draft.inlined,
            schema=Schema(fields[:width]),
            output=draft.output,
            after=draft.after,
            digest=self._digest(draft, lowered, survey, scans, hide, checks, calls),
            logical=survey.logical if texts else "",
            optimized=survey.optimized if texts else "",
            depth=draft.depth,
            paths=draft.paths,
            conditions=Schema(fields[width:]),
            checks=checks,
            calls=calls,
            rewritten=rewritten(self.spec, (*draft.inlined, draft.view)),
        )
        return stage, warnings

    def _holds_secret(self, lowered: Lowered) -> bool:
        secrets = {one.name for one in self.spec.typed_parameters if one.secret}
        return bool(secrets & set(lowered.parameters))

    def _survey(self, draft: StageDraft, lowered: Lowered, views: Views) -> Survey:
        relations = {one.name: one.schema for one in draft.relations}
        bound = bound_values(lowered.parameters, self.values, clock_value(self.spec.as_of))
        try:
            return self.engine.survey(lowered.sql, relations, bound, self.functions)
        except EngineRefusal as refusal:
            message = f"the engine can't plan `{draft.view}`"
            # The engine's words may quote the values that were bound.
            cause = None if self._holds_secret(lowered) else " ".join(refusal.message.split())
            raise error("T3020", message, self._place(draft, views), cause=cause) from (refusal if cause else None)

    def _place(self, draft: StageDraft, views: Views) -> Span | None:
        """Return where a stage's view is written, or the constraint that a check is the query of."""
        check = next((one for one in views.checks if one.name == draft.view), None)
        if check is not None:
            return self.spec._places.get(place_of(check.output, check.constraint))
        return views[draft.view].place

    def _digest(
        self,
        draft: StageDraft,
        lowered: Lowered,
        survey: Survey,
        scans: tuple[ScanPlan, ...],
        hide: bool,
        checks: tuple[Check, ...],
        calls: tuple[PythonCall, ...],
    ) -> str:
        """Return the stage's digest; the value of a SECRET, and a plan that may hold it, are left out."""
        open_values = {one.name: one.value for one in self.spec.typed_parameters if not one.secret}
        values = {name: value.model_dump(mode="json") for name, value in open_values.items() if name in lowered.parameters and value}
        pins = [[s.relation, s.origin, s.source, pin_spec(s.source, s.pin, self.lake).model_dump() if s.pin else None] for s in scans]
        plan = "" if hide else "\n".join(line.rstrip() for line in survey.optimized.splitlines())
        document: dict[str, object] = {"sql": lowered.sql, "parameters": list(lowered.parameters), "values": values, "plan": plan}
        document |= {"python": [one.function.model_dump(mode="json") for one in calls]} if calls else {}
        document |= {"schema": survey.schema.as_json(), "pins": pins}
        held_to = expectations_of(draft.output) if draft.output is not None else ()
        if held_to:  # rows that were not held to these constraints are no repeat
            document |= {"expectations": [one.model_dump(mode="json") for one in held_to], "checks": [one.stage.digest for one in checks]}
        return digest(document)


def _templates(views: Views, drafts: tuple[StageDraft, ...]) -> Mapping[str, Template]:
    """Return the engine SQL of every view that a stage needs; each is written once."""
    names = {name for draft in drafts if not draft.passes_on for name in (*draft.inlined, draft.view)}
    found = {}
    for name in views.order:
        if name in names:
            found[name] = _template(views, name)
    return frozen(found)


def _template(views: Views, name: str) -> Template:
    view = views[name]
    try:
        return make_template(view.tree)
    except TreadleError as problem:
        from dataclasses import replace

        start, end = view.tree.meta.get("span") or (0, 0)
        place = view.source.span(start, end)
        moved = (replace(one, span=view.source.span(one.span.start, one.span.end) if one.span else place) for one in problem.diagnostics)
        raise TreadleError(*moved) from problem


def _warning(code: str, message: str, context: Mapping[str, str]) -> PlanWarning:
    return PlanWarning(code=code, stage="plan", message=message, context=dict(context))


def _pruning(stages: list[Stage]) -> tuple[Decision, ...]:
    """Return what was decided on files, scan by scan."""
    found = []
    for stage in stages:
        for scan in stage.scans:
            if scan.selection is not None and scan.selection.total:
                read, total = len(scan.selection.files), scan.selection.total
                reason = " AND ".join(scan.conjuncts) or scan.selection.left_out or "no condition reaches it"
                if scan.conjuncts and scan.selection.left_out:
                    reason += f"; {scan.selection.left_out}"
                found.append(Decision(f"{stage.name}.{scan.relation}", f"{read} of {total} files of `{scan.source}`", reason))
    return tuple(found)
