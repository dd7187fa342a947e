"""Owns `ExecutionSpec`, the root contract: everything that a plan is made from, and nothing else.

In: a `Project`, values, pins, a clock (see `specify.py`), or a JSON file. Out: what
`planner.plan` takes. Frozen; unknown fields are refused; `docs/spec.schema.json` is made from it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr
from sqlglot import exp

from ..dialect.source import Source, Span
from .ports import Asked, PinnedSource, SourceKind

SPEC_VERSION = 1


class Contract(BaseModel):
    """Base of all contract models: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TypedValue(Contract):
    """A value in JSON: `type` in treadle's SQL spelling; `value` as `planner.codec` writes it."""

    type: str
    value: object = None


class SourceSpec(Contract):
    """A source. `arguments` are bound constant expressions in SQL; `path` is its location.

    `view` says that it is the table of a materialised view that this run reads and does not
    compute; `production_of` names the view whose table in production it is, where the
    environment of the run keeps its own elsewhere.
    """

    name: str
    kind: SourceKind
    arguments: dict[str, str] = {}
    columns: tuple[tuple[str, str, bool], ...]
    declared: bool = False
    view: bool = False
    production_of: str | None = None


class PythonCode(Contract):
    """The implementation of a function in Python.

    Args:
        target: `module:function`.
        arguments: names and types, in order.
        returns: the type of its results.
        volatility: whether equal arguments give equal results always, within one run, or never for sure.
        strict: whether rows with a null argument give null without a call.
        digest: of the module's source; a run with other source is refused.
        registered: whether Python registered it, so that no file of the project declares it.
    """

    target: str
    arguments: tuple[tuple[str, str], ...] = ()
    returns: str
    volatility: Literal["IMMUTABLE", "STABLE", "VOLATILE"] = "VOLATILE"
    strict: bool = False
    digest: str
    registered: bool = False


class FunctionSpec(Contract):
    """A function of the project by its canonical definition.

    Views hold functions in SQL already inlined; those in `python` are called as `python:NAME`.
    """

    name: str
    flavour: Literal["scalar", "aggregate", "window", "table"]
    sql: str
    python: PythonCode | None = None


class ParameterSpec(Contract):
    """A typed parameter with the value of this run; a SECRET's value is never written out."""

    name: str
    type: str
    value: TypedValue | None = None
    secret: bool = False
    default: str | None = None
    check: str | None = None
    not_null: bool = False
    filter: tuple[str, str] | None = None
    provided_by: Literal["default", "treadle.toml", "environment", "command line", "session", "python", "test", "none"] = "none"


class RelationSpec(Contract):
    """One reference to a source inside a view's SQL, by its private name."""

    name: str
    source: str


class ViewSpec(Contract):
    """A bound view. `sql` names every column fully; tables are views or relations."""

    name: str
    sql: str
    columns: tuple[tuple[str, str, bool], ...]
    depends_on: tuple[str, ...] = ()
    reads: tuple[int, ...] = ()
    relations: tuple[RelationSpec, ...] = ()
    parameters: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    comment: str | None = None
    volatile: bool = False
    materialized: bool = False
    location: str | None = None


ExpectationKind = Literal["row", "aggregate", "unique", "references", "key"]


class ExpectationSpec(Contract):
    """A constraint of an output, proved before its commit.

    Args:
        name: its name, once per output.
        kind: `row` (a condition on each row that is written), `aggregate` (one on the table as it
            will stand), `unique` and `key` (columns of that table, null passing or not),
            `references` (columns of the written rows, found in another view or source).
        condition: SQL over the output's columns; it holds only when TRUE.
        columns: the output's columns that are unique, or refer.
        target: the view or source that is referred to.
        target_columns: its columns, in the order of `columns`.
        on_violation: `FAIL` commits nothing, `WARN` commits and tells, `DROP` leaves violating rows out.
    """

    name: str
    kind: ExpectationKind
    condition: str | None = None
    columns: tuple[str, ...] = ()
    target: str | None = None
    target_columns: tuple[str, ...] = ()
    on_violation: Literal["FAIL", "WARN", "DROP"] = "FAIL"


class OutputSpec(Contract):
    """One result of the run: a Delta table that is written, or rows that are handed out.

    Args:
        view: the view that is computed.
        mode: `RESULT` hands rows out and writes nothing.
        location: the table's path, relative to the project's root where inside it.
        partition_by: partition columns of the table, by real name.
        replace_where: engine SQL over the output's columns, for `REPLACE WHERE`.
        key: primary key columns.
        key_checked: whether the key is proved before the commit.
        expectations: constraints that the rows are held to before the commit.
        refresh: how the table is brought forward; only `FULL` and `AUTO` are there now.
        metadata: entries for the commit.
        retries: how often a commit that lost a race is tried again.
        overwrite_schema: whether `OVERWRITE` may give an existing table other columns.
    """

    view: str
    mode: Literal["OVERWRITE", "APPEND", "REPLACE WHERE", "REPLACE PARTITIONS", "RESULT"] = "RESULT"
    location: str | None = None
    partition_by: tuple[str, ...] = ()
    replace_where: str | None = None
    key: tuple[str, ...] = ()
    key_checked: bool = False
    expectations: tuple[ExpectationSpec, ...] = ()
    refresh: Literal["AUTO", "FULL", "INCREMENTAL"] = "AUTO"
    metadata: dict[str, str] = {}
    retries: int = Field(default=3, ge=0, le=100)
    overwrite_schema: bool = False


