"""Owns the values that parameters get from outside: every place that gives them, in order.

In: `treadle.toml`, an environment, the command line, Python; the project's declarations. Out:
one `Provided` per name, the winning one, which the binder types and checks. Later wins:
`DEFAULT` (the binder's) < `treadle.toml` < environment < command line < Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..dialect.diagnostics import Diagnostic, did_you_mean, error
from ..dialect.script import Script
from ..dialect.source import Source, Span
from ..dialect.statements.param import ParamStatement
from ..planner.values import Provided
from .config import Config

HIDDEN = "•"


@dataclass(frozen=True, slots=True)
class Given:
    """A value for one name from one place; `key` is the place of the name, if it is in a text."""

    name: str
    value: Provided
    key: Span | None = None


def from_config(config: Config, environment: str | None) -> tuple[Given, ...]:
    """Return the values of `[parameters]`, then those of an environment; raises T7004 for an unknown one."""
    config.environment(environment)
    found = _table(config, None)
    return found if environment is None else (*found, *_table(config, environment))


def _table(config: Config, environment: str | None) -> tuple[Given, ...]:
    path = ("parameters",) if environment is None else ("env", environment, "parameters")
    origin = "treadle.toml" if environment is None else "environment"
    return tuple(
        Given(name, Provided(raw, origin, isinstance(raw, str), config.value_span(*path, name)), config.key_span(*path, name))
        for name, raw in config.parameters(environment).items()
    )


def from_command_line(pairs: Mapping[str, str]) -> tuple[Given, ...]:
    """Return the values of `-p name=text`, each with a place in the argument that it came from."""
    found = []
    for name, text in pairs.items():
        source = Source("<command line>", f"-p {name}={text}")
        start = 3 + len(name)
        span = source.span(start + 1, len(source.text)) if text else source.span(3, start)
        found.append(Given(name, Provided(text, "command line", True, span), source.span(3, start)))
    return tuple(found)


def from_keywords(values: Mapping[str, object]) -> tuple[Given, ...]:
    """Return the values of Python keywords, typed as Python has them."""
    return tuple(Given(name, Provided(raw, "python")) for name, raw in values.items())


def provided(given: Iterable[Given], scripts: Iterable[Script]) -> Mapping[str, Provided]:
    """Return the winning value by the parameter's name as declared, or as given when nobody declares it.

    The place of a SECRET's value is shown with the value covered, so no excerpt tells it.
    """
    declared = {s.name.text.lower(): s for s in _declarations(scripts)}
    found: dict[str, Provided] = {}
    for one in given:
        statement = declared.get(one.name.lower())
        if statement is None:
            found[one.name] = replace(one.value, span=one.key or one.value.span)
            continue
        found[statement.name.text] = _covered(one.value) if statement.secret else one.value
    return found


def unknown_in_environments(config: Config, scripts: Iterable[Script], but: str | None) -> tuple[Diagnostic, ...]:
    """Return T7006 for every name that an environment gives a value to and nobody declares.

    Args:
        config: the project's configuration.
        scripts: all scripts of the project.
        but: the environment in use, whose names the binder checks.
    """
    names = {s.name.text.lower(): s.name.text for s in _declarations(scripts)}
    found: list[Diagnostic] = []
    for environment in config.tables.env:
        for one in _table(config, environment) if environment != but else ():
            if one.name.lower() not in names:
                message = f"there is no parameter `{one.name}`, but the environment `{environment}` gives it a value"
                help_line = did_you_mean(one.name, names.values()) or "declare it with PARAM, or remove the entry"
                found += error("T7006", message, one.key, help=help_line).diagnostics
    return tuple(found)


def _declarations(scripts: Iterable[Script]) -> list[ParamStatement]:
    return [s for script in scripts for s in script.statements if isinstance(s, ParamStatement)]


def _covered(value: Provided) -> Provided:
    span = value.span
    if span is None:
        return value
    text = span.source.text
    source = Source(span.source.name, text[: span.start] + HIDDEN * (span.end - span.start) + text[span.end :])
    return replace(value, span=source.span(span.start, span.end))
