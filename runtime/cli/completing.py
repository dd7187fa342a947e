"""Owns what a shell completes of treadle's command lines: names that the project has, codes, environments.

In: what was typed so far, as click hands it over. Out: candidates. Files are parsed at most,
never bound; a project that can't be read completes nothing, and nothing is ever raised into a prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from ...dialect.script import Script

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_TREADLE_COMPLETE"

Found = Iterable[tuple[str, str]]
Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def script_of(shell: str) -> str:
    """Return the script that makes a shell complete treadle's command lines.

    Args:
        shell: one of `SHELLS`.
    """
    from click.shell_completion import get_completion_class

    from .main import treadle

    kind = get_completion_class(shell)
    assert kind is not None
    return kind(treadle, {}, "treadle", VARIABLE).source()


def complete(instruction: str) -> int:
    """Answer a shell that asks what could stand at its cursor; what it asks is in the environment."""
    from click.shell_completion import shell_complete

    from .main import treadle

    return shell_complete(treadle, {}, "treadle", VARIABLE, instruction)


def _quiet(find: Callable[[click.Context], Found]) -> Completer:
    """Make a completer of a function that finds all candidates, which may fail."""

    @wraps(find)
    def completer(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        found: list[tuple[str, str]] = []
        with suppress(Exception):  # a prompt is no place for diagnostics: `treadle check` tells them
            found = [*find(ctx)]
        return [CompletionItem(name, help=note) for name, note in found if name.lower().startswith(incomplete.lower())]

    return completer


def _scripts(ctx: click.Context) -> list[Script]:
    from ...dialect import parse
    from ..project import find_root, load_folder

    named = ctx.params.get("project")
    folder = load_folder(find_root(Path(named or "."), named=named is not None))
    return [parse(source) for source in folder.sources]


@_quiet
def selectors(ctx: click.Context) -> Found:
    """Find views and tags, as selectors write them."""
    from ...dialect.statements.materialized_view import MaterializedViewStatement
    from ...dialect.statements.view import ViewStatement

    tags: set[str] = set()
    for script in _scripts(ctx):
        for statement in script.statements:
            if isinstance(statement, ViewStatement | MaterializedViewStatement):
                yield statement.name.text, statement.comment or statement.kind.lower()
                tags |= set(statement.tags)
    yield from ((f"tag:{tag}", "views with this tag") for tag in sorted(tags))


@_quiet
def lockable(ctx: click.Context) -> Found:
    """Find sources that are declared, and views, whose sources are meant."""
    return _relations(ctx, ("SOURCE", "VIEW", "MATERIALIZED VIEW"))


@_quiet
def relations(ctx: click.Context) -> Found:
    """Find views, sources and parameters."""
    return _relations(ctx, ("VIEW", "MATERIALIZED VIEW", "SOURCE", "PARAM"))


def _relations(ctx: click.Context, kinds: tuple[str, ...]) -> Found:
    for script in _scripts(ctx):
        for statement in script.statements:
            name = getattr(statement, "name", None)
            if name is not None and statement.kind in kinds:
                yield name.text, getattr(statement, "comment", None) or statement.kind.lower()


@_quiet
def parameter_values(ctx: click.Context) -> Found:
    """Find parameters with their sign of equality."""
    from ...dialect.statements.param import ParamStatement

    for script in _scripts(ctx):
        for statement in script.statements:
            if isinstance(statement, ParamStatement):
                yield f"{statement.name.text}=", f"{statement.type.type} {statement.comment or ''}".strip()


@_quiet
def packs(ctx: click.Context) -> Found:
    """Find packs and groups of functions."""
    from .function_page import all_functions, groups

    return ((name, "") for name in groups(all_functions()))


@_quiet
def environments(ctx: click.Context) -> Found:
    """Find environments of treadle.toml."""
    from ..project import find_root, read_config

    named = ctx.params.get("project")
    config = read_config(find_root(Path(named or "."), named=named is not None))
    return ((name, "") for name in config.tables.env)


@_quiet
def profiles(ctx: click.Context) -> Found:
    """Find profiles: treadle's own and those of treadle.toml."""
    from ..project import find_root, read_config

    yield from ((name, "built in") for name in ("auto", "small", "medium", "large"))
    config = read_config(find_root(Path(ctx.params.get("project") or "."), named=ctx.params.get("project") is not None))
    yield from ((name, "of this project") for name in config.tables.profiles)


@_quiet
def error_codes(ctx: click.Context) -> Found:
    """Find error codes with their titles."""
    from ...dialect.diagnostics import codes

    return ((code.code, code.title) for code in codes().values())
