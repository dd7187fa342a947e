"""Makes the Delta tables that `benchmarks.delta` reads: the same rows plain, by month, by day, and with deleted rows.

10,000,000 rows are a thousand days of sales, sorted by time: `plain` holds them in 64 files, `month` partitioned in 33,
`day` in 1,000, and `deleted` is `plain` with one row in a hundred marked as deleted by vectors in the log and in files.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from deltalake import write_deltalake

from tests.support.deletion_vectors import active, mark

LAYOUTS = ("plain", "month", "day", "deleted")
FILES = 64
DAYS = 1000
KEYS = 10_000
FIRST = dt.date(2022, 1, 1)
CATEGORIES = ("books", "clothes", "drinks", "food", "games", "garden", "music", "office", "shoes", "sports", "tools", "toys")
EVERY = 100
"""One row in so many is deleted."""


def rows(first: int, last: int, total: int) -> pa.Table:
    """Return the rows of some ids, the last excluded; equal ids give equal rows."""
    chance = np.random.default_rng(first)
    ids = np.arange(first, last, dtype=np.int64)
    micros = (ids * (DAYS * 86_400_000_000 // total)).astype("timedelta64[us]")
    times = np.datetime64(FIRST, "us") + micros
    days = times.astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64)
    keys = chance.integers(0, KEYS, len(ids), dtype=np.int64)
    return pa.table({
        "id": ids,
        "ts": pa.array(times).cast(pa.timestamp("us", "UTC")),
        "day": pa.array(days).cast(pa.date32()),
        "month": pa.array(((1970 + months // 12) * 100 + months % 12 + 1).astype(np.int32)),
        "key": keys,
        "grp": pa.array((keys * 7919 % 1000).astype(np.int32)),
        "amount": np.round(chance.gamma(2.0, 40.0, len(ids)), 2),
        "discount": np.round(chance.random(len(ids)) * 0.3, 3),
        "quantity": pa.array(chance.integers(1, 50, len(ids), dtype=np.int32)),
        "name": pa.array(np.char.add("customer ", chance.integers(0, 200_000, len(ids)).astype(str))),
        "category": pa.array(np.array(CATEGORIES)[chance.integers(0, len(CATEGORIES), len(ids))]),
    })  # fmt: skip


def dimension() -> pa.Table:
    """Return the table of keys: a region and a label for each."""
    keys = np.arange(KEYS, dtype=np.int64)
    return pa.table({"key": keys, "region": (keys % 23).astype(np.int32), "label": np.char.add("shop ", keys.astype(str))})


def tables(folder: Path, total: int) -> Path:
    """Return a folder with the tables of `LAYOUTS` and `dim`, made once and kept under this folder."""
    made = folder / f"delta-{total}"
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as unfinished:
            _write(Path(unfinished), total)
            shutil.copytree(unfinished, made)
    return made


def _write(folder: Path, total: int) -> None:
    write_deltalake(folder / "dim", dimension())
    edges = [total * at // FILES for at in range(FILES + 1)]
    for first, last in zip(edges, edges[1:], strict=False):
        part = rows(first, last, total)
        write_deltalake(folder / "plain", part, mode="append")
        write_deltalake(folder / "month", part, mode="append", partition_by=["month"])
    for tenth in range(10):
        first, last = total * tenth // 10, total * (tenth + 1) // 10
        parts = [
            rows(a, b, total).slice(max(first - a, 0), min(b, last) - max(first, a))
            for a, b in zip(edges, edges[1:], strict=False)
            if a < last and b > first
        ]
        write_deltalake(folder / "day", pa.concat_tables(parts), mode="append", partition_by=["day"])
    shutil.copytree(folder / "plain", folder / "deleted")
    chance = np.random.default_rng(1)
    vectors = {}
    for path, add in active(folder / "deleted").items():
        count = json.loads(add["stats"])["numRecords"]
        vectors[path] = np.sort(chance.choice(count, count // EVERY, replace=False))
    mark(folder / "deleted", vectors)
