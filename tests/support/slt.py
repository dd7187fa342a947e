"""Owns the sqllogictest files under `tests/`: read into records, written back when a person accepts a difference.

The format is the usual one, a blank line behind each record:

    statement ok | statement error       one statement; behind `error` the diagnostics follow `----`
    query TYPES [nosort|rowsort]         one query; its rows follow `----`, values between tabs

TYPES has one letter a column: I integer, R other number, B boolean, D date, P timestamp, T text, ? anything else.
`NULL` and `(empty)` stand for null and for an empty text. Lines that begin with `#` are comments, and these say more:

    # expected from duckdb               DuckDB answers the same query at test time; a line `duckdb:` begins its own spelling
    # expected from python EXPRESSION    Python computes the rows at test time, a list of tuples (see `tests/conformance/references.py`)
    # with {"x": 1}                      values of parameters, as JSON
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

FROM_DUCKDB, FROM_PYTHON, WITH = "# expected from duckdb", "# expected from python ", "# with "
SPELLING, RESULT = "duckdb:", "----"
SORTS = ("nosort", "rowsort")


@dataclass(frozen=True, slots=True)
class Record:
    """One statement or query with what it should give.

    Args:
        path: its file.
        line: where it begins, from 1; comments are not part of it.
        kind: `query`, `ok` or `error`.
        sql: the text for treadle.
        types: one letter a column, of a query.
        sort: `nosort` or `rowsort`, of a query.
        expected: lines behind `----`; None where DuckDB or Python says them.
        spelling: the text for DuckDB.
        reference: the Python expression that says the rows, else empty.
        values: of parameters.
        end: the line behind the record.
    """

    path: Path
    line: int
    kind: str
    sql: str
    types: str = ""
    sort: str = "nosort"
    expected: tuple[str, ...] | None = None
    spelling: str = ""
    reference: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    end: int = 0

    def text(self, types: str, lines: Iterable[str]) -> str:
        """Return the record as it stands in a file, with other types and lines."""
        head = f"query {types}{' ' + self.sort if self.sort != 'nosort' else ''}" if self.kind == "query" else f"statement {self.kind}"
        if self.expected is None:
            return "\n".join([head, self.sql, *([SPELLING, self.spelling] if self.spelling != self.sql else [])]) + "\n"
        return "\n".join([head, self.sql, RESULT, *lines]) + "\n"


@dataclass(frozen=True, slots=True)
class Above:
    """What the comments above a record say of it."""

    duckdb: bool = False
    python: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a file; raises ValueError for one that is not in the format."""
    lines = path.read_text("utf-8").split("\n")
    at, above = 0, Above()
    while at < len(lines):
        line = lines[at].rstrip()
        if line == FROM_DUCKDB:
            above = replace(above, duckdb=True)
        elif line.startswith(FROM_PYTHON):
            above = replace(above, python=line.removeprefix(FROM_PYTHON))
        elif line.startswith(WITH):
            above = replace(above, values=json.loads(line.removeprefix(WITH)))
        elif line and not line.startswith("#"):
            record = _record(path, lines, at, above)
            yield record
            at, above = record.end, Above()
            continue
        at += 1


def _record(path: Path, lines: list[str], at: int, above: Above) -> Record:
    end = next((i for i in range(at, len(lines)) if not lines[i].strip()), len(lines))
    words, body = lines[at].split(), lines[at + 1 : end]
    result = body.index(RESULT) if RESULT in body else len(body)
    own = body.index(SPELLING) if SPELLING in body else result
    sql = "\n".join(body[: min(own, result)])
    spelling = "\n".join(body[own + 1 : result]) or sql
    computed = above.duckdb or bool(above.python)
    kind, types, sort = _head(f"{path.name}:{at + 1}", words)
    misplaced = computed and (result < len(body) or kind != "query") or own < result and not above.duckdb
    if misplaced or above.duckdb and above.python or not sql:
        raise ValueError(f"{path.name}:{at + 1}: the parts of this record do not fit together")
    expected = None if computed else tuple(body[result + 1 :])
    return Record(path, at + 1, kind, sql, types, sort, expected, spelling, above.python, above.values, end)


def _head(place: str, words: list[str]) -> tuple[str, str, str]:
    match words:
        case ["statement", "ok" | "error" as kind]:
            return kind, "", "nosort"
        case ["query", types] if set(types) <= set("IRBDPT?"):
            return "query", types, "nosort"
        case ["query", types, sort] if set(types) <= set("IRBDPT?") and sort in SORTS:
            return "query", types, sort
    raise ValueError(f"{place}: `{' '.join(words)}` is no record; write `query TYPES [rowsort]`, `statement ok` or `statement error`")


def rewrite(record: Record, types: str, lines: Iterable[str]) -> None:
    """Put other types and lines into a record's file, and print what changed; other records may have moved it."""
    text = record.path.read_text("utf-8")
    moved = next(
        (r for r in read_records(record.path) if r.sql == record.sql and r.kind == record.kind and r.values == record.values), None
    )
    if moved is None:
        raise ValueError(f"{record.path.name}:{record.line} is gone")
    rows = text.split("\n")
    made = moved.text(types, lines)
    print(f"{record.path.name}:{moved.line}\n{made}")
    rows[moved.line - 1 : moved.end] = made.rstrip("\n").split("\n")
    record.path.write_text("\n".join(rows), "utf-8", newline="\n")
