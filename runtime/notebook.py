"""Owns `%treadle` and `%%treadle` of IPython and Jupyter: a query in a cell, its rows as the cell's value.

In: options and a query. Out: a `Result`, shown, or put under a name. The project is the one that
the working directory is in; without one queries are ad hoc.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class
from sqlglot import exp

from ..dialect import parse
from ..dialect.diagnostics import TreadleError, did_you_mean
from ..dialect.nodes import Param
from ..dialect.script import Script
from ..dialect.source import Source
from ..dialect.statements.materialized_view import MaterializedViewStatement
from ..dialect.statements.param import ParamStatement
from ..dialect.statements.query import QueryStatement
from ..dialect.statements.source import SourceStatement
from ..dialect.statements.view import ViewStatement
from ..planner.bind.names import tables_read
from .adhoc import query_script
from .api import Connection, Project
from .cli.opening import open_anywhere
from .frames import as_frame, is_frame
from .shell.declarations import Declaring, declare, drop
from .shell.inputs import split as statements
from .workspace import Workspace

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

WIDTH = 100
CELL = "<cell>"
Relations = ViewStatement | MaterializedViewStatement | SourceStatement
FORMS = ("arrow", "pandas", "polars")
OPTIONS = {"-p": "param", "--param": "param", "-o": "output", "--output": "output", "--as": "as"} | {
    f"--{name}": name for name in ("project", "env", "profile")
}
_OPTION = re.compile(r"\s*(--?[a-zA-Z]+)(?:(?:\s*=|\s+)\s*(\"[^\"]*\"|'[^']*'|(?:[^\s'\"]|'[^']*'|\"[^\"]*\")+))?")


def load(shell: InteractiveShell) -> None:
    """Make `%treadle` and `%%treadle` known to a shell; `%load_ext treadle` calls this."""
    shell.register_magics(TreadleMagics(shell))


class ShownError(TreadleError):
    """An error of a cell, shown as on a terminal: what was typed, the caret, the way out; no stack of treadle's own."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows in place of a stack."""
        from .cli.printers.terminal import terminal
        from .cli.text import Paint

        return terminal(self.diagnostics, WIDTH, Paint(False)).splitlines()


