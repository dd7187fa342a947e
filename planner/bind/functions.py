"""Owns function calls in expressions: which function a name means, its arguments, checked sums.

Project functions are inlined as macros; the engine's own keep their names; sums over
integers are made to overflow loudly (the engine wraps, FACTS B).
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.diagnostics import Label, did_you_mean
from ...dialect.types import BIGINT, decimal
from ...dialect.types_sql import type_node
from ...dialect.walk import find_all
from ..functions.macros import Macro, TableMacro
from ..functions.packs import arrow_functions, pack_functions, renamed
from ..functions.python import PythonFunction, shown_name
from ..last_run import NAME as LAST_RUN
from ..ports import BuiltIn
from .aggregates import ROWS_FIRST, Clauses, Rewritten, carry_inside, mark, require_over, split
from .built_in_arguments import has_names, heeds_distinct, place_named, plain_arguments
from .calls import place_arguments
from .columns import copy_place
from .context import Binding
from .formats import check_format
from .infer import fits, infer, literal_fits
from .overloads import resolve
from .packs import OWN, bind_pack_call
from .probe import probe_type
from .python_calls import bind_python_call, is_volatile
from .scope import Scope
from .subqueries import move_in, refuse_inside, rename_apart
from .units import check_part

LEAVES = (exp.Column, exp.Literal, exp.Paren, exp.Anonymous, exp.Cast, exp.Boolean, exp.Null)
NOT_DECLARED = "declare it with CREATE FUNCTION, or use functions that the engine has"
IN_FROM = "call it in FROM: SELECT … FROM name(…)"
#: What a name means for a list or a map, where other systems have one name for texts and those.
BY_TYPE = {
    "length": {"LIST": "array_length", "MAP": "cardinality"},
    "contains": {"LIST": "array_has"},
    "reverse": {"LIST": "array_reverse"},
    "element_at": {"LIST": "array_element"},
}
#: Calls whose unsigned results would wrap below zero in a difference; they are BIGINT here, like every other count.
UNSIGNED = frozenset(
    "row_number rank dense_rank ntile array_length list_length cardinality array_position list_position array_indexof list_indexof"
    " array_ndims list_ndims approx_distinct".split()
)
WRAPPERS = (exp.Filter, exp.Window, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)


def bind_call(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Return the bound form of a call whose arguments are bound already."""
    written = str(node.name)
    name = written.lower()
    if node.meta.get(OWN) and name in arrow_functions():
        return node
    key = resolve(binding, node, name, scope)
    if key is None:
        return node
    macro = binding.catalog.macros.get(key)
    if macro is not None:
        return _inline(binding, node, macro, scope)
    python = binding.catalog.python.get(key)
    if python is not None:
        return bind_python_call(binding, node, python, scope)
    if name in binding.catalog.failed_functions:
        binding.doubtful = True
        return node
    built_in = binding.catalog.built_ins.get(name)
    if name in binding.catalog.tables:
        binding.fail("T2026", f"`{written}` gives a table; it can only stand in FROM", name_span(binding, node), help=IN_FROM)
        binding.doubtful = True
        return node
    if (packed := bind_pack_call(binding, node, scope)) is not None:
        return packed
    return _bind_built_in(binding, node, written, built_in, scope)


def _bind_built_in(binding: Binding, node: exp.Expr, written: str, built_in: BuiltIn | None, scope: Scope) -> exp.Expr:
    """Return the bound form of a call of the engine's own function, or report that there is none."""
    name = written.lower()
    if built_in is None and name in ("typeof", "pg_typeof") and len(node.expressions) == 1:
        return _type_name(binding, node, scope)
    if built_in is None:
        _report_unknown(binding, node, written)
        return node
    if built_in.kind == "table" and name != "unnest":
        binding.fail("T2026", f"`{written}` gives a table; it can only stand in FROM", node, help=IN_FROM)
    if built_in.volatility == "volatile":
        binding.volatile = True
    _refuse_clauses(binding, node, name)
    if has_names(node):
        place_named(binding, node)
    name = _by_type(binding, node, name, scope)
    node.set("this", name)
    check_format(binding, node, name)
    check_part(binding, node, name)
    if built_in.kind == "window" and binding.arguments is None and not node.meta.get(OWN):
        require_over(binding, node)
    if name in UNSIGNED:
        node.meta["checked_sum"] = True
    if name == "string_agg" and node.expressions:
        refuse_sorted_distinct(binding, node)
    return _checked_sum(binding, node, scope) if name == "sum" else node


