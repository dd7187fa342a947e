"""Owns the ports through which planning reaches engines and tables: `Engine`, `TypeOracle`, `Lake`.

`runtime` implements them (`runtime/engine/`, `runtime/lake/`); `planner` knows no engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from ..dialect.types import DataType, Schema
from .predicates import FirstRows, Predicate
from .values import Value

SourceKind = Literal["delta", "changes", "history", "snapshot", "add_actions", "parquet", "csv", "json", "series", "memory"]
METADATA: tuple[SourceKind, ...] = ("history", "snapshot", "add_actions")
"""Kinds whose rows are made from a Delta table's log, up to the pinned version."""
VERSIONED: tuple[SourceKind, ...] = ("delta", "changes", *METADATA)
"""Kinds that read a Delta table, which has versions."""
FunctionKind = Literal["scalar", "aggregate", "window", "table"]


class EngineRefusal(Exception):
    """The engine would not plan or run something; `message` is its own words, cleaned.

    Args:
        message: the engine's text, without stack dumps.
        kind: `plan`, `execute`, `resources` (memory, disk), `io` or `panic`.
    """

    def __init__(self, message: str, kind: str = "plan") -> None:
        """Store the engine's words and their kind."""
        self.message = message
        self.kind = kind
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A function that the engine has by itself; names are lower case."""

    name: str
    kind: FunctionKind
    volatility: Literal["immutable", "stable", "volatile"] = "immutable"


@dataclass(frozen=True, slots=True)
class ScalarFunction:
    """A function of the users' own as the engine plans it: never called there, only typed.

    One that is `windowed` stands under OVER, and is called once for all rows of a partition.

    Args:
        name: exactly as engine SQL calls it.
        arguments: at least one.
        returns: the type of its results.
        volatility: what the engine may do with calls of it: merge equal ones unless `VOLATILE`.
        windowed: whether it is a window function.
    """

    name: str
    arguments: tuple[DataType, ...]
    returns: DataType
    volatility: Literal["IMMUTABLE", "STABLE", "VOLATILE"]
    windowed: bool = False


@dataclass(frozen=True, slots=True)
class ScanNeed:
    """What an optimised plan asks of one relation.

    Args:
        relation: the private relation name in the stage's SQL.
        columns: columns that are read, in the relation's order; None when the scan was not seen.
        predicate: what every needed row satisfies (several paths to it are OR-ed), or None.
        text: the conjuncts as the engine spells them, for people.
        first: of the rows that satisfy the predicate only the first ones in this order are needed, or None.
    """

    relation: str
    columns: tuple[str, ...] | None
    predicate: Predicate | None
    text: tuple[str, ...] = ()
    first: FirstRows | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """Pass one over a stage: what each scan needs, the schema, the plans as text."""

    needs: tuple[ScanNeed, ...]
    schema: Schema
    logical: str
    optimized: str


class TypeOracle(Protocol):
    """Types of queries over empty relations; declared names live as long as the oracle."""

    def declare(self, name: str, schema: Schema) -> None:
        """Make a relation of this schema known under exactly this name; replaces an older one."""

    def declare_function(self, function: ScalarFunction) -> None:
        """Make a function known, which is typed and never called; replaces an older one of its name."""

    def schema(self, sql: str, parameters: Mapping[str, Value]) -> Schema:
        """Return the optimised plan's schema of engine SQL; raises `EngineRefusal`."""

    def evaluate(self, sql: str, parameters: Mapping[str, Value]) -> Value:
        """Return the value of a constant expression in engine SQL; raises `EngineRefusal`."""

    def close(self) -> None:
        """Forget all declared names."""


class Engine(Protocol):
    """What planning asks of an engine."""

    def identity(self) -> Mapping[str, str]:
        """Return names and exact versions of the engines that plans are made for."""

    def built_ins(self) -> Mapping[str, BuiltIn]:
        """Return the engine's own functions by lower-case name."""

    def oracle(self) -> TypeOracle:
        """Return a fresh type oracle."""

    def survey(
        self, sql: str, relations: Mapping[str, Schema], parameters: Mapping[str, Value], functions: Sequence[ScalarFunction] = ()
    ) -> Survey:
        """Plan engine SQL over empty templates of its relations, calling none of the functions; raises `EngineRefusal`."""


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A source with everything resolved.

    Args:
        kind: what is read; `series` is `generate_series` and has no location.
        location: absolute path or URL, canonical; globs and lists stay as one string; empty for `series`.
        version: of a Delta table, or None for its head.
        timestamp_ms: Delta time travel, milliseconds since 1970 in UTC, or None.
        options: reader options and the arguments of change windows and series, by name.
    """

    kind: SourceKind
    location: str
    version: int | None = None
    timestamp_ms: int | None = None
    options: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A source as it was asked for, before it was pinned; `path` is its location as it was written, if it has one."""

    ref: SourceRef
    path: str | None


