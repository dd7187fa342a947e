"""Owns the statements of other systems that people type: for each the way it is done here."""

from __future__ import annotations

from sqlglot.tokenizer_core import Token

from .diagnostics import TreadleError, error
from .source import Source

_WRITE = "write CREATE MATERIALIZED VIEW … INTO 'path' AS SELECT …"
_CHANGE = "change the files and run again; git keeps the history"
_NOTHING = "leave it out; a run is one transaction for each table"
_BUILT_IN = "leave it out; Delta, Parquet, CSV and JSON are read as they are"
_PARAM = "write PARAM name TYPE DEFAULT …, and PARAM name where the value stands"
_SETTING = "set it in treadle.toml, under [profiles], or with OPTIONS (…)"

#: First word of a statement: what to do instead.
STATEMENTS: dict[str, str] = {
    "ALTER": _CHANGE,
    "ANALYZE": "nothing needs it: statistics come from the tables themselves",
    "APPLY": "write CREATE MATERIALIZED VIEW … over read_delta_cdf('path', start_version => since_last_run())",
    "AUDIT": "write CONSTRAINT name EXPECT (…) in CREATE MATERIALIZED VIEW",
    "ATTACH": "write CREATE SOURCE … FROM DELTA 'path'",
    "BEGIN": _NOTHING,
    "CACHE": "nothing needs it: what several views read is computed once in a run",
    "CALL": "call a function in a query",
    "COMMENT": "write COMMENT '…' in the CREATE statement itself",
    "COMMIT": _NOTHING,
    "COPY": _WRITE + ", or run `treadle query --output file.parquet`",
    "DECLARE": _PARAM,
    "DELETE": "write CREATE MATERIALIZED VIEW … REPLACE WHERE (…)",
    "DROP": "delete the statement that creates it; tables are removed by hand",
    "EXECUTE": "name the query with CREATE VIEW and run it",
    "EXPLAIN": "run `treadle plan` or `treadle explain`",
    "EXPORT": _WRITE,
    "GRANT": "rights belong to the storage that holds the tables",
    "IMPORT": "write CREATE SOURCE … FROM PARQUET 'path'",
    "INSERT": "write CREATE MATERIALIZED VIEW … INTO 'path' APPEND AS SELECT …",
    "INSTALL": _BUILT_IN,
    "LOAD": _BUILT_IN,
    "MERGE": "write CREATE MATERIALIZED VIEW … REPLACE WHERE (…), or REPLACE PARTITIONS",
    "MODEL": "write CREATE MATERIALIZED VIEW name INTO 'path' AS … before the query, or CREATE VIEW name AS …",
    "METRIC": "write CREATE VIEW name AS SELECT …, with the aggregate in it",
    "PRAGMA": _SETTING,
    "PREPARE": "name the query with CREATE VIEW and give it a PARAM",
    "REFRESH": "run `treadle run`; how is said by REFRESH in CREATE MATERIALIZED VIEW",
    "REPLACE": "write CREATE OR REPLACE, or simply CREATE",
    "REVOKE": "rights belong to the storage that holds the tables",
    "ROLLBACK": _NOTHING,
    "SET": _SETTING,
    "SHOW": "run `treadle show`",
    "TRUNCATE": "write CREATE MATERIALIZED VIEW … OVERWRITE",
    "UPDATE": "write CREATE MATERIALIZED VIEW … REPLACE WHERE (…)",
    "USE": "names are the same everywhere in a project; qualify them with one point",
}
#: Word behind CREATE: what to do instead.
CREATED: dict[str, str] = {
    "DATABASE": "a project folder is enough",
    "EXTERNAL": "write CREATE SOURCE … FROM DELTA 'path'",
    "INDEX": "sort or partition the table: PARTITION BY (…)",
    "LIVE": _WRITE,
    "MACRO": "write CREATE FUNCTION name(argument TYPE) RETURNS TYPE RETURN …, or RETURNS TABLE RETURN SELECT …",
    "PROCEDURE": "write CREATE FUNCTION … RETURNS TABLE RETURN …",
    "SCHEMA": "qualify the name with one point: CREATE VIEW staging.flights",
    "SEQUENCE": "use row_number()",
    "STREAMING": _WRITE + " over read_delta_cdf('path', start_version => since_last_run())",
    "TABLE": _WRITE,
    "TEMP": "write CREATE VIEW; views cost nothing",
    "TEMPORARY": "write CREATE VIEW; views cost nothing",
    "TYPE": "write the type out where it is used",
}

