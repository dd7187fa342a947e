"""Owns the values that parameters get from outside: every place that gives them, in order, typed.

In: `treadle.toml`, an environment, the command line, Python; the project's declarations. Out:
one typed `Provided` per name, the winning one, which the binder checks. Later wins:
`DEFAULT` (the binder's) < `treadle.toml` < environment < command line < session < Python.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from ..dialect.diagnostics import Diagnostic, Label, Problems, TreadleError, did_you_mean, error
from ..dialect.nodes import Param
from ..dialect.script import Script
from ..dialect.source import Source, Span
from ..dialect.statements.param import ParamStatement
from ..dialect.statements.query import DescribeStatement, QueryStatement
from ..dialect.types import BIGINT, BOOLEAN, DATE, DOUBLE, VARCHAR, timestamp
from ..planner.codec import from_python, from_text
from ..planner.spec import ExecutionSpec
from ..planner.values import Provided, Value
from .config import Config

HIDDEN = "•"
_EXAMPLES = {"DATE": "2013-01-31", "TIMESTAMP": "2013-01-31T06:00:00", "BOOLEAN": "true", "LIST": "a,b", "INTERVAL": "1 month 2 days"}


@dataclass(frozen=True, slots=True)
class Given:
    """A value for one name from one place, not typed yet.

    Args:
        name: as it was given.
        raw: text, what TOML holds, or a Python object.
        origin: `treadle.toml`, `environment`, `command line`, `session` or `python`.
        is_text: whether the parameter's type says how `raw` is read.
        key: place of the name, if it is in a text.
        value: place of the value, if it is in a text.
    """

    name: str
    raw: object
    origin: str
    is_text: bool = False
    key: Span | None = None
    value: Span | None = None


def from_config(config: Config, environment: str | None) -> tuple[Given, ...]:
    """Return the values of `[parameters]`, then those of an environment; raises T7004 for an unknown one."""
    config.environment(environment)
    found = _table(config, None)
    return found if environment is None else (*found, *_table(config, environment))


def _table(config: Config, environment: str | None) -> tuple[Given, ...]:
    path = ("parameters",) if environment is None else ("env", environment, "parameters")
    origin = "treadle.toml" if environment is None else "environment"
    return tuple(
        Given(name, raw, origin, isinstance(raw, str), config.key_span(*path, name), config.value_span(*path, name))
        for name, raw in config.parameters(environment).items()
    )


def from_command_line(pairs: Mapping[str, str]) -> tuple[Given, ...]:
    """Return the values of `-p name=text`, each with a place in the argument that it came from."""
    return _written(pairs, "command line", "-p")


def from_session(pairs: Mapping[str, str]) -> tuple[Given, ...]:
    """Return the values of the shell's `.params name=text`, each with a place in the line that it came from."""
    return _written(pairs, "session", ".params")


def _written(pairs: Mapping[str, str], origin: str, before: str) -> tuple[Given, ...]:
    found = []
    for name, text in pairs.items():
        source = Source(f"<{origin}>", f"{before} {name}={text}")
        first, start = len(before) + 1, len(before) + 1 + len(name)
        key, value = source.span(first, start), source.span(start + 1, len(source.text))
        found.append(Given(name, text, origin, True, key, value if text else key))
    return tuple(found)


def from_keywords(values: Mapping[str, object]) -> tuple[Given, ...]:
    """Return the values of Python keywords, which have the types that Python gives them."""
    return tuple(Given(name, raw, "python") for name, raw in values.items())


def provide(given: Iterable[Given], scripts: Iterable[Script], problems: Problems) -> Mapping[str, Provided]:
    """Return the winning value by the parameter's declared name; what is wrong goes to `problems` (T7006, T7007).

    Names that an ad hoc query among the scripts uses as `$name` need no declaration: a Python
    object has its own type, text is read as a literal would be. While a script has errors, an
    unknown name is not told: its declaration may stand where reading failed.
    """
    scripts = tuple(scripts)
    declared = {s.name.text.lower(): s for s in _declarations(scripts)}
    free, whole = _free_names(scripts), not any(script.diagnostics for script in scripts)
    found: dict[str, Provided] = {}
    for one in given:
        statement = declared.get(one.name.lower())
        try:
            if statement is not None:
                found[statement.name.text] = _typed(one, statement)
            elif one.name.lower() in free:
                found[one.name] = _free(one)
            elif whole:
                raise _unknown(one, [s.name.text for s in declared.values()])
        except TreadleError as problem:
            problems.catch(problem)
    return found


