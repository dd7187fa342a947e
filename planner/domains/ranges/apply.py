"""Owns the replacement of one range join: its two relations get buckets, and the condition gets their equality.

Everything else stays as it is written, the tests themselves as well. A relation whose rows the join keeps where they meet
none, or gives once where they meet many, may have one bucket alone; where it has spans, `preserved.py` does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from ....dialect import to_sql
from ...trees import conjuncts
from .conditions import TOLD, Range
from .coordinates import unit_of
from .nodes import all_of, column, copy, derived, filtered, named_table
from .preserved import both, kept, output_names, rename, require_kept, take_out
from .safe import is_strict
from .scale import OVERLAPS, POINTS, Told, count_points, known_points, scale
from .sides import Buckets, TypedSide, buckets_of, covered, left_pieces, pieces, point_bucket, right_pieces, with_column
from .site import Site, gives_nulls
from .statistics import Frame, frame_of, pin_of
from .work import Declined, Work, used_columns


def claim(work: Work, site: Site) -> str:
    """Replace a range join in place, and return how it is planned.

    Raises:
        Declined: it keeps its plain meaning.
    """
    require_plain(work, site)
    left, right = work.typed(site.range.left, site.left), work.typed(site.range.right, site.right)
    work.require_alike(left, right)
    left, right = (replace(one, filters=tuple(_filters(work, site, one))) for one in (left, right))
    apart = list(zip((left.node, right.node), site.range.apart, strict=True))
    work.require_exact([kind for node, values in apart for kind in work.kinds(node, values)])
    name = work.fresh()
    how = buckets_of(left, right, f"{name}_scale", f"{name}_bucket", any(site.range.apart))
    if left.side.is_point and site.how != "RIGHT":
        return _points_in_spans(work, site, how, left, right)
    if right.side.is_point and site.how in ("INNER", "RIGHT"):
        return _points_in_spans(work, site, how, right, left)
    if site.how == "INNER":
        return _overlaps(work, site, how, left, right)
    if site.how in ("SEMI", "ANTI"):
        return _kept(work, site, how, left, right)
    if site.how == "RIGHT":
        site, left, right = _turned(site), right, left
    return _outer(work, site, how, left, right)


def require_plain(work: Work, site: Site) -> None:
    """Decline joins and relations that can't be given buckets."""
    if site.how == "FULL":
        raise Declined("a FULL join keeps rows of both sides")
    for node in (site.left, site.right):
        named = isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier)
        if not named and not isinstance(node, exp.Values) and not (isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query)):
            raise Declined(f"`{node.alias_or_name}` is no table, view or derived table")
        if any(node.args.get(key) for key in ("joins", "pivots", "laterals", "sample", "match_recognize")):
            raise Declined(f"`{node.alias_or_name}` is more than a table, view or derived table")
    for select, side in ((site.outer, site.range.left), (site.inner, site.range.right)):
        exact = is_strict(side.low) and is_strict(side.high) and not side.open_low and not side.open_high
        if not exact and gives_nulls(select, side.relation, site.at):
            raise Declined(f"an outer join gives nulls for `{side.relation}`, which its condition may hold for")
    for test in site.tests:
        if (name := _volatile(work, test)) is not None:
            raise Declined(f"`{name}` in its condition gives another value each time")


def _volatile(work: Work, test: exp.Expr) -> str | None:
    names = (str(one.name).lower() for one in test.walk() if isinstance(one, exp.Anonymous))
    return next((name for name in names if name in work.context.rules.volatile), None)


def _filters(work: Work, site: Site, one: TypedSide) -> list[exp.Expr]:
    """Return the tests that a side's rows must pass to matter, and that name it alone."""
    tests = list(site.tests)
    kept = site.how in ("LEFT", "SEMI", "ANTI") and one.side.relation == site.range.left.relation
    if kept or (site.how == "RIGHT" and one.side.relation == site.range.right.relation):
        where = site.outer.args.get("where")
        tests = conjuncts(where.this) if where is not None else []
    return [test for test in tests if _names_alone(test, one.side.relation) and _volatile(work, test) is None]


