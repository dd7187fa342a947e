"""Owns stars in select lists: `*`, `t.*`, EXCLUDE, REPLACE, RENAME, spelt out as columns."""

from __future__ import annotations

from sqlglot import exp

from ...dialect.diagnostics import did_you_mean
from .columns import copy_place, make_column
from .context import Binding
from .scope import Relation, Scope, same
from .star_forms import struct_fields, struct_of


def is_star(item: exp.Expr) -> bool:
    """Say whether a select item is `*`, `t.*`, or the fields of a struct, `s.*`."""
    return isinstance(_last(item), exp.Star)


def _last(item: exp.Expr) -> exp.Expr:
    last: exp.Expr = item.this if isinstance(item, exp.Column) else item.expression if isinstance(item, exp.Dot) else item
    return last


def expand_star(binding: Binding, item: exp.Expr, scope: Scope) -> list[exp.Expr] | None:
    """Return aliased columns in place of a star, or None when a relation's columns aren't known."""
    star = _last(item)
    if star.args.get("ilike"):
        binding.fail("T2006", "`* ILIKE` is not read here", item, help="name the columns")
        return None
    struct = struct_of(item, scope)
    found = struct_fields(binding, item, struct, scope) if struct is not None else _of_relations(binding, item, scope)
    if found is None:
        return None
    entries = _exclude(binding, star, found)
    entries = _replace(binding, star, entries, scope)
    entries = _rename(binding, star, entries)
    if not entries:
        binding.fail("T2006", "the star leaves no column", item, help="exclude fewer")
    return [_aliased(item, name, value) for name, value in entries]


Entry = tuple[str, exp.Expr]


def _of_relations(binding: Binding, item: exp.Expr, scope: Scope) -> list[Entry] | None:
    relations = _meant(binding, item, scope)
    if relations is not None and any(r.columns is None for r in relations):
        binding.doubtful = True
        return None
    return None if relations is None else _entries(item, relations, scope, qualified=isinstance(item, exp.Column))


def _meant(binding: Binding, item: exp.Expr, scope: Scope) -> list[Relation] | None:
    if isinstance(item, exp.Column):
        found = [r for r in scope.relations if same(item.args["table"], r.alias)]
        if not found:
            name = str(item.args["table"].this)
            known = [r.alias for r in scope.relations]
            help_ = did_you_mean(name, known) or (f"there are {', '.join(f'`{one}`' for one in known)}" if known else "add FROM")
            binding.fail("T2002", f"there is no relation `{name}` here", item.args["table"], help=help_)
            return None
        return found
    if not scope.relations:
        binding.fail("T2006", "`*` needs a FROM", item, help="name the columns, or say what they are read FROM")
        return None
    return scope.relations


def _entries(item: exp.Expr, relations: list[Relation], scope: Scope, qualified: bool) -> list[Entry]:
    made: list[Entry] = []
    done: set[str] = set()
    if not qualified:
        for key, (name, value) in scope.merged.items():
            made.append((name, value.copy()))
            done.add(key)
    for relation in relations:
        for column in relation.columns or ():
            if column.name.lower() not in done:
                made.append((column.name, make_column(relation.alias, column.name, item, column.type)))
    return made


def _find(binding: Binding, name: exp.Identifier, entries: list[Entry], word: str) -> int | None:
    for at, (real, _) in enumerate(entries):
        if same(name, real):
            return at
    help_ = did_you_mean(str(name.this), [n for n, _ in entries])
    binding.fail("T2001", f"{word} names `{name.this}`, which is no column of the star", name, help=help_)
    return None


def _name(node: exp.Expr) -> exp.Identifier:
    found = node if isinstance(node, exp.Identifier) else node.find(exp.Identifier)
    assert found is not None
    return found


def _exclude(binding: Binding, star: exp.Expr, entries: list[Entry]) -> list[Entry]:
    """Leave out every column of an excluded name, as neighbours do; one that matches nothing is reported."""
    names = [_name(node) for node in star.args.get("except_") or []]
    found = [name for name in names if _find(binding, name, entries, "EXCLUDE") is not None]
    return [(real, value) for real, value in entries if not any(same(name, real) for name in found)]


def _replace(binding: Binding, star: exp.Expr, entries: list[Entry], scope: Scope) -> list[Entry]:
    from .expressions import bind_expression

    changed = list(entries)
    for node in star.args.get("replace") or []:
        at = _find(binding, node.args["alias"], entries, "REPLACE")
        if at is not None:
            changed[at] = (changed[at][0], bind_expression(binding, node.this, scope))
    return changed


def _rename(binding: Binding, star: exp.Expr, entries: list[Entry]) -> list[Entry]:
    changed = list(entries)
    for node in star.args.get("rename") or []:
        at = _find(binding, _name(node.this), entries, "RENAME")
        if at is not None:
            changed[at] = (str(node.args["alias"].this), changed[at][1])
    return changed


def _aliased(item: exp.Expr, name: str, value: exp.Expr) -> exp.Expr:
    made = exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))
    made.meta["named"] = True
    copy_place(made, item)
    return made
