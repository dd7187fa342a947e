"""Owns selectors: which views the words after a command mean.

In: words such as `late_by_day`, `+late_by_day`, `flights+`, `tag:daily`, `stg_*`, and the
bound project. Out: names of views in the project's order. Several words mean all that any of
them means.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..dialect.diagnostics import Problems, TreadleError, did_you_mean, error
from ..dialect.source import Source
from ..dialect.statements.materialized_view import MaterializedViewStatement
from ..dialect.statements.view import ViewStatement
from ..planner.graph import build_graph
from ..planner.project import BoundView, Project


@dataclass(frozen=True, slots=True)
class Selector:
    """One word: a method (`name` or `tag`), a pattern, and whether what it reads or what reads it comes along."""

    word: str
    method: str
    pattern: str
    upstream: bool
    downstream: bool


def read_selector(word: str) -> Selector:
    """Read one selector; raises T7016.

    >>> read_selector("+tag:daily")
    Selector(word='+tag:daily', method='tag', pattern='daily', upstream=True, downstream=False)
    """
    core = word.strip()
    upstream, downstream = core.startswith("+"), len(core) > 1 and core.endswith("+")
    core = core.removeprefix("+").removesuffix("+")
    method, sign, pattern = core.partition(":")
    if not sign:
        method, pattern = "name", core
    source = Source("<selector>", word)
    span = source.span(0, len(word))
    if method not in ("name", "tag"):
        help_line = did_you_mean(method, ["tag"]) or "the only method is `tag:`, as in `tag:daily`"
        raise error("T7016", f"`{word}` uses the method `{method}:`, which does not exist", span, help=help_line)
    if not pattern or "+" in pattern:
        help_line = "write `name`, `+name`, `name+`, `tag:daily` or a pattern such as `stg_*`"
        raise error("T7016", f"`{word}` is no selector", span, help=help_line)
    return Selector(word, method, pattern, upstream, downstream)


def select(project: Project, words: Iterable[str]) -> tuple[str, ...]:
    """Return the views that selectors mean, in the project's order; raises T7015 and T7016, all of them.

    A word that is a view's real name means that view, whatever signs are in it.
    """
    problems = Problems()
    graph = build_graph({name: (*view.depends_on, *view.refers_to) for name, view in project.views.items()})
    chosen: set[str] = set()
    for word in words:
        try:
            one = Selector(word, "name", word, False, False) if word in project.views else read_selector(word)
            found = _matching(project, one)
        except TreadleError as problem:
            problems.catch(problem)
            continue
        chosen |= set(found)
        chosen |= graph.upstream(found) if one.upstream else set()
        chosen |= graph.downstream(found) if one.downstream else set()
    problems.raise_if_errors()
    return tuple(name for name in project.order if name in chosen)


def tags_of(view: BoundView) -> tuple[str, ...]:
    """Return the tags that a view is declared with."""
    statement = view.statement
    return statement.tags if isinstance(statement, ViewStatement | MaterializedViewStatement) else ()


def _matching(project: Project, one: Selector) -> tuple[str, ...]:
    pattern = one.pattern.lower()
    if one.method == "tag":
        found = tuple(n for n, v in project.views.items() if any(fnmatchcase(t.lower(), pattern) for t in tags_of(v)))
        known = sorted({t for v in project.views.values() for t in tags_of(v)})
    elif one.pattern in project.views:
        return (one.pattern,)
    else:
        found = tuple(n for n in project.views if fnmatchcase(n.lower(), pattern))
        known = sorted(project.views)
    if not found:
        raise _nothing(project, one, known)
    return found


def _nothing(project: Project, one: Selector, known: list[str]) -> TreadleError:
    source = Source("<selector>", one.word)
    at = one.word.find(one.pattern)
    span = source.span(at, at + len(one.pattern))
    shown = ", ".join(f"`{name}`" for name in known[:8])
    if one.method == "tag":
        help_line = did_you_mean(one.pattern, known) or (f"tags are {shown}" if known else "no view has a tag")
        return error("T7015", f"no view has the tag `{one.pattern}`", span, help=help_line)
    if one.pattern in project.failed:
        return error("T7015", f"the view `{one.pattern}` could not be bound", span, help="`treadle check` says why")
    help_line = did_you_mean(one.pattern, known) or (f"views are {shown}" if known else "this project has no views")
    return error("T7015", f"no view is called `{one.pattern}`", span, help=help_line)
