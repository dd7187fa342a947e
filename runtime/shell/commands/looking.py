"""Owns the commands that look: `.help`, `.tables`, `.schema`, `.functions`, `.params`, `.lineage`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING

from ....dialect.diagnostics import did_you_mean
from ...cli.text import Column, wrap
from ..declarations import change, declared
from ..knowledge import SYSTEM, Knowledge, Relation, gather
from .base import DotCommand, Line

if TYPE_CHECKING:
    from ...cancel import Cancel
    from ..shell import Shell

LEAST_SUMMARY = 28


def help(shell: Shell, line: Line, _: Cancel) -> None:
    """List the commands, or show one."""
    from . import COMMANDS, by_name

    console = shell.console
    if line.words:
        name = "." + line.first.removeprefix(".")
        one = by_name().get(name.lower())
        if one is None:
            raise line.wrong(f"there is no command `{name}`", help=did_you_mean(name, by_name()))
        _usage(shell, one)
        return
    rows = [(f"{one.name} {one.usage}".rstrip(), one.summary) for one in COMMANDS]
    room = max(len(usage) for usage, _ in rows) + 2
    beside = console.width >= room + LEAST_SUMMARY
    for usage, summary in rows:
        head = console.out("bold", usage)
        if beside:
            first, *rest = wrap(summary, console.width - room)
            lines = [f"{head}{' ' * (room - len(usage))}{first}", *(" " * room + one for one in rest)]
        else:
            lines = [head, *wrap(summary, console.width, "    ")]
        console.data("".join(f"{line}\n" for line in lines))
    others = "Anything else is SQL: queries, CREATE …, DROP …, DESCRIBE; `;` ends a statement."
    console.data("\n" + "".join(f"{one}\n" for one in wrap(others, console.width)))


def _usage(shell: Shell, one: DotCommand) -> None:
    shell.console.data(f"{shell.console.out('bold', f'{one.name} {one.usage}'.rstrip())}\n    {one.summary}\n")
    if one.aliases:
        shell.console.data(f"    also {', '.join(one.aliases)}\n")


def tables(shell: Shell, line: Line, _: Cancel) -> None:
    """List views, sources and frames."""
    known = gather(shell.workspace)
    here = {one.name.lower() for one in declared(shell.workspace.additions)}
    pattern = line.first.lower()
    found = [one for one in known.relations if (fnmatchcase(one.name.lower(), pattern) if pattern else one.kind != SYSTEM)]
    if not found:
        shell.console.say("no views, sources or frames" + (f" like {line.first}" if line.words else ""))
        return
    columns = [Column("name", shrinks=False), Column("kind"), Column("columns", right=True), Column("from"), Column("comment")]
    rows = [(r.name, r.kind, str(len(r.columns)), "session" if r.name.lower() in here else "", r.comment or "") for r in found]
    shown = [i for i in range(len(columns)) if i < 3 or any(row[i] for row in rows)]
    shell.console.table([columns[i] for i in shown], [[row[i] for i in shown] for row in rows])


def schema(shell: Shell, line: Line, _: Cancel) -> None:
    """Show the columns of one thing and how it is declared."""
    if len(line.words) != 1:
        raise line.wrong("expected one name", 1, "`.tables` lists them")
    known, name = gather(shell.workspace), line.first.lower()
    relation = next((one for one in known.relations if one.name.lower() == name), None)
    functions = [one for one in known.functions if one.name.lower() == name]
    if relation is None and not functions:
        names = [*(r.name for r in known.relations), *(f.name for f in known.functions if f.ours)]
        raise line.wrong(f"nothing is called `{line.first}`", help=did_you_mean(line.first, names) or "`.tables` lists what there is")
    if relation is not None:
        _columns(shell, relation)
    for one in functions if relation is None else ():
        shell.console.data(f"{one.signature}\n")
    text = _declaration(shell, name)
    if text:
        shell.console.data(f"\n{text};\n")


def _columns(shell: Shell, relation: Relation) -> None:
    head = f"{relation.name}: {relation.kind}" + (f", {relation.comment}" if relation.comment else "")
    shell.console.data("".join(f"{one}\n" for one in wrap(head, shell.console.width)))
    shell.console.table([Column("column"), Column("type")], [(one.name, one.type) for one in relation.columns])


def _declaration(shell: Shell, name: str) -> str:
    """Return the statement that declares a name, as it was written."""
    folder = shell.workspace.folder()
    for script in shell.workspace.scripts(folder):
        for statement in script.statements:
            if str(getattr(getattr(statement, "name", None), "text", "")).lower() == name:
                return statement.span.text
    return ""


def functions(shell: Shell, line: Line, _: Cancel) -> None:
    """List functions: those declared here first."""
    pattern = (line.first or "*").lower()
    found = [one for one in gather(shell.workspace).functions if fnmatchcase(one.name.lower(), pattern)]
    if not found:
        shell.console.say(f"no function like {line.first}")
        return
    shell.console.table([Column("function"), Column("kind", shrinks=False)], [(one.signature, one.kind) for one in found])


def params(shell: Shell, line: Line, _: Cancel) -> None:
    """Show parameters, set some, or forget what was set."""
    if not line.words:
        _list_params(shell, gather(shell.workspace), None)
        return
    if len(line.words) == 1 and "=" not in line.first and not line.first.startswith("-"):
        _list_params(shell, gather(shell.workspace), line)
        return
    values = dict(shell.workspace.additions.values)
    for at, (word, _start) in enumerate(line.words):
        name, sign, text = word.partition("=")
        if word.startswith("-"):
            _forget(values, word[1:], line, at)
        elif sign and name:
            known = next((one for one in values if one.lower() == name.lower()), name)
            values[known] = text
        else:
            raise line.wrong(f"`{word}` is no `name=value`", at, "put a value with spaces in quotes: `name='a b'`")
    change(shell.workspace, replace(shell.workspace.additions, values=MappingProxyType(values)))


def _forget(values: dict[str, str], name: str, line: Line, at: int) -> None:
    known = next((one for one in values if one.lower() == name.lower()), None)
    if known is None:
        raise line.wrong(f"this session gave `{name}` no value", at, did_you_mean(name, values))
    del values[known]


def _list_params(shell: Shell, known: Knowledge, line: Line | None) -> None:
    found = [one for one in known.parameters if line is None or one.name.lower() == line.first.lower()]
    if line is not None and not found:
        names = [one.name for one in known.parameters]
        raise line.wrong(f"there is no parameter `{line.first}`", help=did_you_mean(line.first, names) or "`.params` lists them")
    if not found:
        shell.console.say("no parameters; `PARAM name TYPE` declares one")
        return
    rows = [{"name": p.name, "type": p.type, "value": p.value, "from": p.origin, "comment": p.comment or ""} for p in found]
    _table(shell, rows)


def _table(shell: Shell, rows: Iterable[Mapping[str, str]]) -> None:
    rows = list(rows)
    keys = [key for key in rows[0] if any(row[key] for row in rows)]
    shell.console.table([Column(key, shrinks=key != "name") for key in keys], [[row[key] for key in keys] for row in rows])


def lineage(shell: Shell, line: Line, _: Cancel) -> None:
    """Show what a column comes from, or what a change of it reaches."""
    from ...cli.lineage_writing import write_lineage

    words = [word for word, _ in line.words]
    direction = words.pop() if len(words) > 1 and words[-1] in ("up", "down") else "up"
    write_lineage(
        shell.console, shell.workspace.lineage(), " ".join(words) or None, "down" if direction == "down" else "up", None, "tree", None
    )


def explain(shell: Shell, line: Line, _: Cancel) -> None:
    """Say what an error code means; without a word, the last one that was told."""
    from ...cli.code_page import show_code

    code = line.first or shell.told
    if not code:
        raise line.wrong("expected an error code", help="for example `.explain T2001`")
    show_code(shell.console, code)