def _names_alone(test: exp.Expr, relation: str) -> bool:
    columns = [node for node in test.walk() if isinstance(node, exp.Column)]
    inside = any(isinstance(node, exp.Query | exp.Subquery) for node in test.walk())
    return bool(columns) and not inside and all(one.table == relation for one in columns)


def _counted(work: Work, points: TypedSide) -> exp.Select | None:
    """Return the query of the number of points where it costs little; None where it may not.

    Other views may restrict the points that this one reads: counting them here would read what those leave out, so the
    log's number stands for it.
    """
    pin = pin_of(work, points)
    if pin is not None and pin.ref.kind == "memory":
        return count_points(points.node, points.filters)
    if not work.is_read and (pin is None or points.filters) and work.passes_on(points.node):
        return count_points(points.node, points.filters)
    return known_points(pin.row_count) if pin is not None and pin.row_count is not None else None


def _points_in_spans(work: Work, site: Site, how: Buckets, points: TypedSide, spans: TypedSide) -> str:
    reason = _measure(work, site, how, [spans], points, False)
    _replace(work, site, points, how, point_bucket(points, how))
    first, last = covered(spans, how, ordered=False)
    _replace(work, site, spans, how, _unnested(pieces(first, last)))
    _require_equal(site, how)
    return reason


def _overlaps(work: Work, site: Site, how: Buckets, left: TypedSide, right: TypedSide) -> str:
    reason = _measure(work, site, how, [left, right], None, True)
    _replace(work, site, left, how, _unnested(left_pieces(*covered(left, how, ordered=True))))
    _replace(work, site, right, how, _meeting(right, how))
    _require_equal(site, how)
    return reason


def _kept(work: Work, site: Site, how: Buckets, left: TypedSide, right: TypedSide) -> str:
    require_kept(site)
    reason = _measured(work, site, how, left, right)
    used = used_columns(site.outer, left.side.relation, left.node)
    _replace(work, site, right, how, _meeting(right, how))
    _require_equal(site, how)
    made = kept(site, left, how, used, right.side.is_point)
    take_out(site)
    left.node.replace(derived(made, left.side.relation))
    return reason


def _outer(work: Work, site: Site, how: Buckets, left: TypedSide, right: TypedSide) -> str:
    """Replace a LEFT join that keeps spans by what matches and, beside it, what does not."""
    require_first(site)
    require_kept(site)
    reason = _measured(work, site, how, left, right)
    used = [used_columns(site.outer, one.side.relation, one.node) for one in (left, right)]
    meeting = with_column(right, used[1], how.key, _meeting(right, how), named_table(how.alias))
    test = all_of([_equality(site, how), *(copy(one) for one in site.tests)])
    join = exp.Join(this=meeting, side="LEFT", kind="ANTI", on=test)
    unmatched = kept(replace(site, how="ANTI", at=join), left, how, used[0], right.side.is_point)
    spans = pieces if right.side.is_point else left_pieces
    mine = with_column(left, used[0], how.key, _unnested(spans(*covered(left, how, ordered=True))), named_table(how.alias))
    filtered(mine.this, left.filters)
    matched = exp.Select(from_=exp.From(this=mine), joins=[exp.Join(this=copy(meeting), on=copy(test))])
    rows, names = f"{how.key}_rows", output_names(left, right, used)
    whole = derived(both(matched, unmatched, left, right, used), rows)
    take_out(site)
    site.outer.args["from_"].set("this", whole)
    rename(site.outer, rows, names)
    return reason


def require_first(site: Site) -> None:
    """Decline a LEFT join whose kept relation isn't the first, or that follows what it can't be taken before."""
    if site.outer.args["from_"].this is not site.left:
        raise Declined(f"`{site.range.left.relation}`, whose spans it keeps, isn't the first relation")
    for join in site.outer.args["joins"]:
        if join is site.at:
            return
        if str(join.args.get("kind") or "").upper() in ("SEMI", "ANTI"):
            raise Declined("it follows a SEMI or ANTI join")


def _turned(site: Site) -> Site:
    """Return a RIGHT join, the first of its select, as a LEFT join. In place."""
    joins, first = site.outer.args["joins"], site.outer.args["from_"]
    if joins[0] is not site.at or first.this is not site.left:
        raise Declined(f"`{site.range.right.relation}`, whose spans it keeps, isn't one of the first two relations")
    left, right = first.this, site.at.this
    first.set("this", right)
    site.at.set("this", left)
    site.at.set("side", "LEFT")
    return replace(site, how="LEFT", range=Range(site.range.right, site.range.left, site.range.apart[::-1]))


