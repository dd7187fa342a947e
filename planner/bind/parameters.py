"""Owns parameters: declarations bound and checked, values found, converted and checked (DESIGN 2, "Parameters").

Values, later wins: DEFAULT, `treadle.toml`, the environment, the command line, Python.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.diagnostics import Problems, error
from ...dialect.nodes import Param
from ...dialect.source import Span
from ...dialect.statements.base import Expr
from ...dialect.statements.param import ParamStatement
from ...dialect.types import DataType
from ..codec import from_python
from ..ports import EngineRefusal
from ..project import Parameter
from ..values import Value
from .context import Binding, refusal_text
from .engine_text import engine_text
from .expressions import bind_expression
from .infer import fits
from .scope import Column, Relation, Scope


def declare(binding: Binding, statement: ParamStatement) -> Parameter:
    """Return the bound declaration; its default and check are bound SQL."""
    name, type_ = statement.name.text, statement.type.type
    parameter = Parameter(
        name=name, type=type_, span=statement.name.span, not_null=statement.not_null, secret=statement.secret,
        filter=_filter(statement),
        comment=statement.comment,
    )  # fmt: skip
    binding.catalog.parameters[name.lower()] = parameter
    default = _default_sql(binding, statement) if statement.default else None
    check = _check_sql(binding, statement, parameter) if statement.check else None
    bound = Parameter(
        parameter.name, type_, parameter.span, default, check, parameter.not_null, parameter.secret, parameter.filter, parameter.comment
    )
    binding.catalog.parameters[name.lower()] = bound
    return bound


def _filter(statement: ParamStatement) -> tuple[str, str] | None:
    """Return the source and the column of `FILTER source.column`."""
    if statement.filter is None:
        return None
    *source, column = (p.text for p in statement.filter.parts)
    return ".".join(source), column


def _constant(binding: Binding, island: Expr, what: str) -> exp.Expr | None:
    found = next(iter(island.tree.find_all(exp.Column, exp.Query, Param)), None)
    if found is not None:
        binding.fail("T2100", f"{what} must be a constant", found, help="write a literal, or an expression of literals")
        return None
    before = len(binding.problems.errors)
    tree = bind_expression(binding, island.tree.copy(), Scope())
    return tree if len(binding.problems.errors) == before else None


def _default_sql(binding: Binding, statement: ParamStatement) -> str | None:
    assert statement.default is not None
    tree = _constant(binding, statement.default, "a DEFAULT")
    return None if tree is None else to_sql(tree)


def _check_sql(binding: Binding, statement: ParamStatement, parameter: Parameter) -> str | None:
    """Bind CHECK: the parameter is named plainly in it; anything else is refused."""
    assert statement.check is not None
    tree = statement.check.tree.copy()
    for column in list(tree.find_all(exp.Column)):
        if not column.table and column.name.lower() == parameter.name.lower():
            made = Param(this=exp.to_identifier(parameter.name, quoted=True))
            made.meta.update(column.meta)
            if column is tree:
                tree = made
            else:
                column.replace(made)
    other = next((p for p in tree.find_all(Param) if p.name.lower() != parameter.name.lower()), None)
    if other is not None:
        binding.fail(
            "T2101",
            f"the CHECK of `{parameter.name}` reads another parameter, `{other.name}`",
            other,
            help="a CHECK speaks of its own value only",
        )
        return None
    before = len(binding.problems.errors)
    scope = Scope(relations=[Relation(parameter.name, (Column(parameter.name, parameter.type),), parameter.span)])
    bound = bind_expression(binding, tree, scope)
    return to_sql(bound) if len(binding.problems.errors) == before else None


def default_value(binding: Binding, statement: ParamStatement, parameter: Parameter) -> Value | None:
    """Return the value of DEFAULT as the declared type; None after reporting that it doesn't fit."""
    assert statement.default is not None and parameter.default is not None
    from ...dialect import parse_expression

    text, bound = engine_text(parse_expression(parameter.default), {}, {})
    try:
        value = binding.catalog.engine_oracle.evaluate(text, bound)
    except EngineRefusal as refusal:
        binding.fail("T2102", f"the DEFAULT of `{parameter.name}` has no value", statement.default.span, cause=refusal_text(refusal))
        return None
    converted = convert(value, parameter.type)
    if converted is None:
        place = statement.type.span.cover(statement.default.span)
        binding.fail(
            "T2102",
            f"the DEFAULT of `{parameter.name}` is {value.type}, it must be {parameter.type}",
            place,
            help=literal_help(parameter.type),
        )
    return converted


def literal_help(type_: DataType) -> str:
    """Return a help line that shows a literal of a type."""
    shown = {
        "DATE": "DATE '2013-01-31'",
        "TIMESTAMP": "TIMESTAMP '2013-01-31 06:00:00'",
        "VARCHAR": "'text'",
        "BOOLEAN": "TRUE",
        "LIST": "[…]",
    }
    literal = shown.get(type_.name) or ("15" if type_.is_number else f"CAST(… AS {type_})")
    return f"write a literal of that type, such as {literal}, or change the type"


def convert(value: Value, wanted: DataType) -> Value | None:
    """Return a constant as another type when nothing is lost, else None; text never becomes anything else."""
    if value.value is None or value.type == wanted:
        return Value(wanted, value.value)
    number = value.type.is_number and wanted.is_number
    if not number and not fits(value.type, wanted):
        return None
    try:
        return from_python(value.value, wanted)
    except ValueError:
        return None


def check_value(binding: Binding, parameter: Parameter, value: Value, span: Span) -> bool:
    """Check NOT NULL, null elements and CHECK; return whether the value passes."""
    shown = "its value" if parameter.secret else f"`{plain(value.value)}`"
    if value.value is None and parameter.not_null:
        binding.fail("T2104", f"the parameter `{parameter.name}` is NOT NULL, its value is null", span, help="give it a value")
        return False
    if not refuse_null_elements(parameter.name, value, binding.problems, span):
        return False
    if parameter.check is None:
        return True
    from ...dialect import parse_expression

    declared, values = {parameter.name.lower(): parameter}, {parameter.name: value}
    text, bound = engine_text(parse_expression(parameter.check), declared, values, reveal=True)
    try:
        result = binding.catalog.engine_oracle.evaluate(text, bound)
    except EngineRefusal as refusal:
        cause = None if parameter.secret else refusal_text(refusal)
        message = f"the CHECK of `{parameter.name}` can't be evaluated"
        binding.fail("T2108", message, parameter.span, help="mend the condition, or give another value", cause=cause)
        return False
    if result.value is False:
        condition = parameter.check.replace(f'PARAM "{parameter.name}"', parameter.name)
        help_ = f"give a value for which this holds: {condition}"
        binding.fail("T2109", f"{shown} fails the CHECK of the parameter `{parameter.name}`", span, help=help_)
        return False
    return True


def refuse_null_elements(name: str, value: Value, problems: Problems, span: Span | None = None) -> bool:
    """Report a list with a null in it; return whether there is none."""
    if value.type.name != "LIST" or not isinstance(value.value, tuple) or all(v is not None for v in value.value):
        return True
    help_ = "leave it out: NOT IN would return nothing"
    problems.catch(error("T2107", f"the list of the parameter `{name}` holds a null", span, help=help_))
    return False


def plain(value: object) -> str:
    """Return a value as a person would write it, short."""
    text = "null" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
