"""Owns the options that commands share: `--project`, `--json`, `--plain`, `--env`, `--profile`, `-p`, selectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from .console import Console

Command = Callable[..., Any]


def _set_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    console = ctx.find_object(Console)
    if console is not None and value:
        console.json = True


def _set_plain(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    console = ctx.find_object(Console)
    if console is not None and value:
        console.plain = True


def _pairs(ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    """Split every `name=value`; a name that is given twice is refused, since one of them would have no effect."""
    pairs: dict[str, str] = {}
    for text in value:
        name, sign, rest = text.partition("=")
        if not sign or not name.strip():
            raise click.UsageError(f"`-p {text}` is not `name=value`", ctx)
        if name.strip() in pairs:
            raise click.UsageError(f"`-p {name.strip()}=…` is given twice", ctx)
        pairs[name.strip()] = rest
    return pairs


json_option = click.option(
    "--json", is_flag=True, is_eager=True, expose_value=False, callback=_set_json, help="Print JSON on stdout, diagnostics included."
)
plain_option = click.option(
    "--plain", is_flag=True, is_eager=True, expose_value=False, callback=_set_plain, help="Print diagnostics as one line each."
)
project_option = click.option("--project", metavar="DIR", help="The project's root; found upwards from here without it.")
environment_option = click.option("--env", metavar="NAME", help="Take what [env.NAME] of treadle.toml says.")
profile_option = click.option("--profile", metavar="NAME", help="Run with these resources: small, medium, large, auto or your own.")
parameters_option = click.option(
    "-p", "--param", "parameters", multiple=True, metavar="NAME=VALUE", callback=_pairs, help="Give a parameter a value; may be repeated."
)
safe_option = click.option("--safe", is_flag=True, help="Refuse paths outside the project's folder.")
selectors_argument = click.argument("selectors", nargs=-1)


def common(command: Command) -> Command:
    """Add the options that every command has: `--project`, `--json`, `--plain`."""
    return project_option(json_option(plain_option(command)))


def situated(command: Command) -> Command:
    """Add the options of commands that bind a project: the common ones, `--env` and `-p`."""
    return common(environment_option(parameters_option(command)))
