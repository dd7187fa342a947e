"""Owns what stands for several select items besides `*`: the fields of a struct, `s.*`, and `COLUMNS(…)` in an expression."""

from __future__ import annotations

import re

from sqlglot import exp

from ...dialect.diagnostics import did_you_mean
from ...dialect.nodes import clone
from ...dialect.types import DataType
from .context import Binding
from .infer import infer
from .probe import probe_type
from .scope import Scope, find_columns, same

LIST_NAMES = "write a regular expression COLUMNS('…'), a list COLUMNS(['a', 'b']), or COLUMNS(* EXCLUDE (…))"


def struct_of(item: exp.Expr, scope: Scope) -> exp.Expr | None:
    """Return the struct, not bound, whose fields a star means; None for a star over relations."""
    if isinstance(item, exp.Dot) and isinstance(item.expression, exp.Star):
        inner: exp.Expr = clone(item.this)
        return inner
    if not isinstance(item, exp.Column) or not isinstance(item.this, exp.Star):
        return None
    name, relation = item.args["table"], item.args.get("db")
    if relation is not None:
        return exp.Column(this=name.copy(), table=relation.copy())
    if any(same(name, one.alias) for one in scope.relations) or not any(find_columns(name, one) for one in scope.relations):
        return None
    return exp.Column(this=name.copy())


def struct_fields(binding: Binding, item: exp.Expr, struct: exp.Expr, scope: Scope) -> list[tuple[str, exp.Expr]] | None:
    """Return the fields of a struct as names and bound accesses; None after reporting that it has none."""
    from .expressions import bind_expression

    for node in struct.walk():
        node.meta.setdefault("span", item.meta.get("span"))
    before = len(binding.problems.errors)
    bound = bind_expression(binding, struct, scope)
    if len(binding.problems.errors) > before:
        return None
    type_ = infer(bound) or probe_type(binding, bound, scope)
    if type_ is None:
        binding.doubtful = True
        return None
    if type_.name != "STRUCT":
        binding.fail("T2004", f"`.*` is asked of a {type_}, which has no fields", item, help="stars are asked of relations and structs")
        return None
    return [(field.name, _field(bound, field.name, field.type, item)) for field in type_.fields]


def _field(struct: exp.Expr, name: str, type_: DataType, item: exp.Expr) -> exp.Expr:
    made = exp.Bracket(this=clone(struct), expressions=[exp.Literal.string(name)])
    made.meta.update(span=item.meta.get("span"), type=type_)
    return made


def is_columns(node: exp.Expr) -> bool:
    """Say whether a node is a call of `COLUMNS`."""
    return isinstance(node, exp.Anonymous) and str(node.this).lower() == "columns"


def expand_columns(binding: Binding, item: exp.Expr, scope: Scope) -> list[exp.Expr] | None:
    """Return one unbound select item for each column that the `COLUMNS(…)` in an item mean.

    An item without any is returned as it is; None after reporting what is wrong.
    """
    calls = _calls(item)
    if not calls:
        return [item]
    found = [_matched(binding, call, scope) for call in calls]
    first = found[0]
    if first is None or any(one is None for one in found):
        return None
    if any([name for name, _ in one or ()] != [name for name, _ in first] for one in found[1:]):
        binding.fail("T2067", "the COLUMNS of one expression mean different columns", calls[1], help="repeat the same one")
        return None
    pattern = calls[0].expressions[0]
    return [_item(item, name, column, pattern) for name, column in first]


def _calls(item: exp.Expr) -> list[exp.Expr]:
    found, waiting = [], [item]
    while waiting:
        node = waiting.pop(0)
        if is_columns(node):
            found.append(node)
        elif not isinstance(node, exp.Query):
            waiting += [one for v in node.args.values() for one in (v if type(v) is list else [v]) if isinstance(one, exp.Expr)]
    return found


def _matched(binding: Binding, call: exp.Expr, scope: Scope) -> list[tuple[str, exp.Expr]] | None:
    """Return the columns that one `COLUMNS(…)` means: their names and what names them."""
    from .stars import expand_star

    argument = call.expressions[0] if len(call.expressions) == 1 else None
    star = clone(argument) if isinstance(argument, exp.Star) else exp.Star()
    star.meta["span"] = call.meta.get("span")
    items = expand_star(binding, star, scope)
    if items is None:
        return None
    columns = [(one.alias, _named(one)) for one in items]
    if isinstance(argument, exp.Star):
        return columns
    if isinstance(argument, exp.Literal) and argument.is_string:
        return _by_pattern(binding, argument, columns)
    if isinstance(argument, exp.Array) and all(isinstance(one, exp.Literal) and one.is_string for one in argument.expressions):
        return _by_name(binding, argument, columns)
    binding.fail("T2067", "COLUMNS takes a star, a text or a list of texts", argument or call, help=LIST_NAMES)
    return None


def _named(item: exp.Expr) -> exp.Expr:
    value = item.this
    if isinstance(value, exp.Column):
        return value
    return exp.Column(this=exp.to_identifier(item.alias, quoted=True))  # joined by USING: the name alone means both


def _by_pattern(binding: Binding, pattern: exp.Expr, columns: list[tuple[str, exp.Expr]]) -> list[tuple[str, exp.Expr]] | None:
    try:
        wanted = re.compile(str(pattern.this))
    except re.error as fault:
        binding.fail("T2067", f"this is no regular expression: {fault}", pattern, help=LIST_NAMES)
        return None
    found = [one for one in columns if wanted.search(one[0])]
    if not found:
        names = ", ".join(f"`{name}`" for name, _ in columns[:8])
        binding.fail("T2067", f"no column matches '{pattern.this}'", pattern, help=f"there are {names}")
        return None
    return found


def _by_name(binding: Binding, names: exp.Expr, columns: list[tuple[str, exp.Expr]]) -> list[tuple[str, exp.Expr]] | None:
    found = []
    for wanted in names.expressions:
        mine = [one for one in columns if one[0].lower() == str(wanted.this).lower()]
        if not mine:
            help_ = did_you_mean(str(wanted.this), [name for name, _ in columns])
            binding.fail("T2001", f"COLUMNS names `{wanted.this}`, which is no column here", wanted, help=help_)
            return None
        found += mine
    return found


def _item(item: exp.Expr, name: str, column: exp.Expr, pattern: exp.Expr) -> exp.Expr:
    made = exp.Paren(this=clone(item))
    for call in _calls(made):
        call.replace(_placed(column, call))
    inner: exp.Expr = made.this
    alias = name
    if isinstance(inner, exp.Alias):
        alias, inner = str(inner.alias), inner.this
        if isinstance(pattern, exp.Literal) and "\\" in alias and (match := re.search(str(pattern.this), name)):
            alias = match.expand(alias)
    named = exp.Alias(this=inner, alias=exp.to_identifier(alias, quoted=True))
    named.meta["span"] = item.meta.get("span")
    return named


def _placed(column: exp.Expr, call: exp.Expr) -> exp.Expr:
    made = clone(column)
    for node in made.walk():
        node.meta["span"] = call.meta.get("span")
    return made