def _refuse_clauses(binding: Binding, node: exp.Expr, name: str) -> None:
    arguments, is_distinct, _ = plain_arguments(node)
    if is_distinct and not heeds_distinct(name):
        message = f"`{node.name}` can't take DISTINCT: the engine reads it, and counts repeated rows all the same"
        binding.fail("T2130", message, node, help=ROWS_FIRST)
    if any(isinstance(one, exp.Star) for one in arguments) and (name != "count" or is_distinct or len(arguments) > 1):
        shown = f"`{node.name}` takes no `*`{' behind DISTINCT' if is_distinct else ''}"
        binding.fail("T2036", shown, node, help="write out its arguments; count(*) alone counts rows")
    elif name == "count" and is_distinct and len(arguments) > 1:
        binding.fail("T2036", "`count(DISTINCT …)` takes one value", node, help="count(DISTINCT (a, b)) counts pairs, those with NULL too")


def refuse_sorted_distinct(binding: Binding, node: exp.Expr) -> None:
    """Refuse a string_agg that is made distinct and sorted by something that is no constant."""
    argument = node.expressions[0]
    sorted_ = isinstance(argument, exp.Order) and isinstance(argument.this, exp.Distinct)
    if sorted_ and any(not isinstance(one.this, exp.Literal) for one in argument.args["expressions"]):
        way = "write array_to_string(array_agg(DISTINCT text ORDER BY text), ', ')"
        binding.fail("T2034", "string_agg can't both sort and drop repeats in the engine", node, help=way)


