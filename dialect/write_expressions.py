"""Owns the text of expressions: one handler for each class of node, for both kinds of text."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from .nodes import Clock, Param
from .types_sql import node_type
from .write import Arguments, Handler, Writer, bare, shown_word

CHAINS: dict[type[exp.Expr], str] = {
    **{exp.And: "AND", exp.Or: "OR", exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.IntDiv: "//", exp.Pow: "**"},
    **{exp.DPipe: "||", exp.BitwiseAnd: "&", exp.BitwiseOr: "|", exp.BitwiseXor: "^"},
    **{exp.BitwiseLeftShift: "<<", exp.BitwiseRightShift: ">>"},
    **{exp.JSONExtract: "->", exp.JSONExtractScalar: "->>", exp.JSONBExtract: "#>", exp.JSONBExtractScalar: "#>>"},
}
COMPARISONS: dict[type[exp.Expr], str] = {
    **{exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="},
    **{exp.NullSafeEQ: "IS NOT DISTINCT FROM", exp.NullSafeNEQ: "IS DISTINCT FROM"},
    **{exp.RegexpLike: "~", exp.RegexpILike: "~*", exp.SimilarTo: "SIMILAR TO"},
    **{exp.ArrayContainsAll: "@>", exp.ArrayContainedBy: "<@"},
}
_MARKS = ("typed", "safe")  # what sqlglot notes for other systems about `/` and `||`


def chain(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write a run of one operator without brackets inside, however long; the tree leans to the left."""
    kind = type(node)
    associative = kind if kind in (exp.And, exp.Or) else None
    parts = []
    while True:
        for mark in _MARKS:
            a.pop(mark, None)
        parts.append(w.operand(a.pop("expression"), associative if w.merges else None, kind))
        left = bare(a.pop("this"))
        w.consumed(node, a)
        if type(left) is not kind:
            break
        node, a = left, dict(left.args)
    parts.append(w.operand(left, None, kind))
    return f" {CHAINS[kind]} ".join(reversed(parts))


