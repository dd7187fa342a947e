"""What happens to Delta tables behind a reader's back, through the command: an error with its code or the right rows, never wrong ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

import treadle
from tests.support.command import inside
from tests.support.deletion_vectors import mark
from tests.support.made_tables import make
from tests.support.place import Place, Said
from treadle.runtime.workspace import Workspace

COPY = "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a FROM read_delta('lake/t');"
FEED = {"delta.enableChangeDataFeed": "true"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a folder with a table of three versions: 1 and 2; 3 added; 2 deleted, so that version 1 has a file of its own."""
    found = Place(tmp_path)
    path = found.table(configuration=FEED)
    write_deltalake(str(path), pa.table({"a": [3]}), mode="append")
    DeltaTable(str(path)).delete("a = 2")
    found.sql(COPY)
    return found


def _between(place: Place, happens: Callable[[Path], object]) -> Said:
    """Run the project, and let something happen to the table once the run is planned."""
    run = Workspace.run

    def later(workspace: Workspace, *arguments: Any) -> Any:
        happens(place.root / "lake/t")
        return run(workspace, *arguments)

    with patch.object(Workspace, "run", later):
        return place.treadle("run")


def _rows(place: Place, name: str = "out/v") -> list[int]:
    return sorted(pa.table(DeltaTable(str(place.root / name)).scan())["a"].to_pylist())


def _queried(place: Place, sql: str) -> Said:
    return place.treadle("query", sql)


def _vacuum(path: Path) -> None:
    DeltaTable(str(path)).vacuum(0, dry_run=False, enforce_retention_duration=False)


def _lose_data(path: Path) -> None:
    for file in path.glob("*.parquet"):
        file.unlink()


def _checkpoint_and_clean(path: Path) -> None:
    DeltaTable(str(path)).create_checkpoint()
    for version in range(2):
        (path / "_delta_log" / f"{version:020}.json").unlink()


def _made_anew(path: Path) -> None:
    shutil.rmtree(path)
    for value in (7, 8, 9):
        write_deltalake(str(path), pa.table({"a": [value]}), mode="append", configuration=FEED)


def test_vacuumed_versions_are_named(place: Place) -> None:
    _vacuum(place.root / "lake/t")
    assert _queried(place, "SELECT a FROM read_delta('lake/t', version => 1)").codes == {"T4008"}
    assert _queried(place, "SELECT a FROM read_delta('lake/t')").status == 0


@pytest.mark.parametrize("lose", [_lose_data, _made_anew, shutil.rmtree])
def test_files_that_go_missing_while_a_run_is_planned(place: Place, lose: Callable[[Path], object]) -> None:
    """The run fails with the code, and its output stays as it was."""
    assert place.treadle("run").status == 0
    write_deltalake(str(place.root / "lake/t"), pa.table({"a": [4]}), mode="append")
    said = _between(place, lose)
    assert said.status == 1 and {one["code"] for one in said.errors} == {"T4008"}, said
    assert _rows(place) == [1, 3]


@pytest.mark.parametrize("happens", [_vacuum, _checkpoint_and_clean, lambda path: DeltaTable(str(path)).optimize.compact()])
def test_upkeep_while_a_run_is_planned(place: Place, happens: Callable[[Path], object]) -> None:
    """Vacuum, checkpoints, log cleanup and compaction take nothing away that a run at the head needs."""
    assert _between(place, happens).status == 0
    assert _rows(place) == [1, 3]


def test_commits_while_a_run_is_planned(place: Place) -> None:
    """What is written after the pin is not read, whatever it does to the table."""

    def wider(path: Path) -> None:
        write_deltalake(str(path), pa.table({"a": [9], "b": ["x"]}), mode="overwrite", schema_mode="overwrite")

    assert _between(place, wider).status == 0
    assert _rows(place) == [1, 3]


def test_a_table_made_anew_is_read_anew(place: Place) -> None:
    """A connection that has read a table knows a new one under the same path, with as many versions, for what it is."""
    sql = "SELECT a FROM read_delta('lake/t') ORDER BY a"
    with treadle.connect(place.root) as connection:
        assert connection.query(sql).fetchall() == [(1,), (3,)]
        _made_anew(place.root / "lake/t")
        assert connection.query(sql).fetchall() == [(7,), (8,), (9,)]
        changes = connection.query("SELECT a FROM read_delta_cdf('lake/t', start_version => 1) ORDER BY a").fetchall()
        assert changes == [(8,), (9,)]


def test_cut_files_are_an_error(place: Place) -> None:
    """The damaged file is named among whole ones, whether its footer is broken or what lies before that."""
    (victim,) = map(Path, DeltaTable(str(place.root / "lake/t"), version=0).file_uris())
    whole = victim.read_bytes()
    spoilt = (whole[:100], b"no Parquet at all", whole[:4] + b"\xff" * 30 + whole[34:])
    for content in spoilt:
        victim.write_bytes(content)
        for source in ("read_delta('lake/t', version => 1)", "read_delta_cdf('lake/t', start_version => 0)"):
            ended = inside(place.root, "query", f"SELECT a FROM {source}")
            assert (ended.status, ended.stdout) == (1, "") and "T6052" in ended.stderr, ended
            words = "".join(ended.stderr.split())
            assert victim.name in words and "restoreitfromabackup" in words and "pre-warm" not in ended.stderr, ended