def secret_values(spec: ExecutionSpec, pairs: Mapping[str, str]) -> Mapping[str, Value]:
    """Return the values that `-p` gives to SECRET parameters of a specification, which hold no others open.

    Raises:
        TreadleError: T7006 for a name that is no SECRET of it, T7007 for a value that doesn't fit.
    """
    from ..dialect import parse_type

    secrets = {one.name.lower(): one for one in spec.typed_parameters if one.secret}
    problems, found = Problems(), {}
    for one in from_command_line(pairs):
        parameter = secrets.get(one.name.lower())
        if parameter is None:
            message = f"`{one.name}` is no SECRET of the specification, whose other values are fixed"
            problems.catch(error("T7006", message, one.key, help=did_you_mean(one.name, secrets)))
            continue
        try:
            found[parameter.name] = from_text(str(one.raw), parse_type(parameter.type))
        except ValueError:
            message = f"parameter `{parameter.name}` is {parameter.type}, but the command line gives something else"
            problems.catch(error("T7007", message, _covered(one.value)))
    problems.raise_if_errors()
    return found


def unknown_in_environments(config: Config, scripts: Iterable[Script], but: str | None) -> tuple[Diagnostic, ...]:
    """Return T7006 for names in all environments but one, so that a slip is found before that environment is used."""
    names = {s.name.text.lower(): s.name.text for s in _declarations(scripts)}
    given = (one for environment in config.tables.env if environment != but for one in _table(config, environment))
    return tuple(d for one in given if one.name.lower() not in names for d in _unknown(one, names.values()).diagnostics)


def _declarations(scripts: Iterable[Script]) -> list[ParamStatement]:
    return [s for script in scripts for s in script.statements if isinstance(s, ParamStatement)]


def _free_names(scripts: Iterable[Script]) -> frozenset[str]:
    statements = (s for script in scripts for s in script.statements)
    trees = (s.query.tree for s in statements if isinstance(s, QueryStatement | DescribeStatement) and s.query is not None)
    return frozenset(str(param.name).lower() for tree in trees for param in tree.find_all(Param))


def _unknown(one: Given, declared: Collection[str]) -> TreadleError:
    known = ", ".join(f"`{name}`" for name in sorted(declared)[:8])
    help_line = did_you_mean(one.name, declared) or (f"declared are {known}" if known else "this project declares no parameters")
    return error("T7006", f"there is no parameter `{one.name}`, but {_place(one)} gives it a value", one.key, help=help_line)


def _place(one: Given) -> str:
    places = {"treadle.toml": "`treadle.toml`", "environment": "an environment", "python": "the call", "session": "`.params`"}
    return places.get(one.origin, "the command line")


def _typed(one: Given, statement: ParamStatement) -> Provided:
    type = statement.type.type
    span = _covered(one.value) if statement.secret else one.value
    try:
        value = from_text(str(one.raw), type) if one.is_text else from_python(one.raw, type)
    except ValueError as reason:
        message = f"parameter `{statement.name.text}` is {type}, but {_place(one)} gives "
        message += "something else" if statement.secret else f"`{_shown(one.raw)}`"
        example = _EXAMPLES.get(type.name)
        raise error(
            "T7007",
            message,
            span,
            labels=() if span is None else (Label(statement.type.span, "declared here"),),
            help=f"for example `{'.params' if one.origin == 'session' else '-p'} {statement.name.text}='{example}'`" if example else None,
            cause=None if statement.secret else str(reason),
        ) from None
    return Provided(value, one.origin, span)


def _shown(raw: object) -> str:
    text = "null" if raw is None else str(raw)
    return text if len(text) <= 60 else text[:59] + "…"


def _free(one: Given) -> Provided:
    try:
        value = _as_literal(str(one.raw)) if one.is_text else from_python(one.raw)
    except ValueError as reason:
        raise error("T7007", f"the value of `${one.name}` has no type here", one.value, cause=str(reason)) from None
    return Provided(value, one.origin, one.value)


def _as_literal(text: str) -> Value:
    """Return text as a whole number, a number, a truth value, a date or timestamp where it reads as one, else as text."""
    for type in (BIGINT, DOUBLE, BOOLEAN, DATE, timestamp()):
        try:
            return from_text(text, type)
        except ValueError:
            continue
    return Value(VARCHAR, text)


def _covered(span: Span | None) -> Span | None:
    """Return the same place in a text in which it is covered, so that no excerpt tells a secret."""
    if span is None:
        return None
    text = span.source.text
    covered = text[: span.start] + HIDDEN * (span.end - span.start) + text[span.end :]
    return replace(span, source=Source(span.source.name, covered))
