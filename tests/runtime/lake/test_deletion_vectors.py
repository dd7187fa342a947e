"""Deletion vectors: every form of them is decoded as the protocol says, and the log's are those that the library finds."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from tests.support.deletion_vectors import MAGIC, descriptor, encode, z85
from tests.support.lake import raised
from tests.support.made_tables import make
from treadle.planner.ports import DeletionVector
from treadle.runtime.lake.deletion_vectors import marked_rows, resolve
from treadle.runtime.lake.log import log_files
from treadle.runtime.lake.paths import data_file
from treadle.runtime.lake.vector_log import active_vectors


def inline(data: bytes, cardinality: int) -> DeletionVector:
    return DeletionVector("i", z85(data), len(data), cardinality)


SHAPES = {
    "none": [],
    "one": [0],
    "sparse": [3, 70_000, 70_001, 5_000_000],
    "dense": [n for n in range(200_000) if n % 3],
    "full container": list(range(65_536, 131_072)),
    "just an array": list(range(4096)),
    "just a bitmap": list(range(4097)),
    "beyond 32 bits": [1, 2**32 - 1, 2**32, 2**33 + 70_000],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_come_back(shape: str, tmp_path: Path) -> None:
    rows = SHAPES[shape]
    data = encode(np.array(rows, dtype=np.uint64))
    found = marked_rows(inline(data, len(rows)), "f")
    assert (found.type, found.to_pylist()) == (pa.int64(), rows)
    for storage in ("i", "u"):
        vector = resolve(str(tmp_path), descriptor(tmp_path, np.array(rows, dtype=np.uint64), storage))  # type: ignore[arg-type]
        assert marked_rows(vector, "f").to_pylist() == rows


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_runs(count: int) -> None:
    """Containers of runs, arrays beside them; from four containers on there is a table of offsets."""
    chance = random.Random(count)
    heads, bodies, rows, flags = [], [], [], 0
    for key in range(count):
        if key % 3 == 1:
            low = sorted(chance.sample(range(65_536), 10))
            bodies.append(struct.pack("<10H", *low))
        else:
            spans = [(0, 0), (7, 2), (10, 5), (65_000, 535)]  # two that touch, one up to the end
            low = [n for start, more in spans for n in range(start, start + more + 1)]
            bodies.append(struct.pack("<H8H", 4, *(n for span in spans for n in span)))
            flags |= 1 << key
        heads.append(struct.pack("<HH", key, len(low) - 1))
        rows += [key * 65_536 + n for n in low]
    offsets = b"\0" * 4 * count if count >= 4 else b""
    bits = flags.to_bytes((count + 7) // 8, "little")
    bitmap = struct.pack("<I", 12347 | (count - 1) << 16) + bits + b"".join(heads) + offsets + b"".join(bodies)
    data = struct.pack("<IQI", MAGIC, 1, 0) + bitmap
    assert marked_rows(inline(data, len(rows)), "f").to_pylist() == rows


def spoilt(data: bytes) -> dict[str, tuple[bytes, int, int]]:
    """Return spoilt vectors of three rows: the file's bytes, the size and the cardinality that the log says."""

    def file(body: bytes, size: int | None = None) -> bytes:
        return b"\1" + struct.pack(">i", len(body) if size is None else size) + body + struct.pack(">I", zlib.crc32(body))

    n = len(data)
    return {
        "a byte": (file(data).replace(data[-2:], b"\xff\xff"), n, 3),
        "size": (file(data, n + 1), n, 3),
        "size in the log": (file(data), n - 1, 3),
        "cardinality": (file(data), n, 2),
        "cut": (file(data)[:-6], n, 3),
        "magic": (file(b"\0" + data[1:]), n, 3),
        "cookie": (file(data[:16] + b"\0\0\0\0" + data[20:]), n, 3),
        "format": (b"\2" + file(data)[1:], n, 3),
        "empty": (b"", n, 3),
        "short": (file(data[:14]), 14, 3),
    }


@pytest.mark.parametrize("how", spoilt(encode([1, 2, 3])))
def test_damage_is_told(how: str, tmp_path: Path) -> None:
    content, size, cardinality = spoilt(encode([1, 2, 3]))[how]
    path = tmp_path / "v.bin"
    path.write_bytes(content)
    vector = DeletionVector("f", str(path), size, cardinality, 1)
    said = raised("T4018", lambda: marked_rows(vector, "data.parquet"))
    assert "data.parquet" in said and str(path) in said


def test_text_that_is_no_vector_and_a_missing_file(tmp_path: Path) -> None:
    raised("T4018", lambda: marked_rows(DeletionVector("i", "~~", 5, 1), "f"))
    missing = DeletionVector("f", str(tmp_path / "gone.bin"), 5, 1)
    assert "gone.bin" in raised("T4008", lambda: marked_rows(missing, "f"))
    raised("T4018", lambda: resolve("/t", {"storageType": "x", "pathOrInlineDv": "", "sizeInBytes": 1, "cardinality": 1}))


def test_places_of_files() -> None:
    """The protocol's own example: a folder's name, then a UUID in base 85."""
    name = "vBn[lx{q8@P<9BNH/isA"
    told = {"storageType": "u", "pathOrInlineDv": f"ab^-aqEH.-t@S}}K{name}"[-22:], "sizeInBytes": 40, "cardinality": 6, "offset": 1}
    found = resolve("/t", {**told, "pathOrInlineDv": f"ab{name}"})
    assert found.location.startswith("/t/ab/deletion_vector_") and found.location.endswith(".bin")
    away = resolve("/t", {**told, "storageType": "p", "pathOrInlineDv": "file:///a%20b/v.bin"})
    assert (away.location, away.offset) == ("/a b/v.bin", 1)


def of_library(table: DeltaTable, folder: Path) -> dict[str, list[int]]:
    found = pa.RecordBatchReader.from_stream(table.deletion_vectors()).read_all().to_pylist()
    return {data_file(str(folder), row["filepath"]): [i for i, keeps in enumerate(row["selection_vector"]) if not keeps] for row in found}


def check(folder: Path) -> int:
    """Hold a table's vectors to the library's, at every version; return how many there are at the head."""
    count = 0
    for version in range(log_files(folder).oldest, DeltaTable(str(folder)).version() + 1):
        table = DeltaTable(str(folder), version=version)
        active = {data_file(str(folder), path) for path in pa.table(table.get_add_actions())["path"].to_pylist()}
        vectors = active_vectors(folder, "t", version)
        mine = {path: marked_rows(vector, path).to_pylist() for path, vector in vectors.items() if path in active}
        assert mine == of_library(table, folder), version
        count = len(mine)
    return count


@pytest.mark.parametrize(
    "name",
    [
        "delta-rs/table-with-dv-small",
        "delta-rs/table_with_deletion_logs",
        "delta-rs/cdf-table-with-cdc-and-dvs",
        "kernel/compacted-log-files-table",
        "kernel/dv-partitioned-with-checkpoint/delta",
    ],
)
def test_vectors_in_force_are_the_librarys(corpora: Path, name: str) -> None:
    assert check((corpora / name).resolve())


@pytest.mark.parametrize("name", ["rows_deleted", "rows_deleted_by_partition"])
def test_vectors_behind_a_checkpoint(tmp_path: Path, name: str) -> None:
    make(name, tmp_path)
    folder = (tmp_path / "made" / name).resolve()
    before = check(folder)
    DeltaTable(str(folder)).create_checkpoint()
    head = DeltaTable(str(folder)).version()
    for version in range(head + 1):
        (folder / "_delta_log" / f"{version:020d}.json").unlink()
    assert check(folder) == before > 1