def comparison(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `a = b` and its kin."""
    kind = type(node)
    return f"{w.operand(a.pop('this'), None, kind)} {COMPARISONS[kind]} {w.operand(a.pop('expression'), None, kind)}"


def like(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write LIKE and ILIKE."""
    word = "LIKE" if isinstance(node, exp.Like) else "ILIKE"
    negated = "NOT " if a.pop("negate", None) else ""
    return f"{w.operand(a.pop('this'), None, type(node))} {negated}{word} {w.operand(a.pop('expression'))}"


def escape(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `… LIKE … ESCAPE '!'`."""
    return f"{w.sql(a.pop('this'))} ESCAPE {w.sql(a.pop('expression'))}"


def is_(w: Writer, node: exp.Expr, a: Arguments, negated: str = "") -> str:
    """Write `x IS [NOT] NULL`, TRUE or FALSE."""
    negated = "NOT " if a.pop("negate", None) else negated
    return f"{w.operand(a.pop('this'), None, exp.Is)} IS {negated}{w.operand(a.pop('expression'))}"


def between(w: Writer, node: exp.Expr, a: Arguments, negated: str = "") -> str:
    """Write `x [NOT] BETWEEN low AND high`."""
    subject, low, high = (w.operand(a.pop(key), None, exp.Between) for key in ("this", "low", "high"))
    symmetric = "SYMMETRIC " if a.pop("symmetric", None) else ""
    return f"{subject} {negated}BETWEEN {symmetric}{low} AND {high}"


def in_(w: Writer, node: exp.Expr, a: Arguments, negated: str = "") -> str:
    """Write `x [NOT] IN (…)`."""
    subject = w.operand(a.pop("this"), None, exp.In)
    if (query := a.pop("query", None)) is not None:
        return f"{subject} {negated}IN {w.sql(query)}"
    if (field := a.pop("field", None)) is not None:
        return f"{subject} {negated}IN {w.sql(field)}"
    return f"{subject} {negated}IN ({w.list(a.pop('expressions'))})"


_NEGATED: dict[type[exp.Expr], Callable[[Writer, exp.Expr, Arguments, str], str]] = {exp.Is: is_, exp.Between: between, exp.In: in_}


def not_(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write NOT, inside of IS, BETWEEN and IN where it belongs there."""
    inner = bare(a.pop("this"))
    handler = _NEGATED.get(type(inner))
    if handler is None or inner.args.get("negate"):
        return f"NOT {w.operand(inner, None, exp.Not)}"
    left = dict(inner.args)
    text = handler(w, inner, left, "NOT ")
    w.consumed(inner, left)
    return text


def prefix(sign: str) -> Handler:
    """Return the handler of a sign before its operand."""
    return lambda w, node, a: f"{sign}{w.operand(a.pop('this'))}"


def column(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write a column with its qualifiers; `t.*` is one too."""
    parts = [a.pop(key, None) for key in ("catalog", "db", "table", "this")]
    return ".".join(w.sql(part) for part in parts if part is not None)


def identifier(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write a name."""
    a.pop("this")
    a.pop("quoted", None)
    return w.name(node)


def dot(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `(s).x`, the field of a struct."""
    base, field = bare(a.pop("this")), a.pop("expression")
    text = w.operand(base)
    return f"({text}).{w.sql(field)}" if isinstance(base, exp.Column) else f"{text}.{w.sql(field)}"


def star(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `*` with EXCLUDE, REPLACE and RENAME."""
    text = "*"
    for key, word in (("except_", "EXCLUDE"), ("replace", "REPLACE"), ("rename", "RENAME")):
        if items := a.pop(key, None):
            text += f" {word} ({w.list(items)})"
    return text


def literal(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write a number as it stands, a string in quotes."""
    text = str(a.pop("this"))
    return string(text) if a.pop("is_string", None) else text


def string(text: str) -> str:
    """Return text as a string literal."""
    return "'" + text.replace("'", "''") + "'"


def anonymous(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write a call under its name as it was written."""
    name = a.pop("this")
    return f"{w.sql(name) if isinstance(name, exp.Expr) else shown_word(str(name))}({w.list(a.pop('expressions', None) or ())})"


def kwarg(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `name => value`."""
    return f"{shown_word(a.pop('this').name)} => {w.sql(a.pop('expression'))}"


def lambda_(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `x -> …` or `(x, y) -> …`; a body that is an operator needs no brackets."""
    names = a.pop("expressions")
    listed = w.list(names)
    return f"{listed if len(names) == 1 else f'({listed})'} -> {w.sql(bare(a.pop('this')))}"


def alias(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `x AS name`."""
    return f"{w.sql(bare(a.pop('this')))} AS {w.sql(a.pop('alias'))}"


def case(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write CASE."""
    text = "CASE"
    if (subject := a.pop("this", None)) is not None:
        text += f" {w.sql(subject)}"
    for branch in a.pop("ifs"):
        left = dict(branch.args)
        text += f" WHEN {w.sql(left.pop('this'))} THEN {w.sql(left.pop('true'))}"
        w.consumed(branch, left)
    if (default := a.pop("default", None)) is not None:
        text += f" ELSE {w.sql(default)}"
    return text + " END"


def cast(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write CAST, as a typed literal where that is what it is."""
    this, to = bare(a.pop("this")), a.pop("to")
    word = "CAST" if type(node) is exp.Cast else "TRY_CAST"
    if word == "CAST" and isinstance(this, exp.Literal) and this.is_string and to.this in _TYPED:
        return f"{w.sql(to)} {w.sql(this)}"
    return f"{word}({w.sql(this)} AS {w.sql(to)})"


_TYPED = (exp.DType.DATE, exp.DType.TIME, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ)


def data_type(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write a type in its one spelling."""
    assert isinstance(node, exp.DataType)
    a.clear()  # the type is read as a whole
    return node_type(node).sql()


def interval(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `INTERVAL '1 day'`, with the unit behind it if it was."""
    unit = a.pop("unit", None)
    return f"INTERVAL {w.operand(a.pop('this'))}" + (f" {w.sql(unit)}" if unit is not None else "")


def bracket(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `x[1]`."""
    return f"{w.operand(a.pop('this'))}[{w.list(a.pop('expressions'))}]"


def slice_(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write the bounds of `x[1:2:1]`."""
    parts = [a.pop(key, None) for key in ("this", "expression", "step")]
    shown = [w.operand(part) if part is not None else "" for part in parts]
    return ":".join(shown if parts[2] is not None else shown[:2])


def array(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `[1, 2]`."""
    a.pop("bracket_notation", None)
    return f"[{w.list(a.pop('expressions', None) or ())}]"


def struct(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `{'a': 1}`."""
    return "{" + ", ".join(f"{string(p.this.name)}: {w.sql(p.expression)}" for p in a.pop("expressions", None) or ()) + "}"


def to_map(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `MAP {'a': 1}`; keys are expressions."""
    pairs = a.pop("this").expressions
    return "MAP {" + ", ".join(f"{w.operand(p.this)}: {w.sql(p.expression)}" for p in pairs) + "}"


def tuple_(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write `(a, b)`."""
    items = a.pop("expressions", None) or ()
    return f"({w.list(items)},)" if len(items) == 1 else f"({w.list(items)})"


def distinct(w: Writer, node: exp.Expr, a: Arguments) -> str:
    """Write DISTINCT before the arguments of an aggregate."""
    return f"DISTINCT {w.list(a.pop('expressions'))}"


def call_with(word: str) -> Handler:
    """Return the handler of a word before a query or list in brackets: EXISTS, ANY, ALL."""

    def write(w: Writer, node: exp.Expr, a: Arguments) -> str:
        this = bare(a.pop("this"))
        return f"{word} {w.sql(this)}" if isinstance(this, (exp.Subquery, exp.Tuple)) else f"{word} ({w.sql(this)})"

    return write


def behind(words: str) -> Handler:
    """Return the handler of words behind an operand."""
    return lambda w, node, a: f"{w.sql(a.pop('this'))} {words}"


EXPRESSIONS: dict[type[exp.Expr], Handler] = {
    **dict.fromkeys(CHAINS, chain),
    **dict.fromkeys(COMPARISONS, comparison),
    exp.Alias: alias,
    exp.All: call_with("ALL"),
    exp.Anonymous: anonymous,
    exp.Any: call_with("ANY"),
    exp.Array: array,
    exp.AtTimeZone: lambda w, node, a: f"{w.operand(a.pop('this'))} AT TIME ZONE {w.operand(a.pop('zone'))}",
    exp.Between: between,
    exp.BitwiseNot: prefix("~"),
    exp.Boolean: lambda w, node, a: "TRUE" if a.pop("this") else "FALSE",
    exp.Bracket: bracket,
    exp.Case: case,
    exp.Cast: cast,
    exp.Column: column,
    exp.DataType: data_type,
    exp.Distinct: distinct,
    exp.Dot: dot,
    exp.Escape: escape,
    exp.Exists: call_with("EXISTS"),
    exp.HexString: lambda w, node, a: f"X'{a.pop('this')}'",
    exp.ILike: like,
    exp.Identifier: identifier,
    exp.IgnoreNulls: behind("IGNORE NULLS"),
    exp.In: in_,
    exp.Interval: interval,
    exp.Is: is_,
    exp.Kwarg: kwarg,
    exp.Lambda: lambda_,
    exp.Like: like,
    exp.Literal: literal,
    exp.Neg: prefix("-"),
    exp.Not: not_,
    exp.Null: lambda w, node, a: "NULL",
    exp.Paren: lambda w, node, a: w.sql(a.pop("this")),
    exp.RespectNulls: behind("RESPECT NULLS"),
    exp.Slice: slice_,
    exp.Star: star,
    exp.Struct: struct,
    exp.ToMap: to_map,
    exp.TryCast: cast,
    exp.Tuple: tuple_,
    exp.Var: lambda w, node, a: str(a.pop("this")),
    Clock: lambda w, node, a: f"run_clock({string(a.pop('this'))})",
    Param: lambda w, node, a: f"PARAM {w.sql(a.pop('this'))}",
}
