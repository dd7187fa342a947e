"""Owns probing functions that are not the engine's: calls go through treadle's own door first, and what it writes is probed.

Functions of packs stand for expressions of built-ins, or call Arrow functions; kinds of users' functions are probed by one
example each. A scalar call is written once over columns, and then asked with other arguments in their places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
from datafusion import DataFrame
from sqlglot import exp

from ...dialect import parse_expression
from ...dialect.diagnostics import TreadleError
from ...planner.functions.packs import PACKS
from ...planner.functions.packs.base import Function
from ...planner.ports import EngineRefusal
from ..api import Connection, connect
from .lab import ORDERED, ROWS, Lab
from .subjects import Subject

_EXPRESSION = re.compile(r'SELECT (?P<text>.*) AS "v"(?: FROM "r0" AS "q")?', re.DOTALL)
_ARROW = "treadle:"


class Through(Lab):
    """A laboratory whose questions are treadle's SQL; it shares the sessions and tables of another."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        """Open a connection that knows the tables of the probes."""
        self.session, self._bounded = lab.session, lab._bounded
        self.connection: Connection = connect(folder)
        self.connection.register("t", pa.table(ROWS))
        for name in ("ordered", "unordered"):
            self.connection.register(name, pa.table({column: values for column, (_, values) in ORDERED.items()}))

    def written(self, sql: str) -> str:
        """Return the engine's SQL of a query, over relations `r0`, …, which this session then knows."""
        try:
            stage = self.connection._workspace.plan_query(sql).stages[-1]
        except TreadleError as problem:
            raise EngineRefusal(f"{problem.diagnostics[0].code}: {problem.diagnostics[0].message}") from problem
        for scan in stage.scans:
            self.session.register(scan.relation, self.session.context.table(self.session.qualified(scan.source)))
        return stage.sql

    def frame(self, sql: str) -> DataFrame:
        """Return a query's frame, not optimised, as treadle writes it."""
        return self.session.analyse(self.written(sql), {})

    def group(self, call: str) -> None:
        """Group many rows in little memory, as treadle writes it."""
        text = self.written(f"SELECT h, {call} AS v FROM t GROUP BY h")
        self._bounded.register("r0", self._bounded.context.table(self._bounded.qualified("t")))
        self.collect_bounded(text)

    def expression(self, sql: str) -> str:
        """Return what the only column `v` of a query is in the engine's SQL."""
        found = _EXPRESSION.fullmatch(self.written(sql).strip())
        if found is None:
            raise EngineRefusal("its rewrite is more than an expression")
        return found["text"]

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Close the connection alone."""
        self.connection.close()


def pack_subjects(through: Through, name: str | None = None) -> Iterator[tuple[Subject, bool]]:
    """Yield the functions of packs, each form once, or those of one name, and whether its calls are treadle's SQL still."""
    for pack in PACKS:
        seen: set[str] = set()
        for one in pack.functions:
            if one.name not in seen and name in (None, one.name):
                seen.add(one.name)
                subject = _scalar(through, one) if one.kind == "scalar" else _called(one)
                yield replace(subject, origin=pack.name), one.kind != "scalar"


def _arguments(one: Function) -> tuple[str, ...]:
    call = parse_expression(one.example)
    spans = [(arg.expression if isinstance(arg, exp.Kwarg) else arg).meta["span"] for arg in call.expressions]
    return tuple(one.example[start:end] for start, end in spans)


def _called(one: Function) -> Subject:
    why = None if not one.not_run and "OVER" not in one.example else one.not_run or "its example is more than a call"
    call = parse_expression(one.example) if why is None else None
    if why is None and not isinstance(call, exp.Anonymous):
        why = "its example is more than a call"
    arguments = _arguments(one) if why is None else ()
    return Subject(
        one.name, one.kind, arguments, lambda given: f"{one.name}({', '.join(given)})", layer="rewrite", marks=(_ARROW,), not_run=why
    )


def _scalar(through: Through, one: Function) -> Subject:
    """Return a subject whose calls are written over columns once; arguments that must be constants stay in it."""
    plain = Subject(one.name, "scalar", (), lambda _: one.name, layer="rewrite", marks=(_ARROW,), immutable=one.volatility == "immutable")
    try:
        arguments = _arguments(one)
        table = through.connection.query(f"SELECT {', '.join(f'{text} AS a{at}' for at, text in enumerate(arguments))}, 0 AS z").to_arrow()
        through.connection.register("arguments", table)
        through.register("arguments", table)
        written = tuple(through.expression(f"SELECT {text} AS v") for text in arguments)
        columns, template = _template(through, one, arguments)
    except (EngineRefusal, TreadleError, KeyError) as problem:
        return replace(plain, not_run=f"no call of it can be written over columns: {_first(problem)}")

    def call(given: Sequence[str]) -> str:
        made = template
        for at in columns:
            made = made.replace(f'"q"."a{at}"', f"({given[at]})")
        return made

    return replace(plain, arguments=written, call=call)


def _first(problem: Exception) -> str:
    return problem.message if isinstance(problem, EngineRefusal) else type(problem).__name__


def _template(through: Through, one: Function, arguments: tuple[str, ...]) -> tuple[tuple[int, ...], str]:
    """Return the places of columns, all or the first that may be one, and the call over them in the engine's SQL."""
    every = tuple(range(len(arguments)))
    problem: EngineRefusal | None = None
    for places in dict.fromkeys((every, *((at,) for at in every))):
        given = [f"q.a{at}" if at in places else text for at, text in enumerate(arguments)]
        try:
            return places, through.expression(f"SELECT {one.name}({', '.join(given)}) AS v FROM arguments AS q")
        except EngineRefusal as refused:
            problem = problem or refused
    raise problem or EngineRefusal("it has no arguments")
