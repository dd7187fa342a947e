"""Owns the statements of other systems that people type: for each the way it is done here."""

from __future__ import annotations

from sqlglot.tokenizer_core import Token

from .diagnostics import TreadleError, error
from .source import Source

_WRITE = "write CREATE MATERIALIZED VIEW … INTO 'path' AS SELECT …"
_CHANGE = "change the files and run again; git keeps the history"
_NOTHING = "leave it out; a run is one transaction for each table"
_SETTING = "set it in treadle.toml, under [profiles], or with OPTIONS (…)"

#: First word of a statement: what to do instead.
STATEMENTS: dict[str, str] = {
    "ALTER": _CHANGE,
    "ANALYZE": "nothing needs it: statistics come from the tables themselves",
    "ATTACH": "write CREATE SOURCE … FROM DELTA 'path'",
    "BEGIN": _NOTHING,
    "CALL": "call a function in a query",
    "COMMENT": "write COMMENT '…' in the CREATE statement itself",
    "COMMIT": _NOTHING,
    "COPY": _WRITE + ", or run `treadle query --output file.parquet`",
    "DECLARE": "write PARAM name TYPE DEFAULT …",
    "DELETE": "write CREATE MATERIALIZED VIEW … REPLACE WHERE (…)",
    "DROP": "delete the statement that creates it; tables are removed by hand",
    "EXECUTE": "name the query with CREATE VIEW and run it",
    "EXPLAIN": "run `treadle plan` or `treadle explain`",
    "EXPORT": _WRITE,
    "GRANT": "rights belong to the storage that holds the tables",
    "IMPORT": "write CREATE SOURCE … FROM PARQUET 'path'",
    "INSERT": "write CREATE MATERIALIZED VIEW … INTO 'path' APPEND AS SELECT …",
    "INSTALL": "install a Python package instead",
    "LOAD": "write CREATE SOURCE … FROM PARQUET 'path'",
    "MERGE": "write CREATE MATERIALIZED VIEW … REPLACE WHERE (…) or REFRESH INCREMENTAL",
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
    "MACRO": "write CREATE FUNCTION … RETURN …",
    "PROCEDURE": "write CREATE FUNCTION … RETURNS TABLE RETURN …",
    "SCHEMA": "qualify the name with one point: CREATE VIEW staging.flights",
    "SEQUENCE": "use row_number()",
    "TABLE": _WRITE,
    "TEMP": "write CREATE VIEW; views cost nothing",
    "TEMPORARY": "write CREATE VIEW; views cost nothing",
    "TYPE": "write the type out where it is used",
}


def foreign(tokens: list[Token], source: Source) -> TreadleError | None:
    """Return the error for a statement of another system, T1009, or None for any other."""
    first = tokens[0].text.upper()
    rest = [t.text.upper() for t in tokens[1:4]]
    created = rest[2] if rest[:2] == ["OR", "REPLACE"] and len(rest) > 2 else rest[0] if rest else ""
    help = STATEMENTS.get(first) if first != "CREATE" else CREATED.get(created)
    if help is None:
        return None
    words = first if first != "CREATE" else f"CREATE {created}"
    last = tokens[0] if first != "CREATE" else next(t for t in tokens[1:] if t.text.upper() == created)
    return error("T1009", f"{words} is not a statement of treadle's SQL", source.span(tokens[0].start, last.end + 1), help=help)
