"""Reading by cases: text in, statements or errors with their places out."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from tests.support.cases import Block, Case, check_case, read_cases
from treadle.dialect import parse, to_sql
from treadle.dialect.diagnostics import Diagnostic
from treadle.dialect.script import Script
from treadle.dialect.source import Source, Span
from treadle.dialect.statements.base import Expr, Location, Name, Option, QName, Query, Statement, TypeRef

CASES = list(read_cases(Path(__file__).parents[1] / "cases" / "parse"))


@pytest.mark.parametrize("case", CASES, ids=[c.id for c in CASES])
def test_case(case: Case, request: pytest.FixtureRequest) -> None:
    (block,) = [b for b in case.blocks if b.word == "sql"]
    script = parse(Source("a.sql", block.text), adhoc=block.detail == "adhoc")
    check_case(case, lambda wanted: _shown(script, wanted), bool(request.config.getoption("--accept")))


def _shown(script: Script, block: Block) -> str:
    if block.word == "errors":
        return "".join(_error(d) for d in script.diagnostics)
    return "".join(_statement(s) for s in script.statements)


def _error(found: Diagnostic) -> str:
    assert found.span is not None
    lines = [f"{found.code} {_place(found.span)} {found.message}"]
    lines += [f"  at {_place(label.span)} {label.text}" for label in found.labels]
    lines += [f"  help {found.help}"] if found.help else []
    return "\n".join(lines) + "\n"


def _place(span: Span) -> str:
    return f"{span.line}:{span.column}-{span.end_line}:{span.end_column}"


def _statement(found: Statement) -> str:
    lines = [f"{found.kind} {_place(found.span)}"]
    for field in fields(found):
        value = getattr(found, field.name)
        if field.name != "span" and value not in (None, (), False):
            lines.append(f"  {field.name}: {_value(value)}")
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    if isinstance(value, Name):
        return value.text + ("!" if value.quoted else "")
    if isinstance(value, QName):
        return ".".join(_value(p) for p in value.parts)
    if isinstance(value, Query | Expr):
        return f"{to_sql(value.tree)} @ {_place(value.span)}"
    if isinstance(value, Location):
        return f"{to_sql(value.value)} @ {_place(value.span)}"
    if isinstance(value, TypeRef):
        return f"{value.type} @ {_place(value.span)}"
    if isinstance(value, Option):
        return f"{_value(value.name)} => {to_sql(value.value)}"
    if isinstance(value, Span):
        return _place(value)
    if hasattr(value, "__dataclass_fields__"):
        parts = [(f.name, getattr(value, f.name)) for f in fields(value)]  # type: ignore[arg-type]
        return "{" + ", ".join(f"{n}: {_value(v)}" for n, v in parts if v not in (None, (), False)) + "}"
    return str(value)
