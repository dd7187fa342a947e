"""Owns who needs whom: the one graph of views and functions, circles in it, what an ad hoc query needs.

In: declarations. Out: an order in which everything is bound after what it needs. A function
stands in the graph under a key of its own, since a view may have the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from ...dialect.diagnostics import Label, Problems, TreadleError, error
from ...dialect.source import Span
from ...dialect.statements.function import FunctionStatement
from ...dialect.statements.materialized_view import MaterializedViewStatement
from ..graph import ViewGraph, build_graph
from .named_sources import names_given
from .names import ADHOC, AnyView, Declarations, referred_to, tables_read, view_span

_FUNCTION = "\0"
"""Begins a function's key; sorts before every name, so that functions don't change the order of views."""


@dataclass(frozen=True, slots=True)
class References:
    """What a project's views and functions need.

    Args:
        graph: of views by name and functions by key.
        wanted: names of relations and keys of functions that are to be bound.
        alone: keys of functions that read nothing, nor call any that does.
    """

    graph: ViewGraph
    wanted: frozenset[str]
    alone: frozenset[str] = frozenset()

    def first(self) -> Iterator[str]:
        """Yield the functions that read nothing, in lower case and in order; locations of sources may call them."""
        yield from (key[1:] for key in self.graph.order if key in self.alone)

    def steps(self) -> Iterator[tuple[str | None, str | None]]:
        """Yield what is to be bound after sources, in order: a view's name, or a function's in lower case."""
        for key in self.graph.order:
            if key in self.wanted and key not in self.alone:
                yield (None, key[1:]) if key.startswith(_FUNCTION) else (key, None)

    def stuck(self, declared: Declarations) -> tuple[list[str], list[str]]:
        """Return the views and the functions that stand in a circle or need one that does."""
        known = set(self.graph.order)
        functions = [name for name in sorted(declared.functions) if _FUNCTION + name not in known]
        return [view for view in sorted(declared.views) if view not in known], functions


def references(declared: Declarations, frames: Iterable[str]) -> References:
    """Return the graph of a project; with an ad hoc query, only what that needs is wanted, and functions that read nothing."""
    relations = declared.relation_names(frames)
    reads: dict[str, list[str]] = {}
    touched: dict[str, list[str]] = {}
    for key, trees in _trees(declared):
        found = [real for tree in trees for table in tables_read(tree) for real in relations.get(_written(table), ())]
        named = [real for tree in trees for name in names_given(tree) for real in relations.get(name, ()) if real in declared.sources]
        calls = [_FUNCTION + name for tree in trees for name in _called(tree, declared)]
        touched[key] = [*found, *named]
        reads[key] = [*(f for f in found if f in declared.views), *calls, *_referred(declared, key, relations)]
    graph = build_graph(reads)
    alone = frozenset(k for k in reads if k.startswith(_FUNCTION) and not any(touched[n] for n in graph.upstream([k])))
    if ADHOC not in declared.views:
        return References(graph, frozenset((*reads, *declared.sources, *frames)), alone)
    wanted = graph.upstream([ADHOC]) | alone
    return References(graph, wanted | {s for k in wanted for s in touched[k]}, alone)


def _trees(declared: Declarations) -> Iterator[tuple[str, list[exp.Expr]]]:
    for name, view in declared.views.items():
        more = (view.replace_where, *(one.condition for one in view.constraints)) if isinstance(view, MaterializedViewStatement) else ()
        yield name, [view.query.tree, *(one.tree for one in more if one is not None)]
    for name, function in declared.functions.items():
        yield _FUNCTION + name, [island.tree for island in (function.query, function.body) if island is not None]


def _referred(declared: Declarations, key: str, relations: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the views that a view's constraints refer to; an ad hoc query writes nothing, so there none is checked."""
    if key.startswith(_FUNCTION) or ADHOC in declared.views:
        return []
    return [name for _, name in referred_to(declared.views[key], relations) if name in declared.views and name != key]


def _written(table: exp.Table) -> str:
    return ".".join(str(table.args[k].this) for k in ("db", "this") if table.args.get(k) is not None).lower()


def _called(tree: exp.Expr, declared: Declarations) -> list[str]:
    names = dict.fromkeys(str(call.name).lower() for call in tree.find_all(exp.Anonymous))
    return [key for name in names for key in declared.called(name)]


def report_cycles(declared: Declarations, graph: ViewGraph, problems: Problems) -> None:
    """Report every circle with the places that make it."""
    for cycle in graph.cycles:
        if ADHOC in cycle:
            continue
        shown = {key: _shown(declared, key) for key in cycle}
        path = " → ".join(shown[key] for key in cycle)
        labels = []
        for reader, read in zip(cycle, cycle[1:], strict=False):
            place = _reference(declared, reader, read)
            if place is not None:
                verb = "calls" if read.startswith(_FUNCTION) else "reads"
                labels.append(Label(place, f"`{shown[reader]}` {verb} `{shown[read]}` here"))
        problems.catch(_circle(declared, cycle, path, labels))


def _circle(declared: Declarations, cycle: tuple[str, ...], path: str, labels: list[Label]) -> TreadleError:
    if all(key.startswith(_FUNCTION) for key in cycle):
        return error(
            "T2028", f"functions call each other in a circle: {path.replace('()', '')}", declared.functions[cycle[0][1:]].name.span,
            help="break the circle: a function is written into its callers, so it can't call itself",
        )  # fmt: skip
    mixed = any(key.startswith(_FUNCTION) for key in cycle)
    first = next(key for key in cycle if not key.startswith(_FUNCTION))
    at = labels[0].span if labels else view_span(declared.views[first])
    message = f"{'views and functions need' if mixed else 'views read'} each other in a circle: {path}"
    return error("T2050", message, at, labels=labels[1:], help="one of them must read a table or source instead")


def _shown(declared: Declarations, key: str) -> str:
    return f"{declared.functions[key[1:]].name.text}()" if key.startswith(_FUNCTION) else key


def _reference(declared: Declarations, reader: str, read: str) -> Span | None:
    """Return where one of a circle names the next one."""
    if not reader.startswith(_FUNCTION):
        for span, name in referred_to(declared.views[reader], declared.relation_names()):
            if name == read:
                return span
    statement: AnyView | FunctionStatement = declared.functions[reader[1:]] if reader.startswith(_FUNCTION) else declared.views[reader]
    for key, trees in _trees(declared):
        for tree in trees if key == reader else ():
            for node in _named(tree, read):
                place = node.meta.get("span")
                if place:
                    return statement.span.source.span(*place)
    return None


def _named(tree: exp.Expr, key: str) -> Iterator[exp.Expr]:
    if key.startswith(_FUNCTION):
        name = key[1:].partition("(")[0]
        yield from (call for call in tree.find_all(exp.Anonymous) if str(call.name).lower() == name)
    else:
        yield from (table.this for table in tables_read(tree) if _written(table) == key.lower())
