"""Owns aggregates in Python: a call over the list that `array_agg` makes of a group, and under OVER one over a partition's rows.

FILTER, DISTINCT and ORDER BY are those of `array_agg`, and STRICT is a FILTER of it. Under OVER the list of each frame
would be too much to hold: the function is given the partition once, with the numbers of the first and last row of each frame.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.types import BIGINT
from ...dialect.types_sql import type_node
from ..functions.python import OVER, PREFIX, PythonFunction, engine_name, row_type, shown_name
from .aggregates import Rewritten, carry_inside, mark, split
from .built_in_arguments import plain_arguments
from .columns import copy_place
from .context import Binding
from .correlation import own
from .nested_windows import settled
from .scope import Scope

ROW = "row"
"""Marks the struct that an aggregate's list holds for each row."""
WHOLE = 0
"""Number of the first row of a frame that is the whole partition; rows are numbered from 1."""


def bind_python_aggregate(binding: Binding, node: exp.Expr, function: PythonFunction, scope: Scope) -> exp.Expr:
    """Return the bound call of an aggregate in Python, over a list for each group."""
    from .python_calls import exact, typed_arguments

    given, clauses = split(node)
    arguments = typed_arguments(binding, node, given, function, scope)
    if arguments is None:
        return node
    names = function.signature.parameters
    row = arguments[0]
    if len(arguments) > 1:
        fields = [part for at, one in enumerate(arguments, start=1) for part in (exp.Literal.string(str(at)), one)]
        struct = exp.Anonymous(this="named_struct", expressions=fields)
        struct.meta[ROW] = True
        row = exact(struct, row_type(tuple(zip(names, function.types, strict=True))))
    call = exp.Anonymous(this="array_agg", expressions=[row])
    rows: exp.Expr = call
    if function.code.strict:
        rows = exp.Filter(this=rows, expression=exp.Where(this=_not_null(arguments)))
    made = exp.Anonymous(this=exp.to_identifier(engine_name(function.signature.key), quoted=True), expressions=[rows])
    for part in made.walk(prune=lambda one: any(one is argument for argument in arguments)):
        copy_place(part, node)
    made.meta["type"] = function.returns
    held = exp.Paren(this=made)
    number = mark(binding, held, alone=call)
    return carry_inside(binding, held.this, Rewritten(function.signature.name, "aggregate", number, of_rows=True), clauses, arguments)


def _not_null(arguments: list[exp.Expr]) -> exp.Expr:
    found: exp.Expr | None = None
    for one in arguments:
        test = exp.Not(this=exp.Is(this=exp.Paren(this=one.copy()), expression=exp.Null()))
        found = test if found is None else exp.And(this=found, expression=test)
    assert found is not None
    return found


def lower_sorted_rows(select: exp.Select) -> None:
    """Sort the columns of an aggregate's rows one by one, and zip them, in place: the engine counts sorted structs' memory squared.

    What the keys leave tied is sorted by the columns themselves, so that all of them come in one order.
    """
    for call in [node for node in own(select) if isinstance(node, exp.Anonymous) and str(node.name).lower() == "array_agg"]:
        own_, is_distinct, order = plain_arguments(call)
        row = own_[0].this if own_ and isinstance(own_[0], exp.Cast) else own_[0] if own_ else None
        if order is None or is_distinct or row is None or not row.meta.get(ROW):
            continue
        columns = row.expressions[1::2]
        keys = [*order.expressions, *(exp.Ordered(this=one, nulls_first=False) for one in columns)]
        whole = call.parent if isinstance(call.parent, exp.Filter) else call
        lists = []
        for column in columns:
            sorted_ = exp.Order(this=column.copy(), expressions=[key.copy() for key in keys])
            made: exp.Expr = exp.Anonymous(this="array_agg", expressions=[sorted_])
            if whole is not call:
                made = exp.Filter(this=made, expression=whole.expression.copy())
            lists.append(made)
        zipped = exp.Anonymous(this="arrays_zip", expressions=lists)
        for part in zipped.walk():
            if "span" not in part.meta:
                copy_place(part, call)
        whole.replace(zipped)


