"""What tests of tables share: rows of a table, its versions, an output written through the whole writer."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pyarrow as pa
import pytest

from tests.support.command import inside
from treadle.dialect.diagnostics import TreadleError
from treadle.planner.ports import SourceRef
from treadle.planner.spec import OutputSpec
from treadle.planner.values import Value
from treadle.runtime.engine.arrow_types import schema
from treadle.runtime.lake.write import CommitIdentity, Target, Written, preflight, write

Rows = list[dict[str, Any]]


def rows(path: Path, version: int | None = None) -> Rows:
    """Return a table's rows, sorted by their text."""
    from deltalake import DeltaTable

    return sorted(pa.table(DeltaTable(str(path), version=version).scan()).to_pylist(), key=repr)


def head(path: Path) -> int:
    """Return a table's newest version."""
    from deltalake import DeltaTable

    return int(DeltaTable(str(path)).version())


def changes_ref(path: Path, **options: Value) -> SourceRef:
    """Return a change window over a table."""
    return SourceRef("changes", str(path), options=tuple(sorted(options.items())))


def identity(stage: str = "stage", **others: Any) -> CommitIdentity:
    """Return who commits; digests are made up."""
    known = {"view": "v", "run_id": "run", "project": "p", "spec": "s", "envelope": "e", "as_of": "2020-01-01T00:00:00Z"}
    pins = json.dumps([{"source": "flights", "version": 3}])
    return CommitIdentity(**{**known, "stage": stage, "pins": pins, **others})


def output(mode: str = "OVERWRITE", **others: Any) -> OutputSpec:
    """Return an output of the view `v`."""
    return OutputSpec(view="v", mode=mode, location="out", **others)  # type: ignore[arg-type]


def found(path: Path, table: pa.Table, wanted: OutputSpec) -> Target:
    """Return the target of an output that has a table's columns."""
    return preflight(wanted, path, schema(table.schema))


def put(
    path: Path,
    table: pa.Table,
    wanted: OutputSpec | None = None,
    who: CommitIdentity | None = None,
    *,
    before_end: Callable[[], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Written:
    """Write a table as an output; `before_end` happens after its last row."""
    wanted = wanted or output()
    target = found(path, table, wanted)

    def batches() -> Iterable[pa.RecordBatch]:
        yield from table.to_batches(max(2, len(table) // 4))
        if before_end:
            before_end()

    reader = pa.RecordBatchReader.from_batches(table.schema, batches())
    return write(target, wanted, reader, who or identity(), cancelled=cancelled)


@cache
def _import_everything() -> None:
    """Walk the whole street once: that other user may not read the modules, which are imported when first needed."""
    from deltalake import write_deltalake

    for package in ("treadle.dialect", "treadle.planner", "treadle.runtime"):
        for module in walk_packages(import_module(package).__path__, f"{package}."):
            import_module(module.name)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_deltalake(str(root / "t"), pa.table({"a": [1]}))
        good = "CREATE MATERIALIZED VIEW v INTO 'o' AS SELECT a FROM read_delta('t');"
        (root / "v.sql").write_text(f"{good} CREATE VIEW w AS SELECT b FROM v;")
        for arguments in (["check", "--json"], ["run", "--json"], ["check"]):
            inside(root, *arguments)
        (root / "v.sql").write_text(good)
        (root / "o").write_text("in the way")
        inside(root, "run", "--json")
        (root / "o").unlink()
        for arguments in (["check", "--json"], ["run", "--json"], ["run"], ["query", "SELECT * FROM read_delta('nope')"]):
            inside(root, *arguments)


@contextmanager
def without_rights() -> Iterator[Path]:
    """Yield a folder that is empty and ours, and act as a user who is not root meanwhile, so that modes count."""
    _import_everything()
    place, before = Path(tempfile.mkdtemp()), Path.cwd()
    root = os.geteuid() == 0
    os.chdir(place)  # the checkout itself may lie where that user can't go back to
    if root:
        os.chown(place, 65534, 65534)
        os.seteuid(65534)
    try:
        yield place
    finally:
        if root:
            os.seteuid(0)
        os.chdir(before)
        for folder, _, _ in os.walk(place):
            os.chmod(folder, 0o755)
        shutil.rmtree(place, ignore_errors=True)


def raised(code: str, work: Callable[[], object]) -> str:
    """Assert that work raises exactly one diagnostic with a code; return its message and help."""
    with pytest.raises(TreadleError) as caught:
        work()
    (one,) = caught.value.diagnostics
    assert one.code == code, one
    return f"{one.message} / {one.help or ''}"
