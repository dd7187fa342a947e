"""Owns `since_last_run()`: the start of a change window that the tables being computed decide.

In: a specification whose source asks for it, the lake. Out: a version: the one after what the
last successful commit of the outputs that compute from the source reflects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from ..dialect.diagnostics import error
from ..dialect.source import Span
from ..dialect.types import BIGINT
from .bundle import Decision
from .ports import Lake, PinnedSource, SourceRef
from .source_refs import whole_number
from .spec import ExecutionSpec, SourceSpec, ViewSpec
from .values import Value
from .warnings import PlanWarning

NAME = "since_last_run"
ARGUMENT = "start_version"


@dataclass(frozen=True, slots=True)
class Owner:
    """A view whose table decides what was read already, with the table's location."""

    view: str
    location: str


def call_of(source: SourceSpec) -> exp.Anonymous | None:
    """Return the call of `since_last_run` that a source starts its window by, or None."""
    from ..dialect import parse_expression

    sql = source.arguments.get(ARGUMENT, "") if source.kind == "changes" else ""
    if NAME not in sql:
        return None
    tree = parse_expression(sql, "<argument>")
    return tree if isinstance(tree, exp.Anonymous) and str(tree.name) == NAME else None


def owners(spec: ExecutionSpec, source: str) -> tuple[Owner, ...]:
    """Return the views in whose tables rows computed from a source end up, sorted.

    These are the outputs that compute from it, themselves or through views that aren't
    written. Where rows are handed out, it is the nearest materialised view on the way.
    """
    views = {one.name: one for one in spec.views}
    written = {one.view: one.location for one in spec.outputs if one.mode != "RESULT" and one.location is not None}
    found: set[Owner] = set()
    for output in spec.outputs:
        stop = set(written) - {output.view}
        start = Owner(output.view, written[output.view]) if output.view in written else None
        found.update(_owners(views, output.view, source, start, stop))
    return tuple(sorted(found, key=lambda one: (one.view, one.location)))


def _owners(views: Mapping[str, ViewSpec], output: str, source: str, start: Owner | None, stop: set[str]) -> Iterator[Owner]:
    waiting: list[tuple[str, Owner | None]] = [(output, start)]
    seen = set()
    while waiting:
        name, owner = waiting.pop()
        view = views.get(name)
        if view is None or (name, owner) in seen or name in stop:
            continue
        seen.add((name, owner))
        if start is None and view.materialized and view.location is not None:
            owner = Owner(view.name, view.location)
        if owner is not None and any(one.source == source for one in view.relations):
            yield owner
        waiting.extend((one, owner) for one in view.depends_on)


def start_of(
    spec: ExecutionSpec, source: SourceSpec, call: exp.Anonymous, ref: SourceRef, lake: Lake, evaluate: Callable[[exp.Expr], Value]
) -> Value:
    """Return the version that `since_last_run()` stands for in a run.

    Args:
        spec: its outputs and views decide.
        source: the source that asks.
        call: its call.
        ref: the source without the start of its window.
        lake: knows what commits reflect.
        evaluate: gives the value of the argument: where the first run starts.

    Raises:
        TreadleError: T3034 where nothing is written that could tell, T3033 where outputs
            disagree, T4026 where the source was made anew, T2041 for an argument that is no version.
    """
    span = spec._places.get(source.name)
    deciding = owners(spec, source.name)
    if not deciding:
        help_line = "give a version, `start_version => 0`, or ask for the materialised view that reads it"
        raise error("T3034", f"nothing is written from `{source.name}`, so there is no last run to go by", span, help=help_line)
    read = {owner: lake.last_read(owner.location, owner.view, source.name, ref) for owner in deciding}
    if len(set(read.values())) > 1:
        raise _disagreement(source.name, read, span)
    last = next(iter(read.values()))
    if last is not None:
        return Value(BIGINT, last + 1)
    if call.expressions:
        return Value(BIGINT, whole_number(NAME, evaluate(call.expressions[0])))
    return Value(BIGINT, lake.first_change(ref))


def _disagreement(source: str, read: Mapping[Owner, int | None], span: Span | None):  # type: ignore[no-untyped-def]
    states = ", ".join(f"`{one.view}` {'has not read it' if last is None else f'read up to version {last}'}" for one, last in read.items())
    apart = ", then ".join(f"`treadle run {one.view}`" for one in read)
    message = f"the last runs of what reads `{source}` disagree: {states}"
    return error("T3033", message, span, help=f"run them apart, {apart}: afterwards they agree")


def told(spec: ExecutionSpec, pins: Mapping[str, PinnedSource], lake: Lake) -> Iterator[Decision | PlanWarning]:
    """Yield what was decided about the windows that start where the last run ended, and what a first run leaves out."""
    for source in spec.sources:
        call, pin = call_of(source), pins[source.name]
        if call is None or pin.window is None:
            continue
        first, end = pin.window
        last = {lake.last_read(one.location, one.view, source.name, pin.ref) for one in owners(spec, source.name)}
        choice = "no versions" if first > end else f"version {first}" if first == end else f"versions {first} to {end}"
        reason = f"the last run read up to version {first - 1}"
        if last == {None}:
            reason = f"no run has read it yet; it starts at version {first}"
            if first > 0 and not call.expressions:
                yield _late(spec, source, lake.portable(pin.ref.location), first)
        elif last != {first - 1}:
            reason = f"the specification pins its start at version {first}"
        yield Decision(source.name, choice, reason)


def _late(spec: ExecutionSpec, source: SourceSpec, location: str, first: int) -> PlanWarning:
    message = f"no run has read the changes of `{location}` yet, and they begin at version {first}: rows from before are not among them"
    return PlanWarning(code="T3167", stage="plan", message=message, context={"source": source.name, "version": str(first)})
