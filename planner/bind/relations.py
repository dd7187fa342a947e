"""Owns FROM: tables, paths, table functions, derived tables, joins with ON, USING and NATURAL."""

from __future__ import annotations

from sqlglot import exp

from ...dialect.types import shown
from .asof import bind_asof, has_one_table
from .columns import copy_place, make_column
from .context import Binding
from .infer import family, infer
from .lateral import bind_lateral, is_lateral, view_joins
from .pivoted import bind_pivoted, is_pivoted
from .quantifiers import one_zero
from .query import bind_query, bind_values, rename_columns
from .refusals import refuse_join, refuse_relation, unavailable
from .scope import Column, Relation, Scope, find_columns
from .tables import bind_table

Columns = tuple[Column, ...] | None
NO_BRACKETS = "write the joins without brackets, or as a subquery: (SELECT … FROM …) AS name"


def bind_from(binding: Binding, node: exp.Select, scope: Scope) -> None:
    """Bind FROM and its joins, filling the scope in order."""
    view_joins(node)
    from_ = node.args.get("from_")
    if from_ is not None:
        from_.set("this", bind_relation(binding, from_.this, scope))
        _bind_joins(binding, from_.this, scope)
    _bind_joins(binding, node, scope)


def _bind_joins(binding: Binding, node: exp.Expr, scope: Scope) -> None:
    for join in node.args.get("joins") or []:
        bind_join(binding, join, scope)


