"""Owns the step from sources to pins: arguments are evaluated, and all sources are fixed at one instant.

In: a specification. Out: `Pins`. Specifying and planning share it: a specification with
pins is read exactly as it was pinned, and one without gets them the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlglot import exp

from ..dialect import to_sql
from ..dialect.diagnostics import Diagnostic, TreadleError, error
from ..dialect.source import Span
from ..dialect.types import BIGINT, VARCHAR, timestamp
from .codec import from_json, to_json
from .digests import schema_digest
from .last_run import ARGUMENT, call_of, start_of
from .literal import literal_sql
from .ports import Asked, Cut, Engine, EngineRefusal, Lake, PinnedSource, SourceRef
from .project import frozen
from .source_refs import source_ref
from .spec import ExecutionSpec, PinSpec, SourceSpec
from .values import Value

PLACELESS = ("series", "memory")
"""Kinds of sources whose location is no path."""
NO_TABLE = ("T4001",)
"""Codes by which the lake says that no table is there."""


@dataclass(frozen=True, slots=True)
class Pins:
    """All sources of a run at one instant, by name; `how` the cut was taken, as in `ExecutionSpec.cut`.

    `asked` says what the lake was asked for, of the sources whose arguments are the same at any time.
    """

    by_name: Mapping[str, PinnedSource]
    how: str
    asked: Mapping[str, Asked]


def resolve_sources(spec: ExecutionSpec, engine: Engine, lake: Lake, values: Mapping[str, Value]) -> Pins:
    """Return the pins of all sources; those that the specification pins are taken as pinned.

    Args:
        spec: the specification.
        engine: evaluates constant arguments.
        lake: finds and pins tables and files.
        values: of all parameters, by name.

    Raises:
        TreadleError: T3015 for an argument that can't be evaluated, T3014 for a source that is
            no longer what was pinned, T3013 for one that lost columns since it was bound, T2
            and T4 codes for what is wrong with a source's arguments or its table.
    """
    pinned = {one.source: one for one in spec.pins}
    kept = {n: p for n, p in spec._pinned.items() if n in pinned and pin_spec(n, p, lake) == pinned[n]}
    refs: dict[str, SourceRef] = {}
    for one in spec.sources:
        if one.name not in kept:
            refs[one.name] = pinned_ref(pinned[one.name], lake) if one.name in pinned else _ref(spec, one, engine, lake, values)
    cut = _cut(spec, refs, lake)
    found = {**kept, **{name: fixed(pin) for name, pin in zip(refs, cut.pins, strict=True)}}
    for one in spec.sources:
        if one.name in pinned and one.name in refs:
            _require_same(pinned[one.name], pin_spec(one.name, found[one.name], lake), spec._places.get(one.name))
        _require_columns(one, found[one.name], spec._places.get(one.name))
    how = spec.cut if spec.cut != "none" else cut.how
    asked = {one.name: _asked(one, refs[one.name]) for one in spec.sources if one.name in refs and _is_constant(one, values)}
    return Pins(frozen({one.name: found[one.name] for one in spec.sources}), how, asked)


def _is_constant(source: SourceSpec, values: Mapping[str, Value]) -> bool:
    """Say whether a source's arguments are the same at any time."""
    from ..dialect import parse_expression

    if source.view or call_of(source) is not None:
        return False
    return all(_plain(parse_expression(sql, "<argument>"), values) is not None for sql in source.arguments.values())


def _asked(source: SourceSpec, ref: SourceRef) -> Asked:
    from ..dialect import parse_expression

    path = source.arguments.get("path")
    return Asked(ref, None if path is None or source.kind in PLACELESS else str(parse_expression(path, "<argument>").this))


def fixed(pin: PinnedSource) -> PinnedSource:
    """Return a pin that asks for exactly the version found, however it was asked for."""
    return pin if pin.version is None else replace(pin, ref=replace(pin.ref, version=pin.version, timestamp_ms=None))


def _cut(spec: ExecutionSpec, refs: Mapping[str, SourceRef], lake: Lake) -> Cut:
    if not refs:
        return Cut((), "heads")
    try:
        return lake.cut(tuple(refs.values()))
    except TreadleError:
        for name, ref in refs.items():  # say which source it is, and where it stands
            try:
                lake.cut((ref,))
            except TreadleError as problem:
                raise placed(problem, spec._places.get(name)) from problem
        raise


def placed(problem: TreadleError, span: Span | None) -> TreadleError:
    """Return an error whose diagnostics stand at a place where they had none."""
    return TreadleError(*(_at(one, span) for one in problem.diagnostics))


def _at(one: Diagnostic, span: Span | None) -> Diagnostic:
    return one if one.span is not None else Diagnostic(one.code, one.message, span, one.labels, one.help, one.cause, one.severity)


