"""Owns named arguments of the engine's functions: they are put at their positions, for most of its functions know no names."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from ..functions.built_ins import Parameter, described
from .calls import Signature, place_arguments
from .columns import copy_place
from .context import Binding


def has_names(node: exp.Expr) -> bool:
    """Say whether a call names an argument, DISTINCT and ORDER BY around them or not."""
    return any(isinstance(one, exp.Kwarg) for one in plain_arguments(node)[0])


def plain_arguments(node: exp.Expr) -> tuple[list[exp.Expr], bool, exp.Order | None]:
    """Return the arguments of a call alone, whether DISTINCT stands before them, and the ORDER BY that stands behind them."""
    arguments, is_distinct, order = list(node.expressions), False, None
    if arguments and isinstance(arguments[-1], exp.Order):
        order = arguments[-1]
        arguments[-1] = order.this
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        arguments, is_distinct = list(arguments[0].expressions), True
    last = arguments[-1] if arguments else None
    if isinstance(last, exp.Kwarg) and isinstance(last.expression, exp.Order):
        order = last.expression
        arguments[-1] = exp.Kwarg(this=last.this.copy(), expression=order.this)
        copy_place(arguments[-1], last)
    return arguments, is_distinct, order


def place_named(binding: Binding, node: exp.Expr) -> None:
    """Put the arguments of a call with names in it at their positions, in place; what is wrong prints the signature."""
    name = str(node.name)
    function = described()[name.lower()]
    ordered = isinstance(node.parent, exp.WithinGroup)
    parameters = function.parameters[1:] if ordered else function.parameters
    arguments, is_distinct, order = plain_arguments(node)
    given, rest = without_rest(arguments, parameters)
    signature = Signature(name, tuple(p.name for p in parameters), tuple(p.required for p in parameters), function.shown(name))
    placed = place_arguments(binding, node, given, signature)
    filled = _filled(binding, node, [*placed, *rest], parameters, signature) if placed is not None else None
    if filled:
        node.set("expressions", put_around(filled, is_distinct, order))


def put_around(arguments: list[exp.Expr], is_distinct: bool, order: exp.Order | None) -> list[exp.Expr]:
    """Put DISTINCT and ORDER BY around arguments again, as they stand without names."""
    if is_distinct:
        arguments = [exp.Distinct(expressions=arguments)]
    if order is not None:
        order.set("this", arguments[-1])
        arguments[-1] = order
    return arguments


def without_rest(given: Sequence[exp.Expr], parameters: Sequence[Parameter]) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """Return the arguments that stand for one parameter each, and those beyond the first of a variadic one."""
    positional = [one for one in given if not isinstance(one, exp.Kwarg)]
    if not parameters or not parameters[-1].variadic or len(positional) <= len(parameters):
        return list(given), []
    rest = positional[len(parameters) :]
    return [one for one in given if all(one is not other for other in rest)], rest


def _filled(
    binding: Binding, node: exp.Expr, placed: list[exp.Expr | None], parameters: Sequence[Parameter], signature: Signature
) -> list[exp.Expr] | None:
    """Return the arguments with defaults where one is left out before a later one; None after saying which is missing."""
    from ...dialect import parse_expression

    while placed and placed[-1] is None:
        placed.pop()
    filled: list[exp.Expr] = []
    for at, one in enumerate(placed):
        parameter = parameters[min(at, len(parameters) - 1)]
        if one is None and parameter.default is None:
            binding.fail(
                "T2024", f"`{signature.name}` misses its argument `{parameter.name}` before a later one", node,
                help=f"write {signature.shown}",
            )  # fmt: skip
            return None
        if one is None:
            one = parse_expression(str(parameter.default))
            for part in one.walk():
                copy_place(part, node)
        filled.append(one)
    return filled


def heeds_distinct(name: str) -> bool:
    """Say whether the engine's aggregate leaves repeated rows out where DISTINCT is asked for; some go over all rows all the same."""
    all_the_same = "approx_percentile_cont approx_percentile_cont_with_weight corr covar covar_pop covar_samp".split()
    return name not in all_the_same and not name.startswith("regr_")