def lower_python_windows(binding: Binding, select: exp.Select) -> None:
    """Put calls over a partition's rows in place of those over the lists of frames, in place."""
    for window in [node for node in own(select) if isinstance(node, exp.Window)]:
        call, caller = window.this, window.parent
        if isinstance(call, exp.Filter):
            call = call.this
        if str(call.name).startswith(PREFIX) and not str(call.name).endswith(OVER) and (frame := settled(select, window).args.get("spec")):
            message = f"`{shown_name(call)}` can't take a frame: it is given whole partitions"
            binding.fail("T2130", message, frame if "span" in frame.meta else window, help="leave the frame out, or write an aggregate")
        is_list = isinstance(call, exp.Anonymous) and str(call.name).lower() == "array_agg"
        if is_list and isinstance(caller, exp.Anonymous) and str(caller.name).startswith(PREFIX):
            _lower(binding, call, caller, settled(select, window))


def _lower(binding: Binding, call: exp.Expr, caller: exp.Expr, window: exp.Window) -> None:
    own_, is_distinct, _ = plain_arguments(call)
    if is_distinct:
        message = f"`{shown_name(caller)}` can't take DISTINCT under OVER: it is given the rows of a partition once"
        binding.fail("T2130", message, caller, help="select DISTINCT rows in a subquery first")
        return
    row = own_[0].this if isinstance(own_[0], exp.Cast) and isinstance(own_[0].this, exp.Anonymous) else own_[0]
    is_struct = isinstance(row, exp.Anonymous) and row.meta.get(ROW)
    arguments = row.expressions[1::2] if is_struct else own_
    condition = call.parent.expression.this if isinstance(call.parent, exp.Filter) else exp.true()
    whole = not window.args.get("order") and not window.args.get("spec")
    first, last, inner = (_number(WHOLE), _number(WHOLE), window) if whole else _frames(window)
    made = exp.Anonymous(
        this=exp.to_identifier(str(caller.name) + OVER, quoted=True),
        expressions=[one.copy() for one in [*arguments, _true(condition), first, last]],
    )
    wrapper = inner.copy()
    wrapper.set("this", made)
    for part in (made, wrapper):
        copy_place(part, caller)
    wrapper.meta["type"] = caller.meta.get("type")
    caller.replace(wrapper)


def _true(condition: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="coalesce", expressions=[exp.Paren(this=condition.copy()), exp.false()])


def _number(value: int) -> exp.Expr:
    return exp.Cast(this=exp.Literal.number(value), to=type_node(BIGINT))


def _frames(window: exp.Window) -> tuple[exp.Expr, exp.Expr, exp.Window]:
    """Return the numbers of the first and last row of each row's frame, and the window in which they count."""
    spec = window.args.get("spec")
    partition = [one.copy() for one in window.args.get("partition_by") or ()]
    sorted_ = exp.Window(this=exp.Anonymous(this="row_number", expressions=[]), over="OVER")
    for key in ("partition_by", "order"):
        given = window.args.get(key)
        if given:
            sorted_.set(key, [one.copy() for one in given] if isinstance(given, list) else given.copy())
    number = exp.Cast(this=sorted_, to=type_node(BIGINT))
    by_number = exp.Window(this=exp.Null(), over="OVER", partition_by=partition, order=_ordered(number))
    frame = window.copy()
    if spec is not None and str(spec.args.get("kind") or "").upper() == "ROWS":
        frame = by_number.copy()
        frame.set("spec", spec.copy())
    ends = []
    for name in ("min", "max"):
        end = frame.copy()
        end.set("this", exp.Anonymous(this=name, expressions=[number.copy()]))
        ends.append(end)
    return ends[0], ends[1], by_number


def _ordered(number: exp.Expr) -> exp.Order:
    return exp.Order(expressions=[exp.Ordered(this=number.copy(), nulls_first=False)])
