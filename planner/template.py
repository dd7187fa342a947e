"""Owns engine SQL with holes: a view's text is written once, its private names are filled in per stage.

In: a bound tree. Out: a `Template`: its common table expressions, hoisted out of wherever
they stood into one flat list in an order that works, and its body. Names of a WITH can't
refer to anything around it, so hoisting changes nothing; it keeps nesting, which the
engine's parser limits, as low as the user wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from ..dialect.nodes import clone
from ..dialect.types import quote
from ..dialect.walk import find_all
from .asof import lower_asof
from .graph import build_graph
from .trees import table_name, walk_tables


@dataclass(frozen=True, slots=True)
class Hole:
    """A place that a stage fills: `kind` is `table`, `cte`, `param` or `clock`."""

    kind: str
    name: str


Text = tuple[str | Hole, ...]


@dataclass(frozen=True, slots=True)
class TemplateCte:
    """One hoisted common table expression: its number as text, its column list as SQL, its query."""

    number: str
    columns: str
    query: Text


@dataclass(frozen=True, slots=True)
class Template:
    """Engine SQL of a view with holes.

    Args:
        ctes: hoisted common table expressions, in an order in which each reads only earlier ones.
        body: the query.
        recursive: whether one of them reads itself.
        parameters: names of parameters in it, sorted.
    """

    ctes: tuple[TemplateCte, ...]
    body: Text
    recursive: bool
    parameters: tuple[str, ...]


def fill(text: Text, filler: Callable[[Hole], str]) -> str:
    """Return the text with every hole filled."""
    return "".join(piece if isinstance(piece, str) else filler(piece) for piece in text)


def make_template(tree: exp.Expr) -> Template:
    """Return the engine SQL of a bound query with holes; the tree is not changed.

    Raises:
        TreadleError: T31xx from `dialect.to_engine_sql` for what can't be lowered.
    """
    maker = _Maker(clone(tree))
    return maker.make()


class _Maker:
    """Makes one template of a tree that it may change."""

    def __init__(self, tree: exp.Expr) -> None:
        self.tree = tree
        self.mark = _free_mark(tree)
        self.holes: list[Hole] = []

    def make(self) -> Template:
        self._wrap_values()
        lower_asof(self.tree)
        ctes, recursive = self._hoist()
        texts = tuple(TemplateCte(number, self._columns(cte), self._text(cte.this)) for number, cte in ctes)
        body = self._text(self.tree)
        parameters = {hole.name for hole in self.holes if hole.kind == "param"}
        return Template(texts, body, recursive, tuple(sorted(parameters)))

    def _wrap_values(self) -> None:
        """Give bare VALUES a SELECT: as a common table expression the engine would lack the names of its columns."""
        if isinstance(self.tree, exp.Values) and not self.tree.args.get("alias"):
            width = len(self.tree.expressions[0].expressions) if self.tree.expressions else 0
            names = [exp.to_identifier(f"column{at + 1}", quoted=True) for at in range(width)]
            rows = exp.to_identifier("rows", quoted=True)
            items = [exp.Alias(this=exp.Column(this=n.copy(), table=rows.copy()), alias=n.copy()) for n in names]
            self.tree.set("alias", exp.TableAlias(this=rows, columns=names))
            self.tree = exp.Select(expressions=items, from_=exp.From(this=self.tree))

    def _hoist(self) -> tuple[list[tuple[str, exp.CTE]], bool]:
        tables = list(walk_tables(self.tree))
        recursive = {id(meant) for table, meant in tables if meant is not None and _inside(table, meant)}
        every = find_all(self.tree, exp.CTE)
        kept = {id(cte) for cte in every if _ancestors(cte) & recursive}
        ctes = [cte for cte in every if id(cte) not in kept]
        numbers = {id(cte): str(at) for at, cte in enumerate((*ctes, *(c for c in every if id(c) in kept)))}
        order = _order(ctes, tables, numbers)
        for table, meant in tables:
            self._name(table, Hole("cte", numbers[id(meant)]) if meant is not None else Hole("table", table_name(table)))
        for cte in every:
            cte.args["alias"].set("this", exp.to_identifier(self._hole(Hole("cte", numbers[id(cte)])), quoted=True))
        for with_ in find_all(self.tree, exp.With) if every else ():
            if id(with_.expressions[0]) not in kept and with_.parent is not None:
                with_.parent.set("with_", None)
        return [(numbers[id(cte)], cte) for cte in order], bool(recursive)

    def _name(self, table: exp.Table, hole: Hole) -> None:
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
        table.set("this", exp.to_identifier(self._hole(hole), quoted=True))
        table.set("db", None)
        table.set("catalog", None)

    def _hole(self, hole: Hole) -> str:
        self.holes.append(hole)
        return f"{self.mark}{len(self.holes) - 1}{self.mark}"

    def _columns(self, cte: exp.CTE) -> str:
        left = {key for key, value in cte.args.items() if value not in (None, False, [])} - {"this", "alias"}
        if left:
            from ..dialect.diagnostics import error

            raise error("T3100", f"`{sorted(left)[0].upper()}` behind WITH cannot be written for the engine")
        names = [str(one.this) for one in cte.args["alias"].args.get("columns") or ()]
        return f" ({', '.join(map(quote, names))})" if names else ""

    def _text(self, node: exp.Expr) -> Text:
        from ..dialect import to_engine_sql
        from ..dialect.nodes import Param

        names = sorted({str(one.this.this) for one in find_all(node, Param)})
        parameters = {name: self._hole(Hole("param", name)) for name in names}
        sql = to_engine_sql(node, parameters, self._hole(Hole("clock", "")))
        pieces = re.split(f"{re.escape(self.mark)}([0-9]+){re.escape(self.mark)}", sql)
        return tuple(self.holes[int(piece)] if at % 2 else piece for at, piece in enumerate(pieces) if at % 2 or piece)


def _free_mark(tree: exp.Expr) -> str:
    """Return a character that no text or name in the tree has, so that no value is taken for a hole."""
    texts = (str(node.this) for node in find_all(tree, exp.Literal, exp.Identifier, exp.Var))
    taken = {char for text in texts if not text.isascii() for char in text}
    return next(mark for mark in map(chr, range(0xE001, 0xF8FF)) if mark not in taken)


def _inside(node: exp.Expr, ancestor: exp.Expr) -> bool:
    at: exp.Expr | None = node
    while at is not None and at is not ancestor:
        at = at.parent
    return at is ancestor


def _ancestors(node: exp.Expr) -> set[int]:
    """Return the identities of the nodes around a node."""
    found: set[int] = set()
    at = node.parent
    while at is not None:
        found.add(id(at))
        at = at.parent
    return found


def _order(ctes: list[exp.CTE], tables: list[tuple[exp.Table, exp.CTE | None]], numbers: Mapping[int, str]) -> list[exp.CTE]:
    """Return the common table expressions so that each comes after those that it reads."""
    by_key = {f"{int(numbers[id(cte)]):06d}": cte for cte in ctes}
    keys = {id(cte): key for key, cte in by_key.items()}
    reads: dict[str, set[str]] = {key: set() for key in by_key}
    for table, meant in tables:
        if meant is None or id(meant) not in keys:
            continue
        for around in _ancestors(table) & set(keys):
            if around != id(meant):
                reads[keys[around]].add(keys[id(meant)])
    return [by_key[key] for key in build_graph(reads).order]
