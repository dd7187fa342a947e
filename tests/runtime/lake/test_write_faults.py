"""What goes wrong while an output is written: other writers, failures, cancels, a full disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.support.lake import found, head, identity, output, put, raised, rows, without_rights
from treadle.planner.spec import OutputSpec
from treadle.runtime.cancel import Cancelled
from treadle.runtime.lake.faults import writing_fault
from treadle.runtime.lake.write import repeat, write

ONE = pa.table({"p": ["a", "b", None], "i": [1, 2, 3]})
PARTS = {"partition_by": ("p",)}
ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "RUST_BACKTRACE": "0"}  # it takes seconds to print one


@pytest.fixture
def out(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    put(path, ONE, output(**PARTS))
    return path


def files(path: Path) -> set[str]:
    return {str(p.relative_to(path)) for p in path.rglob("*")}


def reader(batches: Callable[[], Iterator[pa.RecordBatch]], schema: pa.Schema = ONE.schema) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(schema, batches())


@pytest.mark.parametrize(
    "wanted",
    [
        output(**PARTS),
        output("REPLACE PARTITIONS", **PARTS),
        output("REPLACE WHERE", replace_where='"i" > 0', **PARTS),
        output(overwrite_schema=True, **PARTS),
    ],
    ids=lambda o: o.mode,
)
def test_a_commit_in_between_is_never_written_over(out: Path, wanted: OutputSpec) -> None:
    """A stale handle of the library keeps the concurrent rows, silently."""

    def foreign() -> None:
        write_deltalake(str(out), pa.table({"p": ["z"], "i": [99]}), mode="append")

    table = ONE.append_column("more", ONE["i"]) if wanted.overwrite_schema else ONE
    assert "another writer" in raised("T4034", lambda: put(out, table, wanted, before_end=foreign))
    assert head(out) == 1
    assert sorted(r["i"] for r in rows(out)) == [1, 2, 3, 99]
    assert not list(out.glob("_treadle*"))
    live = len(list(out.rglob("*.parquet")))
    assert live == 4


def test_a_commit_right_before_ours_is_seen_as_well(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the commit itself can see it: it has to fail, and not to be merged."""
    from treadle.runtime.lake import commit

    def transact(*args: object) -> None:
        write_deltalake(str(out), pa.table({"p": ["z"], "i": [99]}), mode="append")
        real(*args)  # type: ignore[arg-type]

    real = commit._transact
    monkeypatch.setattr(commit, "_transact", transact)
    before = files(out)
    raised("T4034", lambda: put(out, ONE, output(**PARTS)))
    assert sorted(r["i"] for r in rows(out)) == [1, 2, 3, 99]
    assert len([f for f in files(out) - before if f.endswith(".parquet")]) == 1  # theirs


def test_append_goes_on_after_others(out: Path) -> None:
    def foreign() -> None:
        write_deltalake(str(out), pa.table({"p": ["z"], "i": [99]}), mode="append")

    done = put(out, ONE, output("APPEND", **PARTS), before_end=foreign)
    assert (done.version, done.previous_version, len(rows(out))) == (2, 0, 7)
    raised("T4034", lambda: put(out, ONE, output("APPEND", retries=0, **PARTS), before_end=foreign))
    assert head(out) == 3


def test_a_table_that_appears_in_between(tmp_path: Path) -> None:
    path = tmp_path / "new"
    raised("T4034", lambda: put(path, ONE, before_end=lambda: write_deltalake(str(path), pa.table({"x": [1]}))))
    assert rows(path) == [{"x": 1}]
    assert [p.name for p in tmp_path.iterdir()] == ["new"]


def test_a_stream_that_fails(out: Path, tmp_path: Path) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from ONE.to_batches()
        raise ZeroDivisionError("the reader's own")

    before = files(out)
    for path in (out, tmp_path / "new" / "deep"):
        with pytest.raises(ZeroDivisionError, match="the reader's own"):
            write(found(path, ONE, output(**PARTS)), output(**PARTS), reader(broken), identity(), cancelled=lambda: False)
    assert files(out) == before
    assert not (tmp_path / "new").exists()


def test_a_cancel_between_batches(out: Path) -> None:
    asked = threading.Event()

    def slow() -> Iterator[pa.RecordBatch]:
        yield from ONE.to_batches()
        asked.set()
        yield from ONE.to_batches()

    before = files(out)
    target = found(out, ONE, output(**PARTS))
    with pytest.raises(Cancelled):
        write(target, output(**PARTS), reader(slow), identity(), cancelled=asked.is_set)
    assert (head(out), files(out)) == (0, before)


