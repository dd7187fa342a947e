"""Owns binding of one SELECT: select list with stars, WHERE, GROUP BY, HAVING, QUALIFY, ORDER BY, LIMIT."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ...dialect.diagnostics import counted
from ...dialect.nodes import Param
from .aggregates import of as rewritten
from .asof import settle_asof
from .columns import copy_place
from .context import Binding
from .infer import infer
from .python_functions import refuse_python
from .scope import Column, Scope, same
from .windows import settle_windows

Columns = tuple[Column, ...] | None


def bind_select(binding: Binding, node: exp.Select, parent: Scope | None) -> Columns:
    """Bind a SELECT in place and return its output columns."""
    from .expressions import bind_children, bind_expression
    from .relations import bind_from

    scope = Scope(parent=parent)
    scope.alias_names = frozenset(i.alias.lower() for i in node.expressions if isinstance(i, exp.Alias))
    bind_from(binding, node, scope)
    _bind_clause(binding, node, "where", scope)
    _refuse_groups_in_where(binding, node)
    columns = _bind_select_list(binding, node, scope)
    scope.aliases_allowed = True
    _bind_group(binding, node, scope, columns)
    _bind_clause(binding, node, "having", scope)
    _refuse_windows_in_having(binding, node)
    for window in node.args.get("windows") or []:
        bind_children(binding, window, scope, skip=("alias",))
        if isinstance(window.this, exp.Identifier):
            window.this.set("quoted", True)
    _bind_clause(binding, node, "qualify", scope)
    distinct = node.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        distinct.set("on", bind_expression(binding, distinct.args["on"], scope))
    bind_tail(binding, node, columns, scope)
    settle_windows(binding, node)
    settle_asof(binding, node, scope)
    return columns


def _bind_clause(binding: Binding, node: exp.Expr, key: str, scope: Scope) -> None:
    from .expressions import bind_expression

    clause = node.args.get(key)
    if clause is not None:
        clause.set("this", bind_expression(binding, clause.this, scope))


def _refuse_groups_in_where(binding: Binding, node: exp.Select) -> None:
    """Refuse windows and aggregates in WHERE, which is asked of single rows before there are groups."""
    for one in _own(node.args.get("where")):
        if isinstance(one, exp.Window):
            binding.fail("T2054", "a window function can't stand in WHERE", one, help="write QUALIFY instead")
            return
        known = binding.catalog.built_ins.get(str(one.name).lower()) if isinstance(one, exp.Anonymous) else None
        made = rewritten(one)
        if (known is not None and known.kind == "aggregate") or (made is not None and made.kind == "aggregate"):
            shown = one.name if made is None else made.name
            binding.fail("T2054", f"the aggregate `{shown}` can't stand in WHERE", one, help="write HAVING behind GROUP BY")
            return


def _refuse_windows_in_having(binding: Binding, node: exp.Select) -> None:
    """Refuse windows in HAVING, which is asked of groups before there are windows over them."""
    for one in _own(node.args.get("having")):
        if isinstance(one, exp.Window):
            binding.fail("T2054", "a window function can't stand in HAVING", one, help="write QUALIFY instead")
            return


def _own(clause: exp.Expr | None) -> Iterator[exp.Expr]:
    """Yield the nodes of a clause, not those of queries inside of it."""
    yield from clause.walk(prune=lambda part: isinstance(part, exp.Query)) if clause is not None else ()


def _bind_select_list(binding: Binding, node: exp.Select, scope: Scope) -> Columns:
    from .star_forms import expand_columns
    from .stars import expand_star, is_star

    if isinstance(node.parent, exp.Exists) and all(is_star(e) for e in node.expressions):
        node.set("expressions", [exp.alias_(exp.Literal.number(1), "one", quoted=True)])
        return (Column("one"),)
    items: list[exp.Expr] = []
    complete = True
    for item in node.expressions:
        if is_star(item):
            expanded = expand_star(binding, item, scope)
            complete = complete and expanded is not None
            items.extend(expanded or [])
        else:
            written = expand_columns(binding, item, scope)
            complete = complete and written is not None
            items.extend(_bind_item(binding, one, scope) for one in written or [])
    node.set("expressions", items)
    if not complete or (scope.unknown and not items):
        return None
    columns = tuple(Column(i.alias, infer(i.this)) for i in items if isinstance(i, exp.Alias))
    refuse_duplicates(binding, items)
    return columns


def _bind_item(binding: Binding, item: exp.Expr, scope: Scope) -> exp.Expr:
    from .expressions import bind_expression

    if isinstance(item, exp.Alias):
        _refuse_missing_comma(binding, item, scope)
        name, inner = str(item.args["alias"].this), item.this
    else:
        name, inner = output_name(binding, item), item
    bound = bind_expression(binding, inner, scope)
    if item is inner:
        name = _real_name(bound) or name
    made = exp.Alias(this=bound, alias=exp.to_identifier(name, quoted=True))
    copy_place(made, item)
    made.meta["named"] = isinstance(item, exp.Alias) or isinstance(item, (exp.Column, exp.Dot))
    if isinstance(item, exp.Alias):
        copy_place(made.args["alias"], item.args["alias"])
    scope.aliases.setdefault(name.lower(), bound)
    return made


def output_name(binding: Binding, item: exp.Expr) -> str:
    """Return the name of an unaliased select item before it is bound: its text with blanks folded."""
    return str(item.this.this) if isinstance(item, exp.Column) else " ".join(binding.span(item).text.split())


def _real_name(bound: exp.Expr) -> str | None:
    """Return the real name of a column or struct field, which an unaliased item is called by."""
    if isinstance(bound, exp.Column):
        return str(bound.name)
    if isinstance(bound, exp.Bracket) and isinstance(bound.expressions[0], exp.Literal) and bound.expressions[0].is_string:
        return str(bound.expressions[0].this)
    return None


def _refuse_missing_comma(binding: Binding, item: exp.Alias, scope: Scope) -> None:
    """Refuse `SELECT a b` where both are columns: a comma was forgotten; after an expression, warn of it."""
    alias = item.args["alias"]
    place, before = alias.meta.get("span"), item.this.meta.get("span")
    if not place or not before or binding.source.text[before[1] : place[0]].strip():
        return
    if any(same(alias, name) for name in scope.visible()):
        binding.fail(
            "T2008",
            f"`{alias.this}` is a column, here it stands as an alias: is a comma missing?",
            alias,
            help="write a comma before it, or AS if an alias is meant",
            warning=not isinstance(item.this, exp.Column),
        )


def refuse_duplicates(binding: Binding, items: list[exp.Expr]) -> bool:
    """Report the first output name of a select list that is there twice; return whether there is none."""
    from ...dialect.diagnostics import Label

    seen: dict[str, exp.Expr] = {}
    for item in items:
        key = item.alias.lower()
        if key in seen:
            binding.fail(
                "T2007", f"the output name `{item.alias}` is used twice", item,
                labels=(Label(binding.span(seen[key]), "first here"),),
                help="give one of them another alias, or leave it out with * EXCLUDE (…)",
            )  # fmt: skip
            return False
        seen[key] = item
    return True


def _bind_group(binding: Binding, node: exp.Select, scope: Scope, columns: Columns) -> None:
    from .expressions import bind_children, bind_expression

    group = node.args.get("group")
    if group is None:
        return
    bound: list[exp.Expr] = []
    for item in group.expressions:
        if isinstance(item, exp.Literal) and not item.is_string:
            _check_position(binding, item, columns, "GROUP BY")
            bound.append(item)
        else:
            bound.append(bind_expression(binding, item, scope))
    group.set("expressions", bound)
    bind_children(binding, group, scope, skip=("expressions", "all"))


def bind_tail(binding: Binding, node: exp.Expr, columns: Columns, scope: Scope | None) -> None:
    """Bind ORDER BY, LIMIT and OFFSET of any query; without a scope only output columns can be named."""
    from .expressions import bind_expression

    order = node.args.get("order")
    if order is not None:
        items: list[exp.Expr] = []
        for ordered in order.expressions:
            items.extend(_bind_ordered(binding, ordered, columns, scope))
        order.set("expressions", items)
    for key in ("limit", "offset"):
        clause = node.args.get(key)
        if clause is not None and clause.args.get("expression") is not None:
            if isinstance(clause.expression, exp.Column) and binding.arguments is None:
                message = f"{key.upper()} is one number for all rows, `{clause.expression.sql()}` is a column"
                binding.fail("T2030", message, clause.expression, help="write a whole number, or a parameter that is one")
                continue
            clause.set("expression", bind_expression(binding, clause.expression, Scope()))
            refuse_python(binding, clause.expression, key.upper())


def _bind_ordered(binding: Binding, ordered: exp.Ordered, columns: Columns, scope: Scope | None) -> list[exp.Expr]:
    from .expressions import bind_expression

    key = ordered.this
    if isinstance(key, exp.Var) and key.name.upper() == "ALL" or _is_word_all(key):
        return [_position(ordered, at) for at in range(1, len(columns or ()) + 1)]
    if isinstance(key, Param):
        binding.fail("T2015", "ORDER BY a parameter sorts by one constant", key, help="write a column, or a CASE over columns")
        return [ordered]
    if isinstance(key, exp.Literal):
        if key.is_string:
            binding.fail("T2015", "ORDER BY a text sorts by one constant", key, help='write the column, "quoted" if need be')
        else:
            _check_position(binding, key, columns, "ORDER BY")
        return [ordered]
    if isinstance(key, exp.Column) and not key.table and isinstance(key.this, exp.Identifier):
        for at, column in enumerate(columns or (), start=1):
            if same(key.this, column.name):
                return [_position(ordered, at)]
    inner = Scope() if scope is None else scope
    if columns is None and scope is None:
        binding.doubtful = True
        return [ordered]
    if scope is None:
        inner.relations.append(_output_relation(binding, key, columns))
    ordered.set("this", bind_expression(binding, key, inner))
    if ordered.this.meta.get("argument"):
        binding.fail("T2015", "ORDER BY an argument sorts by one constant", key, help="write a column, or a CASE over columns")
    if scope is None:
        _only_outputs(binding, ordered.this)
    return [ordered]


def _is_word_all(key: exp.Expr) -> bool:
    return isinstance(key, exp.Column) and not key.table and key.name.upper() == "ALL" and not key.this.args.get("quoted")


def _output_relation(binding: Binding, key: exp.Expr, columns: Columns):  # type: ignore[no-untyped-def]
    from .scope import Relation

    return Relation("output", columns, binding.span(key))


def _only_outputs(binding: Binding, node: exp.Expr) -> None:
    """Drop the helper qualifier again: after a set operation only output names can be sorted by."""
    for column in node.find_all(exp.Column):
        column.set("table", None)


def _position(ordered: exp.Ordered, at: int) -> exp.Ordered:
    made = ordered.copy()
    literal = exp.Literal.number(at)
    copy_place(literal, ordered)
    made.set("this", literal)
    return made


def _check_position(binding: Binding, item: exp.Literal, columns: Columns, clause: str) -> None:
    if columns is None:
        return
    count = len(columns)
    if not str(item.this).isdigit() or not 1 <= int(str(item.this)) <= count:
        message = f"{clause} {item.this} means no column: the select list has {counted(count, 'column')}"
        binding.fail("T2016", message, item, help="count from 1, or write the column's name")
