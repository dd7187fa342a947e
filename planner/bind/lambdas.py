"""Owns calls that take a lambda: `list_transform(l, x -> x + 1)`, `list_filter`, `list_any_match` and their kin.

The engine has three of them, with lambdas of one parameter. The others are written with
those: ALL and NONE by negation, a second parameter (the position, from 1) by zipping the
list with its positions first.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.types import BIGINT, DataType
from ...dialect.types_sql import type_node
from .aggregates import written_name
from .columns import copy_place
from .context import Binding
from .infer import infer
from .probe import probe_type
from .refusals import unavailable
from .repeats import refuse_repeated
from .scope import Scope

TRANSFORM, FILTER, ANY = "array_transform", "array_filter", "array_any_match"
#: What each name does: the engine's function, and whether condition and result are negated.
CALLS: dict[str, tuple[str, bool, bool]] = {
    **dict.fromkeys(("list_transform", "array_transform", "list_apply", "array_apply", "apply", "transform"), (TRANSFORM, False, False)),
    **dict.fromkeys(("list_filter", "array_filter", "filter"), (FILTER, False, False)),
    **dict.fromkeys(("list_any_match", "array_any_match", "any_match", "exists"), (ANY, False, False)),
    **dict.fromkeys(("list_all_match", "array_all_match", "all_match", "forall"), (ANY, True, True)),
    **dict.fromkeys(("list_none_match", "array_none_match", "none_match"), (ANY, False, True)),
}
REDUCING = frozenset("list_reduce array_reduce reduce list_fold array_fold fold aggregate array_aggregate".split())
FROM_ZERO = frozenset(("transform", "filter"))  # in Spark, which counts positions from 0; DuckDB counts from 1
_ITEM, _POSITION = "1", "2"  # as `arrays_zip` names them


def takes_lambda(node: exp.Expr) -> bool:
    """Say whether a call has a lambda among its arguments, or a name that wants one."""
    name = str(node.name).lower()
    given = any(isinstance(one, exp.Lambda) for one in node.expressions)
    return given and (name in CALLS or name in REDUCING) or name in CALLS and name not in ("exists", *FROM_ZERO)


def bind_lambda_call(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Return the bound form of such a call; its arguments are not bound yet."""
    from .expressions import bind_expression

    name = str(node.name)
    if name.lower() in REDUCING:
        remedy = "use list_sum, list_product, list_min or list_max, or unnest the list in a subquery and aggregate it"
        unavailable(binding, node, "sql.list_reduce", f"`{name}` has no counterpart in the engine", remedy)
        return node
    shown = f"{name}(list, x -> …)"
    node.set("expressions", [_meant(one) if at == 0 else one for at, one in enumerate(node.expressions)])
    if len(node.expressions) != 2 or not isinstance(node.expressions[1], exp.Lambda) or isinstance(node.expressions[0], exp.Lambda):
        binding.fail("T2024", f"`{name}` takes a list and a lambda", node, help=f"write {shown}")
        binding.doubtful = True
        return node
    items, function = node.expressions
    items = bind_expression(binding, items, scope)
    kind = infer(items) or probe_type(binding, items, scope)
    if kind is not None and kind.name not in ("LIST", "NULL"):
        binding.fail("T2031", f"`{name}` wants a list, this is {kind}", items, help=f"write {shown}")
        binding.doubtful = True
        return node
    item = kind.fields[0].type if kind is not None and kind.fields else None
    return _lowered(binding, node, items, function, item, scope)


def _meant(items: exp.Expr) -> exp.Expr:
    """Return the list of such a call: `a -> 'k'` there is no lambda."""
    meant = items.meta.get("otherwise") if isinstance(items, exp.Lambda) else None
    return meant if isinstance(meant, exp.Expr) else items


