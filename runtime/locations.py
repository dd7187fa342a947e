"""Owns what an environment says of places: `[env.NAME.locations]`, and a lake of its own.

In: parsed scripts and `treadle.toml`. Out: scripts whose sources lie where the environment
says, and the `Home` by which materialised views are placed when a run is specified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from sqlglot import exp

from ..dialect.diagnostics import Label, Problems, did_you_mean, error
from ..dialect.script import Script
from ..dialect.source import Source, Span
from ..dialect.statements.base import Location, Statement
from ..dialect.statements.materialized_view import MaterializedViewStatement
from ..dialect.statements.source import SourceStatement
from ..planner.homes import Home
from ..planner.outputs import overlap
from ..planner.project import frozen
from .config import CONFIG_NAME, Config

NOWHERE = Source(CONFIG_NAME, "").span(0, 0)


def with_locations(scripts: Iterable[Script], config: Config, environment: str | None) -> tuple[Script, ...]:
    """Return scripts with an environment's locations of sources in place; raises T7004, and T7020 for unknown names."""
    scripts = tuple(scripts)
    table = config.environment(environment).locations
    if environment is None or not table:
        return scripts
    known = {s.name.text: s for script in scripts for s in script.statements if isinstance(s, SourceStatement | MaterializedViewStatement)}
    problems = Problems()
    chosen: dict[str, Location] = {}
    for name, path in table.items():
        real = next((k for k in known if k == name), None) or next((k for k in known if k.lower() == name.lower()), None)
        where = ("env", environment, "locations", name)
        if real is None:
            message = f"`{name}` is neither a declared source nor a materialised view"
            problems.catch(error("T7020", message, config.key_span(*where), help=did_you_mean(name, known) or _known(known)))
        else:
            chosen[real] = _location(path, config.value_span(*where))
    problems.raise_if_errors()
    return tuple(replace(s, statements=tuple(_moved(one, chosen) for one in s.statements)) for s in scripts)


def _known(names: Iterable[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in sorted(names))
    return f"known are {listed}" if listed else "remove the entry: this project declares neither sources nor materialised views"


def _location(path: str, span: Span | None) -> Location:
    return Location(exp.Literal.string(path), span or NOWHERE)


def _moved(statement: Statement, chosen: Mapping[str, Location]) -> Statement:
    if isinstance(statement, SourceStatement) and statement.name.text in chosen:
        return replace(statement, location=chosen[statement.name.text])
    return statement


def home_of(config: Config, environment: str | None) -> Home:
    """Return where an environment keeps the tables of materialised views; raises T7004."""
    table = config.environment(environment)
    placed = {
        name.lower(): _location(path, config.value_span("env", environment or "", "locations", name))
        for name, path in table.locations.items()
    }
    return Home(
        environment=environment,
        lake=table.lake,
        production=config.tables.project.lake,
        defer=table.lake is not None if table.defer is None else table.defer,
        locations=frozen(placed),
        span=config.value_span("env", environment or "", "lake") if table.lake is not None else None,
    )


def require_lakes_apart(config: Config, canonical: Callable[[str], str]) -> None:
    """Refuse two environments that would write over each other's tables; raises T7030.

    Args:
        config: the project's configuration.
        canonical: makes a location absolute and canonical, as the lake does.
    """
    problems = Problems()
    seen: dict[str, str] = {}
    for name, table in config.tables.env.items():
        if table.lake is None:
            continue
        place = canonical(table.lake)
        for other, first in seen.items():
            if overlap(place, other):
                message = f"the environments `{first}` and `{name}` keep their tables in one place, `{table.lake}`"
                there = config.value_span("env", first, "lake")
                labels = (Label(there, f"`{first}` keeps them here"),) if there is not None else ()
                help_line = f'give each a folder of its own, such as `lake = "lake-{name}"`'
                problems.catch(error("T7030", message, config.value_span("env", name, "lake"), labels=labels, help=help_line))
        seen[place] = name
    problems.raise_if_errors()