@pytest.mark.parametrize("path", ["out", "new"])
def test_a_cancel_after_the_last_row(out: Path, tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last moment: everything is staged, and the commit would come next."""
    import importlib

    module = importlib.import_module("treadle.runtime.lake.write")
    asked = threading.Event()
    monkeypatch.setattr(module, "_require_condition", lambda *_: asked.set())
    before = files(tmp_path)
    with pytest.raises(Cancelled):
        put(tmp_path / path, ONE, output(**PARTS), cancelled=asked.is_set)
    assert files(tmp_path) == before


def test_a_stream_that_hangs_is_left_behind_and_never_commits(out: Path) -> None:
    go, asked = threading.Event(), threading.Event()

    def hanging() -> Iterator[pa.RecordBatch]:
        yield from ONE.to_batches()
        asked.set()
        go.wait(20)

    began = time.monotonic()
    with pytest.raises(Cancelled):
        write(found(out, ONE, output(**PARTS)), output(**PARTS), reader(hanging), identity(), cancelled=asked.is_set)
    assert time.monotonic() - began < 3
    go.set()
    for thread in threading.enumerate():
        if thread.name == "write v":
            thread.join(10)
    assert head(out) == 0
    assert not list(out.glob("_treadle*"))


SCRIPT = """
    import sys, time
    from pathlib import Path
    import pyarrow as pa
    from tests.support.lake import found, identity, output
    from treadle.runtime.cancel import Cancelled
    from treadle.runtime.lake.write import write

    ONE = pa.table({"p": ["a", "b", None], "i": [1, 2, 3]})
    path, mode = Path(sys.argv[1]), sys.argv[2]

    def batches():
        for _ in range(400):
            yield from ONE.to_batches()
            print("row", flush=True)
            time.sleep(0.05)

    wanted = output(mode, partition_by=("p",))
    reader = pa.RecordBatchReader.from_batches(ONE.schema, batches())
    try:
        write(found(path, ONE, wanted), wanted, reader, identity(), cancelled=lambda: False)
    except Cancelled:
        print("cancelled", flush=True)
"""


@pytest.mark.parametrize("mode", ["OVERWRITE", "APPEND"])
def test_ctrl_c_never_commits(out: Path, mode: str) -> None:
    """The library ignores the signal until it has committed; here it ends long before the 400 batches, which take 20 s, are through."""
    before = files(out)
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(out), mode]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=ENVIRONMENT)
    assert child.stdout is not None
    assert child.stdout.readline() == "row\n"
    child.send_signal(signal.SIGINT)
    said = child.stdout.read().splitlines()
    assert said[-1] == "cancelled"
    assert len(said) < 60
    assert child.wait(10) == 0
    assert (head(out), files(out)) == (0, before)


FULL = """
    import resource, sys
    from pathlib import Path
    import pyarrow as pa
    from tests.support.lake import output, put
    from treadle.dialect.diagnostics import TreadleError

    table = pa.table({"p": ["a"] * 200_000, "i": list(range(200_000))})
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        put(Path(sys.argv[1]), table, output(partition_by=("p",)))
    except TreadleError as problem:
        print(problem.diagnostics[0].code)
"""


@pytest.mark.parametrize("path", ["out", "new"])
def test_a_full_disk(out: Path, tmp_path: Path, path: str) -> None:
    """A limit on file sizes stands in for it: the write fails in the same place."""
    before = files(tmp_path)
    command = [sys.executable, "-c", textwrap.dedent(FULL), str(tmp_path / path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, check=False)
    assert done.stdout.strip() == "T4038"
    assert "Traceback" not in done.stderr
    assert files(tmp_path) == before


def test_folders_that_can_not_be_written() -> None:
    with without_rights() as place:
        put(place / "out", ONE)
        for folder in (place / "out", place / "out" / "_delta_log", place):
            folder.chmod(0o555)
            path = place / "new" if folder == place else place / "out"
            assert "can't be written" in raised("T4039", lambda path=path: put(path, ONE))  # type: ignore[misc]
            folder.chmod(0o755)
        assert (head(place / "out"), [p.name for p in place.iterdir()]) == (0, ["out"])
        assert len(list((place / "out").rglob("*.parquet"))) == 1


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (OSError("No space left on device (os error 28)"), "T4038"),
        (OSError("Read-only file system (os error 30)"), "T4039"),
        (RuntimeError("Unsupported table features required: [IdentityColumns]"), "T4037"),
        (RuntimeError("Invalid data found: 1 rows failed validation check"), "T4037"),
        (RuntimeError("Cast error: Can't cast"), "T4036"),
        (RuntimeError("a concurrent transaction deleted data"), "T4034"),
        (RuntimeError("something else\n   0: <unknown>\n   1: <unknown>"), "T4040"),
    ],
)
def test_words_of_the_library(problem: Exception, code: str) -> None:
    (one,) = writing_fault(problem, "out").diagnostics
    assert one.code == code
    assert one.cause is not None and "<unknown>" not in one.cause


def test_a_checkpoint_that_fails_is_no_failed_commit(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows are there once the log says so; taking the files back then would break the table."""
    from treadle.runtime.lake import commit

    def transact(*args: object) -> None:
        real(*args)  # type: ignore[arg-type]
        raise OSError("the checkpoint could not be written")

    real = commit._transact
    monkeypatch.setattr(commit, "_transact", transact)
    assert put(out, ONE, output(**PARTS)).version == 1
    assert len(rows(out)) == 3


def test_repeats(out: Path) -> None:
    wanted = output(**PARTS)

    def same(**others: object) -> bool:
        return repeat(found(out, ONE, wanted), identity(**others))  # type: ignore[arg-type]

    assert same()
    assert not same(stage="another")
    assert not same(envelope="another")
    assert same(envelope="another", reads_clock=False)
    assert not same(view="w")
    assert not repeat(found(out, ONE, output("APPEND", **PARTS)), identity())
    assert not repeat(found(out.parent / "new", ONE, wanted), identity())


def test_a_foreign_commit_ends_a_repeat(out: Path) -> None:
    """The library checks neither transactions nor who made the head (FACTS H)."""
    write_deltalake(str(out), pa.table({"p": ["z"], "i": [99]}), mode="append")
    assert not repeat(found(out, ONE, output(**PARTS)), identity())
    DeltaTable(str(out)).restore(0)
    assert not repeat(found(out, ONE, output(**PARTS)), identity())


def test_transactions_do_not_stop_a_second_commit(out: Path) -> None:
    """So that is for us to check: `repeat` before, and the head right before the commit."""
    put(out, ONE, output("APPEND", **PARTS))
    put(out, ONE, output("APPEND", **PARTS))
    assert (head(out), len(rows(out))) == (2, 9)
    assert repeat(found(out, ONE, output("APPEND", **PARTS)), identity())
