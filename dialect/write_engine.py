"""Owns the text for DataFusion: what it spells otherwise, what it must not see, and the types it knows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

from .diagnostics import Bug
from .nodes import Clock, Param
from .source import Source
from .types import DataType, quote
from .types_sql import node_type
from .write import Arguments, Handler, Writer, bare
from .write_expressions import string
from .write_queries import CANONICAL, join, ordered, set_operation, subquery, table

_PLAIN_CALL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: Calls whose name starts a syntax of its own in the engine's parser; in quotes it is a plain name.
_SPECIAL_CALLS = frozenset(("array", "cast", "extract", "interval", "overlay", "position", "row", "substring", "trim", "try_cast"))


class EngineWriter(Writer):
    """Writes DataFusion's SQL; knows the texts of parameters and of the run's clock."""

    merges = True
    relaxed = False

    def __init__(
        self, handlers: Mapping[type[exp.Expr], Handler], parameters: Mapping[str, str], clock: str, source: Source | None
    ) -> None:
        """Start with the table of handlers and the texts to fill in."""
        super().__init__(handlers, source)
        self.parameters, self.clock = parameters, clock

    def name(self, node: exp.Expr) -> str:
        """Return an identifier in quotes, always: the engine folds others to lower case."""
        return quote(node.name)


_ARROW = {
    **{"TINYINT": "Int8", "SMALLINT": "Int16", "INT": "Int32", "BIGINT": "Int64", "FLOAT": "Float32", "DOUBLE": "Float64"},
    **{"TINYINT UNSIGNED": "UInt8", "SMALLINT UNSIGNED": "UInt16", "INT UNSIGNED": "UInt32", "BIGINT UNSIGNED": "UInt64"},
    **{"BOOLEAN": "Boolean", "VARCHAR": "Utf8View", "BYTEA": "Binary", "DATE": "Date32", "TIME": "Time64(Nanosecond)"},
    **{"INTERVAL": "Interval(MonthDayNano)", "NULL": "Null"},
}
_UNITS = {0: "Second", 3: "Millisecond", 6: "Microsecond", 9: "Nanosecond"}


def arrow_type(found: DataType) -> str:
    """Return a type as `arrow_cast` spells it.

    >>> from .types import BIGINT, list_of
    >>> arrow_type(list_of(BIGINT))
    'List(Int64)'
    """
    if found.name in _ARROW:
        return _ARROW[found.name]
    if found.name == "DECIMAL":
        return f"Decimal{128 if (found.precision or 0) <= 38 else 256}({found.precision}, {found.scale})"
    if found.name in ("TIMESTAMP", "DURATION"):
        unit = _UNITS[found.precision or 0]
        zone = f', Some("{found.zone}")' if found.zone else ", None"
        return f"Timestamp({unit}{zone})" if found.name == "TIMESTAMP" else f"Duration({unit})"
    parts = [arrow_type(f.type) for f in found.fields]
    if found.name == "LIST":
        return f"List({parts[0]})"
    if found.name == "MAP":
        return f'Map("entries": Struct("key": non-null {parts[0]}, "value": {parts[1]}), unsorted)'
    return "Struct(" + ", ".join(f"{_arrow_name(f.name)}: {part}" for f, part in zip(found.fields, parts, strict=True)) + ")"


def _arrow_name(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def engine_type(found: DataType) -> str | None:
    """Return a type as the engine's CAST spells it, or None when only `arrow_cast` has it."""
    if found.zone or found.name in ("MAP", "STRUCT", "DURATION", "NULL") or any(engine_type(f.type) is None for f in found.fields):
        return None
    if found.name == "TIMESTAMP":
        return f"TIMESTAMP({found.precision})"
    if found.name == "LIST":
        return f"{engine_type(found.fields[0].type)}[]"
    return found.name if found.name != "DECIMAL" else f"DECIMAL({found.precision}, {found.scale})"


def _cast(w: Writer, node: exp.Expr, a: Arguments) -> str:
    this, found = w.sql(bare(a.pop("this"))), node_type(a.pop("to"))
    safe = type(node) is exp.TryCast
    text = engine_type(found)
    if text is not None:
        return f"{'TRY_CAST' if safe else 'CAST'}({this} AS {text})"
    return f"{'arrow_try_cast' if safe else 'arrow_cast'}({this}, {string(arrow_type(found))})"


def _param(w: Writer, node: exp.Expr, a: Arguments) -> str:
    assert isinstance(w, EngineWriter)
    name = a.pop("this").name
    if name not in w.parameters:
        raise Bug(f"no text was given for the parameter {name}")
    return w.parameters[name]


def _clock(w: Writer, node: exp.Expr, a: Arguments) -> str:
    assert isinstance(w, EngineWriter)
    kind = a.pop("this")
    return w.clock if kind == "now" else f"CAST({w.clock} AS {kind.upper()})"


def _anonymous(w: Writer, node: exp.Expr, a: Arguments) -> str:
    name = a.pop("this")
    text = name if isinstance(name, str) else name.name
    plain = text.lower() if isinstance(name, str) or not name.args.get("quoted") else text
    called = plain if _PLAIN_CALL.match(plain) and plain == plain.lower() and plain not in _SPECIAL_CALLS else quote(plain)
    items = a.pop("expressions", None) or []
    tail = ""
    if items and isinstance(items[-1], (exp.IgnoreNulls, exp.RespectNulls)):
        tail = " IGNORE NULLS" if isinstance(items[-1], exp.IgnoreNulls) else " RESPECT NULLS"
        items = [*items[:-1], items[-1].this]
    return f"{called}({w.list(items)}){tail}"