class RuleOverlay(Contract):
    """Changes to a rulepack: rules added and excluded by name, priorities (lower first), explains asked for."""

    pack: Literal["default", "low_latency", "replay", "strict"] = "default"
    add: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    priorities: dict[str, int] = {}
    explain: tuple[str, ...] = ()


class PlannerCode(Contract):
    """A domain planner of the project's own.

    Args:
        target: `module:object`, or the name under which Python registered it.
        digest: of its code; a plan with other code is refused.
        registered: whether Python registered it, so that no file of the project names it.
    """

    target: str
    digest: str
    registered: bool = False


class PlannerOverlay(Contract):
    """Which domain planners replace parts of a plan: all of treadle's own but those excluded by name, and those added."""

    exclude: tuple[str, ...] = ()
    add: tuple[PlannerCode, ...] = ()


class InlinePolicy(Contract):
    """When a view stops being inlined: its expansion has more than `max_paths` paths to sources."""

    max_paths: int = Field(default=64, ge=1)


class CacheOverride(Contract):
    """Forces or forbids computing one view once."""

    view: str
    policy: Literal["FORCE", "NEVER"]


class CachePolicy(Contract):
    """When a view that several others read is computed once.

    Args:
        min_fanout: readers needed before it is considered.
        min_estimated_rows: input rows below which inlining is cheaper.
        memory_budget: bytes of cached rows kept in memory; beyond it they go to disk.
        use_history: whether rows seen by earlier runs count as estimates.
        overrides: per view.
    """

    min_fanout: int = Field(default=2, ge=2)
    min_estimated_rows: int = Field(default=1_000_000, ge=0)
    memory_budget: int = Field(default=256 * 1024 * 1024, ge=0)
    use_history: bool = False
    overrides: tuple[CacheOverride, ...] = ()


class RuntimeProfile(Contract):
    """Resources of the engine; None means what `auto` finds on the machine.

    Args:
        name: `small`, `medium`, `large`, `auto`, or a name from `treadle.toml`.
        threads: target partitions.
        memory: bytes of the engine's pool.
        batch_size: rows per batch.
        spill: whether operators may spill to disk.
        settings: further engine settings by full name, values as text.
    """

    name: str = "auto"
    threads: int | None = Field(default=None, ge=1)
    memory: int | None = Field(default=None, ge=16 * 1024 * 1024)
    batch_size: int | None = Field(default=None, ge=1)
    spill: bool = True
    settings: dict[str, str] = {}


class Capabilities(Contract):
    """What the run must have, and what it would like: the first stops it, the second warns."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


class PinSpec(Contract):
    """One source fixed in time. `location` is relative to the root where inside it."""

    source: str
    kind: SourceKind
    location: str
    arguments: dict[str, TypedValue] = {}
    table_id: str | None = None
    version: int | None = None
    timestamp_ms: int | None = None
    window: tuple[int, int] | None = None
    schema_digest: str
    protocol: tuple[str, ...] = ()
    files_digest: str | None = None
    file_count: int = 0
    byte_count: int = 0


class Observe(Contract):
    """What is watched and kept; in no digest.

    Args:
        capture_plans: keep logical, optimised and physical plan texts in the bundle.
        trace: emit spans.
        preview_rows: rows of each output kept in the receipt.
        safe: refuse writes and paths outside the project's roots.
    """

    capture_plans: bool = True
    trace: bool = True
    preview_rows: int = Field(default=0, ge=0)


class Maintenance(Contract):
    """Upkeep after a run; none of it is there yet, so a non-empty schedule is refused."""

    schedule: tuple[str, ...] = ()


class ExecutionSpec(Contract):
    """The root contract.

    `cut` says how the pins were taken: at one instant by all heads or by commit times, or `apart`, by a lock that
    was renewed in parts. `locked` is the digest of the lock that they come from; in no digest, since the pins are.
    """

    version: Literal[1] = 1
    project: str = "adhoc"
    environment: str | None = None
    sources: tuple[SourceSpec, ...] = ()
    functions: tuple[FunctionSpec, ...] = ()
    typed_parameters: tuple[ParameterSpec, ...] = ()
    views: tuple[ViewSpec, ...] = ()
    outputs: tuple[OutputSpec, ...] = ()
    rule_overlay: RuleOverlay = RuleOverlay()
    planners: PlannerOverlay = PlannerOverlay()
    runtime_profile: RuntimeProfile = RuntimeProfile()
    inline_policy: InlinePolicy = InlinePolicy()
    cache_policy: CachePolicy = CachePolicy()
    maintenance: Maintenance = Maintenance()
    tuner: Literal["off", "observe", "apply"] = "off"
    capabilities: Capabilities = Capabilities()
    pins: tuple[PinSpec, ...] = ()
    cut: Literal["none", "heads", "commit timestamps", "apart"] = "none"
    locked: str | None = None
    as_of: str
    observe: Observe = Observe()

    # Caches that JSON does not carry: bound trees by their SQL, texts that places refer to by
    # view, what the lake found by source, places of sources and views by name, of
    # parameters by `$name`. Planning takes them only where they agree with the fields.
    _trees: dict[str, exp.Query] = PrivateAttr(default_factory=dict)
    _sources: dict[str, Source] = PrivateAttr(default_factory=dict)
    _pinned: dict[str, PinnedSource] = PrivateAttr(default_factory=dict)
    _asked: dict[str, Asked] = PrivateAttr(default_factory=dict)
    _places: dict[str, Span] = PrivateAttr(default_factory=dict)
    _secrets: dict[str, object] = PrivateAttr(default_factory=dict)
