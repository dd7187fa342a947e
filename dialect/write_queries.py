"""Owns the text of queries: SELECT and its clauses, tables, joins, windows, and the whole table of handlers for treadle's own text."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from .nodes import Match
from .write import Arguments, Handler, Writer, bare
from .write_expressions import EXPRESSIONS

_CLAUSES = ("where", "group", "having", "qualify")


def select(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write SELECT with its clauses in their order."""
    parts = [with_of(w, a), "SELECT"]
    if (distinct := a.pop("distinct", None)) is not None:
        on = distinct.args.get("on")
        parts.append("DISTINCT" + (f" ON ({w.list(on.expressions)})" if on is not None else ""))
        w.consumed(distinct, {k: v for k, v in distinct.args.items() if k != "on"})
    parts.append(w.list(a.pop("expressions")))
    if (source := a.pop("from_", None)) is not None:
        parts.append(f"{w.sql(source)}{joins_of(w, a)}")
    parts += [w.sql(one) for one in a.pop("laterals", None) or ()]
    parts += [w.sql(clause) for key in _CLAUSES if (clause := a.pop(key, None)) is not None]
    if windows := a.pop("windows", None):
        parts.append("WINDOW " + ", ".join(named_window(w, window) for window in windows))
    return " ".join(part for part in (*parts, *ending_of(w, a)) if part)


def with_of(w: Writer, a: Arguments) -> str:
    """Return the WITH of a query, or nothing."""
    found = a.pop("with_", None)
    return w.sql(found) if found is not None else ""


def joins_of(w: Writer, a: Arguments) -> str:
    """Return the joins of a query or table, to be put right behind what they join."""
    return "".join(w.sql(join) for join in a.pop("joins", None) or ())


def ending_of(w: Writer, a: Arguments) -> list[str]:
    """Return ORDER BY, LIMIT and OFFSET."""
    return [w.sql(clause) for key in ("order", "limit", "offset") if (clause := a.pop(key, None)) is not None]


