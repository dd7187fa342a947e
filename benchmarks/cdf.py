"""Benchmark of change data: two million changes in forty versions, plain and partitioned.

    python -m benchmarks.cdf [--changes 2000000] [--repeats 5] [--layouts plain partitioned]

Three questions: an aggregate by kind of change, all changes of one key, the changes of the last 1 % of
the versions. The arms: treadle; the library's reader into Arrow and the same SQL over that in DataFusion;
the library's reader with its own predicate, where the question has one; Polars over what the library reads;
and as the floor the best correct SQL that one can write by hand over the files that hold the changes. DuckDB
has no way to read change data. treadle should be three times as fast as the library's reader, and within
1.2 of the floor.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import geometric_mean
from typing import Any
from urllib.parse import unquote

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from datafusion import SessionConfig, SessionContext
from deltalake import DeltaTable, WriterProperties, write_deltalake

import treadle
from benchmarks.arms import BENCH, Arm, Race, race, record
from treadle.runtime.profiles import DEFAULTS

VERSIONS = 40
LAYOUTS = ("plain", "partitioned")
FASTER, FLOOR = 3.0, 1.2
COLUMNS = "id BIGINT, region VARCHAR, amount DOUBLE, note VARCHAR"


def build(changes: int, layout: str) -> Path:
    """Return a table with so many changes, made once: a base, then in turns merges, appends and deletes."""
    path = BENCH / "data" / f"cdf-{changes}-{layout}"
    if (path / "done").exists():
        return path
    shutil.rmtree(path, ignore_errors=True)
    base, step = changes * 2 // 5, changes * 3 // 5 // (VERSIONS - 1)
    options: dict[str, Any] = {"partition_by": ["region"] if layout == "partitioned" else None}
    write_deltalake(path, rows(range(base)), configuration={"delta.enableChangeDataFeed": "true"}, **options)
    following = base
    for version in range(1, VERSIONS):
        following = change(path, version, step, base, following)
    (path / "done").touch()
    return path


def change(path: Path, version: int, step: int, base: int, following: int) -> int:
    """Commit `step` changes and return the next key that is free: two merges, then an append, then a delete, and so on."""
    table = DeltaTable(path)
    if version % 4 == 3:
        write_deltalake(path, rows(range(following, following + step)), mode="append")
        return following + step
    if version % 4 == 0:
        last = base - (version // 4 - 1) * step  # of the base, from its end on
        table.delete(f"id >= {last - step} AND id < {last}")
        return following
    updated, inserted = step * 4 // 9, step // 9
    first = version * updated // 3
    news = rows([*range(first, first + updated), *range(following, following + inserted)], version)
    merge = table.merge(news, "t.id = s.id", source_alias="s", target_alias="t", writer_properties=WriterProperties())
    merge.when_matched_update_all().when_not_matched_insert_all().execute()
    return following + inserted


def rows(keys: Sequence[int], version: int = 0) -> pa.Table:
    """Return rows of these keys as of a version; a key stays in its region."""
    ids = pa.array(keys, pa.int64())
    regions = pa.array([f"region-{i}" for i in range(8)])
    region = regions.take(pc.bit_wise_and(ids, 7))
    notes = pa.array([f"note {i} of version {version}" for i in range(1000)]).take(
        pc.subtract(ids, pc.multiply(pc.divide(ids, 1000), 1000))
    )
    return pa.table({"id": ids, "region": region, "amount": pc.add(pc.cast(ids, pa.float64()), version / 8), "note": notes})


@dataclass(frozen=True, slots=True)
class Question:
    """A question, with the ways of asking it.

    Args:
        title: for people.
        sql: `{changes}` stands where the changes stand.
        columns: what it needs of them.
        predicate: what the library's reader takes of it, or None.
        first: the first version that can matter.
        key: the one key that matters, or None.
    """

    title: str
    sql: str
    columns: tuple[str, ...]
    predicate: str | None = None
    first: int = 0
    key: int | None = None


KEY = 4242
LAST = VERSIONS - 1 - VERSIONS // 100
QUESTIONS = (
    Question(
        "by kind",
        "SELECT _change_type, count(*) AS n, sum(amount) AS s FROM {changes} GROUP BY _change_type",
        ("amount", "_change_type"),
    ),
    Question(
        "one key",
        f"SELECT id, region, amount, _change_type, _commit_version FROM {{changes}} WHERE id = {KEY}",
        ("id", "region", "amount", "_change_type", "_commit_version"),
        f"id = {KEY}",
        key=KEY,
    ),
    Question(
        "the last 1 % of versions",
        f"SELECT _commit_version, _change_type, count(*) AS n, max(amount) AS m FROM {{changes}} WHERE _commit_version >= {LAST} "
        "GROUP BY _commit_version, _change_type",
        ("amount", "_change_type", "_commit_version"),
        f"_commit_version >= {LAST}",
        first=LAST,
    ),
)


@dataclass(frozen=True, slots=True)
class Logged:
    """A file with changes as a person finds it in the log; `kind` is None where the file says it, keys are bounded by statistics."""

    version: int
    kind: str | None
    region: str | None
    path: str
    low: float
    high: float

    def value(self, column: str) -> str:
        """Return the literal of a column that is not in the file."""
        return {
            "_commit_version": f"CAST({self.version} AS BIGINT)",
            "_change_type": f"'{self.kind}'",
            "region": f"'{self.region}'",
        }[column]


def logged(path: Path, first: int) -> Iterator[Logged]:
    """Yield the files with changes from a version on."""
    for version in range(first, VERSIONS):
        actions = [json.loads(line) for line in (path / "_delta_log" / f"{version:020}.json").read_text().splitlines()]
        kinds = [("cdc", None)] if any("cdc" in one for one in actions) else [("add", "insert"), ("remove", "delete")]
        for name, kind in kinds:
            for body in (one[name] for one in actions if name in one):
                if name == "cdc" or body["dataChange"]:
                    stats = json.loads(body.get("stats") or "{}")
                    bounds = (stats.get(which, {}).get("id", other) for which, other in (("minValues", -math.inf), ("maxValues", math.inf)))
                    yield Logged(version, kind, body["partitionValues"].get("region"), str(path / unquote(body["path"])), *bounds)


def plain_context() -> SessionContext:
    """Return a DataFusion session with the settings that treadle measured to be best."""
    context = SessionContext(SessionConfig().with_target_partitions(os.cpu_count() or 1))
    for name, value in DEFAULTS.items():
        context.sql(f"SET {name} = '{value}'")
    return context


def by_hand(context: SessionContext, path: Path, layout: str, question: Question) -> Callable[[], object]:
    """Return the floor: one external table of change files and one of the others, with values of the log by `CASE` where they are needed.

    The files are listed anew each time, as any reader has to, and those that cannot matter are left out by version
    and by what the log says of keys.
    """

    def run() -> object:
        files = [one for one in logged(path, question.first) if question.key is None or one.low <= question.key <= one.high]
        parts = []
        for number, alike in enumerate(([f for f in files if f.kind is None], [f for f in files if f.kind is not None])):
            if alike:
                parts.append(_part(context, f"f{number}", alike, layout, question))
        found = context.sql(question.sql.format(changes=f"({' UNION ALL '.join(parts)}) AS c")).collect()
        for number in range(2):
            context.deregister_table(f"f{number}")
        return found

    return run


def _part(context: SessionContext, name: str, files: Sequence[Logged], layout: str, question: Question) -> str:
    """Declare a table over files and return the query of the columns that the question needs."""
    declared = COLUMNS if layout == "plain" else COLUMNS.replace("region VARCHAR, ", "")
    stored = declared + (", _change_type VARCHAR" if files[0].kind is None else "")
    places = ", ".join(f"'{file.path}'" for file in files)
    context.sql(f"CREATE EXTERNAL TABLE {name} ({stored}) STORED AS PARQUET LOCATION ({places})")
    shown = []
    for column in question.columns:
        if f"{column} " in f"{stored} ":
            shown.append(column)
            continue
        values = {file.path.lstrip("/"): file.value(column) for file in files}
        cases = " ".join(f"WHEN '{place}' THEN {value}" for place, value in values.items())
        one = next(iter(values.values())) if len(set(values.values())) == 1 else f"CASE input_file_name() {cases} END"
        shown.append(f"{one} AS {column}")
    return f"SELECT {', '.join(shown)} FROM {name}"


def by_library(path: Path, question: Question, predicate: str | None) -> Callable[[], object]:
    """Return the library's reader into Arrow, and the question over that."""

    def run() -> object:
        context = plain_context()
        context.from_arrow(pa.table(DeltaTable(path).load_cdf(0, VERSIONS - 1, predicate=predicate)), "c")
        return context.sql(question.sql.format(changes="c")).collect()

    return run