def _lowered(binding: Binding, node: exp.Expr, items: exp.Expr, function: exp.Expr, item: DataType | None, scope: Scope) -> exp.Expr:
    called, inside, outside = CALLS[str(node.name).lower()]
    names = [one for one in function.expressions if isinstance(one, exp.Identifier)]
    zipped = len(names) == 2
    if not 1 <= len(names) <= 2 or zipped and not _positioned(binding, node, function, items):
        if not 1 <= len(names) <= 2:
            binding.fail("T2023", f"a lambda of `{node.name}` takes the element, and its position", function, help="write (x, i) -> …")
        binding.doubtful = True
        return node
    own = f"{names[0].this}~" if _hides(scope, str(names[0].this)) or zipped else str(names[0].this)
    whole = _variable(own, function, None if zipped else item)
    meant = {str(names[0].this): _part(whole, _ITEM, item), str(names[1].this): _part(whole, _POSITION, BIGINT)} if zipped else {}
    inner = Scope(parent=scope, variables=meant or {str(names[0].this): whole})
    body = _body(binding, function, inner, inside or called != TRANSFORM)
    if inside:
        body = _made(exp.Not(this=_bracketed(body)), function)
    made = _call(called, _zip(items) if zipped else items, own, body, node)
    if zipped and called == FILTER:
        made = _call(TRANSFORM, made, own, _part(whole, _ITEM, item), node)
    return _made(exp.Not(this=made), node) if outside else made


def _body(binding: Binding, function: exp.Expr, scope: Scope, condition: bool) -> exp.Expr:
    from .expressions import bind_expression

    body = bind_expression(binding, function.this, scope)
    for call in body.find_all(exp.Anonymous):
        built_in = binding.catalog.built_ins.get(str(call.name).lower())
        if built_in is not None and built_in.kind in ("aggregate", "window"):
            help_ = "for one list write list_sum, list_max and the like; for rows aggregate in a subquery first"
            binding.fail("T2034", f"`{written_name(call)}` goes over rows, a lambda sees one element", call, help=help_)
            binding.doubtful = True
    kind = infer(body) or probe_type(binding, body, scope) if condition else None
    if kind is not None and kind.name not in ("BOOLEAN", "NULL"):
        binding.fail("T2031", f"this lambda gives {kind}, it must be a condition", body, help="compare it with something")
        binding.doubtful = True
    return body


def _positioned(binding: Binding, node: exp.Expr, function: exp.Expr, items: exp.Expr) -> bool:
    """Refuse positions where systems count them differently, and lists that would be made twice and differ."""
    name = str(node.name).lower()
    if name in FROM_ZERO:
        message = f"positions of `{name}` count from 0 in Spark and from 1 in DuckDB"
        binding.fail("T2023", message, function, help=f"write list_{name}(list, (x, i) -> …), which counts from 1")
        return False
    return refuse_repeated(binding, items, f"`{node.name}` with positions")


def _hides(scope: Scope, name: str) -> bool:
    return any(one.lower() == name.lower() for one in scope.visible())


def _variable(name: str, like: exp.Expr, kind: DataType | None) -> exp.Column:
    made = exp.Column(this=exp.to_identifier(name, quoted=True))
    copy_place(made, like)
    if kind is not None:
        made.meta["type"] = kind
    return made


def _part(whole: exp.Column, field: str, kind: DataType | None) -> exp.Expr:
    made = _made(exp.Bracket(this=whole.copy(), expressions=[exp.Literal.string(field)]), whole)
    if kind is not None:
        made.meta["type"] = kind
    return made


def _zip(items: exp.Expr) -> exp.Expr:
    """Return the list of pairs of element and position."""
    length = exp.Cast(this=exp.Anonymous(this="array_length", expressions=[items.copy()]), to=type_node(BIGINT))
    series = exp.Anonymous(this="generate_series", expressions=[exp.Literal.number(1), length])
    made = exp.Anonymous(this="arrays_zip", expressions=[items, series])
    for node in (made, series, length, length.this):
        copy_place(node, items)
    return made


def _call(name: str, items: exp.Expr, variable: str, body: exp.Expr, like: exp.Expr) -> exp.Expr:
    function = _made(exp.Lambda(this=body, expressions=[exp.to_identifier(variable, quoted=True)]), like)
    return _made(exp.Anonymous(this=name, expressions=[items, function]), like)


def _bracketed(node: exp.Expr) -> exp.Expr:
    return _made(exp.Paren(this=node), node)


def _made(node: exp.Expr, like: exp.Expr) -> exp.Expr:
    copy_place(node, like)
    return node
