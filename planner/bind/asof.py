"""Owns binding of ASOF joins: Snowflake's and DuckDB's spellings come to one form, which the bound tree keeps.

In it `match_condition` compares an expression of the left side with one of the right, always in this order; what follows
behind AND is the tolerance; `order` says which of several rows at one time is taken; `on` holds equalities alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from ...dialect.nodes import Match, clone
from ...dialect.types import DOUBLE, DataType
from ...dialect.types_sql import type_node
from .asof_tolerance import Limit, distance, is_negative, tolerance
from .columns import copy_place
from .comparisons import as_timestamps
from .context import Binding
from .folding import mentions
from .infer import infer
from .probe import probe_type
from .quantifiers import one_zero
from .scope import Relation, Scope

ORDERED = (exp.GTE, exp.GT, exp.LTE, exp.LT)
_TURNED: dict[type[exp.Expr], type[exp.Binary]] = {exp.GTE: exp.LTE, exp.GT: exp.LT, exp.LTE: exp.GTE, exp.LT: exp.GT}
_UNSORTED = frozenset({"STRUCT", "LIST", "MAP", "INTERVAL", "DURATION", "BYTEA", "BOOLEAN"})
ONE = "write one: ON a.key = b.key AND a.time >= b.time"
TOLERANT = "MATCH_CONDITION (a.time >= b.time TOLERANCE INTERVAL '5 minutes')"
ELSEWHERE = "behind the join it belongs into WHERE; before it into the table: ASOF JOIN (SELECT … FROM … WHERE …) AS b"


@dataclass(slots=True)
class _Asof:
    """One ASOF join while its conditions are sorted out.

    Args:
        left: names of the relations before it; `right` is that of its own.
        keys: bound equalities, the left side first.
        compared: inequalities as written, the one that decides among them.
    """

    binding: Binding
    join: exp.Join
    scope: Scope
    left: frozenset[str]
    right: str
    keys: list[exp.Expr] = field(default_factory=list)
    compared: list[exp.Expr] = field(default_factory=list)

    def fail(self, code: str, message: str, node: exp.Expr, help: str) -> None:
        """Collect what is wrong."""
        self.binding.fail(code, message, node, help=help)

    def side(self, node: exp.Expr) -> str:
        """Return whether a bound expression takes columns of the `left`, the `right`, `both`, or `neither`."""
        names = {column.table for column in node.find_all(exp.Column)}
        if names and names <= self.left:
            return "left"
        if names == {self.right}:
            return "right"
        return "both" if names and names <= {*self.left, self.right} else "neither"


def has_one_table(binding: Binding, join: exp.Join) -> bool:
    """Say whether the right side of an ASOF join is a table or query of its own; refuse it where not."""
    from .lateral import is_lateral

    this = join.this
    if not is_lateral(this) and not (isinstance(this, exp.Subquery) and isinstance(this.this, exp.Table)):
        return True
    binding.fail("T2068", "an ASOF JOIN takes one table on its right side", this, help="write (SELECT … FROM …) AS name")
    binding.doubtful = True
    return False


def bind_asof(binding: Binding, join: exp.Join, scope: Scope, left: list[Relation], right: list[Relation]) -> None:
    """Bind the conditions of an ASOF join whose relations are bound, in place."""
    from .relations import using_pairs

    if any(one.columns is None for one in (*left, *right)):
        binding.doubtful = True
        return
    work = _Asof(binding, join, scope, frozenset(one.alias for one in left), right[0].alias)
    match = join.args.get("match_condition")
    before = len(binding.problems.errors)
    main: exp.Expr | None = None
    if join.args.get("using"):
        pairs = using_pairs(binding, join, scope, left, right)
        last = pairs.pop() if match is None and pairs else None
        work.keys += [one_zero(one) for one in pairs]
        main = _made(exp.GTE(this=last.this, expression=last.expression), last) if last is not None else None
    _sort_out(work, match)
    raw = None if main is not None else _decisive(work, match)
    main = main if main is not None or raw is None else _main(work, raw)
    if main is None or len(binding.problems.errors) > before or not _can_order(work, main):
        binding.doubtful = binding.doubtful or main is None
        return
    within = _within(work, match, main)
    order = _order(work, match)
    if len(binding.problems.errors) > before:
        return
    _warn(binding, join)
    main = one_zero(main)
    whole = exp.and_(main, *within, copy=False) if within else main
    join.set("match_condition", _made(Match(this=whole, order=order), match if match is not None else main))
    join.set("kind", None)
    join.set("using", None)
    join.set("on", exp.and_(*work.keys, copy=False) if work.keys else None)


def _made(node: exp.Expr, like: exp.Expr) -> exp.Expr:
    copy_place(node, like)
    return node


def _warn(binding: Binding, join: exp.Join) -> None:
    """Warn of the spelling that keeps left rows without a match in Snowflake; saying INNER or LEFT says what is meant."""
    if join.args.get("match_condition") is None or join.args.get("side") or join.args.get("kind"):
        return
    binding.fail(
        "T2069", "this ASOF JOIN leaves out left rows without a match, which Snowflake's would keep", join,
        help="write ASOF LEFT JOIN to keep them, ASOF INNER JOIN to say that they go", warning=True,
    )  # fmt: skip


def _conditions(*trees: exp.Expr | None) -> Iterator[exp.Expr]:
    waiting = [one for one in trees if one is not None]
    while waiting:
        node = waiting.pop(0)
        bare = node.this if isinstance(node, exp.Paren) else node
        if isinstance(bare, exp.And):
            waiting[:0] = [bare.this, bare.expression]
        else:
            yield bare


def _sort_out(work: _Asof, match: exp.Expr | None) -> None:
    """Tell the equalities from the inequalities of both conditions; refuse all else at its place."""
    for node in _conditions(match.this if match is not None else None):
        if isinstance(node, ORDERED) and node.find(exp.Query) is None:
            work.compared.append(node)
        else:
            help_ = (
                "put equalities into ON or USING" if isinstance(node, exp.EQ) else "write a.time >= b.time, and other conditions elsewhere"
            )
            work.fail("T2066", "MATCH_CONDITION compares two times by >=, >, <= or <", node, help_)
    for node in _conditions(work.join.args.get("on")):
        if node.find(exp.Query) is not None:
            work.fail("T2068", "an ASOF JOIN can't have a subquery in its condition", node, ELSEWHERE)
        elif isinstance(node, ORDERED):
            _compared(work, node)
        elif isinstance(node, exp.EQ):
            _key(work, node)
        else:
            _refuse(work, node)


def _compared(work: _Asof, node: exp.Expr) -> None:
    from .expressions import bind_expression

    before = len(work.binding.problems.errors)
    bound = bind_expression(work.binding, clone(node), work.scope) if distance(node) is None else None
    if len(work.binding.problems.errors) > before:
        return
    if isinstance(bound, ORDERED) and "neither" in (work.side(bound.this), work.side(bound.expression)):
        _refuse(work, node)
    else:
        work.compared.append(node)


def _key(work: _Asof, node: exp.Expr) -> None:
    from .expressions import bind_expression

    bound = bind_expression(work.binding, node, work.scope)
    if not isinstance(bound, exp.EQ):
        _refuse(work, node)
        return
    one, other = bound.this, bound.expression
    if (work.side(one), work.side(other)) == ("right", "left"):
        one, other = other, one
    if (work.side(one), work.side(other)) != ("left", "right"):
        _refuse(work, node)
        return
    one, other = _same_kind(one, other)
    work.keys.append(_made(exp.EQ(this=one, expression=other), node))


def _same_kind(one: exp.Expr, other: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Cast both to DOUBLE where one is, as the engine would to compare them: the right side is grouped by what is compared."""
    kinds = [infer(one), infer(other)]
    floats = [kind is not None and kind.name in ("DOUBLE", "FLOAT") for kind in kinds]
    if kinds[0] == kinds[1] or not any(floats):
        return one, other
    made = [_made(exp.Cast(this=side.copy(), to=type_node(DOUBLE)), side) for side in (one, other)]
    return made[0], made[1]