@dataclass(frozen=True, slots=True)
class PinnedSource:
    """A source fixed in time: what the lake found when the cut was taken.

    Args:
        ref: what was asked for.
        schema: the logical schema at the pin (change columns included for `changes`).
        table_id: Delta's metadata id, or None.
        version: the Delta version, or None.
        timestamp_ms: when that version was committed, milliseconds UTC, or None.
        window: first and last version of a change window, or of the commits that a history tells of, both
            inclusive, or None; empty when first > last.
        protocol: `(reader, writer, *features)` as text, or empty.
        files_digest: digest over paths, sizes and mtimes of files without versions, or None.
        file_count: number of active files.
        byte_count: their size in bytes.
        row_count: their rows by the log's statistics, deleted ones included, or those of a frame; None where a file has none.
    """

    ref: SourceRef
    schema: Schema
    table_id: str | None = None
    version: int | None = None
    timestamp_ms: int | None = None
    window: tuple[int, int] | None = None
    protocol: tuple[str, ...] = ()
    files_digest: str | None = None
    file_count: int = 0
    byte_count: int = 0
    row_count: int | None = None


@dataclass(frozen=True, slots=True)
class FileRange:
    """What the log says of one file: its rows, and the least and greatest value of each of some columns."""

    rows: int
    bounds: tuple[tuple[object, object], ...]


@dataclass(frozen=True, slots=True)
class DeletionVector:
    """Where the numbers of a file's rows stand that a commit marked as deleted (Delta's protocol, Deletion Vectors).

    Args:
        storage: `i` (in the log itself) or `f` (in a file; Delta's `u` and `p`, resolved).
        location: the encoded bitmap itself (Z85), or the absolute path of its file.
        size: of the bitmap in bytes.
        cardinality: how many rows it marks.
        offset: where the bitmap begins in its file, in bytes.
    """

    storage: Literal["i", "f"]
    location: str
    size: int
    cardinality: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file to read.

    Args:
        path: absolute path.
        size: in bytes.
        rows: as stored, deleted ones included, if known.
        partition: values of columns that stand in the log and not in the file, by logical name: the
            partition columns, and for change data `_change_type` (unless the file holds it),
            `_commit_version` and `_commit_timestamp`. Files of one scan may differ in which there are.
        without: marked rows that are left out.
        only: where given, only rows that are marked here are read.
        stored: where this file names columns otherwise than the selection's `stored`, its own names.
        own: columns that this file has with other parts than the source, so that they can't be read as the source's: as
            it has them, by their names in it.
    """

    path: str
    size: int
    rows: int | None = None
    partition: tuple[tuple[str, Value], ...] = ()
    without: tuple[DeletionVector, ...] = ()
    only: DeletionVector | None = None
    stored: Schema | None = None
    own: Schema | None = None


@dataclass(frozen=True, slots=True)
class FileSelection:
    """Which files of a pinned source a scan reads, and why.

    Args:
        reader: `native` (the engine's own Parquet, CSV or JSON source over exactly these
            files), `provider` (the Delta library's table provider), `log` (rows made from a
            table's log), `series`, `memory`.
        total: files in the source at the pin.
        after_partitions: files left after partition values were judged.
        files: files left after statistics; exactly those are read.
        notes: why this reader; a fallback's reason comes first.
        fallback: whether a warning is due because the native way could not be taken.
        stored: the source's columns, one for one and in depth, under the names that the files have
            (column mapping); None where those are the logical names.
        left_out: how many files are left out for another reason than a condition, and why, in words: both versions of a
            table that are read beside each other have them, or they hold none of the first rows of an order.
    """

    reader: Literal["native", "provider", "log", "series", "memory"]
    total: int
    after_partitions: int
    files: tuple[DataFile, ...]
    notes: tuple[str, ...] = ()
    fallback: bool = False
    stored: Schema | None = None
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """Pins that were all current together, by `SourceRef`; `how` is `heads` or `commit timestamps`."""

    pins: tuple[PinnedSource, ...]
    how: str


class Lake(Protocol):
    """What planning asks of tables and files. Every method raises `TreadleError` with T4 codes."""

    def canonical(self, text: str) -> str:
        """Return a location as an absolute, canonical path or glob (symlinks, slashes, `file://`)."""

    def portable(self, location: str) -> str:
        """Return a canonical location relative to the project's root where it is inside, with forward slashes."""

    def schema(self, ref: SourceRef) -> Schema:
        """Return the logical schema of a source as of now."""

    def cut(self, refs: Sequence[SourceRef]) -> Cut:
        """Pin all sources at one instant at which all heads were current together."""

    def moved_since(self, pin: PinnedSource) -> tuple[tuple[str, int, int], ...] | None:
        """Return the sources (name, version reflected, version now) that moved on since a run wrote this table; None if no run did."""

    def last_read(self, location: str, view: str, source: str, ref: SourceRef) -> int | None:
        """Return the version of a source that the last run in a view's table reflects; None when no run has read it."""

    def first_change(self, ref: SourceRef) -> int:
        """Return the first version from which a table's change feed can be read up to its head."""

    def select(
        self, pin: PinnedSource, columns: tuple[str, ...] | None, predicate: Predicate | None, first: FirstRows | None = None
    ) -> FileSelection:
        """Return the files of a pinned source that rows satisfying the predicate can be in, or that can be among the first of these."""

    def ranges(self, pin: PinnedSource, columns: tuple[str, ...]) -> tuple[FileRange, ...] | None:
        """Return the ranges of some columns in each file of a pinned source; None where no log says all of them."""
