"""Owns what the parts of the binder share while one view is bound: `Catalog` and `Binding`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from ...dialect.diagnostics import Label, Problems, Severity, error
from ...dialect.source import Source, Span
from ...dialect.types import Schema
from ..ports import BuiltIn, EngineRefusal, TypeOracle
from ..project import BoundRelation, BoundSource, Parameter
from ..values import Value
from .scope import Column

if TYPE_CHECKING:
    from ...dialect.statements.function import FunctionStatement
    from ..functions.macros import Macro, TableMacro
    from ..functions.python import PythonFunction, PythonModules
    from .sources import SourceTable


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that a name in a view can mean.

    Args:
        views: schemas of views that are bound; None for those that failed.
        names: every view and declared source by lower-case name, to real names (more than one is ambiguous).
        macros: scalar SQL functions of the project that are bound, by lower-case name.
        tables: SQL table functions of the project that are bound, by lower-case name.
        functions: every function that the project declares, bound or not, by lower-case name or key.
        overloads: by lower-case name, the keys of functions of which there are several of it.
        failed_functions: functions whose declaration is wrong, so that calls stay quiet.
        failed_parameters: parameters of whom the same is so, by lower-case name.
        defaults: values of DEFAULT by real name, whether they win or not.
        built_ins: the engine's own functions.
        parameters: declared parameters, by lower-case name.
        values: values where known, by real name.
        sources: the table of sources, which grows while views are bound.
        engine_oracle: types over empty relations.
        python: Python functions, by lower-case name.
        modules: finds their code; None when it is not looked for.
        unstable: views that may give other rows when they are read twice: volatile ones, and those with LIMIT.
        once: those of them that a view reads twice for the same rows, so that they are computed once.
        constants: by view, its columns that have one value in all rows, whatever the sources hold.
    """

    views: dict[str, Schema | None]
    names: Mapping[str, tuple[str, ...]]
    macros: dict[str, Macro]
    built_ins: Mapping[str, BuiltIn]
    parameters: dict[str, Parameter]
    values: dict[str, Value]
    sources: SourceTable
    engine_oracle: TypeOracle
    failed_functions: set[str] = field(default_factory=set)
    failed_parameters: set[str] = field(default_factory=set)
    unstable: set[str] = field(default_factory=set)
    once: set[str] = field(default_factory=set)
    constants: dict[str, frozenset[str]] = field(default_factory=dict)
    defaults: dict[str, Value] = field(default_factory=dict)
    tables: dict[str, TableMacro] = field(default_factory=dict)
    functions: Mapping[str, FunctionStatement] = field(default_factory=dict)
    overloads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    python: dict[str, PythonFunction] = field(default_factory=dict)
    modules: PythonModules | None = None

    @property
    def function_names(self) -> tuple[str, ...]:
        """Return the names of the functions that the project declares, as they are spelt."""
        return tuple(one.name.text for one in self.functions.values())


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of the function whose body is bound, and what each stands for.

    Args:
        function: the function's name, by which they can be qualified.
        values: by lower-case name, the real name and a bound expression.
        constant: whether they are constants, as those of table functions are.
        windowed: whether the caller gives OVER to the body, as to those of window functions.
    """

    function: str
    values: Mapping[str, tuple[str, exp.Expr]]
    constant: bool = False
    windowed: bool = False

    def find(self, identifier: exp.Identifier) -> exp.Expr | None:
        """Return a copy of what an identifier stands for, or None when it is no argument."""
        written = str(identifier.this)
        real, value = self.values.get(written.lower(), ("", None))
        if value is None or (identifier.args.get("quoted") and real != written):
            return None
        made = value.copy()
        made.meta["argument"] = real
        return made

    @property
    def names(self) -> list[str]:
        """Return the real names, in order."""
        return [real for real, _ in self.values.values()]


@dataclass(slots=True)
class Binding:
    """The state of binding one view; `problems` collects, nothing is raised past a clause.

    Args:
        name: the view's real name; private relations are called `name#1`, `name#2`, ….
        source: the text that places refer to.
        ctes: bound common table expressions around the current point, outermost first,
            so that a piece of the query can be typed on its own.
        frames: names of WITH in reach, outermost first, with their columns.
        doubtful: whether an upstream view failed, so that types can't be known.
        arguments: of the function whose body is bound, else None.
    """

    name: str
    source: Source
    catalog: Catalog
    problems: Problems = field(default_factory=Problems)
    relations: list[BoundRelation] = field(default_factory=list)
    parameters: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    ctes: list[exp.CTE] = field(default_factory=list)
    frames: list[dict[str, tuple[Column, ...] | None]] = field(default_factory=list)
    volatile: bool = False
    doubtful: bool = False
    recursive: bool = False
    derived: int = 0
    rewrites: int = 0
    arguments: Arguments | None = None

    def span(self, node: exp.Expr) -> Span:
        """Return the place of a node, or of its nearest ancestor that has one."""
        at: exp.Expr | None = node
        while at is not None:
            found = at.meta.get("span")
            if found:
                return self.source.span(*found)
            at = at.parent
        return self.source.span(0, 0)

    def fail(
        self,
        code: str,
        message: str,
        node: exp.Expr | Span,
        *,
        help: str | None = None,
        labels: tuple[Label, ...] = (),
        cause: str | None = None,
        warning: bool = False,
    ) -> None:
        """Collect a diagnostic at a node or place."""
        span = node if isinstance(node, Span) else self.span(node)
        severity: Severity = "warning" if warning else "error"
        self.problems.catch(error(code, message, span, help=help, labels=labels, cause=cause, severity=severity))

    def fresh_alias(self) -> str:
        """Return a name for a derived table that the user left without one."""
        self.derived += 1
        return f"subquery_{self.derived}"

    def domain_alias(self) -> str:
        """Return a name for the values that a subquery takes from outside; rules know such tables by it."""
        self.derived += 1
        return f"domain_{self.derived}"


def add_relation(binding: Binding, source: BoundSource, span: Span) -> str:
    """Register one reference to a source and return its private name; declares it to the oracle."""
    name = f"{binding.name}#{len(binding.relations) + 1}"
    binding.relations.append(BoundRelation(name, source.name, span))
    binding.catalog.engine_oracle.declare(name, source.schema)
    return name


def refusal_text(refusal: EngineRefusal) -> str:
    """Return the engine's words in one line, short enough for a cause."""
    text = " ".join(refusal.message.split())
    return text if len(text) <= 300 else text[:297] + "..."
