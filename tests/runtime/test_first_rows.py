"""First rows of an order over Delta tables, with the files that can't hold them left out: the same as sorting all rows."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

import treadle
from tests.support import deletion_vectors
from tests.support.command import inside
from tests.support.delta_log import HandMade, mapped
from tests.support.place import Place

FILES, ROWS = 8, 12
TABLES = ("plain", "month", "marked", "bare", "renamed")
KEYS = ("id", "i", "t", "s", "d", "n", "f", "p")
SCHEMA = pa.schema({
    "id": pa.int64(), "i": pa.int32(), "t": pa.timestamp("us", "UTC"), "s": pa.string(), "d": pa.date32(), "n": pa.decimal128(9, 2),
    "f": pa.float64(), "p": pa.string(),
})  # fmt: skip
CONDITIONS: dict[str, Callable[[dict[str, Any]], bool | None]] = {
    "": lambda row: True,
    "WHERE i >= 30": lambda row: row["i"] is not None and row["i"] >= 30,
    "WHERE i % 3 = 0": lambda row: row["i"] is not None and row["i"] % 3 == 0,
    "WHERE s IS NOT NULL": lambda row: row["s"] is not None,
    "WHERE p = 'b' OR p = 'c'": lambda row: row["p"] in ("b", "c"),
    "WHERE upper(p) <> 'A'": lambda row: row["p"] is not None and row["p"] != "a",
    "WHERE NOT (t > TIMESTAMP '2020-01-01 00:03:00Z')": lambda row: row["t"] is not None and row["t"] <= at(180),
}


def at(seconds: float) -> dt.datetime:
    return dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)


def files() -> list[list[dict[str, Any]]]:
    """Return the rows of each file: later files have greater values, with neighbours that meet, nulls here and there, and one of nulls."""
    chance = random.Random(5)
    found = []
    for file in range(FILES):
        rows = []
        for place in range(ROWS):
            number = file * ROWS + place
            near = file * 10 + chance.randrange(11)
            row = {
                "id": number,
                "i": near,
                "t": at(file * 60 + chance.choice((0.000999, 1.5, 59.9999, 60))),
                "s": chance.choice(("", "m" * 40, "z" * 33)) if file == 3 else f"{near:03}" + "é" * chance.choice((0, 35)),
                "d": dt.date(2020, 1, 1) + dt.timedelta(near),
                "n": Decimal(near - 40) / 4,
                "f": chance.choice((float("nan"), 0.0, near / 2)),
                "p": None if file == 6 else "abc"[file % 3],
            }
            nulls = chance.sample(KEYS[1:-1], 2) if file in (2, 5) else KEYS[1:-1] if file == 4 and place % 2 else ()
            rows.append({**row, **dict.fromkeys(nulls)})
        found.append([{**row, "i": None, "s": None} for row in rows] if file == 1 else rows)
    return found


def write(root: Path, rows: Sequence[Sequence[dict[str, Any]]]) -> None:
    order = random.Random(3).sample(rows, len(rows))
    for file in order:
        table = pa.Table.from_pylist(list(file), SCHEMA)
        write_deltalake(root / "plain", table, mode="append")
        write_deltalake(root / "marked", table, mode="append")
        write_deltalake(root / "month", table, mode="append", partition_by=["p"])
        write_deltalake(root / "bare", table, mode="append", configuration={"delta.dataSkippingStatsColumns": "id,d"})
    names = {name: f"c{number}" for number, name in enumerate(SCHEMA.names)}
    made = HandMade(root / "renamed")
    kinds = ("long", "integer", "timestamp", "string", "date", "decimal(9,2)", "double", "string")
    columns = [mapped(name, kind, number, names[name]) for number, (name, kind) in enumerate(zip(names, kinds, strict=True))]
    stored = [pa.Table.from_pylist(list(file), SCHEMA).rename_columns(list(names.values())) for file in order]
    settings = {"delta.columnMapping.mode": "name"}
    made.create(*columns, settings=settings, versions=(2, 5), adds=[made.file(f"{n}.parquet", one) for n, one in enumerate(stored)])
    paths = sorted(deletion_vectors.active(root / "marked"))
    deletion_vectors.mark(root / "marked", {path: range(0, ROWS, 2 + n % 3) for n, path in enumerate(paths) if n % 4})


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> treadle.Connection:
    root = tmp_path_factory.mktemp("first")
    write(root, files())
    return treadle.connect(root)


def rank(value: Any) -> Any:
    """Order values as the engine does: NaN above all."""
    return (value != value, 0.0 if value != value else value) if isinstance(value, float) else value


def in_order(rows: list[dict[str, Any]], key: str, descending: bool, nulls_first: bool) -> list[dict[str, Any]]:
    """Return rows by a key and their ids."""
    rows = sorted(rows, key=lambda row: row["id"])
    some = sorted((row for row in rows if row[key] is not None), key=lambda row: rank(row[key]), reverse=descending)
    if descending:  # which is stable: equal keys stay in the order of ids
        some = [
            row for _, same in itertools.groupby(some, key=lambda row: rank(row[key])) for row in sorted(same, key=lambda row: row["id"])
        ]
    nulls = [row for row in rows if row[key] is None]
    return nulls + some if nulls_first else some + nulls


@pytest.mark.parametrize("table", TABLES)
def test_first_rows_are_those_of_sorting_all(connection: treadle.Connection, table: str) -> None:
    chance, left_out = random.Random(table), 0
    every = connection.query(f"SELECT * FROM read_delta('{table}')").to_arrow().to_pylist()
    assert len(every) < FILES * ROWS if table == "marked" else len(every) == FILES * ROWS
    ways = list(itertools.product(KEYS, (False, True), (False, True), (1, 5, ROWS + 1), (0, 7), CONDITIONS))
    for key, descending, nulls_first, limit, offset, condition in chance.sample(ways, 30):
        order = f"{key}{' DESC' if descending else ''} NULLS {'FIRST' if nulls_first else 'LAST'}, id"
        sql = f"SELECT id FROM read_delta('{table}') {condition} ORDER BY {order} LIMIT {limit} OFFSET {offset}"
        result = connection.query(sql)
        wanted = in_order([row for row in every if CONDITIONS[condition](row)], key, descending, nulls_first)[offset : offset + limit]
        assert result.to_arrow()["id"].to_pylist() == [row["id"] for row in wanted], sql
        left_out += sum("none of the first rows" in note for note in result.receipt.stages[0].scans[0].notes)
    assert left_out


def test_runs_plans_and_locks_leave_files_out(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for start in range(0, 40, 10):
        place.table("lake/t", mode="append", rows={"a": list(range(start, start + 10))})
    place.sql("CREATE MATERIALIZED VIEW latest INTO 'out/latest' AS SELECT a FROM read_delta('lake/t') ORDER BY a DESC LIMIT 3;")
    plan = json.loads(inside(place.root, "plan", "--json").stdout)
    note = "without 3 files that hold none of the first rows by `a` DESC NULLS FIRST"
    assert [one["reason"] for one in plan["decisions"] if "files of" in one["choice"]] == [note]
    assert inside(place.root, "lock").status == 0
    place.table("lake/t", mode="append", rows={"a": [99]})
    for arguments, files_read, best in ((["--locked"], (4, 4, 1), 39), ([], (5, 5, 2), 99)):
        receipt = json.loads(inside(place.root, "run", "--json", *arguments).stdout)
        (scan,) = receipt["stages"][0]["scans"]
        assert (scan["files_total"], scan["files_after_partitions"], scan["files_read"]) == files_read
        assert any("none of the first rows" in one for one in scan["notes"])
        with treadle.connect(place.root) as connection:
            assert connection.query("SELECT max(a) FROM read_delta('out/latest')").fetchall() == [(best,)]


def test_a_table_that_a_run_writes_is_read_in_part(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.table("lake/t", rows={"a": list(range(20)), "p": [n // 5 for n in range(20)]})
    place.sql("""
        CREATE MATERIALIZED VIEW every INTO 'out/every' PARTITION BY (p) AS SELECT * FROM read_delta('lake/t');
        CREATE MATERIALIZED VIEW latest INTO 'out/latest' AS SELECT a FROM every ORDER BY p DESC, a LIMIT 3;
    """)
    receipt = json.loads(inside(place.root, "run", "--json").stdout)
    scans = {scan["source"]: scan for stage in receipt["stages"] for scan in stage["scans"]}
    assert (scans["every"]["files_total"], scans["every"]["files_read"]) == (4, 1)
    with treadle.connect(place.root) as connection:
        assert connection.query("SELECT a FROM read_delta('out/latest') ORDER BY a").fetchall() == [(15,), (16,), (17,)]
