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
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
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


class Question:
    """A question, with the ways of asking it.

    `sql` has `{changes}` where the changes stand, `predicate` is what the library's reader takes of it.
    """

    def __init__(self, title: str, sql: str, predicate: str | None = None, first: int = 0, needs: Sequence[str] = ()) -> None:
        """Store the ways; `needs` are the columns of the log that the floor has to give."""
        self.title, self.sql, self.predicate, self.first, self.needs = title, sql, predicate, first, needs


LAST = VERSIONS - 1 - VERSIONS // 100
QUESTIONS = (
    Question("by kind", "SELECT _change_type, count(*) AS n, sum(amount) AS s FROM {changes} GROUP BY _change_type"),
    Question(
        "one key",
        "SELECT id, region, amount, _change_type, _commit_version FROM {changes} WHERE id = 4242",
        "id = 4242",
        0,
        ["_commit_version"],
    ),
    Question(
        "the last 1 % of versions",
        f"SELECT _commit_version, _change_type, count(*) AS n, max(amount) AS m FROM {{changes}} WHERE _commit_version >= {LAST} "
        "GROUP BY _commit_version, _change_type",
        f"_commit_version >= {LAST}",
        LAST,
        ["_commit_version"],
    ),
)


def logged(path: Path, first: int) -> Iterator[tuple[int, str | None, dict[str, str], str]]:
    """Yield version, kind (None where the file says it), partition values and path of each file with changes, as a person would."""
    for version in range(first, VERSIONS):
        actions = [json.loads(line) for line in (path / "_delta_log" / f"{version:020}.json").read_text().splitlines()]
        kinds = [("cdc", None)] if any("cdc" in one for one in actions) else [("add", "insert"), ("remove", "delete")]
        for name, kind in kinds:
            for one in actions:
                body = one.get(name)
                if body is not None and (name == "cdc" or body["dataChange"]):
                    yield version, kind, body["partitionValues"], str(path / unquote(body["path"]))


def plain_context() -> SessionContext:
    """Return a DataFusion session with the settings that treadle measured to be best."""
    context = SessionContext(SessionConfig().with_target_partitions(os.cpu_count() or 1))
    for name, value in DEFAULTS.items():
        context.sql(f"SET {name} = '{value}'")
    return context


def by_hand(context: SessionContext, path: Path, layout: str, question: Question) -> Callable[[], object]:
    """Return the floor: external tables over the files, grouped by just the values that the question needs."""

    def run() -> object:
        groups: dict[tuple[object, ...], list[str]] = {}
        for version, kind, partition, file in logged(path, question.first):
            region = partition.get("region") if "region" in question.sql else None
            groups.setdefault((version if question.needs else None, kind, region), []).append(file)
        parts = []
        for at, ((version, kind, region), files) in enumerate(groups.items()):
            declared = COLUMNS if layout == "plain" else COLUMNS.replace("region VARCHAR, ", "")
            stored = declared + (", _change_type VARCHAR" if kind is None else "")
            places = ", ".join(f"'{file}'" for file in files)
            context.sql(f"CREATE EXTERNAL TABLE f{at} ({stored}) STORED AS PARQUET LOCATION ({places})")
            given = [] if kind is None else [f"'{kind}' AS _change_type"]
            given += [] if version is None else [f"CAST({version} AS BIGINT) AS _commit_version"]
            given += [] if region is None else [f"'{region}' AS region"]
            names = [one.split()[0] for one in stored.split(", ")]
            order = ["id", "amount", "_change_type", *(["region"] if region is not None or layout == "plain" else []), *question.needs]
            shown = {one.rpartition(" AS ")[2]: one for one in [*names, *given]}
            parts.append(f"SELECT {', '.join(shown[name] for name in order)} FROM f{at}")
        changes = "(" + " UNION ALL ".join(parts) + ") AS c"
        found = context.sql(question.sql.format(changes=changes)).collect()
        for at in range(len(parts)):
            context.deregister_table(f"f{at}")
        return found

    return run


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
