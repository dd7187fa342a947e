"""Owns telling which of the files that a stage reads is damaged; the engine's words for a broken Parquet file name none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ..dialect.diagnostics import TreadleError, error
from ..planner.bundle import Stage
from ..planner.ports import EngineRefusal

READ = 1 << 26
"""Bytes of one file that are read to find what is damaged behind its footer; of larger files only the footer is looked at."""


@contextmanager
def damage_named(stage: Stage) -> Iterator[None]:
    """Raise T6052 about a file when the engine could not read one and it can be found; every other refusal passes.

    Args:
        stage: what runs inside.
    """
    try:
        yield
    except EngineRefusal as refused:
        found = _damaged(_files(stage)) if refused.kind == "io" else None
        if found is None:
            raise
        raise found from refused


def _files(stage: Stage) -> Iterator[tuple[str, bool]]:
    """Yield the Parquet files that a stage reads, and whether they belong to a table with older versions."""
    for scan in stage.scans:
        kind = None if scan.pin is None else scan.pin.ref.kind
        if scan.selection is not None and kind in ("delta", "changes", "parquet"):
            yield from ((file.path, kind != "parquet") for file in scan.selection.files)


def _damaged(files: Iterable[tuple[str, bool]]) -> TreadleError | None:
    for path, versioned in files:
        why = _why(path)
        if why is not None:
            way = "restore it from a backup, or read a version without it" if versioned else "restore it from a backup, or write it anew"
            return error("T6052", f"the file `{path}` is damaged or can't be read", help=way, cause=why)
    return None


def _why(path: str) -> str | None:
    """Return what is wrong with a file, None when it can be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            groups = range(file.metadata.num_row_groups)
            if sum(file.metadata.row_group(at).total_byte_size for at in groups) <= READ:
                for _ in file.iter_batches():
                    pass
    except (pa.ArrowException, OSError) as problem:
        return " ".join(str(problem).split()) or type(problem).__name__
    return None
