"""Owns column references: from names as written to fully qualified columns, or one error each."""

from __future__ import annotations

from sqlglot import exp

from ...dialect.diagnostics import did_you_mean, nearest
from ...dialect.types import DataType, shown
from .context import Binding
from .probe import probe_type
from .scope import Column, Relation, Scope, find_columns, find_variable, same


def bind_column(binding: Binding, node: exp.Column, scope: Scope) -> exp.Expr:
    """Return the bound form of a column reference; what can't be found is reported once."""
    parts = [node.args[k] for k in ("catalog", "db", "table", "this") if node.args.get(k) is not None]
    if (variable := find_variable(parts[0], scope)) is not None:
        return _bind_variable(binding, node, parts, *variable, scope)
    argument = find_argument(binding, node)
    for at in scope.chain():
        bound = _bind_here(binding, node, parts, at)
        if bound is not None:
            if argument is not None and len(parts) == 1:
                _refuse_hidden(binding, node, bound)
            return bound
    if argument is not None:
        for part in _fields(binding, parts):
            argument = bind_field(binding, argument, part, scope)
        return argument
    if scope.aliases_allowed and len(parts) == 1 and str(parts[0].this).lower() in scope.aliases:
        meant = exp.Paren(this=scope.aliases[str(parts[0].this).lower()].copy())
        copy_place(meant, node)
        return meant.this if isinstance(meant.this, exp.Column) else meant
    if scope.unknown:
        binding.doubtful = True
    else:
        _report_unknown(binding, node, parts, scope)
    return node


def find_argument(binding: Binding, node: exp.Column) -> exp.Expr | None:
    """Return what a column stands for that names an argument of the function around it, alone or behind the function's name."""
    parts = [node.args[k] for k in ("catalog", "db", "table", "this") if node.args.get(k) is not None]
    arguments = binding.arguments
    if arguments is None or not isinstance(parts[-1], exp.Identifier):
        return None
    found = arguments.find(parts[1]) if len(parts) > 1 and same(parts[0], arguments.function) else None
    found = found or arguments.find(parts[0])
    if found is not None:
        for one in found.walk():
            copy_place(one, node)
    return found


def _fields(binding: Binding, parts: list[exp.Identifier]) -> list[exp.Identifier]:
    assert binding.arguments is not None
    qualified = len(parts) > 1 and same(parts[0], binding.arguments.function) and binding.arguments.find(parts[1]) is not None
    return parts[2:] if qualified else parts[1:]


def _refuse_hidden(binding: Binding, node: exp.Column, bound: exp.Expr) -> None:
    """Refuse a name that means a column and an argument: a new column in a source would quietly change the function."""
    assert binding.arguments is not None
    column = f"{shown(bound.table)}.{shown(bound.name)}" if isinstance(bound, exp.Column) else str(node.name)
    argument = f"{shown(binding.arguments.function)}.{shown(str(node.this.this))}"
    message = f"`{node.name}` is the column `{column}` and an argument of `{binding.arguments.function}`"
    if any(message == one.message for one in binding.problems):
        return  # one cause, one error, however often the body says the name
    binding.fail("T2003", message, node, help=f"write `{column}` or `{argument}`, or give the argument another name")


def _bind_variable(
    binding: Binding, node: exp.Column, parts: list[exp.Identifier], meant: exp.Expr, crossed: bool, scope: Scope
) -> exp.Expr:
    """Return what stands for a lambda's parameter, with the fields that are asked of it."""
    if crossed:
        help_ = "join and unnest instead: SELECT … FROM (SELECT unnest(list) AS x …) AS u JOIN …"
        binding.fail("T2034", f"a subquery can't see `{parts[0].this}`, the parameter of a lambda", node, help=help_)
        binding.doubtful = True
        return node
    made = meant.copy()
    copy_place(made, node)
    for part in parts[1:]:
        made = bind_field(binding, made, part, scope)
    return made


def make_column(relation: str, column: str, like: exp.Expr, type_: DataType | None) -> exp.Column:
    """Return a quoted, qualified column that stands where `like` stood and carries its type."""
    made = exp.Column(this=exp.to_identifier(column, quoted=True), table=exp.to_identifier(relation, quoted=True))
    copy_place(made, like)
    if type_ is not None:
        made.meta["type"] = type_
    return made


def copy_place(made: exp.Expr, like: exp.Expr) -> None:
    """Give a new node the place of an old one."""
    if "span" in like.meta:
        made.meta["span"] = like.meta["span"]


def _bind_here(binding: Binding, node: exp.Column, parts: list[exp.Identifier], scope: Scope) -> exp.Expr | None:
    if len(parts) == 1 and str(parts[0].this).lower() in scope.merged:
        return scope.merged[str(parts[0].this).lower()][1].copy()
    for depth in (2, 1):
        if len(parts) > depth:
            relations = [r for r in scope.relations if _names_relation(parts[:depth], r)]
            if relations:
                return _bind_in(binding, node, relations, parts[depth], parts[depth + 1 :], scope)
    found = [(r, c) for r in scope.relations for c in find_columns(parts[0], r)]
    if not found:
        return None
    return _choose(binding, node, found, parts[0], parts[1:], scope)


