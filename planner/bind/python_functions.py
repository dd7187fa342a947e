"""Owns binding of `CREATE FUNCTION … LANGUAGE PYTHON` and of functions that Python registered; no code is run for it."""

from __future__ import annotations

from sqlglot import exp

from ...dialect.diagnostics import Problems, TreadleError, error
from ...dialect.source import Source
from ...dialect.statements.function import FunctionStatement
from ...dialect.types import DataType
from ...dialect.types_sql import type_node
from ..functions.python import FoundCode, PythonFunction, PythonModules, RegisteredFunction, python_calls, shown_name
from ..literal import literal_sql
from ..spec import PythonCode
from .calls import Signature
from .context import Binding, Catalog
from .names import Declarations
from .python_tables import know_table, rows_type

UNKNOWN = FoundCode("", "")
NO_PARAMETER_NEEDED = "pass its result in by a column, or compute it with SQL"


def is_python(statement: FunctionStatement) -> bool:
    """Say whether a statement declares a function in Python."""
    return statement.language == "PYTHON"


def bind_python_function(catalog: Catalog, name: str, statement: FunctionStatement, problems: Problems) -> None:
    """Make a declared Python function known: to the catalog by lower-case name, to the oracle by its private name."""
    made = _declared(catalog, statement, catalog.modules, problems)
    if made is None:
        catalog.failed_functions.add(name)
    else:
        _know(catalog, name, made)


def bind_registered(catalog: Catalog, declared: Declarations, problems: Problems) -> None:
    """Make the functions known that Python registered; a name that is declared too, or the engine's own, is refused."""
    for name, one in (catalog.modules.registered() if catalog.modules is not None else {}).items():
        if keys := declared.called(name):
            message = f"`{one.name}` is declared here, and registered from Python too"
            problems.catch(error("T2048", message, declared.functions[keys[0]].name.span, help="rename one of them"))
        elif name in catalog.built_ins:
            message, span = f"`{one.name}` is a function of the engine's own", _place(one).span(0, len(one.code.target))
            problems.catch(error("T2029", message, span, help="choose another name"))
        else:
            _know(catalog, name, _registered(one))


def _know(catalog: Catalog, name: str, function: PythonFunction) -> None:
    if function.flavour == "table":
        know_table(catalog, function)
    else:
        catalog.python[name] = function
    for shape in function.shapes:
        catalog.engine_oracle.declare_function(shape)


def _declared(catalog: Catalog, statement: FunctionStatement, modules: PythonModules | None, problems: Problems) -> PythonFunction | None:
    from .macros import declared_defaults, signature_of

    binding = Binding(statement.name.text, statement.span.source, catalog, Problems())
    defaults = declared_defaults(binding, statement)
    if statement.flavour == "aggregate" and not statement.arguments:
        help_ = f"give it one: {statement.name.text}(x DOUBLE)"
        binding.fail("T2131", f"`{statement.name.text}` is an aggregate without an argument to go over", statement.name.span, help=help_)
    if statement.flavour == "table":
        _check_columns(binding, statement)
    found = _found(binding, statement, modules)
    problems.add(*binding.problems)
    returns = statement.returns.type if statement.returns is not None else rows_type(_columns(statement))
    if binding.problems.errors:
        return None
    arguments = tuple((a.name.text, a.type.type.sql()) for a in statement.arguments)
    code = PythonCode(
        target=statement.target or "",
        arguments=arguments,
        returns=returns.sql(),
        volatility=statement.volatility or "VOLATILE",  # type: ignore[arg-type]
        strict=bool(statement.strict),
        digest=found.digest,
    )
    return PythonFunction(
        signature_of(statement, catalog.overloads), tuple(a.type.type for a in statement.arguments), defaults, returns, code,
        statement.target_span or statement.name.span, statement.comment, tuple(a.type.span for a in statement.arguments), statement.flavour,  # type: ignore[arg-type]
    )  # fmt: skip


def _columns(statement: FunctionStatement) -> tuple[tuple[str, DataType], ...]:
    return tuple((column.name.text, column.type.type) for column in statement.columns)


def _check_columns(binding: Binding, statement: FunctionStatement) -> None:
    from .table_macros import refuse_doubled_columns

    refuse_doubled_columns(binding, statement)
    if not statement.columns:
        message = f"the columns of `{statement.name.text}` are not declared, and only running it would tell them"
        binding.fail("T2071", message, statement.name.span, help="write RETURNS TABLE (name TYPE, …)")


def _found(binding: Binding, statement: FunctionStatement, modules: PythonModules | None) -> FoundCode:
    """Return what stands behind the target; what is wrong with it is told at the target."""
    if modules is None or modules.safe:
        return UNKNOWN
    try:
        return modules.find(statement.target or "", len(statement.arguments), statement.flavour != "table")
    except TreadleError as problem:
        from .sources import placed

        binding.problems.add(*(placed(one, statement.target_span or statement.name.span) for one in problem.diagnostics))
        return UNKNOWN


def _place(one: RegisteredFunction) -> Source:
    return Source(f"<python>/{one.name}", f"{one.code.target}\n")


def _registered(one: RegisteredFunction) -> PythonFunction:
    from ...dialect import parse_expression

    parts = []
    defaults: list[exp.Expr | None] = []
    for name, type_, value in zip(one.parameters, one.types, one.defaults, strict=True):
        text = None if value is None else literal_sql(value)
        rest = one.variadic and name == one.parameters[-1]
        parts.append(f"{'VARIADIC ' if rest else ''}{name} {type_}" + (f" DEFAULT {text}" if text is not None else ""))
        written = "make_array()" if rest else text
        defaults.append(None if written is None else exp.Cast(this=exp.Paren(this=parse_expression(written)), to=type_node(type_)))
        if defaults[-1] is not None:
            defaults[-1].meta["type"] = type_
    shown = f"{one.name}({', '.join(parts)})"
    required = tuple(default is None for default in defaults)
    signature = Signature(one.name, one.parameters, required, shown, one.variadic)
    place = _place(one).span(0, len(one.code.target))
    return PythonFunction(signature, one.types, tuple(defaults), one.returns, one.code, place, one.comment, (), one.flavour)


def refuse_python(binding: Binding, tree: exp.Expr, where: str) -> None:
    """Refuse calls of Python functions in a constant, which is computed while a project is checked."""
    for call in python_calls(tree):
        message = f"`{shown_name(call)}` is a function in Python, which {where} can't call: nothing of yours runs before a run does"
        binding.fail("T2127", message, call, help=NO_PARAMETER_NEEDED)
