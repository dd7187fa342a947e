"""Owns the probes of aggregate and window functions: groups in little memory, sliding frames, opposite orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ...planner.ports import EngineRefusal
from .coercions import coerces
from .hooks import Found, asked, observed, refuted, unseen
from .lab import BYTES, GROUPS, ROWS, Lab
from .subjects import Subject

SLIDING = "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW"
WHOLE = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"


def aggregate_hooks(lab: Lab, subject: Subject) -> Iterator[tuple[str, Found]]:
    """Yield each hook of an aggregate function with what its probe found."""
    yield from _probed(lab, subject, AGGREGATES)


def window_hooks(lab: Lab, subject: Subject) -> Iterator[tuple[str, Found]]:
    """Yield each hook of a window function with what its probe found."""
    yield from _probed(lab, subject, WINDOWS)


Probe = Callable[[Lab, Subject], Found]


def _probed(lab: Lab, subject: Subject, probes: Mapping[str, Probe]) -> Iterator[tuple[str, Found]]:
    if subject.not_run is not None:
        yield from ((hook, unseen(subject.not_run)) for hook in probes)
        return
    yield from ((hook, asked(lambda probe=probe: probe(lab, subject))) for hook, probe in probes.items())  # type: ignore[misc]


IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "sum": ("sum(n + 1)",),
    "percentile_cont": ("percentile_cont(x, 0.0)",),
    "count": ("count(1)",),
}
"""Calls that a function can do without, beside its example."""


def _simplify(lab: Lab, subject: Subject) -> Found:
    for call in (*IDENTITIES.get(subject.name, ()), subject.example):
        plan = lab.text(f"SELECT {call} AS v FROM t AS q")
        line = next((one.strip() for one in plan.splitlines() if "Aggregate:" in one), "")
        names = [one.split("(")[0] for one in _apart(line.partition("aggr=[[")[2])]
        if set(names) != {subject.name}:
            return observed(f"{call} becomes {_text(line) if line else 'a constant'}", subject.layer)
    return refuted(f"{subject.example} stays a call")


def _text(line: str) -> str:
    return line.partition("aggr=[[")[2].removesuffix("]]").replace("q.", "")


def _apart(items: str) -> list[str]:
    """Return items apart that stand between commas outside of brackets."""
    found, depth = [""], 0
    for sign in items:
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            found.append("")
        elif found[-1] or sign != " ":
            found[-1] += sign
    return found


def _coerce_types(lab: Lab, subject: Subject) -> Found:
    columns = lab.run("SELECT * FROM t").schema
    cases = [(at, columns.field(one).type) for at, one in enumerate(subject.arguments) if one in columns.names]

    def attempt(at: int, other: str) -> str:
        given = [f"arrow_cast({one}, '{other}')" if place == at else one for place, one in enumerate(subject.arguments)]
        return lab.physical(f"SELECT {subject.call(given)}{_over(subject)} AS v FROM t AS q")

    return coerces(subject, cases, attempt)


def _over(subject: Subject) -> str:
    return " OVER (ORDER BY h)" if subject.kind == "window" else ""


def _groups_accumulator(lab: Lab, subject: Subject) -> Found:
    try:
        lab.group(subject.example)
    except EngineRefusal as problem:
        if problem.kind != "resources":
            return unseen(problem.message)
        return refuted(f"{GROUPS:,} groups of {subject.example} need more than {BYTES} bytes each", "")
    return observed(f"{GROUPS:,} groups of {subject.example} fit in {BYTES} bytes each", subject.layer)


def _retract_batch(lab: Lab, subject: Subject) -> Found:
    call = subject.example
    try:
        slid = lab.column(f"SELECT h, {call} OVER (ORDER BY h {SLIDING}) AS v FROM t ORDER BY h")
    except EngineRefusal as problem:
        return refuted(f"{call} OVER ({SLIDING}) is refused: {_short(problem.message)}")
    apart = [
        lab.column(f"SELECT {call} AS v FROM (SELECT * FROM t WHERE h IN ({at - 1}, {at}) ORDER BY h LIMIT 9) AS q") for at in ROWS["h"]
    ]
    if slid != [value for (value,) in apart]:
        return refuted(f"{call} OVER ({SLIDING}) differs from a recomputation")
    return observed(f"{call} OVER ({SLIDING}) gives what a recomputation gives", subject.layer)


def _short(message: str) -> str:
    return message.splitlines()[0].split(": ")[0].strip().rstrip(".")


def _reverse_expr(lab: Lab, subject: Subject) -> Found:
    given = _over_ordered(subject)
    if given is None:
        return unseen("no column that ascends is of a type that it takes")
    call = subject.call(given)
    sql = f"SELECT {call} OVER (ORDER BY h DESC {WHOLE if subject.kind == 'aggregate' else ''}) AS v FROM ordered"
    try:
        plan = lab.physical(sql)
    except EngineRefusal as problem:
        return refuted(f"{call} OVER ({WHOLE}) is refused: {_short(problem.message)}")
    if "SortExec" in plan:
        return refuted(f"{call} OVER (ORDER BY h DESC) sorts rows that lie in ascending order")
    try:
        found = lab.column(sql)
    except EngineRefusal as problem:
        return refuted(f"{call} OVER (ORDER BY h DESC) over ascending rows is not sorted, and fails: {_short(problem.message)}", _HIDDEN)
    if sorted(found) != sorted(lab.column(sql.replace("FROM ordered", "FROM unordered"))):
        return refuted(f"{call} OVER (ORDER BY h DESC) without a sort gives other rows than with one: wrong rows", _HIDDEN)
    return observed(f"{call} OVER (ORDER BY h DESC) reads ascending rows without a sort", subject.layer)


_HIDDEN = "the rule `true_orders` has it sorted"
_ORDERED_COLUMNS = {"n": "h", "x": "f", "s": "u", "b": "(h > 0)", "k": "u"}


def _over_ordered(subject: Subject) -> list[str] | None:
    return [_ORDERED_COLUMNS.get(one, one) for one in subject.arguments]


def _sort_options(lab: Lab, subject: Subject) -> Found:
    call = subject.call(_over_ordered(subject) or ())
    sql = f"SELECT {call} OVER (ORDER BY h) AS v FROM ordered ORDER BY v"
    if "SortExec" in lab.physical(sql):
        return refuted(f"ORDER BY {call} OVER (ORDER BY h) is a sort")
    if lab.column(sql) != lab.column(sql.replace("FROM ordered", "FROM unordered")):
        return refuted(f"ORDER BY {call} OVER (ORDER BY h) is not sorted, although its order is another: wrong rows")
    return observed(f"ORDER BY {call} OVER (ORDER BY h) is not sorted again", subject.layer)


AGGREGATES: Mapping[str, Probe] = {
    "simplify": _simplify,
    "coerce_types": _coerce_types,
    "groups_accumulator": _groups_accumulator,
    "retract_batch": _retract_batch,
    "reverse_expr": _reverse_expr,
}
WINDOWS: Mapping[str, Probe] = {
    "simplify": lambda lab, subject: unseen("no window function of the engine's has it"),
    "coerce_types": _coerce_types,
    "reverse_expr": _reverse_expr,
    "sort_options": _sort_options,
}
