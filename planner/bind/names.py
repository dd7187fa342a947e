"""Owns the names of a project before anything is bound: who declares what, duplicates, who reads whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from ...dialect.broken import Declares
from ...dialect.diagnostics import Label, Problems, error
from ...dialect.script import Script
from ...dialect.source import Span
from ...dialect.statements.base import Statement
from ...dialect.statements.function import FunctionStatement
from ...dialect.statements.materialized_view import MaterializedViewStatement
from ...dialect.statements.param import ParamStatement
from ...dialect.statements.query import DescribeStatement, QueryStatement
from ...dialect.statements.source import SourceStatement
from ...dialect.statements.test import TestStatement
from ...dialect.statements.view import ViewStatement

ADHOC = "<query>"
"""The name of an ad hoc query among views; no file can declare it."""

AnyView = ViewStatement | MaterializedViewStatement | QueryStatement


@dataclass(slots=True)
class Declarations:
    """All statements of a project by what they declare; the first of a duplicated name counts.

    Functions of one name with other types of parameters stand under keys such as `f(DOUBLE)`, which `overloads` lists by name.
    `broken` holds the names of declarations that can't be read, by kind and in lower case; they are known to be there.
    """

    views: dict[str, AnyView] = field(default_factory=dict)
    sources: dict[str, SourceStatement] = field(default_factory=dict)
    parameters: dict[str, ParamStatement] = field(default_factory=dict)
    functions: dict[str, FunctionStatement] = field(default_factory=dict)
    tests: list[TestStatement] = field(default_factory=list)
    others: list[Statement] = field(default_factory=list)
    broken: dict[Declares, dict[str, str]] = field(default_factory=dict)
    overloads: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def called(self, name: str) -> tuple[str, ...]:
        """Return the keys of the functions that a call of a lower-case name may mean."""
        return self.overloads.get(name) or ((name,) if name in self.functions else ())

    def relation_names(self, more: Iterable[str] = ()) -> Mapping[str, tuple[str, ...]]:
        """Return real names of views, sources and frames by lower-case name."""
        found: dict[str, tuple[str, ...]] = {}
        for name in (*self.views, *self.sources, *more):
            found[name.lower()] = (*found.get(name.lower(), ()), name)
        for lowered, name in self.broken.get("relation", {}).items():
            found.setdefault(lowered, (name,))
        return found


def collect(scripts: Sequence[Script], problems: Problems) -> Declarations:
    """Return the declarations of all scripts, reporting every name that is declared twice."""
    made = Declarations()
    seen: dict[tuple[str, str], Span] = {}
    for script in scripts:
        for statement in script.statements:
            _add(made, statement, seen, problems)
        for one in script.broken:
            made.broken.setdefault(one.kind, {})[one.text.lower()] = one.text
    return made


def _add(made: Declarations, statement: Statement, seen: dict[tuple[str, str], Span], problems: Problems) -> None:
    if isinstance(statement, QueryStatement):
        if ADHOC in made.views:
            problems.catch(error("T7024", "one query at a time can be run", statement.span, help="run them one after the other"))
        made.views.setdefault(ADHOC, statement)
    elif isinstance(statement, (ViewStatement, MaterializedViewStatement)):
        if _is_new("relation", statement.name.text, statement.name.span, seen, problems):
            made.views[statement.name.text] = statement
    elif isinstance(statement, SourceStatement):
        if _is_new("relation", statement.name.text, statement.name.span, seen, problems):
            made.sources[statement.name.text] = statement
    elif isinstance(statement, ParamStatement):
        if _is_new("parameter", statement.name.text, statement.name.span, seen, problems):
            made.parameters[statement.name.text] = statement
    elif isinstance(statement, FunctionStatement):
        _add_function(made, statement, seen, problems)
    elif isinstance(statement, TestStatement):
        made.tests.append(statement)
    elif isinstance(statement, DescribeStatement):
        message = f"{statement.verb} on its own does nothing in a project"
        help_line = f'ask for it: `treadle query "{statement.span.text.splitlines()[0][:60]}"`'
        problems.catch(error("T1013", message, statement.span, help=help_line))
    else:
        made.others.append(statement)


def key_of(statement: FunctionStatement) -> str:
    """Return what tells a function from others of its name: `f(DOUBLE, VARCHAR)`."""
    return f"{statement.name.text}({', '.join(one.type.type.sql() for one in statement.arguments)})"


def _add_function(made: Declarations, statement: FunctionStatement, seen: dict[tuple[str, str], Span], problems: Problems) -> None:
    """Keep a function; one of a known name must have other types of parameters, and be of the same kind."""
    name, key = statement.name.text.lower(), key_of(statement).lower()
    others = [made.functions[one] for one in made.called(name)]
    alike = [one for one in others if key_of(one).lower() == key or "table" in (one.flavour, statement.flavour)]
    unlike = [one for one in others if one.flavour != statement.flavour]
    if alike or unlike or not others:
        if _is_new("function", statement.name.text, statement.name.span, seen, problems):
            made.functions[name] = statement
        return
    for one in others:
        made.functions.pop(name, None)
        made.functions[key_of(one).lower()] = one
    made.functions[key] = statement
    made.overloads[name] = tuple(sorted({*(key_of(one).lower() for one in others), key}))


def _is_new(what: str, name: str, span: Span, seen: dict[tuple[str, str], Span], problems: Problems) -> bool:
    first = seen.setdefault((what, name.lower()), span)
    if first is span:
        return True
    words = {"relation": "view or source", "parameter": "parameter", "function": "function"}[what]
    problems.catch(
        error("T2048", f"the {words} `{name}` is declared twice", span, labels=(Label(first, "first here"),), help="rename one of them")
    )
    return False


def tables_read(tree: exp.Expr) -> Iterator[exp.Table]:
    """Yield the tables that a query names and that are not its own common table expressions, in textual order."""
    waiting: list[tuple[exp.Expr, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        node, hidden = waiting.pop()
        first: list[tuple[exp.Expr, frozenset[str]]] = []
        with_ = node.args.get("with_")
        if with_ is not None:
            recursive = bool(with_.args.get("recursive"))
            for cte in with_.expressions:
                name = str(cte.args["alias"].this.this).lower()
                first.append((cte.this, hidden | {name} if recursive else hidden))
                hidden = hidden | {name}
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            if node.args.get("db") is not None or node.name.lower() not in hidden:
                yield node
        for value in reversed(node.args.values()):
            if type(value) is list:
                waiting += [(one, hidden) for one in reversed(value) if isinstance(one, exp.Expr)]
            elif isinstance(value, exp.Expr) and value is not with_:
                waiting.append((value, hidden))
        waiting.extend(reversed(first))


def referred_to(statement: AnyView, relations: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Span, str]]:
    """Yield the place and the real name of everything that a view's REFERENCES name; what isn't there is left out."""
    for constraint in statement.constraints if isinstance(statement, MaterializedViewStatement) else ():
        if constraint.target is not None:
            yield from ((constraint.target.span, name) for name in relations.get(constraint.target.text.lower(), ()))


def view_span(statement: AnyView) -> Span:
    """Return the place that names a view: its name, or an ad hoc query as a whole."""
    return statement.span if isinstance(statement, QueryStatement) else statement.name.span
