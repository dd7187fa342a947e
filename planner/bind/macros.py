"""Owns binding of CREATE FUNCTION: SQL scalars become macros, everything else is refused as not yet there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlglot import exp

from ...dialect.diagnostics import Problems, TreadleError
from ...dialect.statements.function import FunctionStatement
from ...dialect.types import Field, Schema
from ...dialect.types_sql import type_node
from ..capabilities import CapabilityUnavailable, MissingCapability
from ..functions.macros import ARGUMENTS, Macro
from ..graph import build_graph
from ..ports import EngineRefusal
from .calls import Signature
from .context import Binding, Catalog, refusal_text
from .engine_text import engine_text
from .expressions import bind_expression
from .infer import fits
from .locate import report_refusal
from .scope import Column, Relation, Scope


def signature_of(statement: FunctionStatement) -> Signature:
    """Return a function's name and parameters as people see them."""
    parts = []
    for argument in statement.arguments:
        default = f" DEFAULT {argument.default.span.text}" if argument.default else ""
        parts.append(f"{argument.name.text} {argument.type.type}{default}")
    return Signature(
        statement.name.text,
        tuple(a.name.text for a in statement.arguments),
        tuple(a.default is None for a in statement.arguments),
        f"{statement.name.text}({', '.join(parts)})",
    )


def refusal_of(statement: FunctionStatement) -> CapabilityUnavailable | None:
    """Return why a function can't be used yet, or None when it is a scalar SQL function."""
    if statement.language != "SQL":
        what, detail = "functions.python", "functions in Python don't run yet"
    elif statement.flavour != "scalar":
        what, detail = f"functions.{statement.flavour}", f"{statement.flavour} functions of a project don't run yet"
    elif statement.body is None or next(iter(statement.body.tree.find_all(exp.Query)), None) is not None:
        what, detail = "functions.subquery", "a scalar function's body can't hold a subquery yet"
    else:
        return None
    missing = MissingCapability(
        capability=what, requested_by=f"functions.{statement.name.text}", reason="unsupported_operation", detail=detail,
        remedy="write a scalar SQL function: RETURNS type RETURN expression",
    )  # fmt: skip
    return CapabilityUnavailable(missing, statement.name.span)


def bind_macros(catalog: Catalog, statements: Mapping[str, FunctionStatement], problems: Problems) -> dict[str, Macro]:
    """Return the macros of all scalar SQL functions by lower-case name; recursion is told in full."""
    calls = {name: _called(statement, statements) for name, statement in statements.items()}
    graph = build_graph(calls)
    for cycle in graph.cycles:
        first = statements[cycle[0]]
        path = " → ".join(statements[c].name.text for c in cycle)
        binding = Binding(first.name.text, first.span.source, catalog, problems)
        binding.fail(
            "T2028",
            f"functions call each other in a circle: {path}",
            first.name.span,
            help="break the circle: a function is written into its callers, so it can't call itself",
        )
    found: dict[str, Macro] = dict(catalog.macros)
    for name in graph.order:
        made = _bind_one(catalog, statements[name], found, problems)
        if made is not None:
            found[name] = made
    return found


def _called(statement: FunctionStatement, statements: Mapping[str, FunctionStatement]) -> list[str]:
    assert statement.body is not None
    names = {str(c.name).lower() for c in statement.body.tree.find_all(exp.Anonymous)}
    return [n for n in names if n in statements]


def _bind_one(catalog: Catalog, statement: FunctionStatement, found: dict[str, Macro], problems: Problems) -> Macro | None:
    inner = Catalog(
        catalog.views,
        catalog.names,
        found,
        catalog.built_ins,
        {},
        catalog.values,
        catalog.sources,
        catalog.engine_oracle,
        catalog.refused_functions,
        catalog.failed_functions,
        catalog.failed_parameters,
    )
    binding = Binding(statement.name.text, statement.span.source, inner, Problems())
    signature = signature_of(statement)
    _check_names(binding, statement)
    defaults = tuple(_default(binding, statement, at) for at in range(len(statement.arguments)))
    body = None if binding.problems.errors else _body(binding, statement)
    problems.add(*binding.problems)
    if binding.problems.errors or binding.doubtful or body is None:
        return None
    counts = Counter(c.name for c in body.find_all(exp.Column) if c.table == ARGUMENTS)
    assert statement.returns is not None
    return Macro(
        signature, tuple(a.type.type for a in statement.arguments), defaults, statement.returns.type, body, statement.span,
        dict(counts), tuple(sorted(binding.functions)), binding.volatile or statement.volatility == "VOLATILE", statement.comment,
        tuple(a.type.span for a in statement.arguments),
    )  # fmt: skip


def _check_names(binding: Binding, statement: FunctionStatement) -> None:
    seen: set[str] = set()
    for argument in statement.arguments:
        if argument.name.text.lower() in seen:
            binding.fail("T2007", f"the argument `{argument.name.text}` is declared twice", argument.name.span)
        seen.add(argument.name.text.lower())
    if statement.name.text.lower() in binding.catalog.built_ins:
        binding.fail("T2029", f"`{statement.name.text}` is a function of the engine's own", statement.name.span, help="choose another name")


def _default(binding: Binding, statement: FunctionStatement, at: int) -> exp.Expr | None:
    argument = statement.arguments[at]
    if argument.default is None:
        return None
    tree = bind_expression(binding, argument.default.tree.copy(), Scope())
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
    columns = tuple(Column(a.name.text, a.type.type) for a in statement.arguments)
    schema = Schema(tuple(Field(a.name.text, a.type.type) for a in statement.arguments))
    relation = Relation(ARGUMENTS, columns, statement.span)
    scope = Scope(relations=[relation])
    if columns:
        binding.catalog.engine_oracle.declare(ARGUMENTS, schema)
        scope.sources.append(
            exp.Table(this=exp.to_identifier(ARGUMENTS, quoted=True), alias=exp.TableAlias(this=exp.to_identifier(ARGUMENTS, quoted=True)))
        )
    body = bind_expression(binding, statement.body.tree.copy(), scope)
    if binding.problems.errors or binding.doubtful:
        return None
    return _typed_body(binding, statement, body, scope)


def _typed_body(binding: Binding, statement: FunctionStatement, body: exp.Expr, scope: Scope) -> exp.Expr | None:
    assert statement.body is not None and statement.returns is not None
    from .functions import finish_sums

    wrapped = exp.Paren(this=body)
    finish_sums(wrapped)
    body = wrapped.this
    query = exp.Select(expressions=[exp.alias_(body.copy(), "result", quoted=True)])
    if scope.sources:
        query.set("from_", exp.From(this=scope.sources[0].copy()))
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
