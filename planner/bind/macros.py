"""Owns binding of CREATE FUNCTION: its names and defaults, and bodies that are expressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import replace

from sqlglot import exp

from ...dialect.diagnostics import Problems, TreadleError
from ...dialect.statements.function import Argument, FunctionStatement
from ...dialect.types import Field, Schema
from ...dialect.types_sql import type_node
from ..functions.macros import ARGUMENTS, Macro
from ..ports import EngineRefusal
from .calls import Signature
from .columns import make_column
from .context import Arguments, Binding, Catalog, refusal_text
from .engine_text import engine_text
from .expressions import bind_expression
from .flavours import as_typed, check_flavour, outside_calls
from .infer import fits
from .locate import report_refusal
from .lowering import lower_queries
from .names import key_of
from .python_functions import refuse_python
from .scope import Scope
from .subqueries import fenced_uses, inner_uses, without_arguments


def signature_of(statement: FunctionStatement, overloads: Container[str] = ()) -> Signature:
    """Return a function's name and parameters as people see them."""
    parts = []
    for argument in statement.arguments:
        default = f" DEFAULT {argument.default.span.text}" if argument.default else ""
        parts.append(f"{'VARIADIC ' if argument.variadic else ''}{argument.name.text} {argument.type.type}{default}")
    return Signature(
        statement.name.text,
        tuple(a.name.text for a in statement.arguments),
        tuple(a.default is None and not a.variadic for a in statement.arguments),
        f"{statement.name.text}({', '.join(parts)})",
        any(a.variadic for a in statement.arguments),
        key_of(statement) if statement.name.text.lower() in overloads else "",
    )


def bind_function(catalog: Catalog, name: str, statement: FunctionStatement, problems: Problems) -> None:
    """Bind one SQL function once all that its body needs is bound; a failed one is remembered as such."""
    from .table_macros import bind_table_macro

    if statement.flavour == "table":
        table = bind_table_macro(catalog, statement, problems)
        if table is not None:
            catalog.tables[name] = table
            return
    else:
        macro = _bind_expression(catalog, statement, problems)
        if macro is not None:
            catalog.macros[name] = macro
            return
    catalog.failed_functions.add(name)


def body_binding(catalog: Catalog, statement: FunctionStatement, arguments: Arguments) -> Binding:
    """Return the state in which a body is bound: no parameters are seen there, nor anything of a caller's."""
    inner = replace(catalog, parameters={}, values={})
    return Binding(f"{statement.name.text}()", statement.span.source, inner, arguments=arguments)


def declared_defaults(binding: Binding, statement: FunctionStatement) -> tuple[exp.Expr | None, ...]:
    """Check the names that a function declares, and return the bound defaults of its arguments, None where required."""
    _check_names(binding, statement)
    outer = Binding(binding.name, binding.source, binding.catalog, binding.problems, arguments=Arguments(statement.name.text, {}))
    return tuple(_default(outer, statement, at) for at in range(len(statement.arguments)))


def _bind_expression(catalog: Catalog, statement: FunctionStatement, problems: Problems) -> Macro | None:
    columns = {a.name.text.lower(): (a.name.text, _argument(a)) for a in statement.arguments}
    windowed = statement.flavour == "window"
    binding = body_binding(catalog, statement, Arguments(statement.name.text, columns, windowed=windowed))
    signature = signature_of(statement, catalog.overloads)
    defaults = declared_defaults(binding, statement)
    body = None if binding.problems.errors else _body(binding, statement)
    problems.add(*binding.problems)
    if binding.problems.errors or binding.doubtful or body is None:
        return None
    counts = Counter(c.name for c in body.find_all(exp.Column) if c.table == ARGUMENTS)
    inside = inner_uses(body)
    counts.update(dict.fromkeys(inside, 1))  # what a query reads again and again counts as used again
    assert statement.returns is not None
    return Macro(
        signature, tuple(a.type.type for a in statement.arguments), defaults, statement.returns.type, body, statement.span,
        dict(counts), tuple(sorted(binding.functions)), binding.volatile or statement.volatility == "VOLATILE", statement.comment,
        tuple(a.type.span for a in statement.arguments), {r.name: r.source for r in binding.relations}, inside, fenced_uses(body),
        statement.flavour, outside_calls(binding, body) if statement.flavour == "aggregate" else frozenset(),  # type: ignore[arg-type]
    )  # fmt: skip


def _argument(argument: Argument) -> exp.Column:
    return make_column(ARGUMENTS, argument.name.text, exp.Null(), argument.type.type)


