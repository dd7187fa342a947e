"""Deletion vectors in scans: whatever is asked of them, and however they are read, marked rows are gone."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.deletion_vectors import encode, z85
from treadle.dialect.diagnostics import TreadleError
from treadle.dialect.types import BIGINT, VARCHAR, Field, Schema, map_of
from treadle.planner.ports import DataFile, DeletionVector
from treadle.planner.rules.packs import PACKS
from treadle.planner.spec import RuntimeProfile
from treadle.planner.values import Value
from treadle.runtime.engine.execute import execute
from treadle.runtime.engine.relations import register_parquet
from treadle.runtime.session import Session, open_session

COLUMNS = Schema((Field("id", BIGINT), Field("k", BIGINT), Field("p", BIGINT)))
ROWS = 10_000

Row = tuple[int, int, int | None]


def vector(rows: object) -> DeletionVector:
    numbers = sorted(set(rows))  # type: ignore[call-overload]
    data = encode(np.array(numbers, dtype=np.uint64))
    return DeletionVector("i", z85(data), len(data), len(numbers))


def ask(session: Session, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in execute(session, sql, {}).table().to_pylist()]


def table(folder: Path, files: int, partitions: int, seed: int) -> tuple[list[DataFile], list[Row]]:
    """Return files of many row groups, two in three with a vector, and the rows that stay."""
    chance = random.Random(seed)
    found, rows = [], []
    for i in range(files):
        ids = list(range(i * ROWS, (i + 1) * ROWS))
        path = folder / f"f{i} é%20.parquet"
        pq.write_table(pa.table({"id": ids, "k": [n % 7 for n in ids]}), path, row_group_size=chance.choice([97, 1000, 20_000]))
        share = chance.choice([0.0, 0.01, 0.3, 1.0])
        gone = {n for n in range(ROWS) if chance.random() < share}
        p = None if partitions and i % partitions == 3 else i % partitions if partitions else None
        logged = (("p", Value(BIGINT, p)),) if partitions else ()
        without = (vector(gone),) if gone or i % 3 == 0 else ()
        found.append(DataFile(str(path), path.stat().st_size, ROWS if i % 2 else None, logged, without))
        rows += [(n, n % 7, p) for at, n in enumerate(ids) if at not in gone]
    return found, rows


def check(session: Session, rows: list[Row]) -> None:
    """Hold answers to plain Python over the rows."""
    low, high = ROWS // 2, ROWS + ROWS // 3
    assert ask(session, "SELECT count(*) AS n FROM r0") == [(len(rows),)]
    assert ask(session, "SELECT min(id) AS a, max(id) AS b FROM r0") == [(min(r[0] for r in rows), max(r[0] for r in rows))]
    inside = [r for r in rows if low <= r[0] < high and r[1] == 3]
    where = f"WHERE id >= {low} AND id < {high} AND k = 3"
    assert ask(session, f"SELECT count(*) AS n, sum(id) AS s FROM r0 {where}") == [(len(inside), sum(r[0] for r in inside) or None)]
    assert sorted(ask(session, f"SELECT * FROM r0 {where}"), key=repr) == sorted(inside, key=repr)
    top = sorted((r[0] for r in rows), reverse=True)[:5]
    assert ask(session, "SELECT id FROM r0 ORDER BY id DESC LIMIT 5") == [(n,) for n in top]
    assert len(ask(session, "SELECT id FROM r0 LIMIT 9")) == 9
    assert {r[0] for r in ask(session, "SELECT id FROM r0 LIMIT 900")} < {r[0] for r in rows}
    grouped = {k: sum(1 for r in rows if r[1] == k) for k in range(7)}
    assert dict(ask(session, "SELECT k, count(*) AS n FROM r0 GROUP BY k")) == grouped
    joined = sum(1 for r in rows if r[1] == 2 and r[0] % 5 == 0)
    few = "SELECT id FROM r0 WHERE id % 5 = 0"
    assert ask(session, f"SELECT count(*) AS n FROM r0 JOIN ({few}) AS d ON r0.id = d.id WHERE r0.k = 2") == [(joined,)]
    assert ask(session, f"SELECT count(*) AS n FROM r0 WHERE id IN ({few}) AND k = 2") == [(joined,)]
    assert ask(session, "SELECT count(*) AS n FROM r0 WHERE p IS NULL OR p > 1 OR id = 5")[0][0] == sum(
        1 for r in rows if r[2] is None or r[2] > 1 or r[0] == 5
    )


@pytest.mark.parametrize(("files", "partitions"), [(1, 0), (5, 0), (6, 5), (40, 40)])
@pytest.mark.parametrize("seed", [1, 2])
def test_answers_are_those_over_the_rows_that_stay(session: Session, tmp_path: Path, files: int, partitions: int, seed: int) -> None:
    found, rows = table(tmp_path, files, partitions, seed)
    found[0] = replace(found[0], without=(vector([0, ROWS - 1]),))
    rows = [r for r in rows if r[0] >= ROWS] + [(n, n % 7, 0 if partitions else None) for n in range(1, ROWS - 1)]
    register_parquet(session, "r0", COLUMNS, found)
    check(session, rows)


@pytest.mark.parametrize("threads", [1, 8])
@pytest.mark.parametrize("pack", ["default", "low_latency"])
def test_however_it_is_planned(tmp_path: Path, threads: int, pack: str) -> None:
    """More threads than files split files; fewer read several one after the other; settings of packs change plans."""
    found, rows = table(tmp_path, 3, 0, 5)
    found[0] = replace(found[0], without=(vector(range(0, ROWS, 2)),))
    rows = [r for r in rows if r[0] >= ROWS] + [(n, n % 7, None) for n in range(1, ROWS, 2)]
    rules = PACKS[pack]
    with open_session(RuntimeProfile(threads=threads), settings=rules.settings, removed_rules=rules.removed) as session:
        register_parquet(session, "r0", COLUMNS, found)
        check(session, rows)


def test_all_rules_of_the_engine(tmp_path: Path) -> None:
    found, rows = table(tmp_path, 4, 0, 9)
    found[0] = replace(found[0], without=(vector([5]),))
    rows = [r for r in rows if r[0] >= ROWS] + [(n, n % 7, None) for n in range(ROWS) if n != 5]
    with open_session(RuntimeProfile(threads=2)) as session:
        register_parquet(session, "r0", COLUMNS, found)
        check(session, rows)


def test_only_marked_rows_and_others_but_those(session: Session, tmp_path: Path) -> None:
    """Change data reads the rows by which two vectors of one file differ, in one scan with the file's other rows."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": list(range(100)), "k": [0] * 100}), path, row_group_size=9)
    plain = DataFile(str(path), path.stat().st_size, 100)
    old, new = vector([1, 2]), vector([1, 2, 50, 99])

    def logged(n: int) -> tuple[tuple[str, Value], ...]:
        return (("p", Value(BIGINT, n)),)

    files = [
        replace(plain, partition=logged(0), only=new, without=(old,)),
        replace(plain, partition=logged(1), only=old),
        replace(plain, partition=logged(2), without=(old, vector(range(3, 99)))),
        replace(plain, partition=logged(3), only=vector([7])),
        replace(plain, partition=logged(3), only=vector([8])),
    ]
    register_parquet(session, "r0", COLUMNS, files)
    found = sorted(ask(session, "SELECT p, id FROM r0"))
    assert found == [(0, 50), (0, 99), (1, 1), (1, 2), (2, 0), (2, 99), (3, 7), (3, 8)]
    assert ask(session, "SELECT id FROM r0 WHERE p = 3 AND id > 7") == [(8,)]
    many = [replace(plain, partition=logged(n), only=vector([n])) for n in range(60)]
    register_parquet(session, "r0", COLUMNS, many)
    assert sorted(ask(session, "SELECT p, id FROM r0")) == [(n, n) for n in range(60)]