def by_polars(path: Path, question: Question) -> Callable[[], object]:
    """Return the library's reader into Arrow, and the question over that in Polars."""

    def run() -> object:
        frame = pl.from_arrow(pa.table(DeltaTable(path).load_cdf(0, VERSIONS - 1, predicate=question.predicate)))
        return pl.SQLContext(c=frame).execute(question.sql.format(changes="c"), eager=True)

    return run


def asked(connection: treadle.Connection, path: Path, question: Question) -> Callable[[], pa.Table]:
    """Return treadle's way: the same SQL over `read_delta_cdf`."""
    sql = question.sql.format(changes=f"read_delta_cdf('{path}', start_version => 0)")
    return lambda: connection.query(sql).to_arrow()


def arms(connection: treadle.Connection, context: SessionContext, path: Path, layout: str, question: Question) -> list[Arm]:
    """Return all ways of asking a question; the floor comes first."""
    found = [
        Arm("by hand", by_hand(context, path, layout, question)),
        Arm("treadle", asked(connection, path, question)),
        Arm("load_cdf, datafusion", by_library(path, question, None)),
    ]
    if question.predicate is not None:
        found.append(Arm("load_cdf with predicate", by_library(path, question, question.predicate)))
    return [*found, Arm("load_cdf, polars", by_polars(path, question))]


