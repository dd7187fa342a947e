"""Owns what views read from outside: declared sources, table functions' calls, paths; equal calls are one source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.diagnostics import Diagnostic, Problems, TreadleError
from ...dialect.source import Span
from ...dialect.statements.source import SourceStatement
from ...dialect.types import VARCHAR, Schema
from ..last_run import ARGUMENT, NAME
from ..ports import EngineRefusal, Lake, SourceKind, TypeOracle
from ..project import BoundSource, Parameter
from ..source_refs import source_ref, whole_number
from ..values import Value
from .engine_text import ANY_INSTANT, engine_text

NO_SECRET = "use a parameter that is no SECRET: receipts and plans name sources"
FORMATS: dict[str, SourceKind] = {"DELTA": "delta", "PARQUET": "parquet", "CSV": "csv", "JSON": "json"}
READERS = {
    "delta": "read_delta",
    "changes": "read_delta_cdf",
    "history": "delta_history",
    "snapshot": "delta_snapshot",
    "add_actions": "delta_add_actions",
    "parquet": "read_parquet",
    "csv": "read_csv",
    "json": "read_json",
    "series": "generate_series",
}
SUFFIXES: dict[str, SourceKind] = {
    ".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".csv.gz": "csv", ".tsv": "csv", ".json": "json", ".ndjson": "json",
    ".jsonl": "json", ".json.gz": "json", ".ndjson.gz": "json", ".jsonl.gz": "json",
}  # fmt: skip

BY_TIME = {"version": ("T4003", "T4004"), "timestamp": ("T4005",)}
"""Codes that are about one argument though they don't name it."""

Arguments = Mapping[str, exp.Expr]


@dataclass(slots=True)
class SourceTable:
    """All sources of a project, filled while views are bound.

    Args:
        lake: where schemas come from.
        oracle: evaluates arguments.
        parameters: declared parameters by lower-case name.
        values: their values by real name.
        as_of: what `now()` is in arguments.
        bound: sources by name.
        failed: names whose schema can't be had, so that the reason is told once.
    """

    lake: Lake
    oracle: TypeOracle
    parameters: Mapping[str, Parameter]
    values: Mapping[str, Value]
    as_of: Value = ANY_INSTANT
    bound: dict[str, BoundSource] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def call(self, kind: SourceKind, arguments: Arguments, span: Span, problems: Problems) -> BoundSource | None:
        """Return the source of a table function's call or a path; reports what is wrong once."""
        name = canonical_call(kind, arguments)
        return self._get(name, kind, arguments, span, problems, declared=False)

    def declared(self, statement: SourceStatement, arguments: Arguments, problems: Problems) -> BoundSource | None:
        """Return the source that a CREATE SOURCE declares."""
        kind = FORMATS[statement.format]
        return self._get(statement.name.text, kind, arguments, statement.location.span, problems, declared=True)

    def frame(self, name: str, schema: Schema, span: Span) -> BoundSource:
        """Return the source of a registered frame; its path is its name."""
        made = BoundSource(name, "memory", (("path", to_sql(exp.Literal.string(name))),), schema, span, declared=True)
        self.bound[name] = made
        return made

    def _get(self, name: str, kind: SourceKind, arguments: Arguments, span: Span, problems: Problems, declared: bool) -> BoundSource | None:
        if name in self.bound or name in self.failed:
            return self.bound.get(name)
        try:
            values = {key: self.evaluate(node, span) for key, node in arguments.items() if not self._is_last_run(key, node, span)}
            schema = self._series_schema(values) if kind == "series" else self.lake.schema(source_ref(kind, values, self.lake.canonical))
        except TreadleError as problem:
            self.failed.add(name)
            problems.add(*(placed(d, _argument_span(d, arguments, span)) for d in problem.diagnostics))
            return None
        texts = tuple(sorted((key, to_sql(node)) for key, node in arguments.items()))
        self.bound[name] = BoundSource(name, kind, texts, schema, span, declared)
        return self.bound[name]

    def _is_last_run(self, name: str, node: exp.Expr, span: Span) -> bool:
        """Say whether an argument is `since_last_run()`, which has a value only in a run; raises T2041 for a wrong first version."""
        if name != ARGUMENT or not isinstance(node, exp.Anonymous) or str(node.name) != NAME:
            return False
        for first in node.expressions:
            whole_number(NAME, self.evaluate(first, span))
        return True

    def evaluate(self, node: exp.Expr, span: Span) -> Value:
        """Return the value of a constant argument; raises T2043 when it has none."""
        from ...dialect.diagnostics import error
        from ...dialect.nodes import Param

        for used in node.find_all(Param):
            declared = self.parameters[used.name.lower()]
            if declared.name not in self.values:
                raise error("T2105", f"the parameter `{declared.name}` has no value", span, help=f"give it one: -p {declared.name}=…")
            if declared.secret:
                raise error("T2106", f"the secret parameter `{declared.name}` can't be part of a source", span, help=NO_SECRET)
        if isinstance(node, exp.Literal) and node.is_string:
            return Value(VARCHAR, str(node.this))
        text, values = engine_text(node, self.parameters, self.values)
        values |= {"as_of": self.as_of} if "as_of" in values else {}
        try:
            return self.oracle.evaluate(text, values)
        except EngineRefusal as refusal:
            raise error(
                "T2043", "an argument can't be evaluated", span, help="write a literal or a parameter", cause=refusal.message
            ) from refusal

    def _series_schema(self, values: Mapping[str, Value]) -> Schema:
        from ...dialect.diagnostics import error
        from ...dialect.types import BIGINT, Field

        for name, value in values.items():
            if not value.type.is_integer or value.value is None:
                raise error(
                    "T2041", f"`{name}` must be a whole number, it is {'null' if value.value is None else value.type}", help="CAST it"
                )
            if name == "step" and value.value == 0:
                raise error("T2041", "`step` must not be 0", help="give another number, or leave it out for 1")
        return Schema((Field("value", BIGINT, False),))


def canonical_call(kind: SourceKind, arguments: Arguments) -> str:
    """Return the text under which equal calls are one source: the path first, all others named, sorted."""
    path = arguments.get("path")
    parts = [to_sql(path)] if path is not None else []
    parts += [f"{name} => {to_sql(node)}" for name, node in sorted(arguments.items()) if name != "path"]
    return f"{READERS[kind]}({', '.join(parts)})"


def placed(diagnostic: Diagnostic, span: Span) -> Diagnostic:
    """Return a diagnostic with a place, unless it has one."""
    if diagnostic.span is not None:
        return diagnostic
    d = diagnostic
    return Diagnostic(d.code, d.message, span, d.labels, d.help, d.cause, d.severity)


def _argument_span(diagnostic: Diagnostic, arguments: Arguments, span: Span) -> Span:
    """Return the place of the argument that a message names in backticks, else of the whole call."""
    for name, node in arguments.items():
        if f"`{name}`" in diagnostic.message or diagnostic.code in BY_TIME.get(name, ()):
            place = node.meta.get("span")
            if place:
                return span.source.span(*place)
    path = arguments.get("path")
    place = path.meta.get("span") if path is not None else None
    return span.source.span(*place) if place else span


def kind_of_path(path: str) -> SourceKind | None:
    """Return how a path in FROM is read, by its ending; None when the ending says nothing (a Delta table, maybe)."""
    lowered = path.lower()
    for suffix, kind in SUFFIXES.items():
        if lowered.endswith(suffix):
            return kind
    return None
