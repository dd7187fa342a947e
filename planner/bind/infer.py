"""Owns what can be said of an expression's type without asking the engine; None where only it knows.

The engine is the type oracle (DESIGN 3); this saves it the plain cases: columns, casts,
parameters, literals, conditions, arithmetic over them.
"""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from ...dialect.nodes import Clock
from ...dialect.types import BIGINT, BOOLEAN, DOUBLE, FLOATS, INTERVAL, NULL, VARCHAR, DataType, timestamp
from ...dialect.types_sql import node_type

CONDITIONS = (exp.Connector, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.Exists)
RESULTS = {"count": BIGINT, "lower": VARCHAR, "upper": VARCHAR, "concat": VARCHAR}
"""Result types of functions that have one whatever their arguments; checked against the engine by a test."""

ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)


def infer(node: exp.Expr | None) -> DataType | None:
    """Return the type of a bound expression where it is plain, else None."""
    if node is None:
        return None
    known = node.meta.get("type")
    if isinstance(known, DataType):
        return known
    if isinstance(node, (exp.Paren, exp.Alias, exp.Neg)):
        return infer(node.this)
    if isinstance(node, (exp.Cast, exp.TryCast)):
        return node_type(node.args["to"])
    if isinstance(node, exp.Literal):
        return _literal(node)
    if isinstance(node, exp.Null):
        return NULL
    if isinstance(node, exp.Interval):
        return INTERVAL
    if isinstance(node, (*CONDITIONS, exp.Boolean)):
        return BOOLEAN
    if isinstance(node, Clock):
        return timestamp(zone="UTC")
    if isinstance(node, ARITHMETIC):
        return _arithmetic(infer(node.left), infer(node.right))
    if isinstance(node, exp.Case):
        return _common(
            [infer(i.args["true"]) for i in node.args["ifs"]] + ([infer(node.args["default"])] if node.args.get("default") else [])
        )
    if isinstance(node, (exp.Filter, exp.Window)):
        return infer(node.this)
    if isinstance(node, exp.Anonymous):
        return RESULTS.get(str(node.name).lower())
    return None


def _literal(node: exp.Literal) -> DataType:
    if node.is_string:
        return VARCHAR
    return BIGINT if str(node.this).isdigit() else DOUBLE


def _arithmetic(left: DataType | None, right: DataType | None) -> DataType | None:
    if left is None or right is None:
        return None
    if left.name == "DOUBLE" and right.is_number or right.name == "DOUBLE" and left.is_number:
        return DOUBLE
    if left.is_integer and right.is_integer and not (left.name.endswith("UNSIGNED") or right.name.endswith("UNSIGNED")):
        return BIGINT
    return None


def _common(types: list[DataType | None]) -> DataType | None:
    known = {t for t in types if t is not None and t.name != "NULL"}
    if None in types or len(known) != 1:
        return BIGINT if None not in types and known and all(t.name in ("TINYINT", "SMALLINT", "INT", "BIGINT") for t in known) else None
    return known.pop()


def family(type_: DataType | None) -> str | None:
    """Return `number`, `text`, `time`, `boolean`, or None for what is compared in other ways or unknown."""
    if type_ is None:
        return None
    if type_.is_number:
        return "number"
    if type_.name == "VARCHAR":
        return "text"
    if type_.name in ("DATE", "TIMESTAMP"):
        return "time"
    return "boolean" if type_.name == "BOOLEAN" else None


def fits(given: DataType, wanted: DataType) -> bool:
    """Say whether a value of one type may be given where another is declared, without losing anything."""
    if given == wanted or given.name == "NULL":
        return True
    if given.is_number and wanted.is_number:
        return _number_fits(given, wanted)
    if given.name == "TIMESTAMP" and wanted.name == "TIMESTAMP":
        return (given.zone is None) == (wanted.zone is None)
    if given.name == "DATE" and wanted.name == "TIMESTAMP":
        return wanted.zone is None
    if given.name == wanted.name and given.fields and len(given.fields) == len(wanted.fields):
        return all(fits(g.type, w.type) for g, w in zip(given.fields, wanted.fields, strict=True))
    return False


def literal_fits(node: exp.Expr, wanted: DataType | None) -> bool:
    """Say whether an expression is a number written out that a type holds exactly, whatever the type it has by itself.

    >>> literal_fits(exp.Literal.number("1.50"), DataType("DECIMAL", precision=3, scale=1)), literal_fits(exp.Literal.number("1.5"), BIGINT)
    (True, False)
    """
    if wanted is None or not wanted.is_number or not isinstance(node, exp.Literal) or node.is_string:
        return False
    if wanted.name in FLOATS:
        return True
    value = Decimal(str(node.this))
    return value == round(value, (wanted.scale or 0) if wanted.name == "DECIMAL" else 0)


def _number_fits(given: DataType, wanted: DataType) -> bool:
    if wanted.name in ("DOUBLE", "FLOAT"):
        return wanted.name == "DOUBLE" or given.name != "DOUBLE"
    if given.name in ("DOUBLE", "FLOAT"):
        return False
    if wanted.name == "DECIMAL":
        return given.is_integer or (given.scale or 0) <= (wanted.scale or 0)
    return given.is_integer
