"""Owns ad hoc queries as scripts: exactly one query, or one that describes another."""

from __future__ import annotations

from ..dialect import parse
from ..dialect.diagnostics import TreadleError, error
from ..dialect.script import Script
from ..dialect.source import Source
from ..dialect.statements.query import DescribeStatement, QueryStatement
from ..planner.bind.names import ADHOC

QUERY = ADHOC


def described_text(statement: DescribeStatement) -> str:
    """Return the query that `DESCRIBE name`, `SUMMARIZE query` and their kin are about."""
    if statement.name is not None:
        return f"SELECT * FROM {statement.name.span.text}"
    return statement.query.span.text if statement.query is not None else ""


def query_script(text: str) -> Script:
    """Return an ad hoc query as a script; raises T7024 unless it is exactly one query (or what the parser found)."""
    script = parse(Source(QUERY, text), adhoc=True)
    if any(d.severity == "error" for d in script.diagnostics):
        raise TreadleError(*script.diagnostics)
    others = [s for s in script.statements if not isinstance(s, QueryStatement | DescribeStatement)]
    if others:
        help_line = "declarations belong into `.sql` files of the project"
        raise error("T7024", f"this is a {others[0].kind} statement, not a query", others[0].span, help=help_line)
    if not script.statements:
        raise error("T7024", "there is no query in this text", script.source.span(0, len(text)), help="write SELECT …, or FROM name")
    if len(script.statements) > 1:
        message = f"these are {len(script.statements)} queries"
        raise error("T7024", message, script.statements[1].span, help="ask one at a time")
    return script
