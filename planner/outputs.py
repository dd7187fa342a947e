"""Owns the checks of where a run writes: places that collide, places that it reads, columns that aren't there.

In: a specification, the lake's spelling of locations. Out: nothing, or every error at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..dialect.diagnostics import Label, Problems, TreadleError, did_you_mean, error
from ..dialect.source import Span
from .checks import condition_columns, place_of
from .ports import Lake
from .spec import ExecutionSpec, OutputSpec, ViewSpec


def check_outputs(spec: ExecutionSpec, lake: Lake) -> None:
    """Refuse outputs that can't be meant.

    Raises:
        TreadleError: T3006 for an output that is no view, T3007 for two in one place,
            T3022 for a mode, partition or key that doesn't fit the view.
    """
    problems = Problems()
    views = {one.name: one for one in spec.views}
    for output in spec.outputs:
        for problem in _check(spec, output, views):
            problems.catch(problem)
    for problem in _collisions(spec, lake):
        problems.catch(problem)
    problems.raise_if_errors()


def _check(spec: ExecutionSpec, output: OutputSpec, views: Mapping[str, ViewSpec]) -> Iterator[TreadleError]:
    span = spec._places.get(output.view)
    view = views.get(output.view)
    if view is None:
        help_line = did_you_mean(output.view, views) or f"there are {', '.join(f'`{name}`' for name in views)}"
        yield error("T3006", f"the output `{output.view}` is no view of the specification", span, help=help_line)
        return
    if output.mode == "RESULT":
        return
    if output.location is None:
        yield error("T3022", f"`{output.view}` is written, but has no location", span, help="write INTO 'path'")
    if output.mode == "REPLACE WHERE" and output.replace_where is None:
        yield error("T3022", f"`{output.view}` replaces rows WHERE nothing is said", span, help="write REPLACE WHERE (condition)")
    if output.mode == "REPLACE PARTITIONS" and not output.partition_by:
        yield error("T3022", f"`{output.view}` replaces partitions, but has none", span, help="write PARTITION BY (…)")
    yield from _columns(output, view, spec)
    yield from _constraints(output, view, spec)


def _columns(output: OutputSpec, view: ViewSpec, spec: ExecutionSpec) -> Iterator[TreadleError]:
    names = [column[0] for column in view.columns]
    for what, columns in (("partition", output.partition_by), ("key", output.key)):
        for name in columns:
            if name not in names:
                message = f"the {what} column `{name}` is no column of `{output.view}`"
                yield error("T3022", message, spec._places.get(output.view), help=did_you_mean(name, names))
    if names and set(output.partition_by) == set(names):
        yield error("T3022", f"`{output.view}` has no column that is no partition", spec._places.get(output.view))


def _constraints(output: OutputSpec, view: ViewSpec, spec: ExecutionSpec) -> Iterator[TreadleError]:
    """Yield what is wrong with constraints, which binding found already unless the specification comes from a file."""
    names, seen = [column[0] for column in view.columns], set[str]()
    if output.key_checked and not output.key:
        yield error("T3022", f"`{output.view}` has a checked key without columns", spec._places.get(output.view))
    for one in output.expectations:
        what, span = f"the constraint `{one.name}` of `{output.view}`", spec._places.get(place_of(output.view, one.name))
        if one.name.lower() in seen:
            yield error("T3022", f"{what} is there twice", span)
        seen.add(one.name.lower())
        needs = "condition" if one.kind in ("row", "aggregate") else "columns"
        if not getattr(one, needs):
            yield error("T3022", f"{what} has no {needs}", span)
            continue
        if one.kind == "references" and (one.target is None or len(one.target_columns) != len(one.columns)):
            yield error("T3022", f"{what} doesn't say which columns it refers to", span, help="give `target` and `target_columns`")
        if one.on_violation == "DROP" and one.kind != "row":
            yield error("T3022", f"{what} can't drop rows: only conditions on single rows can", span)
        try:
            used = one.columns or condition_columns(one)
        except TreadleError as problem:
            yield problem
            continue
        for name in sorted({*used} - {*names}):
            yield error("T3022", f"{what} names `{name}`, which is no column", span, help=did_you_mean(name, names))


def _collisions(spec: ExecutionSpec, lake: Lake) -> Iterator[TreadleError]:
    seen: dict[str, str] = {}
    for output in sorted(spec.outputs, key=lambda one: one.view):
        if output.mode == "RESULT" or output.location is None:
            continue
        place = lake.canonical(output.location)
        for other, name in seen.items():
            if overlap(place, other):
                yield two_in_one_place(spec, output.view, name, output.location)
        seen[place] = output.view


def two_in_one_place(spec: ExecutionSpec, view: str, other: str, location: str) -> TreadleError:
    """Return the error of two outputs that lie in one place, or one inside the other."""
    first = spec._places.get(other)
    labels = (Label(first, f"`{other}` writes here"),) if first is not None else ()
    message = f"`{view}` and `{other}` are written to one place, `{location}`"
    return error("T3007", message, spec._places.get(view), labels=labels, help="give one of them another location")


def overlap(place: str, other: str) -> bool:
    """Say whether one canonical location is the other, or lies inside it.

    >>> overlap("/lake/a", "/lake/a/b"), overlap("/lake/a", "/lake/ab")
    (True, False)
    """
    return place == other or place.startswith(f"{other}/") or other.startswith(f"{place}/")


def check_reads(spec: ExecutionSpec, lake: Lake) -> None:
    """Refuse outputs over places that the run reads, once every source is pinned.

    Raises:
        TreadleError: T3008 for an output over a declared source, T3009 for a table function
            that reads what this run writes.
    """
    problems = Problems()
    written = [(lake.canonical(o.location), o.view) for o in spec.outputs if o.mode != "RESULT" and o.location is not None]
    sources = {one.name: one for one in spec.sources}
    for pin in spec.pins:
        if pin.kind in ("series", "memory"):
            continue
        for place, view in written:
            if overlap(place, lake.canonical(pin.location)):
                problems.catch(reads_written(spec, view, pin.source, sources[pin.source].declared))
    problems.raise_if_errors()


def over_source(spec: ExecutionSpec, view: str, source: str, place: Span | None) -> TreadleError:
    """Return the error of an output over a declared source."""
    labels = (Label(place, f"the source `{source}` is declared here"),) if place is not None else ()
    message = f"`{view}` is written over the source `{source}`"
    return error("T3008", message, spec._places.get(view), labels=labels, help="give the view a location of its own")


def reads_written(spec: ExecutionSpec, view: str, source: str, declared: bool) -> TreadleError:
    """Return the error of a source that lies where an output is written: T3008 for a declared one, T3009 for a path."""
    span, place = spec._places.get(view), spec._places.get(source)
    if declared:
        return over_source(spec, view, source, place)
    labels = (Label(span, f"`{view}` is written here"),) if span is not None else ()
    message = f"`{source}` reads the table that `{view}` writes in this run"
    return error("T3009", message, place, labels=labels, help=f"read the view by its name, `{view}`")
