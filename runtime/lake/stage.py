"""Owns staging: rows written to files beside their table, which nobody sees until one commit takes them in."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...dialect.diagnostics import error
from .faults import library, words, writing_fault
from .fit import caster
from .gate import Gate
from .log import entry_path
from .paths import data_path
from .proof import Proof
from .pump import pumped
from .schemas import arrow_schema
from .target import Target

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import CommitProperties, DeltaTable

NEW_TABLE = {"delta.enableChangeDataFeed": "true"}


class Source:
    """A stream of batches on its way into a table: cast, counted, stopped by the gate.

    The library reports what its source raises as text only; `error` keeps the thing itself.
    """

    def __init__(self, reader: pa.RecordBatchReader, target: Target, gate: Gate, *, last: bool = False, proof: Proof | None = None) -> None:
        """Wrap a reader; `last` says that the commit follows right after its end, `proof` sees every batch."""
        self._reader, self._gate, self._last, self._proof = reader, gate, last, proof
        self._schema = arrow_schema(target.schema)
        self._cast = caster(self._schema, target.partition_by, target.text)
        self.rows = 0
        self.error: BaseException | None = None

    def reader(self) -> pa.RecordBatchReader:
        """Return the stream in the table's own types."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in pumped(self._reader, self._gate.check):
                cast = self._cast(batch)
                if self._proof is not None:
                    cast = self._proof.rows(batch, cast)
                self.rows += cast.num_rows
                yield cast
            if self._last:
                self._gate.enter()
            else:
                self._gate.check()
        except GeneratorExit:
            raise
        except BaseException as problem:
            self.error = problem
            raise

    def drain(self, write: Callable[[], None], text: str) -> None:
        """Let the library write the stream; raises what the source raised itself, else the library's failure with a code."""
        try:
            with library(lambda problem: writing_fault(problem, text)):
                write()
        except BaseException:
            if self.error is not None:
                raise self.error  # noqa: B904  the library's words about it are only a copy
            raise


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder that holds staged rows as a Delta table of one version; `made` are folders made for it."""

    folder: Path
    made: tuple[Path, ...] = ()

    @property
    def table(self) -> DeltaTable:
        """Return the staged rows as a table."""
        from deltalake import DeltaTable

        return DeltaTable(str(self.folder))

    def adds(self) -> list[dict[str, Any]]:
        """Return the log's entries of the staged files."""
        lines = entry_path(self.folder, 0).read_text("utf-8").splitlines()
        return [row["add"] for row in map(json.loads, lines) if "add" in row]

    def file(self, add: dict[str, Any]) -> Path:
        """Return where a staged file lies."""
        return data_path(self.folder, add["path"])

    def remove(self) -> None:
        """Remove what is still there of the stage, and the folders made for it that stayed empty."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in self.made:
            remove_if_empty(folder)


def remove_if_empty(folder: Path) -> bool:
    """Remove a folder that is empty; say whether it was."""
    try:
        folder.rmdir()
    except OSError:
        return False
    return True


def open_stage(target: Target) -> Stage:
    """Return a new stage: beside the location for a new table, inside it for an existing one; raises T4038, T4039."""
    name = f"_treadle-{uuid.uuid4().hex}"
    folder = target.location / name if target.head else target.location.parent / f".{target.location.name}{name}"
    made = tuple(p for p in (folder.parent, *folder.parent.parents) if not p.exists())
    try:
        folder.mkdir(parents=True)
    except OSError as problem:
        if problem.errno in (20, 17):  # a part of the path became a file
            raise error("T4030", f"`{target.text}` can't be made: a part of it is a file", cause=words(problem)) from problem
        raise writing_fault(problem, target.text) from problem
    return Stage(folder, made)


def fill(stage: Stage, target: Target, source: Source, properties: CommitProperties | None) -> None:
    """Write all rows of a source into a stage; raises what the source raised, T4036 to T4040.

    Args:
        properties: of the commit, where the stage becomes the table itself.
    """
    from deltalake import PostCommitHookProperties, write_deltalake

    def write() -> None:
        write_deltalake(
            str(stage.folder),
            source.reader(),
            mode="error",
            partition_by=list(target.partition_by) or None,
            configuration=NEW_TABLE if target.route == "create" else None,
            commit_properties=properties,
            post_commithook_properties=PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False),
        )

    source.drain(write, target.text)