def _ref(spec: ExecutionSpec, source: SourceSpec, engine: Engine, lake: Lake, values: Mapping[str, Value]) -> SourceRef:
    span = spec._places.get(source.name)
    call = call_of(source)
    given = {name: sql for name, sql in source.arguments.items() if call is None or name != ARGUMENT}
    arguments = {name: evaluate(sql, spec.as_of, engine, values, span) for name, sql in given.items()}
    canonical = (lambda text: text) if source.kind in PLACELESS else lake.canonical
    try:
        ref = source_ref(source.kind, arguments, canonical)
        if call is None:
            return ref
        start = start_of(spec, source, call, ref, lake, lambda tree: evaluate(to_sql(tree), spec.as_of, engine, values, span))
        return source_ref(source.kind, {**arguments, ARGUMENT: start}, canonical)
    except TreadleError as problem:
        raise placed(problem, span) from problem


def evaluate(sql: str, as_of: str, engine: Engine, values: Mapping[str, Value], span: Span | None = None) -> Value:
    """Return the value of a bound constant expression; plain literals need no engine.

    Raises:
        TreadleError: T3015 when it can't be evaluated.
    """
    from ..dialect import parse_expression, to_engine_sql
    from ..dialect.nodes import Param

    tree = parse_expression(sql, "<argument>")
    plain = _plain(tree, values)
    if plain is not None:
        return plain
    try:
        texts = {name: f"({literal_sql(values[name])})" for name in {str(one.this.this) for one in tree.find_all(Param)}}
        instant = f"({literal_sql(clock_value(as_of))})"
        with closing(engine.oracle()) as oracle:
            return oracle.evaluate(to_engine_sql(tree, texts, instant), {})
    except EngineRefusal as refusal:
        raise error("T3015", f"the argument `{sql}` can't be evaluated", span, cause=refusal.message) from refusal


def _plain(tree: exp.Expr, values: Mapping[str, Value]) -> Value | None:
    from ..dialect.nodes import Param

    if isinstance(tree, Param):
        return values[str(tree.this.this)]
    if isinstance(tree, exp.Literal) and tree.is_string:
        return Value(VARCHAR, str(tree.this))
    if isinstance(tree, exp.Literal) and str(tree.this).isdigit() and int(str(tree.this)) < 2**63:
        return Value(BIGINT, int(str(tree.this)))
    return None


def clock_value(as_of: str) -> Value:
    """Return the run clock as the engine binds it: a timestamp with microseconds in UTC.

    >>> clock_value("2013-01-02T03:04:05Z").value.isoformat()
    '2013-01-02T03:04:05+00:00'
    """
    return Value(timestamp(6, "UTC"), datetime.fromisoformat(as_of).astimezone(UTC))


def pin_spec(name: str, pin: PinnedSource, lake: Lake) -> PinSpec:
    """Return a pin as specifications and lock files hold it."""
    ref = pin.ref
    return PinSpec(
        source=name,
        kind=ref.kind,
        location=ref.location if ref.kind in PLACELESS else lake.portable(ref.location),
        arguments={key: to_json(value) for key, value in ref.options},
        table_id=pin.table_id,
        version=pin.version,
        timestamp_ms=pin.timestamp_ms,
        window=pin.window,
        schema_digest=schema_digest(pin.schema),
        protocol=pin.protocol,
        files_digest=pin.files_digest,
        file_count=pin.file_count,
        byte_count=pin.byte_count,
    )


def pinned_ref(pin: PinSpec, lake: Lake) -> SourceRef:
    """Return what to ask the lake for so that a source is read as it was pinned."""
    location = pin.location if pin.kind in PLACELESS else lake.canonical(pin.location)
    try:
        options = tuple(sorted((name, from_json(typed)) for name, typed in pin.arguments.items()))
    except ValueError as misfit:
        message = f"an argument of the pin of `{pin.source}` is no value of its type"
        raise error("T3012", message, help="take new pins: run the project itself", cause=str(misfit)) from misfit
    return SourceRef(pin.kind, location, pin.version, None, options)


def _require_same(pin: PinSpec, found: PinSpec, span: Span | None) -> None:
    """Refuse a source that is no longer what was pinned; commit times may differ, copies of a table have others."""
    for field in ("table_id", "version", "window", "schema_digest", "protocol", "files_digest", "file_count", "byte_count"):
        before, now = getattr(pin, field), getattr(found, field)
        if before != now:
            message = f"`{pin.source}` is not what was pinned: its {field.replace('_', ' ')} was {before}, now it is {now}"
            raise error("T3014", message, span, help="run the project itself to take new pins")


def _require_columns(source: SourceSpec, pin: PinnedSource, span: Span | None) -> None:
    for name, type, _ in source.columns:
        field = pin.schema.get(name)
        if field is None or (field.type.sql() != type and not source.view):
            found = "is not there" if field is None else f"is {field.type}"
            help_line = f"run `{source.name}` first" if source.view else "check the project again: the table changed since it was read"
            raise error(
                "T3013", f"in `{source.name}` the column `{name}` {found}; the views were checked with {type}", span, help=help_line
            )
