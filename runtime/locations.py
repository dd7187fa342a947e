"""Owns the locations that an environment changes: `[env.NAME.locations]` put in place of the declared ones.

In: parsed scripts and a table of paths by source or view name. Out: scripts whose statements
name the environment's paths, at the places where `treadle.toml` says them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlglot import exp

from ..dialect.diagnostics import Problems, did_you_mean, error
from ..dialect.script import Script
from ..dialect.source import Span
from ..dialect.statements.base import Location, Statement
from ..dialect.statements.materialized_view import MaterializedViewStatement
from ..dialect.statements.source import SourceStatement
from .config import Config


def with_locations(scripts: Iterable[Script], config: Config, environment: str | None) -> tuple[Script, ...]:
    """Return scripts with an environment's locations in place; raises T7004 and T7020."""
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
            chosen[real] = _location(path, config.value_span(*where) or known[real].location.span)
    problems.raise_if_errors()
    return tuple(replace(s, statements=tuple(_moved(one, chosen) for one in s.statements)) for s in scripts)


def _known(names: Iterable[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in sorted(names))
    return f"known are {listed}" if listed else "remove the entry: this project declares neither sources nor materialised views"


def _location(path: str, span: Span) -> Location:
    return Location(exp.Literal.string(path), span)


def _moved(statement: Statement, chosen: Mapping[str, Location]) -> Statement:
    if isinstance(statement, SourceStatement | MaterializedViewStatement) and statement.name.text in chosen:
        return replace(statement, location=chosen[statement.name.text])
    return statement
