"""Owns `PlanBundle`: the stages that a run executes, with everything that was decided and why.

In: an `ExecutionSpec` (`planner.plan`). Out: what `runtime.run` executes, `treadle plan`
prints and the receipt refers to; the very same stages for all three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..dialect.source import Span
from ..dialect.types import Schema
from .ports import FileSelection, PinnedSource
from .predicates import FirstRows, Predicate
from .spec import ExecutionSpec, FunctionSpec, OutputSpec
from .values import Value
from .warnings import PlanWarning

ScanOrigin = Literal["source", "stage", "output", "staged", "after"]


StageKind = Literal["write", "shared", "result", "check"]


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """How one relation of a stage is read.

    Args:
        relation: private name in the stage's SQL.
        origin: `source` (a pinned source), `stage` (rows of an earlier shared stage),
            `output` (the table that an earlier stage of this run commits); in a check also
            `staged` (rows about to be committed) or `after` (the table as it will then stand).
        source: name of the source, or of the view that the earlier stage computes.
        schema: logical schema of the relation.
        columns: columns that the optimised plan reads, in the relation's order.
        predicate: what needed rows satisfy, or None.
        conjuncts: the same as the engine spells it, for people.
        pin: the pinned source, when origin is `source`.
        selection: the files, when origin is `source`; None for the others (known once they ran).
        used_by: views that refer to it.
        first: of the rows that satisfy the predicate only the first ones in this order are needed, or None.
    """

    relation: str
    origin: ScanOrigin
    source: str
    schema: Schema
    columns: tuple[str, ...]
    predicate: Predicate | None
    conjuncts: tuple[str, ...]
    pin: PinnedSource | None = None
    selection: FileSelection | None = None
    used_by: tuple[str, ...] = ()
    first: FirstRows | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that planning chose: `subject` (a view, a scan), what, and the reason."""

    subject: str
    choice: str
    reason: str


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule that ran over one view or stage: whether it changed anything, and its note."""

    rule: str
    phase: str
    subject: str
    changed: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class PythonCall:
    """A Python function that a stage calls, and the places of its calls in views, in textual order."""

    function: FunctionSpec
    places: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One plan that the engine runs.

    Args:
        name: the view that it computes.
        kind: `write` (to a Delta table), `shared` (computed once for later stages), `result`,
            `check` (what violates a constraint, computed before a commit).
        sql: engine SQL: a flat list of common table expressions and a final select.
        parameters: names of parameters bound in the SQL, sorted.
        scans: its relations.
        inlined: views that were inlined, in order.
        schema: output schema from the optimised plan.
        conditions: columns beside those, for the output's row conditions: whether each holds.
        output: what is written or handed out; None for `shared`.
        after: names of stages that must have run before, sorted.
        digest: over SQL, normalised optimised plan, schema and scans' pins.
        logical, optimized: plan texts from pass one.
        depth: number of view levels inlined.
        paths: number of paths from this stage's view to relations.
        checks: queries of the output's other constraints, run over its staged rows.
        calls: Python functions that it calls, by name.
        rewritten: aggregates and window functions in SQL that are written out in it, by name.
    """

    name: str
    kind: StageKind
    sql: str
    parameters: tuple[str, ...]
    scans: tuple[ScanPlan, ...]
    inlined: tuple[str, ...]
    schema: Schema
    output: OutputSpec | None
    after: tuple[str, ...]
    digest: str
    logical: str = ""
    optimized: str = ""
    depth: int = 0
    paths: int = 0
    calls: tuple[PythonCall, ...] = ()
    rewritten: tuple[str, ...] = ()
    conditions: Schema = Schema(())
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """The query of a constraint: the constraint's name, and a stage that gives what violates it."""

    constraint: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class Digests:
    """The three digests of a specification, blake2b in hexadecimal, 32 characters each."""

    project: str
    spec: str
    envelope: str


@dataclass(frozen=True, slots=True)
class PlanBundle:
    """All stages of a run in the order in which they execute.

    Args:
        values: parameter values to bind, secrets included; never written out.
        removed_rules: logical rules of the engine's own that the rulepack switches off.
        settings: engine settings that the rulepack asks for.
        engines: names and versions that planned this.
    """

    spec: ExecutionSpec
    digests: Digests
    stages: tuple[Stage, ...]
    values: Mapping[str, Value]
    decisions: tuple[Decision, ...]
    trace: tuple[RuleTrace, ...]
    warnings: tuple[PlanWarning, ...]
    removed_rules: tuple[str, ...]
    settings: Mapping[str, str]
    engines: Mapping[str, str]
    rules_fingerprint: str
