"""Owns cheaper forms for lists of one element and for lists and maps that are written out."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.nodes import clone
from ...dialect.types import DataType
from ...dialect.walk import find_all
from .base import Claim
from .column_types import ColumnTypes
from .temporal_conditions import is_plain

_ALL = ("array_has_all", "list_has_all")
_ANY = ("array_has_any", "list_has_any", "arrays_overlap")
LIST_CALLS = (*_ALL, *_ANY)


def plan_lists(tree: exp.Expr, types: ColumnTypes) -> Iterator[Claim]:
    """Look for the element of a list of one, and for a column in a list that is written out, in place."""
    for node in find_all(tree, exp.Anonymous):
        name = str(node.name).lower()
        if name not in LIST_CALLS or len(node.expressions) != 2:
            continue
        whole, part = node.expressions
        if name in _ANY and isinstance(whole, exp.Array) and not isinstance(part, exp.Array):
            whole, part = part, whole
        single = part.expressions[0] if isinstance(part, exp.Array) and len(part.expressions) == 1 else None
        if single is None:
            continue
        if _kind(single) is not None and is_plain(whole):
            node.replace(_placed(exp.Anonymous(this="array_has", expressions=[clone(whole), clone(single)]), node))
            yield Claim(True, f"one element is looked for in `{_shown(whole)}`")
        elif isinstance(whole, exp.Array) and is_plain(single) and _fits(types.of(single), _kinds(whole.expressions)):
            listed = exp.In(this=clone(single), expressions=[clone(one) for one in whole.expressions])
            known = exp.Not(this=exp.Is(this=clone(single), expression=exp.Null()))
            node.replace(_placed(exp.Paren(this=exp.And(this=listed, expression=known)), node))
            yield Claim(True, f"`{_shown(single)}` is looked for in a list that is written out")


def plan_maps(tree: exp.Expr, types: ColumnTypes) -> Iterator[Claim]:
    """Make a CASE of a column's value in a map that is written out, in place."""
    for node in find_all(tree, exp.Bracket):
        call = node.this
        if not isinstance(call, exp.Anonymous) or str(call.name).lower() != "map_extract" or not _is_first(node):
            continue
        written, key = call.expressions
        entries = written.this.expressions if isinstance(written, exp.ToMap) and isinstance(written.this, exp.Struct) else []
        pairs = [(one.this, one.expression) for one in entries if isinstance(one, exp.PropertyEQ)]
        keys, values = [one for one, _ in pairs], [one for _, one in pairs if not isinstance(one, exp.Null)]
        if not pairs or len({str(one.this) for one in keys}) < len(keys) or not is_plain(key) or _kinds(values) is None:
            continue
        if not _fits(types.of(key), _kinds(keys)):
            continue
        arms = [exp.If(this=clone(one), true=clone(value)) for one, value in pairs]
        node.replace(_placed(exp.Case(this=clone(key), ifs=arms), node))
        yield Claim(True, f"a map that is written out is a CASE of `{_shown(key)}`")


def _is_first(node: exp.Bracket) -> bool:
    key = node.expressions[0] if len(node.expressions) == 1 else None
    return isinstance(key, exp.Literal) and not key.is_string and str(key.this) == "1"


def _kind(node: exp.Expr) -> str | None:
    """Return `text` or `integer` for a constant of that kind, else None."""
    if not isinstance(node, exp.Literal):
        return None
    return "text" if node.is_string else "integer" if str(node.this).isdigit() else None


def _kinds(given: list[exp.Expr]) -> str | None:
    """Return the kind that all of some constants have, else None."""
    found = {_kind(one) for one in given}
    return found.pop() if len(found) == 1 else None


def _fits(type_: DataType | None, kind: str | None) -> bool:
    if type_ is None or kind is None:
        return False
    return type_.name == "VARCHAR" if kind == "text" else type_.is_integer


def _shown(node: exp.Expr) -> str:
    return to_sql(node).replace('"', "")


def _placed(made: exp.Expr, like: exp.Expr) -> exp.Expr:
    if "span" in like.meta:
        made.meta["span"] = like.meta["span"]
    return made
