"""Plain files: which they are, what columns they have, what is said when they aren't what they should be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.lake import raised
from treadle.dialect.types import BOOLEAN, VARCHAR
from treadle.planner.ports import SourceKind, SourceRef
from treadle.planner.values import Value
from treadle.runtime.lake import DeltaLake


def columns(lake: DeltaLake, kind: SourceKind, location: str, **options: object) -> str:
    typed = tuple((n, Value(BOOLEAN if isinstance(v, bool) else VARCHAR, v)) for n, v in sorted(options.items()))
    return ", ".join(f"{f.name} {f.type.sql()}" for f in lake.schema(SourceRef(kind, location, options=typed)))


def test_parquet_columns(lake: DeltaLake, tmp_path: Path) -> None:
    table = pa.table(
        {"a": pa.array([1], pa.int32()), "t": pa.array([1], pa.timestamp("ns", "Europe/Berlin")), "d": pa.array(["x"]).dictionary_encode()}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    pq.write_table(pa.table({"a": [1], "z": [True]}), tmp_path / "b.parquet")
    assert columns(lake, "parquet", "a.parquet") == "a INT, t TIMESTAMP(9) WITH TIME ZONE, d VARCHAR"
    assert columns(lake, "parquet", "*.parquet") == "a BIGINT, t TIMESTAMP(9) WITH TIME ZONE, d VARCHAR, z BOOLEAN"


def test_int96_is_microseconds(lake: DeltaLake, tmp_path: Path) -> None:
    table = pa.table({"t": pa.array([1], pa.timestamp("us"))})
    pq.write_table(table, tmp_path / "old.parquet", use_deprecated_int96_timestamps=True)
    assert columns(lake, "parquet", "old.parquet") == "t TIMESTAMP"


def test_types_that_do_not_agree(lake: DeltaLake, tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"a": ["x"]}), tmp_path / "b.parquet")
    said = raised("T4016", lambda: columns(lake, "parquet", "*.parquet"))
    assert "BIGINT" in said and "VARCHAR" in said
    pq.write_table(pa.table({"h": pa.array([1.5], pa.float16())}), tmp_path / "half.parquet")
    assert "`h`" in raised("T4016", lambda: columns(lake, "parquet", "half.parquet"))


def test_text_columns(lake: DeltaLake, tmp_path: Path) -> None:
    text = "a;b;at\n1;NA;2020-01-01 10:00:00\nNA;2.5;2020-01-02 10:00:00\n"
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode()))
    for name in ("a.csv", "b.csv.gz"):
        assert columns(lake, "csv", name, delimiter=";", null_value="NA") == "a BIGINT, b DOUBLE, at TIMESTAMP"
    assert columns(lake, "csv", "a.csv", delimiter=";", header=False).startswith("column_1 VARCHAR")
    (tmp_path / "c.ndjson").write_text('{"a": 1, "s": {"x": [1.5]}, "n": null}\n')
    assert columns(lake, "json", "c.ndjson") == 'a BIGINT, s STRUCT("x" DOUBLE[]), n VARCHAR'
    (tmp_path / "d.tsv").write_text("a\tb\n1\tx\n")
    assert columns(lake, "csv", "d.tsv") == "a BIGINT, b VARCHAR"


def test_which_files(lake: DeltaLake, tmp_path: Path) -> None:
    for name in ("x/1.csv", "x/y/2.csv", "x/_hidden/3.csv", "x/.4.csv", "x/5.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a\n1\n")

    def names(location: str) -> list[str]:
        pin = lake.cut([SourceRef("csv", location)]).pins[0]
        return [Path(f.path).name for f in lake.select(pin, None, None).files]

    assert names("x") == ["1.csv", "2.csv"]
    assert names("x/*.csv") == ["1.csv"]
    assert sorted(names("x/**/*.csv")) == ["1.csv", "2.csv", "3.csv"]
    assert names('["x/1.csv", "x/y/2.csv", "x/1.csv"]') == ["1.csv", "2.csv"]
    assert names(lake.canonical("x/*.csv")) == ["1.csv"]


def test_nothing_matches(lake: DeltaLake, tmp_path: Path, numbers: Path) -> None:
    (tmp_path / "flights.csv").write_text("a\n1\n")
    assert "did you mean `flights.csv`" in raised("T4009", lambda: columns(lake, "csv", "fligths.csv"))
    assert "matches `*.pq`" in raised("T4009", lambda: columns(lake, "parquet", "*.pq"))
    assert "of that kind" in raised("T4009", lambda: columns(lake, "json", "."))
    assert "read_delta" in raised("T4011", lambda: columns(lake, "parquet", "numbers"))


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("parquet", b"PAR1 no PAR1", "T4011"),
        ("parquet", b"", "T4011"),
        ("csv", b"\xff\xfe\x00,\x80\n\x9f,1\n", "T4012"),
        ("csv", b"", "T4012"),
        ("json", b"[1, 2", "T4012"),
        ("json", b"\x00\xff", "T4012"),
    ],
)
def test_files_of_another_format(lake: DeltaLake, tmp_path: Path, kind: SourceKind, content: bytes, code: str) -> None:
    (tmp_path / "file").write_bytes(content)
    assert "`" in raised(code, lambda: columns(lake, kind, "file"))


def test_files_that_change_during_a_run(lake: DeltaLake, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    pin = lake.cut([SourceRef("csv", "*.csv")]).pins[0]
    assert (pin.file_count, pin.byte_count) == (1, 4)
    lake.require_unchanged([pin])
    (tmp_path / "b.csv").write_text("a\n2\n")
    assert "changed since" in raised("T4015", lambda: lake.select(pin, None, None))
    raised("T4015", lambda: lake.require_unchanged([pin]))


def test_the_digest_does_not_depend_on_the_machine(tmp_path: Path) -> None:
    import os

    digests = []
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        file = tmp_path / place / "a.csv"
        file.write_text("a\n1\n")
        os.utime(file, ns=(0, 5))
        digests.append(DeltaLake(tmp_path / place).cut([SourceRef("csv", "a.csv")]).pins[0].files_digest)
    assert digests[0] == digests[1] is not None