@pytest.mark.parametrize("damage", [lambda file: file.write_bytes(b""), lambda file: (file.unlink(), file.mkdir())])
def test_files_that_lost_their_content_are_an_error(place: Place, damage: Callable[[Path], object]) -> None:
    """The engine reads empty files and folders as no rows."""
    for file in list((place.root / "lake/t").glob("*.parquet")):
        damage(file)
    assert _queried(place, "SELECT a FROM read_delta('lake/t')").codes == {"T4008"}
    assert _queried(place, "SELECT count(*) AS n FROM read_delta('lake/t') WHERE a > 0").codes == {"T4008"}
    assert _queried(place, "SELECT a FROM read_delta_cdf('lake/t', start_version => 1)").codes == {"T4024"}


def test_log_cleanup(place: Place) -> None:
    _checkpoint_and_clean(place.root / "lake/t")
    assert _queried(place, "SELECT a FROM read_delta('lake/t')").status == 0
    assert _queried(place, "SELECT a FROM read_delta('lake/t', version => 1)").codes == {"T4004"}
    assert _queried(place, "SELECT a FROM read_delta_cdf('lake/t', start_version => 1)").codes == {"T4023"}


def test_a_checkpoint_that_is_being_written(place: Place) -> None:
    """Parts of a checkpoint, temporary files, and an announcement of what isn't there yet hide no row."""
    path = place.root / "lake/t"
    log = path / "_delta_log"
    (log / f"{2:020}.checkpoint.{1:010}.{2:010}.parquet").write_bytes(b"PAR1 half of it")
    (log / f".{2:020}.checkpoint.parquet.tmp").write_bytes(b"PAR1")
    with treadle.connect(place.root) as connection:
        sql = "SELECT a FROM read_delta('lake/t') ORDER BY a"
        assert connection.query(sql).fetchall() == [(1,), (3,)]
        (log / "_last_checkpoint").write_text('{"version":2,"size":9,"parts":2}')
        try:
            assert connection.query(sql).fetchall() == [(1,), (3,)]
        except treadle.TreadleError as refused:
            assert [one.code for one in refused.diagnostics] == ["T4007"]


def test_vectors_that_are_lost_or_damaged(tmp_path: Path) -> None:
    """A deletion vector's file that is gone, cut, or of another checksum is an error: its rows must not come back."""
    spoil: tuple[Callable[[Path], object], ...] = (
        Path.unlink,
        lambda file: file.write_bytes(file.read_bytes()[:8]),
        lambda file: file.write_bytes(bytes([*file.read_bytes()[:-5], file.read_bytes()[-5] ^ 1, *file.read_bytes()[-4:]])),
    )
    for number, damage in enumerate(spoil):
        path = tmp_path / f"t{number}"
        write_deltalake(str(path), pa.table({"a": list(range(10))}))
        (name,) = (file.name for file in path.glob("*.parquet"))
        mark(path, {name: [2, 3]}, "u")
        said = Place(tmp_path).treadle("query", f"SELECT a FROM read_delta('t{number}')")
        assert said.status == 0
        damage(next(path.glob("deletion_vector_*.bin")))
        ended = inside(tmp_path, "query", f"SELECT a FROM read_delta('t{number}')")
        assert (ended.status, ended.stdout) == (1, ""), f"{number}: {ended}"
        assert any(code in ended.stderr for code in ("T4007", "T4008", "T4018")), f"{number}: {ended}"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda entry: entry.write_bytes(b""), "commit 1 in the log of `lake/t` is empty"),
        (Path.unlink, "commit 1 is missing in the log of `lake/t`, and version 2 needs it"),
        (lambda entry: entry.write_bytes(entry.read_bytes()[:-20]), "line 2 of commit 1 in the log of `lake/t` is no action in JSON"),
        (lambda entry: entry.write_bytes(b"\xff\n" + entry.read_bytes()), "line 1 of commit 1 in the log of `lake/t` is no action in JSON"),
    ],
)
def test_damaged_entries_are_named(place: Place, damage: Callable[[Path], object], said: str) -> None:
    """An empty entry, as a crash leaves it, would take rows away silently; versions before it can be read."""
    damage(place.root / "lake/t/_delta_log" / f"{1:020}.json")
    for source in ("read_delta('lake/t')", "read_delta_cdf('lake/t', start_version => 0)", "delta_snapshot('lake/t')"):
        (fault,) = _queried(place, f"SELECT count(*) AS n FROM {source}").errors
        assert (fault["code"], fault["message"]) == ("T4007", said) and fault["help"], fault
    assert _queried(place, "SELECT a FROM read_delta('lake/t', version => 0)").status == 0


@pytest.mark.parametrize("name", ["entry_broken", "entry_missing", "metadata_missing"])
def test_logs_that_are_damaged(name: str, tmp_path: Path) -> None:
    make(name, tmp_path)
    for command in (["query", f"SELECT * FROM read_delta('made/{name}')"], ["query", f"SELECT * FROM delta_history('made/{name}')"]):
        said = Place(tmp_path).treadle(*command)
        assert (said.status, said.codes) in ((1, {"T4007"}), (0, set())) and (said.status or "history" in command[1]), said