def _type_name(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Return the name of an expression's type, which is known before anything runs."""
    type_ = infer(node.expressions[0]) or probe_type(binding, node.expressions[0], scope)
    if type_ is None:
        binding.doubtful = binding.doubtful or bool(binding.problems.errors)
        return node
    made = exp.Literal.string(type_.sql())
    copy_place(made, node)
    return made


def _by_type(binding: Binding, node: exp.Expr, name: str, scope: Scope) -> str:
    """Return the function that a name means for the type of its first argument."""
    if name not in BY_TYPE or not node.expressions:
        return name
    type_ = infer(node.expressions[0]) or probe_type(binding, node.expressions[0], scope)
    return BY_TYPE[name].get(type_.name, name) if type_ is not None else name


def _report_unknown(binding: Binding, node: exp.Expr, written: str) -> None:
    from ..functions.aliases import RENAMED
    from ..functions.hints import FOREIGN
    from ..functions.tables import table_functions

    binding.doubtful = True
    if written.lower() == "columns":
        binding.fail("T2006", "COLUMNS(…) can only stand in the select list", name_span(binding, node), help="name the columns")
        return
    if written.lower() in table_functions():
        binding.fail("T2026", f"`{written}` gives a table; it can only stand in FROM", name_span(binding, node), help=IN_FROM)
        return
    if written.lower() == LAST_RUN:
        message = "`since_last_run` can only be the start of a change window"
        binding.fail("T2047", message, name_span(binding, node), help="write read_delta_cdf('path', start_version => since_last_run())")
        return
    help_ = did_you_mean(
        written,
        [*binding.catalog.function_names, *binding.catalog.python, *binding.catalog.built_ins, *pack_functions(), *renamed(), *RENAMED],
    )
    foreign = FOREIGN.get(written.lower())
    if foreign:
        help_ = f"write {foreign}"
    binding.fail("T2012", f"there is no function `{written}`", name_span(binding, node), help=help_ or NOT_DECLARED)


def name_span(binding: Binding, node: exp.Expr):  # type: ignore[no-untyped-def]
    """Return the place of a call's name alone."""
    span = binding.span(node)
    return span.source.span(span.start, min(span.end, span.start + len(str(node.name))))


NARROW = ("TINYINT", "SMALLINT", "INT")
"""Types whose sums the engine computes in 64 bits: it takes more than 2^32 rows in one group to overflow those."""


def _checked_sum(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Mark a sum over wide integers, so that its whole expression is cast back from an exact decimal."""
    if not node.expressions:
        return node
    argument = node.expressions[0]
    inner = argument.expressions[0] if isinstance(argument, exp.Distinct) and argument.expressions else argument
    inner_target = inner.this if isinstance(inner, exp.Order) else inner
    type_ = infer(inner_target) or probe_type(binding, inner_target, scope)
    if type_ is None or not type_.is_integer or type_.name in NARROW:
        return node
    wide = exp.Cast(this=_wrapped(inner_target.copy()), to=type_node(decimal(38, 0)))
    wide.meta["checked"] = True
    copy_place(wide, inner_target)
    inner_target.replace(wide)
    node.meta["checked_sum"] = True
    return node


def finish_sums(tree: exp.Expr) -> None:
    """Cast every marked sum, with its FILTER and OVER around it, back to BIGINT, where overflow is an error."""
    for node in [n for n in find_all(tree, exp.Anonymous) if n.meta.pop("checked_sum", None)]:
        outer: exp.Expr = node
        while isinstance(outer.parent, WRAPPERS) and outer.parent.this is outer:
            outer = outer.parent
        cast = exp.Cast(this=exp.Null(), to=type_node(BIGINT))
        copy_place(cast, outer)
        cast.meta["type"] = BIGINT
        outer.replace(cast)
        cast.set("this", outer)


def _inline(binding: Binding, node: exp.Expr, macro: Macro, scope: Scope) -> exp.Expr:
    binding.functions.add(macro.signature.key)
    binding.functions.update(macro.uses)
    binding.volatile = binding.volatile or macro.volatile
    given, clauses = split(node) if macro.flavour != "scalar" else (node.expressions, Clauses())
    placed = place_arguments(binding, node, given, macro.signature)
    if placed is None:
        binding.doubtful = True
        return node
    arguments = {}
    for index, (parameter, one) in enumerate(zip(macro.signature.parameters, placed, strict=True)):
        argument = one if one is not None else default_argument(macro, index, node)
        arguments[parameter] = typed_argument(binding, macro, index, argument, scope)
    _refuse_repeated_volatile(binding, node, macro, arguments)
    refuse_inside(binding, node, macro, arguments)
    if macro.flavour == "scalar":
        made: exp.Expr = macro.expand(arguments, node, lambda body: _move(binding, macro, body, arguments, node))
    else:
        made = _rewritten(binding, node, macro, arguments, clauses)
    made.meta["type"] = macro.returns
    return made


def _rewritten(binding: Binding, node: exp.Expr, macro: Macro, arguments: dict[str, exp.Expr], clauses: Clauses) -> exp.Expr:
    """Return the body of an aggregate or window of the project's, with the clauses of the call's brackets given to what is inside."""
    name, flavour = macro.signature.name, macro.flavour
    if flavour == "window":
        require_over(binding, node)
    numbers: list[int] = []

    def prepare(body: exp.Expr) -> None:
        _move(binding, macro, body, arguments, node)
        numbers.append(mark(binding, body))

    made = macro.expand(arguments, node, prepare)
    outside = tuple((one, arguments[one]) for one in sorted(macro.outside))
    about = Rewritten(name, "window" if flavour == "window" else "aggregate", numbers[0], outside)
    return carry_inside(binding, made, about, clauses, list(arguments.values()))


def _move(binding: Binding, macro: Macro, body: exp.Expr, arguments: dict[str, exp.Expr], node: exp.Expr) -> None:
    if body.find(exp.Query) is not None:
        rename_apart(body, {c.table for argument in arguments.values() for c in argument.find_all(exp.Column)})
        move_in(binding, macro, body, binding.span(node))


def default_argument(macro: Macro | TableMacro | PythonFunction, index: int, node: exp.Expr) -> exp.Expr:
    """Return a copy of a parameter's default that stands where the call stands."""
    default = macro.defaults[index]
    assert default is not None
    made = default.copy()
    for part in made.walk():
        copy_place(part, node)
    return made


def typed_argument(binding: Binding, macro: Macro | TableMacro | PythonFunction, index: int, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Return a bound argument as the declared type; one that doesn't fit is reported."""
    wanted = macro.types[index]
    given = infer(node) or probe_type(binding, node, scope)
    if given is None:
        binding.doubtful = binding.doubtful or not binding.problems.errors == ()
        return exp.Cast(this=_wrapped(node), to=type_node(wanted))
    if not fits(given, wanted) and not literal_fits(node, wanted):
        name = macro.signature.parameters[index]
        binding.fail(
            "T2032",
            f"the argument `{name}` of `{macro.signature.name}` is {given}, it must be {wanted}",
            node,
            help=f"write {macro.signature.shown}",
            labels=(Label(macro.places[index], f"`{name}` is declared here"),) if macro.places else (),
        )
        binding.doubtful = True
        return node
    if given == wanted:
        return _wrapped(node)
    made = exp.Cast(this=_wrapped(node), to=type_node(wanted))
    copy_place(made, node)
    return made


def _wrapped(node: exp.Expr) -> exp.Expr:
    if isinstance(node, LEAVES):
        return node
    made = exp.Paren(this=node)
    copy_place(made, node)
    return made


def _refuse_repeated_volatile(binding: Binding, node: exp.Expr, macro: Macro, arguments: dict[str, exp.Expr]) -> None:
    for name, argument in arguments.items():
        if macro.counts.get(name, 0) < 2:
            continue
        call = volatile_call(binding, argument)
        if call is not None:
            binding.fail(
                "T2027",
                f"`{macro.signature.name}` uses `{name}` more than once, and `{call}` gives another value each time",
                argument,
                help="compute it in a subquery first, and pass its column",
            )


def volatile_call(binding: Binding, node: exp.Expr) -> str | None:
    """Return the name of a function in a bound expression that gives another value each time, or None."""
    for call in node.find_all(exp.Anonymous):
        built_in = binding.catalog.built_ins.get(str(call.name).lower())
        if is_volatile(binding, call) or (built_in is not None and built_in.volatility == "volatile"):
            return shown_name(call)
    return None
