"""Owns the command line's frame: finds commands, runs one, turns every ending into an exit status.

Status 0: done; 1: the input failed; 2: wrong usage; 3: a fault of treadle's own; 130: Ctrl-C.
A command's module is imported only when that command is used.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from ...dialect.pure_sqlglot import prefer_pure
from ..cancel import Cancelled
from .console import Console
from .options import LOG_FORMAT

DONE, FAILED, USAGE, FAULT, INTERRUPTED = 0, 1, 2, 3, 130

# What people type who come from elsewhere, and what it is called here.
FAMILIAR = {
    "audit": "test", "build": "run", "clone": "init", "compile": "plan", "create": "init", "debug": "doctor", "docs": "lineage",
    "environments": "show environments", "evaluate": "query", "execute": "run", "format": "fmt", "freshness": "check --freshness",
    "graph": "lineage", "help": "--help", "info": "doctor", "lint": "check", "list": "show", "ls": "show", "freeze": "lock", "new": "init",
    "parse": "check", "pin": "lock", "render": "plan", "repl": "shell", "seed": "run", "select": "query", "source": "check --freshness",
    "sql": "query", "ui": "shell", "validate": "check", "version": "--version",
}  # fmt: skip


# Options that people type who come from elsewhere, and how it is said here.
ELSEWHERE = {
    **dict.fromkeys(("--select", "-s", "--models", "-m", "--model", "--select-model"), "selectors need no option: `treadle run name`"),
    **dict.fromkeys(("--exclude",), "name what you want instead: `treadle run +name tag:daily`"),
    **dict.fromkeys(("--target", "-t", "--environment", "-e"), "write `--env NAME`"),
    **dict.fromkeys(("--vars", "--var", "-v", "--set"), "write `-p name=value`, once for each parameter"),
    **dict.fromkeys(("--full-refresh", "--restate-model", "--full"), "leave it out: a run computes anew what changed"),
    **dict.fromkeys(("--threads", "--memory-limit", "--concurrent-tasks"), "write `--profile NAME`; profiles are in treadle.toml"),
    **dict.fromkeys(("--project-dir", "--profiles-dir", "-C", "--paths", "--dir"), "write `--project DIR`"),
    **dict.fromkeys(("--output-format", "--output", "-f"), "`--json` is everywhere; rows take `--format`, or `-o FILE`"),
    **dict.fromkeys(("--dry-run", "--explain", "--empty"), "run `treadle plan`: it shows what a run would do"),
    **dict.fromkeys(("--defer", "--state"), "give the environment its own `lake` in treadle.toml: then it defers by itself"),
    **dict.fromkeys(("--frozen", "--immutable"), "write `--locked`"),
    **dict.fromkeys(("--quiet", "-q", "--log-level", "--verbose", "--debug"), "use `--json`, `--plain` or `--log-format json`"),
}


@cache
def commands_here() -> dict[str, str]:
    """Return the one-line summary of every command by its name, read from the first line of its file."""
    found = {}
    for path in sorted((Path(__file__).parent / "commands").glob("[!_]*.py")):
        with path.open(encoding="utf-8") as file:
            found[path.stem.replace("_", "-")] = file.readline().partition(": ")[2].rstrip().removesuffix('"""').rstrip(".")
    return found


class Commands(click.Group):
    """The group of all commands; lists them without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, sorted."""
        return list(commands_here())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module and return its `command`, or None when there is no such file."""
        if cmd_name not in commands_here():
            return None
        module = import_module(f".commands.{cmd_name.replace('-', '_')}", __package__)
        command = module.command
        if not isinstance(command, click.Command):
            raise TypeError(f"commands/{cmd_name}.py has no click command")
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names, or say what was meant."""
        name = args[0]
        if name in commands_here() or name.startswith("-"):
            return super().resolve_command(ctx, args)
        raise click.UsageError(f"there is no command `{name}`{_meant(name)}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands with their summaries."""
        with formatter.section("Commands"):
            formatter.write_dl(list(commands_here().items()))


def _meant(name: str) -> str:
    from ...dialect.diagnostics import did_you_mean

    if name in FAMILIAR:
        return f"; did you mean `treadle {FAMILIAR[name]}`?"
    found = did_you_mean(name, commands_here())
    return f"; {found}" if found else ""


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from ... import __version__

        click.echo(f"treadle {__version__}")
        ctx.exit()


@click.command(cls=Commands, name="treadle", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version and exit.")
def treadle() -> None:
    """Turn a folder of SQL views into checked, pinned and explained Delta tables."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; never lets an exception out.

    Args:
        arguments: words after the program's name; those of the process when None, which then ends here.
    """
    status = _run(arguments)
    if arguments is None:
        _leave(status)
    return status


def _leave(status: int) -> NoReturn:
    """End the process with everything written, without taking the interpreter apart.

    The engine's own threads may let go of Python objects at any time. When one does so while the
    interpreter is taken apart, it aborts the process after all work was done.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def _run(arguments: Sequence[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character, or a file name that is no text, is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    prefer_pure()
    if asked := os.environ.get("_TREADLE_COMPLETE"):
        from .completing import complete

        return complete(asked)
    # Trees are many small objects in circles that live until the end: looking for garbage among them costs a fifth of a check.
    gc.set_threshold(100_000, 50, 100)
    console = Console(sys.stdout, sys.stderr)
    console.log_json = os.environ.get(LOG_FORMAT) == "json"  # wrong usage is told before options are read
    try:
        status = _ending(console, list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (`| head`). Python would complain on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return status


def _ending(console: Console, arguments: list[str]) -> int:
    try:
        return _invoke(console, arguments)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.UsageError as problem:
        return _wrong_usage(console, problem)
    except (KeyboardInterrupt, click.Abort, Cancelled):
        console.say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except BaseException as problem:  # an engine's panic is no Exception
        return _failed(console, problem, arguments)


def _failed(console: Console, problem: BaseException, arguments: list[str]) -> int:
    from ...dialect.diagnostics import TreadleError

    if isinstance(problem, TreadleError):
        console.report(problem.diagnostics)
        return FAILED
    from .fault import tell

    tell(console, problem, arguments)
    return FAULT


def _invoke(console: Console, arguments: list[str]) -> int:
    if not os.environ.get("TREADLE_DEBUG"):
        import warnings

        # Libraries warn their developers; treadle's own warnings are typed.
        warnings.simplefilter("ignore")
    if not arguments:
        console.say(treadle.get_help(click.Context(treadle, info_name="treadle", **treadle.context_settings)))
        if sys.stdin.isatty():
            console.say("\n`treadle shell` starts a session in which you type SQL and see results.")
        return USAGE
    with treadle.make_context("treadle", arguments, obj=console) as ctx:
        status: Any = treadle.invoke(ctx)
    return status if isinstance(status, int) else DONE


def _wrong_usage(console: Console, problem: click.UsageError) -> int:
    message = problem.format_message().rstrip(".")
    console.say(f"{console.err('bold red', 'error')}: {message[:1].lower()}{message[1:]}")
    if isinstance(problem, click.NoSuchOption) and problem.option_name in ELSEWHERE:
        console.say(f"  = help: {ELSEWHERE[problem.option_name]}")
    if problem.ctx is not None:
        console.say(f"\nusage: {problem.ctx.get_usage().removeprefix('Usage: ')}")
        console.say(f"`{problem.ctx.command_path} --help` says more")
    return USAGE
