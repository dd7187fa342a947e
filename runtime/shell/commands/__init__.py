"""Owns the table of dot commands: one row each, in the order in which `.help` lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....dialect.diagnostics import did_you_mean, error
from ..settings import FORMATS
from . import acting, looking, places, showing
from .base import DotCommand, read_line

if TYPE_CHECKING:
    from ...cancel import Cancel
    from ..shell import Shell

ON_OFF = ("on", "off")
COMMANDS: tuple[DotCommand, ...] = (
    DotCommand(".help", "[COMMAND]", "list the commands, or say more of one", looking.help, "command"),
    DotCommand(".tables", "[PATTERN]", "list views, sources and frames with their columns' number", looking.tables, "relation"),
    DotCommand(".schema", "NAME", "show the columns of a view, or a function, and how it is declared", looking.schema, "relation"),
    DotCommand(".functions", "[PATTERN]", "list the functions declared here and the engine's own", looking.functions),
    DotCommand(".params", "[NAME[=VALUE] | -NAME]", "show parameters; set one, or forget what was set", looking.params, "parameter"),
    DotCommand(".lineage", "NAME [up|down]", "show what a column comes from, or what it reaches", looking.lineage, "column"),
    DotCommand(".explain", "[CODE]", "say what an error code means, or the last error's", looking.explain),
    DotCommand(".check", "", "find everything that is wrong in the project", acting.check),
    DotCommand(".plan", "[SELECTORS | QUERY]", "show what a run or a query would read and compute", acting.plan, "selector"),
    DotCommand(".run", "[SELECTORS]", "compute the selected outputs and commit them", acting.run, "selector"),
    DotCommand(".test", "[SELECTORS]", "run the tests of the project", acting.test, "selector"),
    DotCommand(".format", "|".join(FORMATS), "choose how results are shown", showing.format, choices=FORMATS, aliases=(".mode",)),
    DotCommand(".rows", "NUMBER|all", "choose how many rows of a result are shown", showing.rows, choices=("all",)),
    DotCommand(".timing", "on|off", "say how long things took, or don't", showing.timing, choices=ON_OFF, aliases=(".timer",)),
    DotCommand(".pager", "on|off", "use $PAGER for what is longer than the screen, or don't", showing.pager, choices=ON_OFF),
    DotCommand(".output", "FILE|stdout", "write results to a file from here on, or to the screen again", showing.output, "file"),
    DotCommand(".read", "FILE", "execute the statements of a file", places.read, "file"),
    DotCommand(".watch", "SECONDS QUERY", "ask a query again and again, until Ctrl-C", acting.watch, "query"),
    DotCommand(".edit", "", "write the next statement in $EDITOR, beginning with the last one", places.edit),
    DotCommand(".open", "PATH", "leave this project and open another one, or a folder", places.open, "file"),
    DotCommand(".quit", "", "leave the shell; Ctrl-D does so too", places.quit, aliases=(".exit",)),
)  # fmt: skip


def by_name() -> dict[str, DotCommand]:
    """Return the commands by all their names."""
    return {name: one for one in COMMANDS for name in (one.name, *one.aliases)}


def run_command(shell: Shell, text: str, cancel: Cancel) -> None:
    """Execute a dot command's line.

    Raises:
        TreadleError: T7050 for an unknown one, T7051 for one that is not used as it should, whatever else it fails with.
    """
    line, known = read_line(text), by_name()
    name = line.command.text
    if name.lower() not in known:
        nearest = did_you_mean(name, known) or "`.help` lists the commands"
        raise error("T7050", f"there is no command `{name}`", line.command, help=nearest)
    command = known[name.lower()]
    if not command.usage and line.words:
        raise line.wrong(f"`{command.name}` takes nothing behind it")
    command.run(shell, line, cancel)
