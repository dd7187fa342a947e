"""TPC-H for tests and benchmarks: data from `tpchgen-cli`, query texts from DuckDB's own extension."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from deltalake import write_deltalake

from tests.support.tree import ROOT

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")


def generate(scale: float, cache: Path = ROOT / ".bench") -> Path:
    """Return a folder with TPC-H at this scale, `parquet/NAME.parquet` and `delta/NAME` per table; made once, then kept."""
    folder = cache / f"tpch-{scale:g}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=cache))
        _write(scale, made)
        # Another process may have been quicker; its folder is as good, and a rename onto it fails.
        with contextlib.suppress(OSError):
            made.rename(folder)
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _write(scale: float, folder: Path) -> None:
    parquet = folder / "parquet"
    parquet.mkdir()
    program = str(Path(sys.executable).with_name("tpchgen-cli"))
    options = ["--quiet", "--field-ids", "false", "-s", f"{scale:g}", "--output-dir", str(parquet)]
    subprocess.run([program, "parquet", *options], check=True, capture_output=True)
    for table in TABLES:
        write_deltalake(folder / "delta" / table, pq.read_table(parquet / f"{table}.parquet"))


def connect(folder: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Return DuckDB with its tpch extension, and with the Parquet files of a generated folder as views."""
    spec = importlib.util.find_spec("duckdb_extension_tpch")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("duckdb-extension-tpch is not installed")
    extension = next(Path(spec.submodule_search_locations[0]).rglob("*.duckdb_extension"))
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": "2"})
    connection.execute(f"LOAD '{extension}'")
    for table in TABLES if folder else ():
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{folder}/parquet/{table}.parquet'")
    return connection


def queries(connection: duckdb.DuckDBPyConnection) -> Mapping[str, str]:
    """Return the 22 query texts as DuckDB has them, without their semicolons, by `q01` to `q22`."""
    rows = connection.execute("SELECT query_nr, query FROM tpch_queries() ORDER BY query_nr").fetchall()
    return {f"q{number:02}": text.strip().rstrip(";") for number, text in rows}
