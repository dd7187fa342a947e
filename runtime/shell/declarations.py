"""Owns the declarations of a session: made, replaced and dropped, each bound with the project before it is kept.

A declaration is kept only when nothing in the session is wrong with it: neither itself, nor
what else was declared here. What is wrong in the project's files is told by `.check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from ...dialect import parse
from ...dialect.diagnostics import Diagnostic, TreadleError, did_you_mean, error
from ...dialect.script import Script
from ...dialect.source import Source, Span
from ...dialect.statements.base import Statement
from ...dialect.statements.function import FunctionStatement
from ...dialect.statements.materialized_view import MaterializedViewStatement
from ...dialect.statements.param import ParamStatement
from ...dialect.statements.source import SourceStatement
from ...dialect.statements.test import TestStatement
from ...dialect.statements.view import ViewStatement
from ...dialect.tokens import pieces
from ..additions import Additions
from ..workspace import Workspace

Declaring = ViewStatement | MaterializedViewStatement | SourceStatement | FunctionStatement | ParamStatement | TestStatement
_RELATION = ("view", "source")
_WORDS = {"VIEW": "view", "MATERIALIZED": "view", "SOURCE": "source", "FUNCTION": "function", "PARAM": "parameter", "TEST": "test"}


@dataclass(frozen=True, slots=True)
class Declared:
    """One declaration of a session: its kind for people, its name, the statement and its script."""

    kind: str
    name: str
    statement: Statement
    script: Script

    @property
    def key(self) -> tuple[str, str]:
        """Return what two declarations of one thing share."""
        return ("relation" if self.kind in _RELATION else self.kind, self.name.lower())


def declared(additions: Additions) -> Iterator[Declared]:
    """Yield the declarations of a session, in the order in which they were made."""
    for script in additions.scripts:
        for statement in script.statements:
            yield _described(statement, script)


def _described(statement: Statement, script: Script) -> Declared:
    assert isinstance(statement, Declaring)
    kinds: dict[type, str] = {SourceStatement: "source", FunctionStatement: "function", ParamStatement: "parameter", TestStatement: "test"}
    return Declared(kinds.get(type(statement), "view"), statement.name.text, statement, script)


def declare(workspace: Workspace, script: Script) -> tuple[Declared, bool]:
    """Keep a declaration; return it and whether it took the place of an older one of the session.

    Raises:
        TreadleError: what is wrong with it, or with what the session declared before once it is there.
    """
    new = _described(script.statements[0], script)
    others = tuple(one.script for one in declared(workspace.additions) if one.key != new.key)
    replaced = len(others) < len(workspace.additions.scripts)
    change(workspace, replace(workspace.additions, scripts=(*others, script)))
    return new, replaced


def change(workspace: Workspace, additions: Additions) -> None:
    """Let a session have other additions; raises what is wrong with them, and then keeps those it had."""
    before, workspace.additions = workspace.additions, additions
    try:
        tested = any(one.kind == "test" for one in declared(additions))
        project = workspace.project({}, tests=tested).project
        found = (*project.diagnostics, *(one for test in project.tests for one in test.diagnostics))
        ours = [one for one in found if _concerns(one, additions)]
        if any(one.severity == "error" for one in ours):
            raise TreadleError(*ours)
    except BaseException:
        workspace.additions = before
        raise


def _concerns(one: Diagnostic, additions: Additions) -> bool:
    """Say whether a diagnostic, or another place of it, lies in what a session added."""
    sources = [script.source for script in additions.scripts]
    spans = [one.span, *(label.span for label in one.labels)]
    return any(span is not None and (span.source.name == "<session>" or any(span.source is source for source in sources)) for span in spans)


def drop(workspace: Workspace, text: str) -> Declared:
    """Forget what `DROP VIEW|SOURCE|FUNCTION|PARAM|TEST name` names.

    Raises:
        TreadleError: T7052 when the session declared no such thing, T1001 for another form, what would be wrong without it.
    """
    source = Source("<shell>", text)
    kind, name, span = _drop_of(source)
    known = [one for one in declared(workspace.additions) if one.kind == kind]
    chosen = next((one for one in known if one.name.lower() == name.lower()), None)
    if chosen is None:
        raise _not_here(kind, name, span, [one.name for one in known], workspace)
    scripts = tuple(one.script for one in declared(workspace.additions) if one.key != chosen.key)
    values = {n: v for n, v in workspace.additions.values.items() if kind != "parameter" or n.lower() != name.lower()}
    change(workspace, Additions(scripts, MappingProxyType(values)))
    return chosen


def _drop_of(source: Source) -> tuple[str, str, Span]:
    """Read a DROP statement: the kind, the name, its place."""
    tokens = pieces(source)[0].tokens[1:]
    words = [token.text.upper() for token in tokens]
    end = source.span(len(source.text), len(source.text))
    if not words or words[0] not in _WORDS:
        span = source.span(tokens[0].start, tokens[0].end + 1) if tokens else end
        raise error("T1001", f"found {_quoted(span)}, expected VIEW, SOURCE, FUNCTION, PARAM or TEST", span)
    rest = tokens[2 if words[:2] == ["MATERIALIZED", "VIEW"] else 1 :]
    if not rest:
        raise error("T1002", "the statement ends here, expected a name", end)
    name, span = rest[0].text, source.span(rest[0].start, rest[0].end + 1)
    if len(rest) >= 3 and rest[1].text == ".":
        name, span, rest = f"{name}.{rest[2].text}", span.cover(source.span(rest[2].start, rest[2].end + 1)), rest[2:]
    if len(rest) > 1:
        more = source.span(rest[1].start, rest[-1].end + 1)
        raise error("T1001", f"found {_quoted(more)}, expected the end", more, help="DROP takes one name")
    return _WORDS[words[0]], name, span


def _quoted(span: Span) -> str:
    return f"`{span.text}`" if span.text else "the end"


def _not_here(kind: str, name: str, span: Span, known: Sequence[str], workspace: Workspace) -> TreadleError:
    project = workspace.project({}).project
    names: dict[str, Sequence[str]] = {
        "view": project.declared,
        "source": [one.name for one in project.sources.values() if one.declared],
        "parameter": list(project.parameters),
        "function": list(project.functions),
    }
    if any(name.lower() == one.lower() for one in names.get(kind, ())):
        return error("T7052", f"the {kind} `{name}` is declared in a file of the project", span, help="delete its statement there")
    shown = ", ".join(f"`{one}`" for one in known)
    help_line = did_you_mean(name, known) or (f"declared here: {shown}" if known else "what files declare is not dropped here")
    return error("T7052", f"this session declared no {kind} `{name}`", span, help=help_line)


def script_of(text: str) -> Script:
    """Return a statement typed in a session as a script; raises what is wrong in it."""
    script = parse(Source("<shell>", text), adhoc=True)
    if any(one.severity == "error" for one in script.diagnostics):
        raise TreadleError(*script.diagnostics)
    return script