def _measure(work: Work, site: Site, how: Buckets, spans: Sequence[TypedSide], points: TypedSide | None, ordered: bool) -> str:
    """Add the row with widths of buckets for spans that meet points or spans, and return how they are found in words."""
    parts = OVERLAPS if points is None else POINTS
    frame = frame_of(work, spans, points, parts) if how.unit is None else None
    if frame is None:
        work.require_steady(*spans)
        counted = _counted(work, points) if points is not None else None
        told = Told(f"{_ends(spans)} of {work.view.name}", *unit_of(spans[0].low, how.unit))
        row = scale([one.sample(how.unit, ordered) for one in spans], how.alias, parts, told, counted)
    else:
        row = frame.query()
    _add_scale(site, how, row)
    return in_words(spans, points, frame)


def _measured(work: Work, site: Site, how: Buckets, left: TypedSide, right: TypedSide) -> str:
    """Do the same where the left side has spans that are kept, and both sides are read again for it."""
    work.require_steady(left, right)
    points = right if right.side.is_point else None
    return _measure(work, site, how, [left] if points else [left, right], points, True)


def _meeting(one: TypedSide, how: Buckets) -> exp.Expr:
    """Return the buckets of the right side, a point's or a span's pieces."""
    return point_bucket(one, how) if one.side.is_point else _unnested(right_pieces(*covered(one, how, ordered=True)))


def in_words(spans: Sequence[TypedSide], points: TypedSide | None, frame: Frame | None) -> str:
    """Return how a range join is planned: which buckets its sides fall into, and where the width comes from."""
    if frame is not None:
        return f"{frame.shown}, from statistics of {_ends(spans)}"
    part = "half" if points is None else "an eighth of"
    return f"buckets of {part} the mean span, which the query works out of {_ends(spans)}"


def _ends(spans: Sequence[TypedSide]) -> str:
    ends = list(dict.fromkeys(_shown(end) for one in spans for end in (one.side.low, one.side.high)))
    return f"{', '.join(ends[:-1])} and {ends[-1]}" if len(ends) > 1 else ends[0]


def _shown(node: exp.Expr) -> str:
    if TOLD in node.meta:
        return f"`{node.meta[TOLD]}`"
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    return f"`{node.table}.{node.name}`" if isinstance(node, exp.Column) else f"`{to_sql(node)}`"


def _unnested(list_: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="unnest", expressions=[list_])


def _add_scale(site: Site, how: Buckets, row: exp.Select) -> None:
    """Add the relation of one row to the common table expressions of the select around both sides."""
    cte = exp.CTE(this=row, alias=exp.TableAlias(this=exp.to_identifier(how.alias, quoted=True)))
    with_ = site.outer.args.get("with_")
    if with_ is None:
        site.outer.set("with_", exp.With(expressions=[cte]))
    else:
        with_.append("expressions", cte)


def _replace(work: Work, site: Site, one: TypedSide, how: Buckets, value: exp.Expr) -> None:
    used = used_columns(site.outer, one.side.relation, one.node)
    one.node.replace(with_column(one, used, how.key, value, named_table(how.alias)))


def _require_equal(site: Site, how: Buckets) -> None:
    """Add the equality of buckets to the condition of a join that reads both sides, or to WHERE."""
    test = _equality(site, how)
    on = site.at.args.get("on") if isinstance(site.at, exp.Join) else None
    names = {one.table for one in on.find_all(exp.Column)} if on is not None else set()
    if on is not None and (site.how != "INNER" or site.range.left.relation in names):
        site.at.set("on", exp.And(this=test, expression=on))
        return
    where = site.inner.args.get("where")
    site.inner.set("where", exp.Where(this=test if where is None else exp.And(this=test, expression=where.this)))


def _equality(site: Site, how: Buckets) -> exp.Expr:
    return exp.EQ(this=column(site.range.left.relation, how.key), expression=column(site.range.right.relation, how.key))