#: Word between DESCRIBE and a name: what to do instead.
DESCRIBED: dict[str, str] = {
    "DETAIL": "write FROM delta_snapshot(name); a query may also be DESCRIBE DETAIL name",
    "EXTENDED": "write DESCRIBE name; `treadle show views NAME` says more",
    "FORMATTED": "write DESCRIBE name; `treadle show views NAME` says more",
    "HISTORY": "write FROM delta_history(name); a query may also be DESCRIBE HISTORY name",
    "TABLE": "write DESCRIBE name",
}
#: Word at which the grammar stopped: what stands here instead, for clauses of other systems.
CLAUSES: dict[str, str] = {
    "CLUSTER": "leave it out, or write PARTITION BY (column)",
    "CLUSTERED": "leave it out, or write PARTITION BY (column)",
    "DISTRIBUTE": "leave it out: everything runs in one process",
    "IF": "leave IF NOT EXISTS out: a declaration is what there is",
    "LOCATION": "write INTO 'path' behind the name",
    "PARTITIONED": "write PARTITION BY (column)",
    "SCHEDULE": "leave it out, and run `treadle run` by cron",
    "SORT": "write ORDER BY in the query",
    "STORED": "leave it out: every table is a Delta table",
    "TBLPROPERTIES": "write OPTIONS (name => value)",
    "TRIGGER": "leave it out, and run `treadle run` by cron",
    "USING": "leave it out: every table is a Delta table",
    "ZORDER": "leave it out; PARTITION BY (column) in CREATE MATERIALIZED VIEW prunes files",
}
#: The same for words that mean something else elsewhere, with the word before.
PAIRED: dict[tuple[str, str], str] = {
    ("DROP", "ROW"): "write ON VIOLATION DROP",
    ("FAIL", "UPDATE"): "write ON VIOLATION FAIL",
    ("IF", "NOT"): "leave IF NOT EXISTS out: a declaration is what there is",
}


def written_elsewhere(token: Token) -> str | None:
    """Return what stands here in place of a clause about tables that a query can't have either, or None."""
    word = token.text.upper()
    return None if word in ("IF", "SORT", "USING") else CLAUSES.get(word)


def clause(before: Token | None, token: Token) -> str | None:
    """Return what stands here in place of a clause of another system, or None."""
    word = token.text.upper()
    pair = (before.text.upper(), word) if before is not None else ("", word)
    return PAIRED.get(pair) or CLAUSES.get(word)


def foreign(tokens: list[Token], source: Source) -> TreadleError | None:
    """Return the error for a statement of another system, T1009, or None for any other."""
    first = tokens[0].text.upper()
    rest = [t.text.upper() for t in tokens[1:4]]
    created = rest[2] if rest[:1] == ["OR"] and len(rest) > 2 else rest[0] if rest else ""
    help = STATEMENTS.get(first) if first != "CREATE" else CREATED.get(created)
    if first == "CREATE" and rest[:2] == ["OR", "REFRESH"] and help is None:
        place = source.span(tokens[1].start, tokens[2].end + 1)
        return error(
            "T1009", "OR REFRESH is not part of treadle's CREATE", place, help="leave it out; `treadle run` refreshes, by REFRESH AUTO"
        )
    if first == "SET" and rest[:1] == ["VARIABLE"]:
        help = _PARAM
    if first == "DESCRIBE" and len(rest) > 1 and rest[0] in DESCRIBED and rest[1] not in (".", ";"):
        help, first = DESCRIBED[rest[0]], f"DESCRIBE {rest[0]}"
    if help is None:
        return None
    words = first if first != "CREATE" else f"CREATE {created}"
    last = next(t for t in tokens[1:] if t.text.upper() == created) if first == "CREATE" else tokens[words.count(" ")]
    return error("T1009", f"{words} is not a statement of treadle's SQL", source.span(tokens[0].start, last.end + 1), help=help)
