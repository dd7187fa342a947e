"""Owns the probes of scalar functions: constants and columns in a call, other types, failing arguments, filters and orders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from ...planner.ports import EngineRefusal
from ..engine.arrow_types import data_type
from ..engine.monotone import ascending
from .coercions import coerces
from .hooks import Found, asked, observed, refuted, unseen
from .lab import ORDERED, Lab
from .subjects import Subject

TABLE = "arguments"
FROM = "arguments AS q"
ZERO = "CAST(NULLIF(z, 9) AS BIGINT)"
"""Zero, as the optimiser can't know."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A function with the places of arguments that may be columns.

    Args:
        subject: the function.
        types: of the arguments' values; the table `arguments` has them as columns `a0`, `a1`, ….
        columns: places that may be columns all at once.
        singles: places that may be columns alone.
    """

    subject: Subject
    types: tuple[pa.DataType, ...]
    columns: tuple[int, ...]
    singles: tuple[int, ...]

    def given(self, *places: int) -> list[str]:
        """Return the arguments, columns in some places."""
        return [f"a{at}" if at in places else text for at, text in enumerate(self.subject.arguments)]

    def with_one(self, at: int, text: str) -> list[str]:
        """Return the arguments with another text in one place, columns in the others that may be."""
        return [text if place == at else one for place, one in enumerate(self.given(*self.columns))]


def try_out(lab: Lab, subject: Subject) -> Tried:
    """Make the table of a function's arguments, and find out which may be columns."""
    values = ", ".join(f"{text} AS a{at}" for at, text in enumerate(subject.arguments))
    made = lab.run(f"SELECT {values}, 0 AS z") if values else pa.table({"z": [0]})
    nullable = pa.schema([field.with_nullable(True) for field in made.schema])
    lab.register(TABLE, pa.concat_tables([made.cast(nullable)] * 3))
    tried = Tried(subject, tuple(made.schema.types[:-1]), (), ())
    singles = tuple(at for at in range(len(subject.arguments)) if _plans(lab, subject.call(tried.given(at))))
    together = singles if _plans(lab, subject.call(tried.given(*singles))) else singles[:1]
    return Tried(subject, tried.types, together, singles)


def _plans(lab: Lab, call: str) -> bool:
    try:
        lab.physical(f"SELECT {call} AS v FROM {FROM}")
    except EngineRefusal:
        return False
    return True


def scalar_hooks(lab: Lab, subject: Subject) -> Iterator[tuple[str, Found]]:
    """Yield each hook of a scalar function with what its probe found."""
    if subject.not_run is not None:
        yield from ((hook, unseen(subject.not_run)) for hook in PROBES)
        return
    tried = try_out(lab, subject)
    yield from ((hook, asked(lambda probe=probe: probe(lab, tried))) for hook, probe in PROBES.items())  # type: ignore[misc]


def _simplify(lab: Lab, tried: Tried) -> Found:
    subject = tried.subject
    for places in dict.fromkeys((tried.columns, *((at,) for at in tried.singles))):
        call = subject.call(tried.given(*places))
        plan = lab.text(f"SELECT {call} AS v FROM {FROM}") if places else ""
        if plan and not any(mark in plan for mark in subject.marks):
            return observed(f"{subject.shown(tried.given(*places))} becomes {_column(plan)}", subject.layer)
    if lab.is_literal(f"SELECT {subject.example} AS v"):
        return observed(f"{subject.shown(tried.given())} is folded into a literal; over columns the call stays")
    return refuted(f"{subject.shown(tried.given())} stays a call")


def _column(plan: str) -> str:
    """Return what the only column of a plan is computed as."""
    line = next(one for one in plan.splitlines() if "Projection:" in one)
    return _plain(line.split("Projection:", 1)[1].strip().removesuffix(" AS v"))


def _plain(text: str) -> str:
    """Return a part of a plan without the names of tables."""
    text = _TABLE.sub("", text)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


SHOWN = 160
_TABLE = re.compile(r"\b(?:q|c[0-9a-f]{32})\.")


def _coerce_types(lab: Lab, tried: Tried) -> Found:
    cases = [(at, kind) for at, kind in enumerate(tried.types) if at in tried.singles]

    def attempt(at: int, other: str) -> str:
        call = tried.subject.call(tried.with_one(at, f"arrow_cast(a{at}, '{other}')"))
        return lab.text(f"SELECT {call} AS v FROM {FROM}")

    return coerces(tried.subject, cases, attempt)


