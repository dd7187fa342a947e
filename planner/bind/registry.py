"""Owns what is known of every function that a query can call, as rows: `function_registry()`, `function_docs()`, lists for people.

In: the engine's functions, those of packs, the project's declarations, what Python registered; nothing has to be bound for it.
Out: `Known`, one for each form of a function, sorted by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...dialect.statements.function import FunctionStatement
from ...dialect.types import VARCHAR
from ...dialect.types_sql import type_node
from ..functions.aliases import RENAMED
from ..functions.built_ins import described
from ..functions.packs import PACKS, renamed
from ..functions.python import RegisteredFunction
from ..functions.tables import table_functions
from ..functions.tables.base import TableFunction
from ..ports import BuiltIn
from .calls import Signature, place_arguments
from .columns import copy_place
from .context import Binding
from .macros import signature_of
from .scope import Column


@dataclass(frozen=True, slots=True)
class Known:
    """One form of a function; what is not known is None.

    Args:
        name: as it is called.
        kind: `scalar`, `aggregate`, `window` or `table`.
        pack: the pack, or the engine's group of functions.
        signature: with its parameters.
        returns: the type or family of its result.
        volatility: `immutable`, `stable` or `volatile`.
        nulls: what null arguments give.
        doc: one sentence.
        example: a call.
        gives: what the example gives, as SQL.
        origin: `engine`, `treadle`, `project` or `python`.
    """

    name: str
    kind: str
    pack: str | None
    signature: str
    returns: str | None
    volatility: str | None
    nulls: str | None
    doc: str | None
    example: str | None
    gives: str | None
    origin: str


TABLES: Mapping[str, tuple[str, ...]] = {
    "function_registry": ("name", "kind", "pack", "signature", "returns", "volatility", "nulls", "origin"),
    "function_docs": ("name", "signature", "doc", "example", "gives", "origin"),
}
"""The columns of each table."""


def known_functions(
    built_ins: Mapping[str, BuiltIn], declared: Mapping[str, FunctionStatement], registered: Mapping[str, RegisteredFunction]
) -> list[Known]:
    """Return all functions by name; a project's own hides others of its name.

    Args:
        built_ins: the engine's.
        declared: the project's, by lower-case name.
        registered: those of Python's, by lower-case name.
    """
    own = [*(_declared(one) for one in declared.values()), *(_registered(one) for one in registered.values())]
    hidden = {one.name.lower() for one in own}
    others = [*_of_packs(), *_tables(), *_of_engine(built_ins)]
    named = [one for one in others if one.name not in hidden]
    first = {one.name: one for one in reversed(named)}
    more = [
        _renamed(first[meant], name) for name, meant in {**RENAMED, **renamed()}.items() if meant in first and name not in {*first, *hidden}
    ]
    return sorted([*own, *named, *more], key=lambda one: (one.name.lower(), one.origin))


def _of_packs() -> Iterator[Known]:
    for pack in PACKS:
        for one in pack.functions:
            yield Known(
                one.name, one.kind, pack.name, one.shown, one.returns, one.volatility, one.nulls, one.doc, one.example, one.gives, "treadle"
            )


def _tables() -> Iterator[Known]:
    for one in table_functions().values():
        yield Known(one.name, "table", None, one.shown, "TABLE", None, None, one.doc, one.example, None, "treadle")


def _of_engine(built_ins: Mapping[str, BuiltIn]) -> Iterator[Known]:
    known, own = described(), table_functions()
    for name, one in built_ins.items():
        told = known.get(name)
        if name in own or told is None:
            continue
        yield Known(name, one.kind, told.group, told.shown(name), None, one.volatility, None, told.doc, told.example, None, "engine")


def _renamed(one: Known, name: str) -> Known:
    shown = one.signature.replace(one.name, name, 1)
    doc = f"Another name of `{one.name}`."
    return Known(name, one.kind, one.pack, shown, one.returns, one.volatility, one.nulls, doc, one.example, one.gives, one.origin)


def _declared(one: FunctionStatement) -> Known:
    returns = "TABLE" if one.flavour == "table" else None if one.returns is None else str(one.returns.type)
    volatility = None if one.volatility is None else one.volatility.lower()
    nulls = "null in any argument gives null" if one.strict else None
    origin = "python" if one.language == "PYTHON" else "project"
    return Known(one.name.text, one.flavour, None, signature_of(one).shown, returns, volatility, nulls, one.comment, None, None, origin)


def _registered(one: RegisteredFunction) -> Known:
    inside = ", ".join(f"{name} {kind}" for name, kind in zip(one.parameters, one.types, strict=True))
    nulls = "null in any argument gives null" if one.code.strict else None
    shown, volatility = f"{one.name}({inside})", one.code.volatility.lower()
    return Known(one.name, one.flavour, None, shown, str(one.returns), volatility, nulls, one.comment, None, None, "python")


def bind_registry(binding: Binding, node: exp.Table, function: TableFunction) -> tuple[exp.Expr, tuple[Column, ...] | None, None]:
    """Return the table of what is known of functions as a derived table of its rows."""
    placed = place_arguments(binding, node.this, node.this.expressions, Signature(function.name, (), (), function.shown))
    if placed is None:
        binding.doubtful = True
        return node, None, None
    catalog = binding.catalog
    registered = catalog.modules.registered() if catalog.modules is not None else {}
    names = TABLES[function.name]
    rows = [[getattr(one, name) for name in names] for one in known_functions(catalog.built_ins, catalog.functions, registered)]
    made = exp.Subquery(this=_query(names, rows))
    given = node.args.get("alias")
    alias = given.this if given is not None and given.this is not None else exp.to_identifier(function.name, quoted=True)
    made.set("alias", exp.TableAlias(this=alias, columns=given.args.get("columns") if given is not None else None))
    if node.args.get("joins"):
        made.set("joins", node.args["joins"])
    for part in made.walk():
        if "span" not in part.meta:
            copy_place(part, node)
    return made, tuple(Column(name, VARCHAR) for name in names), None


def _query(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> exp.Select:
    values = exp.Values(
        expressions=[exp.Tuple(expressions=[_text(one) for one in row]) for row in rows],
        alias=exp.TableAlias(
            this=exp.to_identifier("known", quoted=True), columns=[exp.to_identifier(name, quoted=True) for name in names]
        ),
    )
    items: list[exp.Expr] = []
    for name in names:
        column = exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier("known", quoted=True))
        items.append(exp.Alias(this=column, alias=exp.to_identifier(name, quoted=True)))
    return exp.Select(expressions=items, from_=exp.From(this=values))


def _text(value: str | None) -> exp.Expr:
    return exp.Cast(this=exp.Null(), to=type_node(VARCHAR)) if value is None else exp.Literal.string(value)
