"""Owns the application of rules: phase by phase, with a trace of what each one changed."""

from __future__ import annotations

from dataclasses import replace

from ..dialect.diagnostics import Problems, one_line
from .bundle import RuleTrace
from .drafts import StageDraft
from .rules.base import AnalyseRule, Context, RelationRule, RewriteRule
from .rules.overlay import RuleSet
from .views import PlannedView, Views
from .warnings import PlanWarning


def apply_analysis(rules: RuleSet, views: Views, context: Context) -> tuple[tuple[RuleTrace, ...], tuple[PlanWarning, ...]]:
    """Run the rules that report; return their trace and warnings.

    Raises:
        TreadleError: everything that a rule calls an error, at once.
    """
    problems, trace, warnings = Problems(), [], []
    for rule in rules.rules:
        if not isinstance(rule, AnalyseRule):
            continue
        for view in views.in_order():
            found = rule.apply(view, context)
            problems.add(*found)
            warnings += [_warning(view, one.code, one_line(one), one.message) for one in found if one.severity == "warning"]
            if found:
                trace.append(RuleTrace(rule.name, rule.phase, view.name, False, f"{len(found)} findings"))
    problems.raise_if_errors()
    return tuple(trace), tuple(warnings)


def _warning(view: PlannedView, code: str, line: str, message: str) -> PlanWarning:
    place = line.split(f": {code} ")[0] if f": {code} " in line else ""
    return PlanWarning(code=code, stage=view.name, message=message, context={"place": place} if place else {})


def apply_rewrites(rules: RuleSet, views: Views, context: Context) -> tuple[Views, tuple[RuleTrace, ...]]:
    """Run the rules that rewrite trees; return the views and a trace of every view that changed."""
    trace = []
    for rule in rules.rules:
        if isinstance(rule, RewriteRule):
            after = rule.apply(views, context)
            trace += _changes(rule, views, after, rule.name in rules.explain)
            views, context = after, replace(context, views=after)
    return views, tuple(trace)


def _changes(rule: RewriteRule, before: Views, after: Views, explain: bool) -> list[RuleTrace]:
    from ..dialect import to_sql

    found = []
    for name in before.order:
        old, new = before[name], after[name]
        if old is not new:
            lost = [column for column in old.schema.names if column not in new.schema.names]
            note = f"without {', '.join(f'`{column}`' for column in lost)}" if lost else "rewritten"
            found.append(RuleTrace(rule.name, rule.phase, name, True, f"{note}: {to_sql(new.tree)}" if explain else note))
    return found


def apply_relations(rules: RuleSet, stages: tuple[StageDraft, ...]) -> tuple[tuple[StageDraft, ...], tuple[RuleTrace, ...]]:
    """Run the rules that change what a stage reads; return the stages and a trace of those that changed."""
    trace = []
    for rule in rules.rules:
        if isinstance(rule, RelationRule):
            after = tuple(rule.apply(stage) for stage in stages)
            for old, new in zip(stages, after, strict=True):
                if old is not new:
                    note = f"{len(old.relations)} relations became {len(new.relations)}"
                    trace.append(RuleTrace(rule.name, rule.phase, old.name, True, note))
            stages = after
    return stages, tuple(trace)