def _refuse(work: _Asof, node: exp.Expr) -> None:
    if isinstance(node, exp.Boolean):
        work.fail("T2066", "an ASOF JOIN compares two times by >=, >, <= or <", node, ONE)
        return
    if isinstance(node, exp.Between):
        help_ = f"write the one that decides, and how far apart the two may be: {TOLERANT}"
        work.fail("T2068", "an ASOF JOIN can't have BETWEEN in its condition", node, help_)
        return
    work.fail("T2068", "an ASOF JOIN has equalities of the two sides and one inequality, this is neither", node, ELSEWHERE)


def _decisive(work: _Asof, match: exp.Expr | None) -> exp.Expr | None:
    """Return the inequality that decides, as written, and leave those that limit the distance in `compared`."""
    found = work.compared
    if match is not None and found:
        return found.pop(0)
    plain = [one for one in found if distance(one) is None] if len(found) > 1 else list(found)
    if len(plain) == 1:
        work.compared = [one for one in found if one is not plain[0]]
        return plain[0]
    if not work.binding.problems.errors:
        if not found:
            work.fail("T2066", "an ASOF JOIN needs an inequality between its two sides", work.join, ONE)
        else:
            help_ = f"leave one out; how far apart the two may be is written {TOLERANT}"
            work.fail("T2066", "an ASOF JOIN goes by one inequality, this is another one", (plain or found)[1], help_)
    return None


def _main(work: _Asof, raw: exp.Expr) -> exp.Expr | None:
    """Return the bound inequality with the left side's expression first."""
    from .expressions import bind_expression

    bound = bind_expression(work.binding, clone(raw), work.scope)
    if work.binding.problems.errors or work.binding.doubtful:
        return None
    sides = (work.side(bound.this), work.side(bound.expression)) if isinstance(bound, ORDERED) else ("", "")
    if sides == ("left", "right"):
        return bound
    if sides == ("right", "left"):
        return _made(_TURNED[type(bound)](this=bound.expression, expression=bound.this), bound)
    work.fail("T2066", "an ASOF JOIN compares an expression of its left side with one of its right side", raw, ONE)
    return None


