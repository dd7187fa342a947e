"""Owns the values that parameters get from outside: every place that gives them, in order, typed.

In: raw values from `treadle.toml`, an environment, the command line, Python; the project's
declarations. Out: typed values with where each came from. Later wins: `DEFAULT` (the
binder's) < `treadle.toml` < environment < command line < Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ..dialect.diagnostics import Problems, TreadleError, did_you_mean, error
from ..dialect.source import Source, Span
from ..dialect.statements.base import Statement
from ..dialect.statements.param import ParamStatement
from ..planner.codec import from_python, from_text
from ..planner.values import Value
from .config import Config

Origin = Literal["treadle.toml", "environment", "command line", "python"]
HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class Given:
    """A value from one place, not typed yet.

    Args:
        name: as it was given.
        raw: text from the command line, what TOML holds, or a Python object.
        origin: the kind of place.
        key: place of the name, if it is in a text.
        value: place of the value, if it is in a text.
    """

    name: str
    raw: object
    origin: Origin
    key: Span | None = None
    value: Span | None = None


@dataclass(frozen=True, slots=True)
class ParameterValues:
    """Typed values by the parameters' real names, and where each came from.

    Args:
        values: what was given; parameters left to their default are not in it.
        origins: the place that won, by the same names.
        spans: where the value stands, for those in a text.
    """

    values: Mapping[str, Value]
    origins: Mapping[str, Origin]
    spans: Mapping[str, Span]


def from_config(config: Config, environment: str | None) -> tuple[Given, ...]:
    """Return the values of `[parameters]`, then those of an environment; raises T7004 for an unknown one."""
    config.environment(environment)
    found = _table(config, (), "treadle.toml")
    return found if environment is None else (*found, *_table(config, ("env", environment), "environment"))


def _table(config: Config, path: tuple[str, ...], origin: Origin) -> tuple[Given, ...]:
    table = config.parameters(path[1] if path else None)
    return tuple(_from_toml(config, (*path, "parameters", name), name, raw, origin) for name, raw in table.items())


def _from_toml(config: Config, path: tuple[str, ...], name: str, raw: object, origin: Origin) -> Given:
    return Given(name, raw, origin, config.key_span(*path), config.value_span(*path))


def from_command_line(pairs: Mapping[str, str]) -> tuple[Given, ...]:
    """Return the values of `-p name=text`, each with a place in the argument that it came from."""
    found = []
    for name, text in pairs.items():
        source = Source("<command line>", f"-p {name}={text}")
        start = 3 + len(name)
        found.append(Given(name, text, "command line", source.span(3, start), source.span(start + 1, len(source.text))))
    return tuple(found)


def from_keywords(values: Mapping[str, object]) -> tuple[Given, ...]:
    """Return the values of Python keywords."""
    return tuple(Given(name, raw, "python") for name, raw in values.items())


def undeclared_names(config: Config) -> tuple[Given, ...]:
    """Return the values of all environments, whose names are checked even while another one is in use."""
    return tuple(given for name in config.tables.env for given in _table(config, ("env", name), "environment"))


def typed(
    given: Iterable[Given], statements: Iterable[Statement], *, free: bool = False, names_only: Iterable[Given] = ()
) -> ParameterValues:
    """Return the given values typed as declared; raises T7006 and T7007 with all that is wrong.

    Args:
        given: values, later ones win.
        statements: the project's, of which the parameters' declarations count.
        free: whether names from Python need no declaration; then the value has its own type.
        names_only: values of which only the names are checked.
    """
    declared = {s.name.text: s for s in statements if isinstance(s, ParamStatement)}
    problems = Problems()
    values: dict[str, Value] = {}
    origins: dict[str, Origin] = {}
    spans: dict[str, Span] = {}
    for one in given:
        statement = _declaration(one.name, declared)
        try:
            if statement is None and not (free and one.origin == "python"):
                raise _unknown(one, declared)
            name = one.name if statement is None else statement.name.text
            values[name], origins[name] = _typed(one, statement), one.origin
            spans.pop(name, None)
            if one.value is not None:
                spans[name] = one.value
        except TreadleError as problem:
            problems.catch(problem)
    for one in names_only:
        if _declaration(one.name, declared) is None:
            problems.catch(_unknown(one, declared))
    problems.raise_if_errors()
    return ParameterValues(values, origins, spans)


def _declaration(name: str, declared: Mapping[str, ParamStatement]) -> ParamStatement | None:
    if name in declared:
        return declared[name]
    return next((s for s in declared.values() if not s.name.quoted and s.name.matches(name)), None)


def _unknown(one: Given, declared: Mapping[str, ParamStatement]) -> TreadleError:
    known = ", ".join(f"`{name}`" for name in sorted(declared)[:8])
    help_line = did_you_mean(one.name, declared) or (f"declared are {known}" if known else "this project declares no parameters")
    return error("T7006", f"there is no parameter `{one.name}`, but {_place(one.origin)} gives it a value", one.key, help=help_line)


def _place(origin: Origin) -> str:
    return {"treadle.toml": "`treadle.toml`", "environment": "the environment", "python": "the call"}.get(origin, "the command line")


def _typed(one: Given, statement: ParamStatement | None) -> Value:
    try:
        if statement is None:
            return from_python(one.raw)
        type = statement.type.type
        is_text = one.origin == "command line" or (one.origin != "python" and isinstance(one.raw, str))
        return from_text(str(one.raw), type) if is_text else from_python(one.raw, type)
    except ValueError as reason:
        raise _misfit(one, statement, str(reason)) from None


def _misfit(one: Given, statement: ParamStatement | None, reason: str) -> TreadleError:
    """Return T7007; a SECRET's value appears neither in the message nor in the excerpt."""
    if statement is None:
        return error("T7007", f"the value of `{one.name}` has no type here: {reason}")
    wanted, span = statement.type.type.sql(), one.value
    if statement.secret:
        reason = "its value does not fit"
        if span is not None:
            hidden = Source(span.source.name, f"{one.name}={HIDDEN}")
            span = hidden.span(len(one.name) + 1, len(hidden.text))
    message = f"parameter `{statement.name.text}` is {wanted}, but from {_place(one.origin)}: {reason}"
    return error("T7007", message, span, help=_example(statement))


def _example(statement: ParamStatement) -> str | None:
    type, name = statement.type.type, statement.name.text
    examples = {"DATE": "2013-01-31", "TIMESTAMP": "2013-01-31T06:00:00", "BOOLEAN": "true", "LIST": "a,b", "INTERVAL": "1 month 2 days"}
    example = examples.get(type.name)
    return f"for example `-p {name}='{example}'`" if example else None
