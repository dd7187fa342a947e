"""Owns the tables that sqllogictest records read, for treadle and DuckDB alike: small, real, and full of what needs care."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from datafusion import SessionContext
from deltalake import write_deltalake

from tests.support.flights import build_module

SOURCES = """
CREATE SOURCE people FROM DELTA 'lake/people';
CREATE SOURCE orders FROM PARQUET 'lake/orders.parquet';
CREATE SOURCE nums FROM PARQUET 'lake/nums.parquet';
CREATE SOURCE odd FROM PARQUET 'lake/odd.parquet';
CREATE SOURCE empty FROM PARQUET 'lake/empty.parquet';
CREATE SOURCE cities FROM CSV 'lake/cities.csv';
CREATE SOURCE events FROM DELTA 'lake/events';
CREATE SOURCE flights FROM PARQUET 'lake/flights.parquet';
CREATE SOURCE weather FROM PARQUET 'lake/weather.parquet';
CREATE SOURCE planes FROM PARQUET 'lake/planes.parquet';
CREATE SOURCE airports FROM CSV 'lake/airports.csv';
CREATE SOURCE airlines FROM JSON 'lake/airlines.json';
CREATE VIEW adults AS SELECT id, name, age FROM people WHERE age >= 18;
CREATE FUNCTION double_of(n BIGINT) RETURNS BIGINT RETURN n * 2;
"""
"""The project of the records; `events` is a Delta table with versions 0 to 2."""
DUCKDB = """
CREATE TABLE people AS FROM read_parquet('{lake}/people/*.parquet');
CREATE TABLE orders AS FROM read_parquet('{lake}/orders.parquet');
CREATE TABLE nums AS FROM read_parquet('{lake}/nums.parquet');
CREATE TABLE odd AS FROM read_parquet('{lake}/odd.parquet');
CREATE TABLE empty AS FROM read_parquet('{lake}/empty.parquet');
CREATE TABLE cities AS FROM read_csv('{lake}/cities.csv');
CREATE TABLE flights AS FROM read_parquet('{lake}/flights.parquet');
CREATE TABLE weather AS FROM read_parquet('{lake}/weather.parquet');
CREATE TABLE planes AS FROM read_parquet('{lake}/planes.parquet');
CREATE TABLE airports AS FROM read_csv('{lake}/airports.csv');
CREATE TABLE airlines AS FROM read_json('{lake}/airlines.json');
CREATE VIEW adults AS SELECT id, name, age FROM people WHERE age >= 18;
CREATE MACRO double_of(n) AS n * 2;
"""

_GEO = pa.struct([("lat", pa.float64()), ("lon", pa.float64())])
_PEOPLE = pa.schema(
    [
        *(("id", pa.int32()), ("name", pa.string()), ("city", pa.string()), ("age", pa.int32()), ("height", pa.float64())),
        *(("balance", pa.decimal128(10, 2)), ("born", pa.date32()), ("joined", pa.timestamp("us")), ("seen", pa.timestamp("us", "UTC"))),
        *(("active", pa.bool_()), ("tags", pa.list_(pa.string())), ("scores", pa.list_(pa.int64()))),
        *(("address", pa.struct([("street", pa.string()), ("geo", _GEO)])), ("attrs", pa.map_(pa.string(), pa.int64()))),
    ]
)
_DECIMALS = ("1.10", "2.25", "-0.05", None, "100.00", "0.00", "3.33", None)
_NAN, _INF, _ZERO = float("nan"), float("inf"), -0.0


def _at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _utc(text: str) -> dt.datetime:
    return _at(text).replace(tzinfo=dt.UTC)


def _home(street: str | None, lat: float | None = None, lon: float | None = None) -> dict[str, Any]:
    return {"street": street, "geo": None if lat is None else {"lat": lat, "lon": lon}}


def people() -> pa.Table:
    """Return eight people, with every type and many nulls."""
    day = dt.date.fromisoformat
    rows: list[tuple[Any, ...]] = [
        (1, "Ada", "London", 36, 1.65, "120.50", day("1815-12-10"), _at("1969-12-31 23:59:59.5"), _utc("1970-01-01"),
         True, ["math", "code"], [9, 7, 8], _home("St James", 51.5, -0.13), [("logins", 3), ("likes", 0)]),
        (2, "Grace", "New York", 85, 1.6, "0.00", day("1906-12-09"), _at("2024-02-29 12:30:00"), _utc("2024-03-31 00:30:00"),
         True, ["code"], [10, None, 6], _home("Broadway", 40.7, -74.0), [("logins", 12)]),
        (3, "Zoë", "Zürich", 17, _NAN, "-3.10", day("2007-02-28"), _at("2024-12-31 23:59:59.999999"), None,
         False, [], [], _home("Bahnhofstrasse", 47.4, 8.5), []),
        (4, "李明", "北京", None, _INF, None, day("1999-12-31"), None, _utc("2024-10-27 01:30:00"),
         None, ["新", "code"], [5], _home(None), [("likes", -4)]),
        (5, "O'Brien", None, 36, _ZERO, "99999999.99", None, _at("2000-01-01"), _utc("1999-12-31 23:59:59.123456"),
         True, None, None, None, None),
        (6, None, "London", 0, None, "0.01", day("1970-01-01"), _at("1970-01-01"), _utc("2024-07-01 12:00:00"),
         False, [None, "math"], [1, 1, 2], _home("High Street", 51.6, -0.2), [("logins", None)]),
        (7, "", "london ", 18, 0.0, "-0.50", day("2006-06-15"), _at("2024-06-15 08:00:00"), _utc("2024-06-15 06:00:00"),
         True, ["math", "math"], [-2, 4], _home(""), [("logins", 3), ("likes", 7)]),
        (8, "ada", "Paris", 41, 1.8, "120.50", day("1983-11-05"), _at("2023-05-17 17:45:10"), _utc("2023-05-17 15:45:10"),
         False, ["art"], [3, 9], _home("Rue X", 48.9, 2.35), [("likes", 2)]),
    ]  # fmt: skip
    columns = list(zip(*rows, strict=True))
    columns[5] = tuple(None if one is None else Decimal(one) for one in columns[5])
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, _PEOPLE, strict=True)], schema=_PEOPLE)


def orders() -> pa.Table:
    """Return twenty orders, some without a person, amount or status."""
    made = []
    status = ("paid", "open", "paid", None, "void")
    for at in range(20):
        amount = None if at % 7 == 3 else Decimal(at * 5 - 10) / 4
        person = None if at == 11 else at % 6 + 1 if at != 19 else 99
        made.append((at + 1, person, dt.date(2024, 1, 28) + dt.timedelta(days=at * 3), amount, at % 4 if at % 5 else None, status[at % 5]))
    names = ("id", "person_id", "day", "amount", "quantity", "status")
    kinds = (pa.int64(), pa.int32(), pa.date32(), pa.decimal128(12, 2), pa.int32(), pa.string())
    return pa.table([pa.array(c, k) for c, k in zip(zip(*made, strict=True), kinds, strict=True)], names=list(names))


def nums() -> pa.Table:
    """Return eight rows of numbers in groups, with NaN, infinities and negative zero."""
    return pa.table(
        {
            "g": pa.array(["a", "a", "a", "b", "b", "b", None, "c"]),
            "n": pa.array([1, 2, 2, -3, None, 7, 5, None], pa.int64()),
            "x": pa.array([0.5, _NAN, -1.5, _ZERO, 0.0, None, _INF, -_INF]),
            "d": pa.array([Decimal(v) if v else None for v in _DECIMALS], pa.decimal128(6, 2)),
        }
    )  # fmt: skip


def _odd() -> pa.Table:
    return pa.table({"select": [1, 2], "Two words": ["a b", None], "MiXed": [True, False], "a.b": [1.5, 2.5], "ünï": ["ß", "é"]})


def _events(lake: Path) -> None:
    path = str(lake / "events")
    write_deltalake(path, pa.table({"id": [1, 2], "kind": ["start", "stop"]}))
    write_deltalake(path, pa.table({"id": [3], "kind": ["pause"]}), mode="append")
    write_deltalake(path, pa.table({"id": [9], "kind": ["reset"]}), mode="overwrite")


def _new_york(lake: Path) -> None:
    build = build_module()
    flights = build.shaped("flights.csv.zip", build.FLIGHTS)
    pq.write_table(flights.filter(pc.equal(flights["month"], 1)), lake / "flights.parquet")
    weather = build.shaped("weather.csv", build.WEATHER)
    pq.write_table(weather.slice(0, 2000), lake / "weather.parquet")
    pq.write_table(build.shaped("planes.csv", build.PLANES), lake / "planes.parquet")
    pcsv.write_csv(build.shaped("airports.csv", build.AIRPORTS), lake / "airports.csv")
    SessionContext().from_arrow(build.shaped("airlines.csv", build.AIRLINES)).write_json(lake / "airlines.json")


def build(root: Path) -> Path:
    """Build the lake and the project of the records in a folder, and return it."""
    lake = root / "lake"
    lake.mkdir(parents=True)
    write_deltalake(str(lake / "people"), people())
    for name, table in (("orders", orders()), ("nums", nums()), ("odd", _odd())):
        pq.write_table(table, lake / f"{name}.parquet")
    pq.write_table(pa.table({"id": pa.array([], pa.int64()), "s": pa.array([], pa.string())}), lake / "empty.parquet")
    text = 'name,country,population\nLondon,GB,8900000\nZürich,CH,443000\n北京,CN,21500000\n"Washington, D.C.",US,\nParis,FR,2100000\n'
    (lake / "cities.csv").write_text(text, "utf-8")
    _events(lake)
    _new_york(lake)
    (root / "treadle.toml").write_text("")
    (root / "sources.sql").write_text(SOURCES, "utf-8")
    return root


def duckdb_over(root: Path) -> duckdb.DuckDBPyConnection:
    """Return DuckDB with the same files as tables, in UTC; `5 / 2` is its own 2.5 and NULLs sort as here."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
    connection.execute(DUCKDB.format(lake=root / "lake"))
    return connection