def _check_names(binding: Binding, statement: FunctionStatement) -> None:
    seen: set[str] = set()
    if statement.strict_span is not None and statement.language == "SQL":
        help_ = "leave it out, or write CASE WHEN … IS NULL in the body"
        binding.fail("T2125", f"`{statement.strict_span.text}` is for functions in Python", statement.strict_span, help=help_)
    for at, argument in enumerate(statement.arguments):
        if argument.variadic and (at + 1 < len(statement.arguments) or argument.type.type.name != "LIST"):
            list_ = f"{argument.type.type}{'' if argument.type.type.name == 'LIST' else '[]'}"
            help_ = f"write it last, as a list: VARIADIC {argument.name.text} {list_}"
            binding.fail("T2133", f"`{argument.name.text}` can't be VARIADIC here", argument.name.span, help=help_)
        if argument.name.text.lower() in seen:
            binding.fail("T2007", f"the argument `{argument.name.text}` is declared twice", argument.name.span)
        seen.add(argument.name.text.lower())
    if statement.name.text.lower() in binding.catalog.built_ins:
        binding.fail("T2029", f"`{statement.name.text}` is a function of the engine's own", statement.name.span, help="choose another name")


def _default(binding: Binding, statement: FunctionStatement, at: int) -> exp.Expr | None:
    argument = statement.arguments[at]
    if argument.default is None and argument.variadic:
        empty = exp.Cast(this=exp.Anonymous(this="make_array", expressions=[]), to=type_node(argument.type.type))
        empty.meta["type"] = argument.type.type
        return empty
    if argument.default is None:
        return None
    tree = bind_expression(binding, argument.default.tree.copy(), Scope())
    refuse_python(binding, tree, "a DEFAULT")
    if binding.problems.errors:
        return None
    text, values = engine_text(tree, {}, {})
    try:
        value = binding.catalog.engine_oracle.evaluate(text, values)
    except EngineRefusal as refusal:
        binding.fail("T2102", f"the DEFAULT of `{argument.name.text}` has no value", argument.default.span, cause=refusal_text(refusal))
        return None
    from .parameters import convert, literal_help

    if convert(value, argument.type.type) is None:
        place = argument.type.span.cover(argument.default.span)
        binding.fail(
            "T2102",
            f"the DEFAULT of `{argument.name.text}` is {value.type}, it must be {argument.type.type}",
            place,
            help=literal_help(argument.type.type),
        )
    made = exp.Cast(this=exp.Paren(this=tree), to=type_node(argument.type.type))
    made.meta["type"] = argument.type.type
    return made


def _body(binding: Binding, statement: FunctionStatement) -> exp.Expr | None:
    assert statement.body is not None and statement.returns is not None
    schema = Schema(tuple(Field(a.name.text, a.type.type) for a in statement.arguments))
    scope = Scope()
    if schema.fields:
        binding.catalog.engine_oracle.declare(ARGUMENTS, schema)
        scope.sources.append(
            exp.Table(this=exp.to_identifier(ARGUMENTS, quoted=True), alias=exp.TableAlias(this=exp.to_identifier(ARGUMENTS, quoted=True)))
        )
    body = bind_expression(binding, statement.body.tree.copy(), scope)
    if binding.problems.errors or binding.doubtful:
        return None
    check_flavour(binding, statement, body)
    return None if binding.problems.errors else _typed_body(binding, statement, body, scope)


def _typed_body(binding: Binding, statement: FunctionStatement, body: exp.Expr, scope: Scope) -> exp.Expr | None:
    assert statement.body is not None and statement.returns is not None
    from .functions import finish_sums

    wrapped = exp.Paren(this=body)
    finish_sums(wrapped)
    body = wrapped.this
    query = _trial(binding, statement, body, scope)
    if query is None:
        return None
    try:
        text, values = engine_text(query, {}, {}, binding.source)
        found = binding.catalog.engine_oracle.schema(text, values).fields[0].type
    except EngineRefusal as refusal:
        report_refusal(binding, query, refusal, statement.body.span)
        return None
    except TreadleError as problem:
        binding.problems.catch(problem)
        return None
    wanted = statement.returns.type
    if found == wanted:
        return body
    if not fits(found, wanted) and not (found.is_number and wanted.is_number and found.name != "DOUBLE"):
        place = statement.returns.span
        binding.fail(
            "T2033",
            f"the body of `{statement.name.text}` is {found}, it is declared to return {wanted}",
            place,
            help="CAST the body, or change RETURNS",
        )
        return None
    return exp.Cast(this=exp.Paren(this=body), to=type_node(wanted))


def _trial(binding: Binding, statement: FunctionStatement, body: exp.Expr, scope: Scope) -> exp.Expr | None:
    """Return a query that gives a body's type; None after saying what can't be lowered."""
    query: exp.Expr = exp.Select(expressions=[exp.alias_(as_typed(binding, statement.flavour, body), "result", quoted=True)])
    has_queries = body.find(exp.Query) is not None
    if has_queries:
        query = without_arguments(query)
    elif scope.sources:
        query.set("from_", exp.From(this=scope.sources[0].copy()))
    if has_queries or statement.flavour == "window":
        trial = replace(binding, problems=Problems(), relations=list(binding.relations))
        lower_queries(trial, query)
        binding.problems.add(*trial.problems)
    return None if binding.problems.errors else query