@magics_class
class TreadleMagics(Magics):
    """The magics of one shell, with the connection that its cells share."""

    def __init__(self, shell: InteractiveShell) -> None:
        """Open nothing yet."""
        super().__init__(shell)
        self._opened: tuple[object, Workspace] | None = None
        self._lent: set[str] = set()

    @line_cell_magic
    def treadle(self, line: str, cell: str | None = None) -> object:
        """Ask one query and give its rows; declarations before it are kept. Without a query give the connection.

        Options come first:

            -o NAME          put the rows under this name and show nothing
            --as FORM        give a pyarrow table, a pandas or a polars frame: arrow, pandas, polars
            -p NAME=VALUE    give a parameter a value; may be repeated
            --project DIR    the project's folder; the one around the working directory without it
            --env NAME       an environment of treadle.toml
            --profile NAME   resources: small, medium, large, auto, or a name of treadle.toml

        `$name` is a parameter of the project, or a variable of the notebook. A table that the
        project does not know is a variable that holds a frame.

            %treadle FROM flights LIMIT 5

            %%treadle -p since=2013-02-01 -o late
            SELECT carrier, count(*) AS flights FROM flights WHERE dep_delay > $grace GROUP BY ALL
        """
        options, rest = split(line)
        if cell is not None and rest:
            raise UsageError(f"`{rest}` stands behind `%%treadle`; the query goes into the lines below")
        try:
            return self._answer(options, rest if cell is None else cell)
        except TreadleError as problem:
            raise ShownError(*problem.diagnostics) from None

    def _answer(self, options: Mapping[str, tuple[str, ...]], text: str) -> object:
        workspace = self._workspace(options)
        name, form = _last(options, "output"), _last(options, "as")
        if form is not None and form not in FORMS:
            raise UsageError(f"`--as {form}` is none of {', '.join(FORMS)}")
        if name is not None and not name.isidentifier():
            raise UsageError(f"`-o {name}` is no name of a variable")
        connection = Project(workspace) if workspace.has_project else Connection(workspace)
        if not text.strip():
            return connection
        text = _declared(workspace, text)
        if not text:
            return None
        result = connection.query(text, **self._borrowed(workspace, query_script(text)))
        made = {None: lambda: result, "arrow": result.to_arrow, "pandas": result.to_pandas, "polars": result.to_polars}[form]()
        if name is None:
            return made
        result.to_arrow()  # what has a name may be read again
        self._variables()[name] = made
        return None

    def _borrowed(self, workspace: Workspace, query: Script) -> dict[str, object]:
        """Register variables that hold frames under the query's unknown tables, and return those for its undeclared parameters.

        What the project declares, or somebody registered, always wins. Frames stay registered,
        since rows that stream later come from them; the next cell takes the variables as they are then.
        """
        for name in self._lent:
            workspace.frames.pop(name, None)
        statements = [one for script in workspace.scripts(workspace.folder()) for one in script.statements]
        known = {one.name.text.lower() for one in statements if isinstance(one, Relations)} | {n.lower() for n in workspace.frames}
        declared = {one.name.text.lower() for one in statements if isinstance(one, ParamStatement)}
        tree = query.statements[0].query.tree if isinstance(query.statements[0], QueryStatement) else exp.select()
        variables = self._variables()
        tables = {t.name for t in tables_read(tree) if t.args.get("db") is None and t.name.lower() not in known}
        self._lent = {name for name in tables if is_frame(variables.get(name))}
        for name in self._lent:
            workspace.frames[name] = as_frame(variables[name])
        parameters = {str(one.this.this) for one in tree.find_all(Param)}
        return {name: variables[name] for name in parameters if name.lower() not in declared and name in variables}

    def _variables(self) -> dict[str, object]:
        assert self.shell is not None
        found: dict[str, object] = self.shell.user_ns
        return found

    def _workspace(self, options: Mapping[str, tuple[str, ...]]) -> Workspace:
        """Return the workspace of the options, the last one where they are the same."""
        key = (Path.cwd(), *(options.get(one) for one in ("project", "env", "profile", "param")))
        if self._opened is None or self._opened[0] != key:
            parameters = dict(_pair(one) for one in options.get("param", ()))
            made = open_anywhere(_last(options, "project"), _last(options, "env"), _last(options, "profile"), parameters)
            self._opened, self._lent = (key, made), set()
        return self._opened[1]


def _declared(workspace: Workspace, text: str) -> str:
    """Keep the declarations that stand before the query of a cell, tell of each, and return the query, or nothing.

    A declaration lasts as long as the magics do; the same name again takes its place, and DROP forgets it.
    """
    found = statements(text)
    for at, piece in enumerate(found):
        if piece.text.split(None, 1)[0].upper() == "DROP":
            gone = drop(workspace, piece.text)
            print(f"dropped {gone.kind} {gone.name}")
            continue
        script = parse(Source(CELL, piece.padded(text)), adhoc=True)
        if script.statements and isinstance(script.statements[0], Declaring):
            new, replaced = declare(workspace, script)
            print(f"{'replaced' if replaced else 'declared'} {new.kind} {new.name}")
            continue
        return text[piece.start :] if at else text
    return ""


def split(line: str) -> tuple[dict[str, tuple[str, ...]], str]:
    """Return the options that a line begins with, and the rest as it was written; raises `UsageError`.

    >>> split("-p since=2013-02-01 -o late SELECT 1 -- -o x")
    ({'param': ('since=2013-02-01',), 'output': ('late',)}, 'SELECT 1 -- -o x')
    """
    found: dict[str, tuple[str, ...]] = {}
    rest = line.strip()
    while rest.startswith("-") and not rest.startswith("--" + " "):
        match = _OPTION.match(rest)
        name, value = (match[1], match[2]) if match else (rest.split()[0], None)
        if name not in OPTIONS:
            raise UsageError(f"`{name}` is no option of treadle; {did_you_mean(name, OPTIONS) or 'known are ' + ', '.join(OPTIONS)}")
        if value is None or match is None:
            raise UsageError(f"`{name}` needs a value")
        found[OPTIONS[name]] = (*found.get(OPTIONS[name], ()), value.replace('"', "").replace("'", ""))
        rest = rest[match.end() :].strip()
    return found, rest


def _last(options: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    return options[name][-1] if name in options else None


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise UsageError(f"`-p {text}` is not `name=value`")
    return name, value