def _dot(w: Writer, node: exp.Expr, a: Arguments) -> str:
    if isinstance(node.expression, exp.Star):
        raise w.refused("T3101", "`.*` behind a struct cannot be written for the engine", node)
    return f"get_field({w.sql(bare(a.pop('this')))}, {string(a.pop('expression').name)})"


def _array(w: Writer, node: exp.Expr, a: Arguments) -> str:
    a.pop("bracket_notation", None)
    return f"make_array({w.list(a.pop('expressions', None) or ())})"


def _struct(w: Writer, node: exp.Expr, a: Arguments) -> str:
    pairs = a.pop("expressions", None) or ()
    return "named_struct(" + ", ".join(f"{string(p.this.name)}, {w.sql(p.expression)}" for p in pairs) + ")"


def _to_map(w: Writer, node: exp.Expr, a: Arguments) -> str:
    pairs = a.pop("this").expressions
    return f"map(make_array({w.list(p.this for p in pairs)}), make_array({w.list(p.expression for p in pairs)}))"


def _interval(w: Writer, node: exp.Expr, a: Arguments) -> str:
    this, unit = a.pop("this"), a.pop("unit", None)
    if not isinstance(this, exp.Literal):
        raise w.refused("T3101", "an interval that is no literal cannot be written for the engine", node)
    return f"INTERVAL {string(f'{this.name} {unit.name}' if unit is not None else this.name)}"


def _subquery(w: Writer, node: exp.Expr, a: Arguments) -> str:
    derived = isinstance(node.parent, (exp.From, exp.Join, exp.Lateral)) and isinstance(node.this, exp.Query)
    if derived and a.get("alias") is None and not isinstance(node.parent, exp.Lateral):
        raise Bug(f"a derived table has no alias: {node!r}")
    return subquery(w, node, a)


def _set_operation(w: Writer, node: exp.Expr, a: Arguments) -> str:
    if not isinstance(node, exp.Union) and not a.get("distinct"):
        help_line = "number equal rows with row_number() and compare those"
        raise w.refused("T3102", f"{node.key.upper()} ALL is wrong in the engine", node, help=help_line)
    return set_operation(w, node, a)


def _cte(w: Writer, node: exp.Expr, a: Arguments) -> str:
    if a.get("materialized") is not None:
        raise w.refused("T3100", "MATERIALIZED behind WITH cannot be written for the engine", node)
    return CANONICAL[exp.CTE](w, node, a)


def _table(w: Writer, node: exp.Expr, a: Arguments) -> str:
    if isinstance(a.get("this"), exp.Literal):
        raise w.refused("T3101", "a path in FROM cannot be written for the engine", node)
    if a.get("ordinality"):
        raise w.refused("T3100", "WITH ORDINALITY cannot be written for the engine", node)
    return table(w, node, a)


def _join(w: Writer, node: exp.Expr, a: Arguments) -> str:
    if a.get("method") not in (None, "NATURAL"):
        raise w.refused("T3101", f"{a['method']} JOIN cannot be written for the engine", node)
    if a.get("kind") in ("SEMI", "ANTI") and not a.get("side"):
        a["side"] = "LEFT"
    if a["this"].args.get("joins"):
        raise w.refused("T3101", "a join inside of a join without brackets cannot be written for the engine", node)
    return join(w, node, a)


def _ordered(w: Writer, node: exp.Expr, a: Arguments) -> str:
    if isinstance(a["this"], exp.Var):
        raise w.refused("T3101", "ORDER BY ALL cannot be written for the engine", node)
    return ordered(w, node, a)


def _star(w: Writer, node: exp.Expr, a: Arguments) -> str:
    if a.get("rename"):
        raise w.refused("T3100", "`* RENAME` cannot be written for the engine", node)
    return CANONICAL[exp.Star](w, node, a)


def _in(w: Writer, node: exp.Expr, a: Arguments) -> str:
    if a.get("field") is not None:
        raise w.refused("T3100", "IN without brackets cannot be written for the engine", node)
    return CANONICAL[exp.In](w, node, a)


def _refuse(what: str) -> Handler:
    def refuse(w: Writer, node: exp.Expr, a: Arguments) -> str:
        raise w.refused("T3101", f"{what} cannot be written for the engine", node)

    return refuse


ENGINE: dict[type[exp.Expr], Handler] = {
    **CANONICAL,
    exp.Anonymous: _anonymous,
    exp.Array: _array,
    exp.BitwiseNot: _refuse("`~` before a number"),
    exp.Cast: _cast,
    exp.CTE: _cte,
    exp.Dot: _dot,
    exp.Except: _set_operation,
    exp.In: _in,
    exp.IntDiv: _refuse("`//`"),
    exp.Intersect: _set_operation,
    exp.Interval: _interval,
    exp.Join: _join,
    exp.JSONBExtract: _refuse("`#>`"),
    exp.JSONBExtractScalar: _refuse("`#>>`"),
    exp.JSONExtract: _refuse("`->`"),
    exp.JSONExtractScalar: _refuse("`->>`"),
    exp.Kwarg: _refuse("a named argument"),
    exp.Ordered: _ordered,
    exp.Pivot: _refuse("PIVOT or UNPIVOT"),
    exp.Star: _star,
    exp.Struct: _struct,
    exp.Subquery: _subquery,
    exp.Table: _table,
    exp.ToMap: _to_map,
    exp.TryCast: _cast,
    exp.Version: _refuse("AS OF"),
    Clock: _clock,
    Param: _param,
}