def _names_relation(parts: list[exp.Identifier], relation: Relation) -> bool:
    if len(parts) == 2:
        return relation.qualifier is not None and same(parts[0], relation.qualifier) and same(parts[1], relation.alias)
    return same(parts[0], relation.alias)


def _bind_in(
    binding: Binding, node: exp.Column, relations: list[Relation], name: exp.Identifier, rest: list[exp.Identifier], scope: Scope
) -> exp.Expr | None:
    found = [(r, c) for r in relations for c in find_columns(name, r)]
    if found:
        return _choose(binding, node, found, name, rest, scope)
    if any(r.columns is None for r in relations):
        binding.doubtful = True
        return node
    relation = relations[0]
    names = [c.name for c in relation.columns or ()]
    binding.fail("T2001", f"`{relation.alias}` has no column `{name.this}`", name, help=_suggest(str(name.this), names))
    return node


def _choose(
    binding: Binding,
    node: exp.Column,
    found: list[tuple[Relation, Column]],
    name: exp.Identifier,
    rest: list[exp.Identifier],
    scope: Scope,
) -> exp.Expr:
    if len(found) > 1:
        exact = " or ".join(f"`{shown(r.alias)}.{shown(c.name)}`" for r, c in found)
        binding.fail("T2003", f"the column `{name.this}` is ambiguous", node, help=f"write {exact}")
        return node
    relation, column = found[0]
    made: exp.Expr = make_column(relation.alias, column.name, node, column.type)
    for part in rest:
        made = bind_field(binding, made, part, scope)
    return made


def bind_field(binding: Binding, whole: exp.Expr, part: exp.Identifier, scope: Scope) -> exp.Expr:
    """Return the access to a struct's field, its name matched like a column's."""
    from .nested_operators import keyed

    type_ = whole.meta.get("type") or probe_type(binding, whole, scope)
    name, field_type = str(part.this), None
    if type_ is not None and (made := keyed(whole, type_, part)) is not None:
        return made
    if type_ is not None:
        fields = [f for f in type_.fields if same(part, f.name)] if type_.name == "STRUCT" else []
        if type_.name != "STRUCT":
            binding.fail(
                "T2004",
                f"`{name}` is asked of a {type_}, which has no fields",
                part,
                help=_way_to_field(type_, name),
            )
        elif len(fields) != 1:
            names = [f.name for f in type_.fields]
            binding.fail("T2004", f"the struct has no field `{name}`", part, help=_suggest(name, names))
        else:
            name, field_type = fields[0].name, fields[0].type
    made = exp.Bracket(this=whole, expressions=[exp.Literal.string(name)])
    copy_place(made, whole)
    if field_type is not None:
        made.meta["type"] = field_type
    return made


def _way_to_field(type_: DataType, name: str) -> str:
    if type_.name == "LIST" and type_.fields[0].type.name == "STRUCT":
        return f"write list_transform(list, x -> x.{name}), or list[1].{name} for one element"
    return "fields are asked of structs, maps and JSON text; a column is written `table.column`"


def _report_unknown(binding: Binding, node: exp.Column, parts: list[exp.Identifier], scope: Scope) -> None:
    written = ".".join(str(p.this) for p in parts)
    if len(parts) == 1:
        if any(written.lower() in at.alias_names for at in scope.chain()):
            reason = f"the alias `{written}` can't be used here, only in GROUP BY, HAVING, QUALIFY and ORDER BY"
            binding.fail("T2005", reason, node, help="repeat the expression, or compute it in a subquery first")
            return
        arguments = binding.arguments.names if binding.arguments is not None else []
        if not arguments and not any(at.relations for at in scope.chain()):
            binding.fail("T2001", f"there is no column `{written}`: nothing is read FROM here", node, help="add FROM")
            return
        quoted = bool(parts[0].args.get("quoted")) and not nearest(written, [*arguments, *scope.visible()], 1)
        text = f"a text stands in single quotes: '{written}'" if quoted else None
        binding.fail("T2001", f"there is no column `{written}`", node, help=text or _suggest(written, [*arguments, *scope.visible()]))
        return
    aliases = [r.alias for at in scope.chain() for r in at.relations]
    message = f"there is no relation or column `{parts[0].this}` here"
    binding.fail("T2002", message, parts[0], help=_suggest(str(parts[0].this), [*aliases, *scope.visible()]))


def _suggest(name: str, names: list[str]) -> str | None:
    near = did_you_mean(name, names)
    if near or not names:
        return near
    few = sorted(set(names))
    return "there are " + ", ".join(f"`{n}`" for n in few[:8]) + (f" and {len(few) - 8} more" if len(few) > 8 else "")
