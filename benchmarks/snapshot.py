"""Benchmark of opening and pruning: tables of 100,000 files, and of 10,000 commits since the last checkpoint.

    python -m benchmarks.snapshot [--files 100000] [--commits 10000] [--repeats 5]

Three questions: opening the table, to the list of its files; opening it and finding the file of one key by
statistics; opening it and finding the files of one partition; the last two again on a table that is open. The arms
are the Delta library's own (`DeltaTable`, `get_add_actions`, `file_uris`), and treadle's whole way: the cut, which
pins the table, and the choice of files, in a lake that knows nothing yet. Then the version at a time, in the middle
of the log. treadle should be no slower than the library, on each.

The logs are written by hand, since no data is read; treadle looks whether the files that it chooses are there, so
those exist, empty.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from benchmarks.arms import BENCH, Arm, Race, race, record
from treadle.dialect.types import BIGINT, DATE
from treadle.planner.ports import FileSelection, SourceRef
from treadle.planner.predicates import Compare, Predicate
from treadle.planner.values import Value
from treadle.runtime.lake import DeltaLake

LIBRARY, OURS = "library", "treadle"
NO_SLOWER = 1.05
"""No slower than the library, but for the noise of a machine that others use as well."""
DAYS = 1000
BEGIN = dt.datetime(2013, 1, 1, tzinfo=dt.UTC)
FIRST_COMMIT_MS = 1_700_000_000_000
ROWS = 1000
COLUMNS = {"id": "long", "at": "timestamp", "amount": "double", "name": "string", "day": "date"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a table: in treadle's predicates, and in the library's SQL."""

    name: str
    predicate: Predicate | None
    sql: str | None


def day_of(file: int) -> dt.date:
    """Return the partition of a file."""
    return (BEGIN + dt.timedelta(days=file % DAYS)).date()


def path_of(file: int) -> str:
    """Return the path of a file in its table."""
    return f"day={day_of(file)}/part-{file:08}.parquet"


def add(file: int) -> dict[str, Any]:
    """Return the action that adds a file, with statistics as writers give them."""
    at = (BEGIN + dt.timedelta(minutes=file)).strftime("%Y-%m-%dT%H:%M:%S")
    statistics = {
        "numRecords": ROWS,
        "minValues": {"id": file * ROWS, "at": f"{at}.000Z", "amount": 0.5, "name": f"n{file:08}"},
        "maxValues": {"id": file * ROWS + ROWS - 1, "at": f"{at}.999Z", "amount": 99.5, "name": f"n{file:08}z"},
        "nullCount": {"id": 0, "at": 0, "amount": 0, "name": 0},
    }
    common = {"size": 10_000 + file, "modificationTime": FIRST_COMMIT_MS, "dataChange": True, "stats": json.dumps(statistics)}
    return {"add": {"path": path_of(file), "partitionValues": {"day": str(day_of(file))}, **common}}


def write_commit(log: Path, version: int, actions: Iterator[dict[str, Any]]) -> None:
    """Write one commit's entry."""
    info = {"commitInfo": {"timestamp": FIRST_COMMIT_MS + version * 1000, "operation": "WRITE"}}
    lines = [json.dumps(action) + "\n" for action in (info, *actions)]
    (log / f"{version:020d}.json").write_text("".join(lines), "utf-8")


