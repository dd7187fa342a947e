"""Owns `Receipt`: what a run planned, read, wrote and spent; JSON, and the row of the store."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..planner.spec import PinSpec
from ..planner.warnings import PlanWarning


class Entry(BaseModel):
    """Base of the receipt's models: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OperatorMetrics(Entry):
    """One operator of the physical plan that ran.

    `elapsed_ns` is compute time summed over partitions; `depth` is its place in the tree.
    """

    depth: int
    name: str
    display: str
    output_rows: int | None = None
    elapsed_ns: int | None = None
    spill_count: int = 0
    spilled_bytes: int = 0
    metrics: dict[str, int] = {}


class ScanReceipt(Entry):
    """One scan: files of the table, after partition pruning, after statistics; what was read.

    Row groups and pages are those that the engine looked at in the selected files, and those of them that it read;
    pages are looked at only in row groups that are read, and only where a filter can leave some out. `rows` are those that came
    out of the files, before deleted ones were left out; `rows_deleted` are all that deletion vectors mark in the
    selected files. None where nothing was measured: the engine answered without reading, or read another way.
    """

    relation: str
    source: str
    reader: str
    files_total: int
    files_after_partitions: int
    files_read: int
    bytes_selected: int = 0
    columns: tuple[str, ...] = ()
    predicate: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    bytes_scanned: int | None = None
    rows: int | None = None
    rows_deleted: int = 0
    row_groups_total: int | None = None
    row_groups_read: int | None = None
    pages_total: int | None = None
    pages_read: int | None = None


class FunctionReceipt(Entry):
    """A function of the project's that a stage called: how often, giving how many values; seconds are summed over threads.

    `aggregate_path` says the way of an aggregate or window: `vectorised over groups`, `one group at a time`, the same for
    frames, `one partition at a time`, or `rewrite` for one in SQL that is written out, which is not counted; else it is empty.
    """

    name: str
    calls: int
    rows: int
    seconds: float
    aggregate_path: str = ""


class BucketReceipt(Entry):
    """The buckets of a range join whose width the query worked out: `ends` are those of its spans and the view, in words.

    `width` is in `unit`: `s`, `days`, or empty for numbers; None where all spans stand at one place.
    """

    ends: str
    count: int
    width: float | None
    unit: str


class StageReceipt(Entry):
    """One stage. `state` is `done`, `failed`, `not run`, `cancelled` or `repeat`, `reason` why it is not `done`; `seconds` is wall time."""

    name: str
    kind: str
    state: Literal["done", "failed", "not run", "cancelled", "repeat"]
    digest: str
    seconds: float = 0.0
    rows: int = 0
    scans: tuple[ScanReceipt, ...] = ()
    operators: tuple[OperatorMetrics, ...] = ()
    functions: tuple[FunctionReceipt, ...] = ()
    buckets: tuple[BucketReceipt, ...] = ()
    peak_note: str | None = None
    reason: str | None = None


class ExpectationReceipt(Entry):
    """One constraint of an output: what it says, over how many rows it was checked, how many violate it.

    `rows` counts the rows that the view gave (row conditions), those about to be written
    (references), or those of the table as it would stand (the others). An aggregate condition
    has one violation or none. `seconds` is wall time of a query of its own, None for what was
    counted while rows were written. `examples` hold values as text; the last column of `unique`,
    `key` and `references` counts rows.
    """

    name: str
    kind: Literal["row", "aggregate", "unique", "references", "key"]
    rule: str
    on_violation: Literal["FAIL", "WARN", "DROP"]
    state: Literal["holds", "violated", "not checked"]
    rows: int | None = None
    violations: int | None = None
    seconds: float | None = None
    examples: tuple[dict[str, str], ...] = ()


class OutputReceipt(Entry):
    """One output. `written`, `repeat` (identical to what stands there), `failed`, `not run`, `handed out`, `cancelled`.

    `preview` holds the first rows as text, when `observe.preview_rows` asks for them.
    """

    view: str
    mode: str
    location: str | None
    state: Literal["written", "repeat", "failed", "not run", "handed out", "cancelled"]
    version: int | None = None
    previous_version: int | None = None
    rows: int | None = None
    files_added: int | None = None
    files_removed: int | None = None
    bytes_written: int | None = None
    reason: str | None = None
    preview: tuple[dict[str, str], ...] = ()
    expectations: tuple[ExpectationReceipt, ...] = ()


class Totals(Entry):
    """Sums that don't count anything twice: rows and bytes at scans and at outputs only."""

    rows_read: int = 0
    bytes_read: int = 0
    files_read: int = 0
    files_total: int = 0
    rows_written: int = 0
    bytes_written: int = 0
    spilled_bytes: int = 0
    seconds: float = 0.0


class Receipt(Entry):
    """The receipt of one run. Times are ISO 8601 in UTC; `environment` is the one in use, None without.

    `locked` is the digest of the lock that the pins come from, None for a run that took its own.
    """

    run_id: str
    environment: str | None = None
    status: Literal["done", "failed", "cancelled"]
    project_digest: str
    spec_digest: str
    envelope_digest: str
    rules_fingerprint: str
    started_at: str
    finished_at: str
    as_of: str
    cut: str
    locked: str | None = None
    profile: dict[str, str]
    engines: dict[str, str]
    parameters: dict[str, str]
    pins: tuple[PinSpec, ...]
    stages: tuple[StageReceipt, ...]
    outputs: tuple[OutputReceipt, ...]
    warnings: tuple[PlanWarning, ...]
    diagnostics: tuple[dict[str, object], ...] = ()
    totals: Totals