def with_(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write WITH."""
    return f"WITH {'RECURSIVE ' if a.pop('recursive', None) else ''}{w.list(a.pop('expressions'))}"


def cte(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write one name of WITH."""
    materialized = a.pop("materialized", None)
    word = {None: "", True: "MATERIALIZED ", False: "NOT MATERIALIZED "}[materialized]
    return f"{w.sql(a.pop('alias'))} AS {word}({w.sql(a.pop('this'))})"


_SETS: dict[type[exp.Expr], str] = {exp.Union: "UNION", exp.Except: "EXCEPT", exp.Intersect: "INTERSECT"}


def set_operation(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write UNION, EXCEPT or INTERSECT; a chain that leans to the left without brackets."""
    begin, end = with_of(w, a), ending_of(w, a)
    parts: list[str] = []
    while True:
        parts.append(_branch(w, a.pop("expression")))
        parts.append(_set_words(node, a))
        left = a.pop("this")
        w.consumed(node, a)
        a.clear()
        if type(left) is not type(node) or any(left.args.get(k) for k in ("with_", "order", "limit", "offset")):
            break
        node, a = left, dict(left.args)
    parts.append(_branch(w, left))
    return " ".join(part for part in (begin, *reversed(parts), *end) if part)


def _set_words(node: exp.Expr, a: Arguments) -> str:
    words = _SETS[type(node)] + ("" if a.pop("distinct", None) else " ALL")
    return words + (" BY NAME" if a.pop("by_name", None) else "")


def _branch(w: Writer, node: exp.Expr) -> str:
    """Return one side of a set operation, in brackets where it would be read as another tree without."""
    ended = any(node.args.get(k) for k in ("with_", "order", "limit", "offset"))
    bracketed = not isinstance(node, exp.Subquery) and (ended or isinstance(node, exp.SetOperation))
    return f"({w.sql(node)})" if bracketed else w.sql(node)


def subquery(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write a query in brackets, in FROM with its name."""
    begin = with_of(w, a)
    parts = [begin, f"({w.sql(a.pop('this'))})", aliased(w, a), *pivots_of(w, a)]
    parts = [" ".join(part for part in parts if part) + joins_of(w, a)]
    parts += [w.sql(clause) for key in _CLAUSES if (clause := a.pop(key, None)) is not None]
    return " ".join(part for part in (*parts, *ending_of(w, a)) if part)


def aliased(w: Writer, a: Arguments) -> str:
    """Return `AS name` or nothing."""
    found = a.pop("alias", None)
    return f"AS {w.sql(found)}" if found is not None else ""


def table_alias(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write the name of a table in a query, with names for its columns."""
    name, columns = a.pop("this", None), a.pop("columns", None)
    return (w.sql(name) if name is not None else "") + (f"({w.list(columns)})" if columns else "")


def table(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write a table: a name, a path, or the call of a table function."""
    parts = [a.pop(key, None) for key in ("catalog", "db", "this")]
    text = ".".join(w.sql(part) for part in parts if part is not None)
    version = a.pop("version", None)
    text += " WITH ORDINALITY" if a.pop("ordinality", None) else ""
    rest = [w.sql(version) if version is not None else "", aliased(w, a), *pivots_of(w, a)]
    return " ".join(part for part in (text, *rest) if part) + joins_of(w, a)


def version(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `VERSION AS OF 3` and `TIMESTAMP AS OF …`."""
    return f"{a.pop('this')} {a.pop('kind')} {w.operand(a.pop('expression'))}"


def values(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `(VALUES (1, 2)) AS t(a, b)`."""
    rows = ", ".join(f"({w.list(row.expressions)})" for row in a.pop("expressions"))
    parts = [f"(VALUES {rows})", aliased(w, a), *pivots_of(w, a)]
    return " ".join(part for part in parts if part) + joins_of(w, a)


def unnest(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `UNNEST(x) WITH ORDINALITY AS t(a, n)`."""
    numbered = "WITH ORDINALITY" if a.pop("offset", None) else ""
    parts = (f"UNNEST({w.list(a.pop('expressions'))})", numbered, aliased(w, a))
    return " ".join(part for part in parts if part) + joins_of(w, a)


def lateral(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write LATERAL before a query or a call, and LATERAL VIEW."""
    this = w.sql(a.pop("this"))
    if a.pop("view", None):
        alias = a.pop("alias", None)
        name = w.sql(alias.this) if alias is not None and alias.this is not None else ""
        columns = f"AS {w.list(alias.args['columns'])}" if alias is not None and alias.args.get("columns") else ""
        words = "LATERAL VIEW OUTER" if a.pop("outer", None) else "LATERAL VIEW"
        return " ".join(part for part in (words, this, name, columns) if part)
    numbered = "WITH ORDINALITY" if a.pop("ordinality", None) else ""
    return " ".join(part for part in (f"LATERAL {this}", numbered, aliased(w, a)) if part) + joins_of(w, a)


def join(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write a join; one of a comma has neither words nor a condition."""
    words = [a.pop(key, None) for key in ("method", "side", "kind")]
    on, using, match = a.pop("on", None), a.pop("using", None), a.pop("match_condition", None)
    this = w.sql(a.pop("this"))
    if not any(words) and on is None and not using and match is None:
        return f", {this}"
    text = " ".join(["", *(str(word) for word in words if word), "JOIN", this, *([w.sql(match)] if match is not None else [])])
    if on is not None:
        text += f" ON {w.sql(bare(on))}"
    return text + (f" USING ({w.list(using)})" if using else "")


def match_condition(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write MATCH_CONDITION of an ASOF join."""
    order, tolerance = a.pop("order", None), a.pop("tolerance", None)
    parts = [w.sql(bare(a.pop("this")))]
    parts += [w.sql(order)] if order is not None else []
    parts += [f"TOLERANCE {w.operand(tolerance)}"] if tolerance is not None else []
    return f"MATCH_CONDITION ({' '.join(parts)})"


def clause(words: str) -> Handler:
    """Return the handler of a clause with one expression."""
    return lambda w, node, a: f"{words} {w.sql(bare(a.pop('this')))}"


def counted(words: str) -> Handler:
    """Return the handler of LIMIT and OFFSET."""
    return lambda w, node, a: f"{words} {w.operand(a.pop('expression'))}"


def group(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write GROUP BY."""
    every = ["ALL"] if a.pop("all", None) else []
    return "GROUP BY " + ", ".join([*every, *(w.sql(e) for e in a.pop("expressions", None) or ())])


def sets(word: str) -> Handler:
    """Return the handler of a word before sets to group by; an expression stands in brackets unless it is a plain one.

    The engine takes what begins with a bracket for a whole set: `ROLLUP ((a + b) = c)`.
    """
    return lambda w, node, a: f"{word} ({', '.join(w.operand(one) for one in a.pop('expressions', None) or ())})"


def order(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write ORDER BY, behind an argument or alone."""
    this = a.pop("this", None)
    text = f"ORDER BY {w.list(a.pop('expressions'))}"
    return f"{w.sql(this)} {text}" if this is not None else text


def ordered(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write one expression of ORDER BY; where NULLs go is always said."""
    this = bare(a.pop("this"))
    if isinstance(this, exp.Var) and this.name == "ALL":
        direction = " DESC" if a.pop("desc", None) else ""
        return f"ALL{direction} NULLS {'FIRST' if a.pop('nulls_first', None) else 'LAST'}"
    direction = "DESC" if a.pop("desc", None) else "ASC"
    return f"{w.sql(this)} {direction} NULLS {'FIRST' if a.pop('nulls_first', None) else 'LAST'}"


def window(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write a call with its OVER."""
    a.pop("over", None)
    function, name = w.sql(a.pop("this")), a.get("alias")
    inner = _window_inner(w, a)
    return f"{function} OVER {inner}" if name is not None and inner == w.sql(name) else f"{function} OVER ({inner})"


def named_window(w: Writer, node: exp.Expr) -> str:
    """Return `name AS (…)` of the clause WINDOW."""
    a = dict(node.args)
    a.pop("over", None)
    text = f"{w.sql(a.pop('this'))} AS ({_window_inner(w, a)})"
    w.consumed(node, a)
    return text


def _window_inner(w: Writer, a: Arguments) -> str:
    parts: list[str] = []
    if (base := a.pop("alias", None)) is not None and isinstance(base, exp.Expr):
        parts.append(w.sql(base))
    if partition := a.pop("partition_by", None):
        parts.append(f"PARTITION BY {w.list(partition)}")
    parts += [w.sql(found) for key in ("order", "spec") if (found := a.pop(key, None)) is not None]
    return " ".join(parts)


def window_spec(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write the frame of a window."""
    kind, start, end = str(a.pop("kind")).upper(), _bound(w, a, "start"), _bound(w, a, "end")
    return f"{kind} BETWEEN {start} AND {end}" if end else f"{kind} {start}"


def _bound(w: Writer, a: Arguments, key: str) -> str:
    value = a.pop(key, None)
    if value is None:
        return ""
    side = a.pop(f"{key}_side", None)
    text = value if isinstance(value, str) else w.operand(value)
    return f"{text} {str(side).upper()}" if side else text


def filter_(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `count(*) FILTER (WHERE …)`."""
    return f"{w.sql(a.pop('this'))} FILTER ({w.sql(a.pop('expression'))})"


def within_group(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `percentile_cont(0.5) WITHIN GROUP (ORDER BY …)`."""
    return f"{w.sql(a.pop('this'))} WITHIN GROUP ({w.sql(a.pop('expression'))})"


def pivots_of(w: Writer, a: Arguments) -> list[str]:
    """Return PIVOT and UNPIVOT behind a table."""
    return [w.sql(pivot) for pivot in a.pop("pivots", None) or ()]


def pivot(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write PIVOT or UNPIVOT, behind a table or alone before one."""
    word = "UNPIVOT" if a.pop("unpivot", None) else "PIVOT"
    for worked_out in ("columns", "pivot_column_naming"):  # sqlglot's own conclusions
        a.pop(worked_out, None)
    this, expressions = a.pop("this", None), a.pop("expressions", None) or []
    if this is not None:
        return " ".join(part for part in (word, w.sql(this), *_simple_pivot(w, word, expressions, a)) if part)
    nulls = {None: "", True: " INCLUDE NULLS", False: " EXCLUDE NULLS"}[a.pop("include_nulls", None)]
    fields = " ".join(w.sql(field) for field in a.pop("fields", None) or ())
    groups = a.pop("group", None)
    inner = f"{w.list(expressions)} FOR {fields}" + (f" {w.sql(groups)}" if groups is not None else "")
    return f"{word}{nulls}({inner}) {aliased(w, a)}".rstrip()


def _simple_pivot(w: Writer, word: str, expressions: Sequence[exp.Expr], a: Arguments) -> list[str]:
    parts = [f"ON {w.list(expressions)}"]
    if into := a.pop("into", None):
        parts.append(w.sql(into))
    if using := a.pop("using", None):
        parts.append(f"USING {w.list(using)}")
    if (groups := a.pop("group", None)) is not None:
        parts.append(w.sql(groups))
    return parts


CANONICAL: dict[type[exp.Expr], Handler] = {
    **EXPRESSIONS,
    **dict.fromkeys(_SETS, set_operation),
    exp.CTE: cte,
    exp.Cube: sets("CUBE"),
    exp.Filter: filter_,
    exp.From: clause("FROM"),
    exp.Group: group,
    exp.GroupingSets: sets("GROUPING SETS"),
    exp.Having: clause("HAVING"),
    exp.Join: join,
    exp.Lateral: lateral,
    Match: match_condition,
    exp.Limit: counted("LIMIT"),
    exp.Offset: counted("OFFSET"),
    exp.Order: order,
    exp.Ordered: ordered,
    exp.Pivot: pivot,
    exp.PivotAlias: lambda w, node, a: f"{w.sql(a.pop('this'))} AS {w.sql(a.pop('alias'))}",
    exp.Qualify: clause("QUALIFY"),
    exp.Rollup: sets("ROLLUP"),
    exp.Select: select,
    exp.Subquery: subquery,
    exp.Table: table,
    exp.TableAlias: table_alias,
    exp.Unnest: unnest,
    exp.UnpivotColumns: lambda w, node, a: f"INTO NAME {w.sql(a.pop('this'))} VALUE {w.list(a.pop('expressions'))}",
    exp.Values: values,
    exp.Version: version,
    exp.Where: clause("WHERE"),
    exp.Window: window,
    exp.WindowSpec: window_spec,
    exp.With: with_,
    exp.WithinGroup: within_group,
}