def bind_relation(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind one relation of FROM, add it to the scope, return its bound node."""
    if is_lateral(node):
        made, columns = bind_lateral(binding, node, scope)
        scope.relations.append(Relation(_alias(binding, made), columns, binding.span(node)))
        scope.sources.append(made)
        return made
    if not refuse_relation(binding, node):
        scope.relations.append(Relation(_alias(binding, node), None, binding.span(node)))
        return node
    qualifier = None
    if is_pivoted(node):
        made, columns = bind_pivoted(binding, node)
    elif isinstance(node, exp.Table):
        made, columns, qualifier = bind_table(binding, node)
    elif isinstance(node, exp.Values):
        made, columns = node, bind_values(binding, node)
    elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
        return _bind_bracketed_join(binding, node, scope)
    else:
        made, columns = _bind_derived(binding, node)
    columns = rename_columns(binding, columns, made.args.get("alias"))
    relation = Relation(_alias(binding, made), columns, binding.span(node), qualifier)
    _add(binding, scope, relation)
    scope.sources.append(made)
    return made


def _bind_bracketed_join(binding: Binding, node: exp.Subquery, scope: Scope) -> exp.Expr:
    inner = bind_relation(binding, node.this, scope)
    node.set("this", inner)
    for join in inner.args.get("joins") or ():
        if is_lateral(join.this):
            unavailable(binding, join, "sql.lateral_in_brackets", "UNNEST and LATERAL are not lowered inside of brackets", NO_BRACKETS)
    _bind_joins(binding, inner, scope)
    _bind_joins(binding, node, scope)
    return node


def _bind_derived(binding: Binding, node: exp.Expr) -> tuple[exp.Expr, Columns]:
    assert isinstance(node, exp.Subquery)
    bound, columns = bind_query(binding, node.this, None)
    node.set("this", bound)
    return node, columns


def _alias(binding: Binding, node: exp.Expr) -> str:
    """Return a relation's alias, giving it one if it has none; written quoted from now on."""
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.this is not None:
        alias.this.set("quoted", True)
        return str(alias.this.this)
    name = binding.fresh_alias()
    given = alias if isinstance(alias, exp.TableAlias) else exp.TableAlias()
    given.set("this", exp.to_identifier(name, quoted=True))
    node.set("alias", given)
    return name


def _add(binding: Binding, scope: Scope, relation: Relation) -> None:
    for other in scope.relations:
        if other.alias.lower() == relation.alias.lower():
            binding.fail(
                "T2007", f"the relation name `{relation.alias}` is used twice in FROM", relation.span,
                help="give one of them an alias",
            )  # fmt: skip
            break
    scope.relations.append(relation)


def bind_join(binding: Binding, join: exp.Join, scope: Scope) -> None:
    """Bind one join: its relation, then its condition; USING and NATURAL become ON."""
    from .expressions import bind_expression

    if not refuse_join(binding, join):
        scope.relations.append(Relation(binding.fresh_alias(), None, binding.span(join)))
        return
    if str(join.args.get("method") or "").upper() == "ASOF" and not has_one_table(binding, join):
        scope.relations.append(Relation(binding.fresh_alias(), None, binding.span(join)))
        return
    left = list(scope.relations)
    join.set("this", bind_relation(binding, join.this, scope))
    _bind_joins(binding, join.this, scope)
    right = scope.relations[len(left) :]
    method = str(join.args.get("method") or "").upper()
    natural = method == "NATURAL"
    if method == "ASOF":
        bind_asof(binding, join, scope, left, right)
    elif natural or join.args.get("using"):
        _merge(binding, join, scope, left, right, natural)
    elif join.args.get("on") is not None:
        join.set("on", _settled(bind_expression(binding, join.args["on"], scope)))
        _refuse_constant(binding, join)
    if str(join.args.get("kind") or "").upper() in ("SEMI", "ANTI"):
        del scope.relations[len(left) :]


def _refuse_constant(binding: Binding, join: exp.Join) -> None:
    """Refuse an outer, semi or anti join on a condition without columns, which the engine moves below aggregates.

    `LEFT JOIN (SELECT count(*) …) ON FALSE` then gives the aggregate's row all the same. TRUE is safe wherever it goes.
    """
    on, kind = join.args["on"], str(join.args.get("kind") or "").upper()
    inner = not join.args.get("side") and kind not in ("SEMI", "ANTI")
    plain = on.this if isinstance(on, exp.Is) and isinstance(on.this, exp.Paren) else on
    plain = plain.this if isinstance(plain, exp.Paren) else plain
    always = (isinstance(plain, exp.Boolean) and plain.this) or (isinstance(plain, exp.EQ) and plain.this == plain.expression)
    if inner or always or on.find(exp.Column, exp.Query) is not None:
        return
    help_ = "write ON TRUE, and put the condition into CASE or WHERE"
    binding.fail("T2051", "this outer, semi or anti join has a condition without columns, which the engine gets wrong", on, help=help_)


def _settled(on: exp.Expr) -> exp.Expr:
    """Return a condition that is never null where no column is in it: the engine moves such a null below aggregates.

    `ON null` and `ON $p` then came out true over an aggregate without groups.
    """
    if on.find(exp.Column) is not None or isinstance(on, exp.Boolean) or on.find(exp.Query) is not None:
        return on
    inner = exp.Paren(this=on)
    made = exp.Is(this=inner, expression=exp.true())
    for node in (inner, made, made.expression):
        copy_place(node, on)
    return made


def _merge(binding: Binding, join: exp.Join, scope: Scope, left: list[Relation], right: list[Relation], natural: bool) -> None:
    if any(r.columns is None for r in (*left, *right)):
        binding.doubtful = True
        scope.relations.append(Relation(binding.fresh_alias(), None, binding.span(join)))
        return
    if natural:
        pairs = ((name, _pair(binding, scope, left, right, name)) for name in _common_names(left, right, join))
        conditions = [one_zero(_equality(binding, join, scope, name, *pair)) for name, pair in pairs if pair is not None]
    else:
        conditions = [one_zero(one) for one in using_pairs(binding, join, scope, left, right)]
    join.set("using", None)
    if natural:
        join.set("method", None)
    if conditions:
        join.set("on", exp.and_(*conditions, copy=False))
    elif natural:
        binding.fail("T2017", "NATURAL JOIN of relations without a common column", join, help="write ON …, or CROSS JOIN")


def using_pairs(binding: Binding, join: exp.Join, scope: Scope, left: list[Relation], right: list[Relation]) -> list[exp.Expr]:
    """Return the equalities that USING stands for, the left side's columns first; its columns are merged in the scope."""
    found = []
    for name in map(_identifier, join.args["using"]):
        if not _on_a_side(scope, left, name) and not any(find_columns(name, r) for r in right):
            help_ = _both_have(left, right)
            binding.fail("T2001", f"USING names `{name.this}`, which neither side has", name, help=help_)
            continue
        pair = _pair(binding, scope, left, right, name)
        if pair is not None:
            found.append(_equality(binding, join, scope, name, *pair))
    return found


def _on_a_side(scope: Scope, left: list[Relation], name: exp.Identifier) -> bool:
    return str(name.this).lower() in scope.merged or any(find_columns(name, r) for r in left)


def _both_have(left: list[Relation], right: list[Relation]) -> str:
    """Return a help line with the columns that both sides of a join have."""
    theirs = {c.name.lower() for r in right for c in r.columns or ()}
    shared = sorted({c.name for r in left for c in r.columns or () if c.name.lower() in theirs})
    return "both sides have " + ", ".join(f"`{n}`" for n in shared[:8]) if shared else "write ON with a condition"


def _identifier(node: exp.Expr) -> exp.Identifier:
    found = node if isinstance(node, exp.Identifier) else node.find(exp.Identifier)
    assert found is not None
    return found


def _common_names(left: list[Relation], right: list[Relation], join: exp.Join) -> list[exp.Identifier]:
    theirs = {c.name.lower() for r in right for c in r.columns or ()}
    names: dict[str, str] = {}
    for relation in left:
        for column in relation.columns or ():
            if column.name.lower() in theirs:
                names.setdefault(column.name.lower(), column.name)
    made = []
    for name in names.values():
        identifier = exp.to_identifier(name)
        copy_place(identifier, join)
        made.append(identifier)
    return made


Side = tuple[exp.Expr, str]


def _pair(binding: Binding, scope: Scope, left: list[Relation], right: list[Relation], name: exp.Identifier) -> tuple[Side, Side] | None:
    merged = scope.merged.get(str(name.this).lower())
    one = (merged[1].copy(), merged[0]) if merged else _side(binding, left, name)
    other = _side(binding, right, name)
    return (one, other) if one is not None and other is not None else None


def _side(binding: Binding, relations: list[Relation], name: exp.Identifier) -> Side | None:
    found = [(r, c) for r in relations for c in find_columns(name, r)]
    if len(found) == 1:
        relation, column = found[0]
        return make_column(relation.alias, column.name, name, column.type), column.name
    if not found:
        where = ", ".join(f"`{r.alias}`" for r in relations)
        binding.fail("T2001", f"USING names `{name.this}`, which {where} has not", name, help="write ON with a condition")
    else:
        both = " and ".join(f"`{shown(r.alias)}.{shown(c.name)}`" for r, c in found)
        binding.fail("T2003", f"USING names `{name.this}`, which is both {both}", name, help="write ON … instead")
    return None


def _equality(binding: Binding, join: exp.Join, scope: Scope, name: exp.Identifier, one: Side, other: Side) -> exp.Expr:
    side = str(join.args.get("side") or "").upper()
    if side == "FULL":
        value: exp.Expr = exp.Anonymous(this="coalesce", expressions=[one[0].copy(), other[0].copy()])
        copy_place(value, name)
    else:
        value = (other if side == "RIGHT" else one)[0].copy()
    key = str(name.this).lower()
    scope.merged[key] = (one[1], value)
    if family(infer(one[0])) and family(infer(other[0])) and family(infer(one[0])) != family(infer(other[0])):
        binding.fail("T2030", f"{infer(one[0])} is compared with {infer(other[0])}", name, help="write ON with a CAST")
    made = exp.EQ(this=one[0].copy(), expression=other[0].copy())
    copy_place(made, name)
    return made
