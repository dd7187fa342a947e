"""Owns the refusal of statements that parse and bind, and that a later step brings to life; none is ignored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..dialect.diagnostics import TreadleError
from ..dialect.statements.base import Statement
from ..dialect.statements.function import FunctionStatement
from .capabilities import CapabilityUnavailable
from .graph import build_graph
from .known import unavailable
from .project import Project


def refuse_unsupported(project: Project, outputs: Sequence[str]) -> None:
    """Refuse what the outputs need and can't have yet, each at its place.

    Raises:
        CapabilityUnavailable: exactly one thing.
        TreadleError: several, all at once.
    """
    found = [*_statements(project, outputs)]
    if len(found) == 1:
        raise found[0]
    if found:
        raise TreadleError(*(one for problem in found for one in problem.diagnostics))


def _statements(project: Project, outputs: Sequence[str]) -> Iterator[CapabilityUnavailable]:
    graph = build_graph({name: view.depends_on for name, view in project.views.items()})
    upstream = graph.upstream(outputs)
    functions = {function.lower() for name in upstream for function in project.views[name].functions}
    for statement in project.unsupported:
        refusal = _refusal(statement, functions)
        if refusal is not None:
            yield refusal


def _refusal(statement: Statement, functions: set[str]) -> CapabilityUnavailable | None:
    """Return the refusal of a statement that a run with these functions needs, else None."""
    if isinstance(statement, FunctionStatement) and statement.name.text.lower() in functions:
        return unavailable(_capability(statement), f"functions.{statement.name.text}", statement.span)
    return None


def _capability(statement: FunctionStatement) -> str:
    flavour = "python" if statement.language == "PYTHON" or statement.flavour == "scalar" else statement.flavour
    return f"functions.{flavour}"