def agree(ways: Sequence[Arm]) -> None:
    """Insist that all ways give the same rows."""
    answers = {arm.name: answer(arm.run()) for arm in ways}
    first = answers["treadle"]
    for name, found in answers.items():
        if found != first:
            raise SystemExit(f"`{name}` answers otherwise than treadle:\n{found[:5]}\n{first[:5]}")


def answer(found: Any) -> list[str]:
    """Return rows as sorted texts; the amounts are eighths, so that sums are exact."""
    if isinstance(found, list):
        found = pa.Table.from_batches(found) if found else pa.table({})
    rows = found.to_dicts() if isinstance(found, pl.DataFrame) else found.to_pylist()
    return sorted(repr(sorted(row.items())) for row in rows)


def judge(races: Sequence[Race], what: str) -> None:
    """Print the geometric means beside the goals."""
    floor = geometric_mean([one.median("treadle") / one.median("by hand") for one in races])
    library = geometric_mean([one.median("load_cdf, datafusion") / one.median("treadle") for one in races])
    print(f"\n{what}, geometric means over {len(races)} questions")
    print(f"  {library:6.2f} times as fast as load_cdf   goal {FASTER:g}: {'met' if library >= FASTER else 'MISSED'}")
    print(f"  {floor:6.2f} of the floor                 goal {FLOOR:g}: {'met' if floor <= FLOOR else 'MISSED'}", flush=True)


def main() -> None:
    """Run all questions over each layout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS, default=list(LAYOUTS))
    options = parser.parse_args()
    races: list[Race] = []
    for layout in options.layouts:
        path = build(options.changes, layout)
        connection, context = treadle.connect(), plain_context()
        found = []
        for question in QUESTIONS:
            ways = arms(connection, context, path, layout, question)
            agree(ways)
            found.append(race(f"{layout}, {question.title}", ways, repeats=options.repeats, warm=2))
        judge(found, layout)
        races += found
    record("cdf", races, changes=options.changes)


if __name__ == "__main__":
    main()