def write_table(path: Path, files: int, commits: int) -> Path:
    """Write the log of a table whose files came in so many commits, after the one that made it."""
    shutil.rmtree(path, ignore_errors=True)
    log = path / "_delta_log"
    log.mkdir(parents=True)
    fields = [{"name": name, "type": type_, "nullable": True, "metadata": {}} for name, type_ in COLUMNS.items()]
    metadata: dict[str, Any] = {"id": "0b2d3a9e-5a55-4d0e-9d2a-3e7d6a1f0c11", "format": {"provider": "parquet", "options": {}}}
    metadata |= {"schemaString": json.dumps({"type": "struct", "fields": fields}), "partitionColumns": ["day"], "configuration": {}}
    write_commit(log, 0, iter(({"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}, {"metaData": metadata})))
    each = files // commits
    for version in range(commits):
        write_commit(log, version + 1, map(add, range(version * each, (version + 1) * each)))
    return path


def tables(folder: Path, files: int, commits: int) -> dict[str, Path]:
    """Write the three tables, and return them by what they are called."""
    made = {f"{files:,} files, log as JSON": write_table(folder / "json", files, 10)}
    made[f"{files:,} files, checkpoint"] = write_table(folder / "checkpoint", files, 10)
    DeltaTable(str(folder / "checkpoint")).create_checkpoint()
    made[f"{commits:,} commits since the checkpoint"] = write_table(folder / "commits", commits, commits)
    return made


def questions(files: int) -> tuple[Question, ...]:
    """Return what is asked of a table of so many files: nothing, one key, one partition."""
    key, day = files // 2 * ROWS + 5, day_of(files // 3)
    return (
        Question("opening", None, None),
        Question("one key by statistics", Compare(("id",), "=", Value(BIGINT, key)), f"id = {key}"),
        Question("one partition", Compare(("day",), "=", Value(DATE, day)), f"day = '{day}'"),
    )


def library(table: Path, question: Question, opened: DeltaTable | None = None) -> list[str]:
    """Answer a question with the library: the files' addresses; opening ends with the list of files, as a pin does."""
    known = opened or DeltaTable(str(table))
    if question.sql is not None:
        return known.file_uris(file_pruning_predicate=question.sql)
    known.get_add_actions()
    return []


def ours(table: Path, question: Question, lake: DeltaLake | None = None) -> FileSelection | None:
    """Answer a question with treadle: the table pinned, and the files of a scan."""
    known = lake or DeltaLake(table.parent)
    pin = known.cut([SourceRef("delta", str(table))]).pins[0]
    return None if question.predicate is None else known.select(pin, None, question.predicate)


def prepare(table: Path, question: Question) -> None:
    """Make the files that answer a question, all but empty, and insist that both answer the same."""
    wanted = library(table, question)
    for one in wanted:
        Path(one).parent.mkdir(parents=True, exist_ok=True)
        Path(one).write_bytes(b"PAR1")
    found = ours(table, question)
    if found is not None and {file.path for file in found.files} != {str(Path(one)) for one in wanted}:
        raise SystemExit(f"{question.name}: treadle chose {len(found.files)} files and the library {len(wanted)}")


def arms(table: Path, question: Question, opened: bool) -> list[Arm]:
    """Return both ways of answering, on a table that is open or not."""
    handle, lake = DeltaTable(str(table)) if opened else None, DeltaLake(table.parent) if opened else None
    return [Arm(LIBRARY, lambda: library(table, question, handle)), Arm(OURS, lambda: ours(table, question, lake))]


def at_a_time(table: Path, commits: int) -> list[Arm]:
    """Return both ways of finding the version in the middle of a log by its time; the library goes by the files' times."""
    said = FIRST_COMMIT_MS + commits // 2 * 1000 + 500
    entry = table / "_delta_log" / f"{commits // 2:020d}.json"
    seen = dt.datetime.fromtimestamp(entry.stat().st_mtime, dt.UTC)

    def theirs() -> None:
        DeltaTable(str(table), version=0).load_as_version(seen)

    return [Arm(LIBRARY, theirs), Arm(OURS, lambda: DeltaLake(table.parent).cut([SourceRef("delta", str(table), timestamp_ms=said)]))]


def told(result: Race) -> bool:
    """Print whether a race was won, and say it: by the best runs, since a busy machine only ever makes one slower."""
    ratio = min(result.times[OURS]) / min(result.times[LIBRARY])
    won = ratio <= NO_SLOWER
    print(f"  treadle's best run takes {ratio:.2f} of the library's, goal {NO_SLOWER:g}: {'met' if won else 'MISSED'}", flush=True)
    return won


def measure(made: dict[str, Path], options: argparse.Namespace) -> Iterator[Race]:
    """Run all races."""
    for name, table in made.items():
        count = options.commits if table.name == "commits" else options.files
        for question in questions(count):
            prepare(table, question)
            yield race(f"{name}: {question.name}", arms(table, question, opened=False), repeats=options.repeats)
            if question.predicate is not None:
                yield race(f"{name}: {question.name}, table open", arms(table, question, opened=True), repeats=options.repeats)
    table = next(path for path in made.values() if path.name == "commits")
    yield race(f"{options.commits:,} commits: the version at a time", at_a_time(table, options.commits), repeats=options.repeats)


def main() -> None:
    """Run the benchmark and keep its record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--commits", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    made = tables(BENCH / "snapshot", options.files, options.commits)
    results = [(one, told(one)) for one in measure(made, options)]
    print(f"\n{sum(won for _, won in results)} of {len(results)} goals met")
    record("snapshot", [one for one, _ in results], files=options.files, commits=options.commits)


if __name__ == "__main__":
    main()