def test_maps_beside_vectors(session: Session, tmp_path: Path) -> None:
    columns = Schema((Field("m", map_of(VARCHAR, BIGINT)), Field("id", BIGINT)))
    files = []
    for i in range(3):
        path = tmp_path / f"{i}.parquet"
        pq.write_table(pa.table({"m": pa.array([[("a", i)], None], pa.map_(pa.string(), pa.int64())), "id": [2 * i, 2 * i + 1]}), path)
        files.append(DataFile(str(path), path.stat().st_size, 2, (), (vector([i % 2]),)))
    register_parquet(session, "r0", columns, files)
    assert sorted(ask(session, "SELECT id, m FROM r0"), key=repr) == [(1, None), (2, [("a", 1)]), (5, None)]


def test_conditions_reach_the_parquet_reader(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": list(range(100_000)), "k": [1] * 100_000}), path, row_group_size=1000)
    register_parquet(session, "r0", COLUMNS, [DataFile(str(path), 1, 100_000, (), (vector([78]),))])
    execution = execute(session, "SELECT k FROM r0 WHERE id BETWEEN 77 AND 79", {})
    assert execution.table().num_rows == 2
    assert execution.operators()[-1].metrics["bytes_scanned"] < path.stat().st_size / 10


def test_a_damaged_vector_is_refused_before_anything_runs(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": [1], "k": [1]}), path)
    wrong = replace(vector([0]), cardinality=2)
    with pytest.raises(TreadleError, match="T4018"):
        register_parquet(session, "r0", COLUMNS, [DataFile(str(path), 1, 1, (), (wrong,))])