def _type(work: _Asof, node: exp.Expr) -> DataType | None:
    return infer(node) or probe_type(work.binding, node, work.scope)


def _can_order(work: _Asof, main: exp.Expr) -> bool:
    for side in (main.this, main.expression):
        kind = _type(work, side)
        if kind is not None and kind.name in _UNSORTED:
            help_ = "numbers, dates, timestamps, times and texts have an order to go by"
            work.fail("T2068", f"an ASOF JOIN can't go by a {kind}", side, help_)
            return False
    return True


def _within(work: _Asof, match: exp.Expr | None, main: exp.Expr) -> list[exp.Expr]:
    """Return the bound conditions on the distance between the two sides."""
    given = match.args.get("tolerance") if match is not None else None
    widths: list[exp.Expr] = [given] if given is not None and _is_width(work, given, main) else []
    for node in work.compared:
        limit = distance(node)
        if limit is not None and _speaks_of(work, limit, main):
            widths.append(limit.width)
        else:
            work.fail("T2066", "an ASOF JOIN goes by one inequality, this is another one", node, f"leave it out, or write {TOLERANT}")
    return [_tolerance(work, width, main) for width in widths]


def _tolerance(work: _Asof, width: exp.Expr, main: exp.Expr) -> exp.Expr:
    from .expressions import bind_expression

    bound = bind_expression(work.binding, clone(width), Scope())
    if not work.binding.problems.errors and is_negative(work.binding, bound):
        help_ = f"write how far apart the two may be: {TOLERANT}"
        work.fail("T2068", "no two rows are closer than a distance below zero, so nothing would match", width, help_)
        return exp.false()
    return bind_expression(work.binding, tolerance(main, bound, _is_down(main)), work.scope)


def _is_down(main: exp.Expr) -> bool:
    return isinstance(main, exp.GTE | exp.GT)


def _is_width(work: _Asof, given: exp.Expr, main: exp.Expr) -> bool:
    kind = _type(work, main.this)
    if given.find(exp.Column) is not None:
        work.fail("T2068", "TOLERANCE is one value for all rows", given, "write a constant, or a parameter")
    elif kind is not None and kind.name == "VARCHAR":
        work.fail("T2068", "texts have no distance", given, "leave TOLERANCE out, or CAST both sides to a time")
    else:
        return True
    return False


def _speaks_of(work: _Asof, limit: Limit, main: exp.Expr) -> bool:
    """Say whether a distance is that of the two values that the join goes by, the later one first."""
    from .expressions import bind_expression

    late, early = (bind_expression(work.binding, clone(side), work.scope) for side in (limit.late, limit.early))
    apart = exp.GTE(this=late, expression=early)
    as_timestamps(late, early)
    return [apart.this, apart.expression] == ([main.this, main.expression] if _is_down(main) else [main.expression, main.this])


def _order(work: _Asof, match: exp.Expr | None) -> exp.Expr | None:
    """Bind ORDER BY in MATCH_CONDITION: which of several rows of the right side at one time is taken."""
    from .expressions import bind_expression

    order = match.args.get("order") if match is not None else None
    for ordered in order.expressions if order is not None else ():
        bound = bind_expression(work.binding, ordered.this, work.scope)
        if work.side(bound) != "right":
            help_ = f"write a column of `{work.right}`: it says which of several rows at one time is taken"
            work.fail("T2068", "ORDER BY in MATCH_CONDITION orders rows of the right side", ordered, help_)
        ordered.set("this", bound)
    return order


def _joins(select: exp.Select) -> Iterator[exp.Join]:
    """Yield the joins of a select's FROM, those in brackets too."""
    waiting: list[exp.Expr] = [select, *([select.args["from_"].this] if select.args.get("from_") is not None else [])]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            waiting.append(node.this)
        for join in node.args.get("joins") or ():
            yield join
            waiting.append(join.this)


def settle_asof(binding: Binding, select: exp.Select, scope: Scope) -> None:
    """Say of every ASOF join of a bound select which of several rows at one time is taken, in place.

    Where nothing was said, the greatest by the columns that the select reads, in the order of the table; nested ones
    don't count.
    """
    relations = {one.alias: one for one in scope.relations}
    for join in _joins(select):
        match, relation = join.args.get("match_condition"), relations.get(str(join.this.alias_or_name))
        if not isinstance(match, Match) or match.args.get("order") is not None or relation is None or binding.problems.errors:
            continue
        main = next(_conditions(match.this))
        skipped = [main.expression, *(one.expression for one in _conditions(join.args.get("on")))]
        read = {one.name: one for one in mentions(select, frozenset({relation.alias}))}
        keys = [clone(read[c.name]) for c in relation.columns or () if c.name in read and read[c.name] not in skipped]
        kinds = [infer(key) or probe_type(binding, key, scope) for key in keys]
        kept = [key for key, kind in zip(keys, kinds, strict=True) if kind is not None and kind.name not in ("STRUCT", "LIST", "MAP")]
        if kept:
            items = [_made(exp.Ordered(this=key, desc=True, nulls_first=False), main) for key in kept]
            match.set("order", _made(exp.Order(expressions=items), main))
