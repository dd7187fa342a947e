"""Owns SQL table functions: bodies bound once where they are declared, and anew at each call.

The body is bound at the call, for its sources may depend on the arguments; it sees nothing of
the caller's, and what is wrong with it alone was told at its declaration.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.diagnostics import Diagnostic, Label, Problems, counted
from ...dialect.source import Span
from ...dialect.statements.function import FunctionStatement
from ...dialect.types import Schema
from ...dialect.types_sql import type_node
from ..functions.macros import TableMacro
from .calls import place_arguments
from .columns import copy_place
from .context import Arguments, Binding, Catalog
from .functions import default_argument, typed_argument, volatile_call
from .infer import fits
from .macros import body_binding, declared_defaults, signature_of
from .scope import Column, Scope
from .tables import PLACEHOLDER, Bound, constant_argument
from .views import bind_held, type_held


def bind_table_macro(catalog: Catalog, statement: FunctionStatement, problems: Problems) -> TableMacro | None:
    """Return a SQL table function, its body bound once with typed nulls for its arguments; None after saying what is wrong."""
    from ...dialect import to_sql

    assert statement.query is not None
    signature = signature_of(statement)
    name = statement.name.text
    binding = body_binding(catalog, statement, Arguments(name, {}, constant=True))
    defaults = declared_defaults(binding, statement)
    declared = tuple((c.name.text, c.type.type) for c in statement.columns)
    refuse_doubled_columns(binding, statement)
    if not binding.problems.errors:
        binding.arguments = Arguments(name, _placeholders(statement, defaults), constant=True)
    schema = None if binding.problems.errors else _schema(binding, statement.query.tree)
    made = TableMacro(
        signature, tuple(a.type.type for a in statement.arguments), defaults, statement.query.tree, declared, schema,
        f"{signature.shown} RETURNS TABLE{_shown(declared)} RETURN {to_sql(statement.query.tree)}", statement.span, statement.comment,
        tuple(a.type.span for a in statement.arguments), tuple(c.name.span.cover(c.type.span) for c in statement.columns),
    )  # fmt: skip
    if schema is not None:
        _check_columns(binding, made, schema, statement.query.span)
    problems.add(*binding.problems)
    return None if binding.problems.errors else made


def _schema(binding: Binding, query: exp.Query) -> Schema | None:
    holder, columns = bind_held(binding, query)
    return type_held(binding, holder) if columns is not None else None


def _shown(columns: tuple[tuple[str, object], ...]) -> str:
    return f" ({', '.join(f'{name} {type_}' for name, type_ in columns)})" if columns else ""


def refuse_doubled_columns(binding: Binding, statement: FunctionStatement) -> None:
    """Report columns that a table function declares twice (T2007)."""
    seen: set[str] = set()
    for column in statement.columns:
        if column.name.text.lower() in seen:
            binding.fail("T2007", f"the column `{column.name.text}` is declared twice", column.name.span, help="rename one of them")
        seen.add(column.name.text.lower())


def _placeholders(statement: FunctionStatement, defaults: tuple[exp.Expr | None, ...]) -> dict[str, tuple[str, exp.Expr]]:
    found: dict[str, tuple[str, exp.Expr]] = {}
    for argument, default in zip(statement.arguments, defaults, strict=True):
        made = exp.Cast(this=exp.Null(), to=type_node(argument.type.type))
        made.meta["type"] = argument.type.type
        made.meta[PLACEHOLDER] = None if default is None or default.find(exp.Null) else default
        found[argument.name.text.lower()] = (argument.name.text, made)
    return found


def call_table_macro(binding: Binding, node: exp.Table, macro: TableMacro) -> Bound:
    """Return the body of a table function, bound with the arguments of one call, as a derived table."""
    values = _arguments(binding, node.this, macro)
    binding.functions.add(macro.signature.name)
    if values is None:
        binding.doubtful = True
        return node, None, None
    inner = Binding(
        binding.name, macro.span.source, binding.catalog, relations=binding.relations, functions=binding.functions,
        arguments=Arguments(macro.signature.name, values, constant=True), derived=binding.derived,
    )  # fmt: skip
    holder, columns = bind_held(inner, macro.query)
    if columns is not None and macro.columns:
        columns = _declared(inner, holder, columns, macro)
    binding.derived = inner.derived
    binding.volatile = binding.volatile or inner.volatile
    binding.doubtful = binding.doubtful or inner.doubtful
    _report(binding, node.this, macro, inner.problems)
    for part in holder.walk():
        copy_place(part, node)
    return _derived(node, holder, macro), columns, None


def _arguments(binding: Binding, call: exp.Expr, macro: TableMacro) -> dict[str, tuple[str, exp.Expr]] | None:
    placed = place_arguments(binding, call, call.expressions, macro.signature)
    found: dict[str, tuple[str, exp.Expr]] = {}
    if placed is None:
        return None
    good = True
    for index, (parameter, given) in enumerate(zip(macro.signature.parameters, placed, strict=True)):
        bound = constant_argument(binding, given) if given is not None else default_argument(macro, index, call)
        volatile = volatile_call(binding, bound) if bound is not None else None
        if bound is None or volatile is not None:
            good = False
            if volatile is not None and bound is not None:
                message = f"`{macro.signature.name}` takes one value for `{parameter}`, and `{volatile}` gives another one for each row"
                binding.fail("T2027", message, given or call, help="pass a parameter, and give it a value for each run")
            continue
        before = len(binding.problems.errors)
        typed = typed_argument(binding, macro, index, bound, Scope())
        good = good and len(binding.problems.errors) == before
        found[parameter.lower()] = (parameter, _cast(typed, macro, index))
    return found if good else None


def _cast(node: exp.Expr, macro: TableMacro, index: int) -> exp.Expr:
    """Return an argument inside a CAST, so that no number of it is taken for a position in GROUP BY or ORDER BY."""
    inner = node.this if isinstance(node, exp.Paren) else node
    if not isinstance(inner, exp.Cast):
        inner = exp.Cast(this=node, to=type_node(macro.types[index]))
        copy_place(inner, node)
    inner.meta["type"] = macro.types[index]
    return inner


def _derived(node: exp.Table, holder: exp.Subquery, macro: TableMacro) -> exp.Subquery:
    made = exp.Subquery(this=holder.this)
    given = node.args.get("alias")
    columns = given.args.get("columns") if given is not None else None
    name = given.this if given is not None and given.this is not None else exp.to_identifier(macro.signature.name, quoted=True)
    made.set("alias", exp.TableAlias(this=name, columns=columns))
    if node.args.get("joins"):
        made.set("joins", node.args["joins"])
    copy_place(made, node)
    return made


def _report(binding: Binding, call: exp.Expr, macro: TableMacro, problems: Problems) -> None:
    """Report what is wrong with the body in this call alone, at the call, with a label in the body."""
    for one in problems.errors:
        place = one.span
        label = (Label(place, f"in `{macro.signature.name}`, for this call"),) if place is not None else ()
        binding.problems.add(Diagnostic(one.code, one.message, binding.span(call), (*label, *one.labels), one.help, one.cause))


def _declared(inner: Binding, holder: exp.Subquery, columns: tuple[Column, ...], macro: TableMacro) -> tuple[Column, ...] | None:
    """Give the body's columns the declared names and types; one that doesn't fit is reported."""
    schema = macro.schema
    if schema is None:
        whole = exp.Subquery(this=holder.this.copy())
        schema = type_held(inner, whole)
        if schema is None or not _check_columns(inner, macro, schema, None):
            return None
    if tuple((f.name, f.type) for f in schema) != macro.columns:
        holder.set("this", _recast(inner, holder.this, columns, macro))
    return tuple(Column(name, type_) for name, type_ in macro.columns)


def _recast(inner: Binding, query: exp.Expr, columns: tuple[Column, ...], macro: TableMacro) -> exp.Select:
    relation = exp.to_identifier(inner.fresh_alias(), quoted=True)
    items: list[exp.Expr] = []
    for column, (name, type_) in zip(columns, macro.columns, strict=True):
        value = exp.Column(this=exp.to_identifier(column.name, quoted=True), table=relation.copy())
        made = exp.Cast(this=value, to=type_node(type_))
        made.meta["type"] = type_
        items.append(exp.Alias(this=made, alias=exp.to_identifier(name, quoted=True)))
    derived = exp.Subquery(this=query, alias=exp.TableAlias(this=relation.copy()))
    return exp.Select(expressions=items, from_=exp.From(this=derived))


def _check_columns(binding: Binding, macro: TableMacro, schema: Schema, place: Span | None) -> bool:
    """Compare the body's columns with the declared ones, by position; return whether they fit."""
    if not macro.columns:
        return True
    at = place or macro.span
    name = macro.signature.name
    if len(schema.fields) != len(macro.columns):
        declared, given = counted(len(macro.columns), "column"), len(schema.fields)
        labels = (Label(macro.column_places[0].cover(macro.column_places[-1]), "declared here"),)
        message = f"`{name}` declares {declared}, its query gives {given}"
        binding.fail("T2071", message, at, help="select exactly the declared columns", labels=labels)
        return False
    good = True
    for field, (column, type_), span in zip(schema, macro.columns, macro.column_places, strict=True):
        if field.name.lower() != column.lower():
            help_ = f"write AS {column} in the query, or declare `{field.name}`"
            binding.fail("T2071", f"`{name}` declares the column `{column}`, its query calls it `{field.name}`", span, help=help_)
        elif field.type != type_ and not fits(field.type, type_):
            binding.fail(
                "T2033", f"the column `{column}` of `{name}` is {field.type}, it is declared {type_}", span,
                help="CAST it in the query, or change the declaration",
            )  # fmt: skip
        else:
            continue
        good = False
    return good