def _short_circuits(lab: Lab, tried: Tried) -> Found:
    reached = False
    for at in tried.singles:
        call = tried.subject.call(tried.with_one(at, f"CASE WHEN 1 / {ZERO} = 1 THEN a{at} END"))
        try:
            lab.run(f"SELECT {call} AS v FROM {FROM}")
        except EngineRefusal as problem:
            reached = reached or "divide by zero" in problem.message.lower()
            continue
        return observed(f"argument {at + 1} may fail: {tried.subject.shown(tried.with_one(at, '1 / 0'))}", tried.subject.layer)
    return refuted(f"every argument is evaluated: {tried.subject.name} of 1 / 0 fails") if reached else unseen(_why(tried))


def _why(tried: Tried) -> str:
    return "it takes constants alone" if tried.subject.arguments else "it has no arguments"


def _propagate_constraints(lab: Lab, tried: Tried) -> Found:
    subject = tried.subject
    if not subject.immutable or not tried.singles:
        return unseen(_why(tried) if subject.immutable else "its value is another each time")
    for at in tried.singles:
        call, constant = subject.call(tried.given(at)), subject.call(subject.arguments)
        for sign in ("=", ">="):
            sql = f"SELECT * FROM {FROM} WHERE {call} {sign} {constant}"
            try:
                found = _reaches(lab, tried, at, sql)
            except EngineRefusal:
                continue
            if found:
                return observed(f"{subject.shown(tried.given(at))} {sign} … {found[0]}", found[1])
    return refuted(f"a filter on {subject.shown(tried.given(tried.singles[0]))} says nothing of a{tried.singles[0]}")


def _reaches(lab: Lab, tried: Tried, at: int, sql: str) -> tuple[str, str] | None:
    """Return what a filter becomes, and by whom, where it says something of the column."""
    filters = [one for one in lab.text(sql).splitlines() if one.strip().startswith("Filter:")]
    if not filters:
        return None
    text = _plain(filters[0].split("Filter:", 1)[1].strip())
    if not any(mark in text for mark in (*tried.subject.marks, "CASE", "CAST(", "__")):
        return f"becomes {text}", tried.subject.layer
    left, kind = lab.compared(sql), data_type(tried.types[at])
    if left is not None and ascending(left, lambda _: kind) is not None:
        return f"becomes a range of a{at}, by which files are left out", "planner"
    return None


def _sort_options(lab: Lab, tried: Tried) -> Found:
    subject, sorts = tried.subject, None
    for at in tried.singles:
        for column in _columns_like(tried.types[at]):
            given = [column if place == at else text for place, text in enumerate(subject.arguments)]
            call = subject.call(given)
            sql = f"SELECT {call} AS v FROM ordered ORDER BY v"
            try:
                sorts = "SortExec" in lab.physical(sql)
                if not sorts:
                    return _keeps_order(lab, subject.shown(given), sql, subject.layer)
            except EngineRefusal:
                continue
    why = "no column that ascends is of a type that it takes" if subject.arguments else _why(tried)
    return unseen(why) if sorts is None else refuted(f"ORDER BY {subject.name} of a column that ascends is a sort")


def _keeps_order(lab: Lab, call: str, sql: str, layer: str) -> Found:
    """Hold a claim to the truth: rows that are not sorted again must come as a sort would have them."""
    if lab.column(sql) != lab.column(sql.replace("FROM ordered", "FROM unordered")):
        return refuted(
            f"ORDER BY {call} is not sorted, although its order is another: wrong rows", "the rule `true_orders` hides the claim"
        )
    return observed(f"ORDER BY {call} is not sorted again", layer)


def _columns_like(kind: pa.DataType) -> list[str]:
    tests: Mapping[str, Callable[[pa.DataType], bool]] = {
        "h": pa.types.is_integer,
        "f": lambda one: pa.types.is_floating(one) or pa.types.is_decimal(one),
        "u": lambda one: pa.types.is_string(one) or pa.types.is_string_view(one),
        "d": lambda one: pa.types.is_date(one) or pa.types.is_timestamp(one),
        "m": lambda one: pa.types.is_timestamp(one) or pa.types.is_date(one),
    }
    return [name for name in ORDERED if tests[name](kind)]


PROBES: Mapping[str, Callable[[Lab, Tried], Found]] = {
    "simplify": _simplify,
    "coerce_types": _coerce_types,
    "short_circuits": _short_circuits,
    "propagate_constraints": _propagate_constraints,
    "sort_options": _sort_options,
}
