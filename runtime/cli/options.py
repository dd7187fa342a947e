"""Owns the options that commands share: `--project`, `--json`, `--plain`, `--env`, `--profile`, `-p`, selectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from .console import Console

Command = Callable[..., Any]
LOG_FORMAT = "TREADLE_LOG_FORMAT"


def _set_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    console = ctx.find_object(Console)
    if console is not None and value:
        console.json = True


def _set_plain(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    console = ctx.find_object(Console)
    if console is not None and value:
        console.plain = True


def _set_log_format(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    console = ctx.find_object(Console)
    if console is not None and value is not None:
        console.log_json = value == "json"


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


def later(name: str) -> Callable[[click.Context, click.Parameter, str], list[Any]]:
    """Return a completer of `completing` that is imported when a shell asks for it."""

    def completer(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
        from . import completing

        found: list[Any] = getattr(completing, name)(ctx, parameter, incomplete)
        return found

    return completer


json_option = click.option(
    "--json", is_flag=True, is_eager=True, expose_value=False, callback=_set_json, help="Print JSON on stdout, diagnostics included."
)
plain_option = click.option(
    "--plain", is_flag=True, is_eager=True, expose_value=False, callback=_set_plain, help="Print diagnostics as one line each."
)
log_option = click.option(
    "--log-format", type=click.Choice(["text", "json"]), envvar=LOG_FORMAT, is_eager=True, expose_value=False,
    callback=_set_log_format, help="Write stderr as text, or as one JSON object a line.",
)  # fmt: skip
project_option = click.option("--project", metavar="DIR", help="The project's root; found upwards from here without it.")
environment_option = click.option(
    "--env", metavar="NAME", shell_complete=later("environments"), help="Take what [env.NAME] of treadle.toml says."
)
profile_option = click.option(
    "--profile", metavar="NAME", shell_complete=later("profiles"), help="Run with these resources: small, medium, large, auto or your own."
)
parameters_option = click.option(
    "-p", "--param", "parameters", multiple=True, metavar="NAME=VALUE", shell_complete=later("parameter_values"),
    callback=_pairs, help="Give a parameter a value; may be repeated.",
)  # fmt: skip
safe_option = click.option("--safe", is_flag=True, help="Refuse paths outside the project's folder.")
locked_option = click.option("--locked", is_flag=True, help="Read what `treadle.lock` has, at its clock; fail when that can't be.")
selectors_argument = click.argument("selectors", nargs=-1, shell_complete=later("selectors"))


def common(command: Command) -> Command:
    """Add the options that every command has: `--project`, `--json`, `--plain`, `--log-format`."""
    return project_option(json_option(plain_option(log_option(command))))


def situated(command: Command) -> Command:
    """Add the options of commands that bind a project: the common ones, `--env` and `-p`."""
    return common(environment_option(parameters_option(command)))
