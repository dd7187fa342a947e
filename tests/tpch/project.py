"""Turns TPC-H's query texts into a treadle project with parameters, and back into plain SQL with values."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tests.support.tpch import TABLES

Plain = date | int | str | list[int] | list[str]


@dataclass(frozen=True, slots=True)
class Substitution:
    """One substitution value: the literal in DuckDB's text, where it stands, its type, its values by set."""

    name: str
    type: str
    literal: str
    at: tuple[str, ...]
    values: tuple[Plain, ...]

    def put(self, query: str, text: str) -> str:
        """Return the query with the literal replaced at every place; each place must be there."""
        for place in self.at:
            found = place.replace("{}", self.literal)
            assert found in query, f"{self.name}: {found!r} is not in the query"
            query = query.replace(found, place.replace("{}", text))
        return query

    def sql(self, number: int) -> str:
        """Return the value of a set as plain SQL."""
        value = self.values[number]
        return value if isinstance(value, str) and self.type.startswith("DECIMAL") else _literal(value)


def _literal(value: Plain) -> str:
    if isinstance(value, list):
        return f"({', '.join(_literal(v) for v in value)})"
    if isinstance(value, date):
        return f"DATE '{value}'"
    return f"'{value}'" if isinstance(value, str) else str(value)


def substitutions() -> Mapping[str, tuple[Substitution, ...]]:
    """Return the substitutions of each query by `q01` to `q22`."""
    table = tomllib.loads((Path(__file__).parent / "substitutions.toml").read_text("utf-8"))
    return {query: tuple(_substitution(f"{query}_{n}", r) for n, r in rows.items()) for query, rows in table.items()}


def _substitution(name: str, row: Mapping[str, Any]) -> Substitution:
    return Substitution(name, row["type"], row["literal"], tuple(row.get("at", ("{}",))), tuple(row["values"]))


def with_values(query: str, found: tuple[Substitution, ...], number: int) -> str:
    """Return a query's text with the values of a set in it, for another engine."""
    return _each(query, found, lambda s: s.sql(number))


def _each(query: str, found: tuple[Substitution, ...], text: Callable[[Substitution], str]) -> str:
    for one in found:
        query = one.put(query, text(one))
    return query


def write(root: Path, texts: Mapping[str, str], lake: Path) -> None:
    """Write the project: a source per table, a parameter per substitution, a view per query."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "treadle.toml").write_text('[project]\nname = "tpch"\n', "utf-8")
    sources = [f"CREATE SOURCE {table} FROM DELTA '{lake}/delta/{table}';" for table in TABLES]
    (root / "sources.sql").write_text("\n".join(sources) + "\n", "utf-8")
    for name, text in texts.items():
        found = substitutions()[name]
        parameters = "".join(f"PARAM {s.name} {s.type};\n" for s in found)
        body = _each(text, found, lambda s: f"(PARAM {s.name})" if s.type.endswith("[]") else f"PARAM {s.name}")
        (root / f"{name}.sql").write_text(f"{parameters}\nCREATE VIEW {name} AS\n{body};\n", "utf-8")
