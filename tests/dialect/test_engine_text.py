"""The engine's text means what the tree says: values compared on the real engine, for chosen queries and random operators."""

from __future__ import annotations

import random
from pathlib import Path

import datafusion
import pytest
from sqlglot import exp

from treadle.dialect import parse_expression, parse_query, to_engine_sql
from treadle.dialect.types import (
    BIGINT,
    BOOLEAN,
    BYTEA,
    DATE,
    DOUBLE,
    INT,
    INTERVAL,
    TIME,
    VARCHAR,
    DataType,
    Field,
    decimal,
    list_of,
    map_of,
    struct,
    timestamp,
)

QUERIES = (Path(__file__).parents[1] / "cases" / "engine" / "same.sql").read_text("utf-8").splitlines()
TABLES = (
    "CREATE TABLE t AS SELECT * FROM (VALUES (1, 1, 'x'), (2, 1, 'y'), (3, NULL, 'xy'), (4, 2, NULL)) AS v(a, b, s)",
    "CREATE TABLE u AS SELECT * FROM (VALUES (1, 'c', 'x'), (2, 'd', 'y'), (NULL, 'e', 'z')) AS v(a, c, s)",
    "CREATE TABLE n AS SELECT [1, 2] AS l, named_struct('x', 1, 'y', 'q') AS st, map(['k'], [1]) AS m, "
    "DATE '2013-02-03' AS d, TIMESTAMP '2013-02-03 04:05:06' AS ts",
    'CREATE TABLE w AS SELECT 1 AS a, 2 AS "Weird Col"',
)


@pytest.fixture(scope="module")
def engine() -> datafusion.SessionContext:
    """Return the engine with four small tables, as it comes, without treadle's session."""
    context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(1))
    for table in TABLES:
        context.sql(table).collect()
    return context


def rows(engine: datafusion.SessionContext, text: str, ordered: bool) -> list[str]:
    """Return a query's rows as text, in order only where the query asks for one."""
    found = [str(row) for batch in engine.sql(text).collect() for row in batch.to_pylist()]
    return found if ordered else sorted(found)


@pytest.mark.parametrize("text", QUERIES)
def test_our_text_gives_what_the_engine_gives_for_the_users(engine: datafusion.SessionContext, text: str) -> None:
    ordered = " ORDER BY " in text and "UNION" not in text
    assert rows(engine, to_engine_sql(parse_query(text), {}, "now()"), ordered) == rows(engine, text, ordered)


BINARY: dict[type[exp.Expr], str] = {
    **{
        exp.Add: "+",
        exp.Sub: "-",
        exp.Mul: "*",
        exp.EQ: "=",
        exp.NEQ: "<>",
        exp.LT: "<",
        exp.GT: ">",
        exp.GTE: ">=",
        exp.And: "AND",
        exp.Or: "OR",
    },
    **{exp.NullSafeEQ: "IS NOT DISTINCT FROM", exp.NullSafeNEQ: "IS DISTINCT FROM", exp.Is: "IS", exp.BitwiseAnd: "&"},
    **{exp.DPipe: "||", exp.BitwiseOr: "|"},
}


def bracketed(node: exp.Expr) -> str:
    """Return a tree with brackets round every operator: what it means beyond doubt."""
    if type(node) in BINARY:
        right = bracketed(node.expression)
        plain = isinstance(node, exp.Is)
        return f"({bracketed(node.this)} {BINARY[type(node)]} {node.expression.sql() if plain else right})"
    if isinstance(node, exp.Not):
        return f"(NOT {bracketed(node.this)})"
    if isinstance(node, exp.Neg):
        return f"(- {bracketed(node.this)})"
    if isinstance(node, exp.Between):
        return f"({bracketed(node.this)} BETWEEN {bracketed(node.args['low'])} AND {bracketed(node.args['high'])})"
    if isinstance(node, exp.In):
        return f"({bracketed(node.this)} IN ({', '.join(bracketed(e) for e in node.expressions)}))"
    assert isinstance(node, exp.Literal | exp.Boolean | exp.Null), node
    return node.sql()


def number(rng: random.Random, depth: int) -> str:
    """Return a random number, brackets left out as often as not."""
    if depth == 0:
        return rng.choice(["1", "2", "3", "0", "NULL"])
    choice = rng.random()
    if choice < 0.15:
        return f"- {number(rng, 0)}"
    text = f"{number(rng, depth - 1)} {rng.choice(['+', '-', '*', '&' if choice > 0.8 else '+'])} {number(rng, depth - 1)}"
    return f"({text})" if rng.random() < 0.3 else text


def truth(rng: random.Random, depth: int) -> str:
    """Return a random condition, brackets left out as often as not."""
    if depth == 0:
        return rng.choice(["TRUE", "FALSE", "1 = 2", "2 > 1", "NULL"])
    kind = rng.randrange(9)
    left = truth(rng, depth - 1)
    if kind < 3:
        text = f"{left} {rng.choice(['AND', 'OR'])} {truth(rng, depth - 1)}"
    elif kind == 3:
        text = f"NOT {left}"
    elif kind == 4:
        text = f"{left} IS {rng.choice(['', 'NOT '])}{rng.choice(['TRUE', 'FALSE', 'NULL'])}"
    elif kind == 5:
        text = f"{left} IS {rng.choice(['', 'NOT '])}DISTINCT FROM {truth(rng, depth - 1)}"
    elif kind == 6:
        text = f"{number(rng, depth - 1)} {rng.choice(['=', '<>', '<', '>='])} {number(rng, depth - 1)}"
    elif kind == 7:
        text = f"{number(rng, depth - 1)} {rng.choice(['', 'NOT '])}BETWEEN {number(rng, 1)} AND {number(rng, 1)}"
    else:
        text = f"{number(rng, depth - 1)} {rng.choice(['', 'NOT '])}IN ({number(rng, 1)}, {number(rng, 0)})"
    return f"({text})" if rng.random() < 0.3 else text


def value(engine: datafusion.SessionContext, text: str) -> str:
    """Return what an expression gives, or that it can't be planned."""
    try:
        return str(engine.sql(f"SELECT {text} AS v").collect()[0].to_pylist()[0]["v"])
    except Exception as refused:  # ill-typed on purpose: then both texts must be
        return f"refused: {type(refused).__name__}"


def test_random_operators_keep_their_meaning(engine: datafusion.SessionContext) -> None:
    rng = random.Random(20130101)
    meant = 0
    for _ in range(400):
        text = truth(rng, 3)
        try:
            tree = parse_expression(text)
        except Exception as mixed:  # `&` beside another bit operator
            assert "T1007" in str(mixed)
            continue
        wanted = value(engine, bracketed(tree))
        assert value(engine, to_engine_sql(tree, {}, "now()")) == wanted, text
        meant += not wanted.startswith("refused")
    assert meant > 200


TYPES = (
    *(BOOLEAN, INT, BIGINT, DOUBLE, VARCHAR, BYTEA, DATE, TIME, INTERVAL, decimal(10, 2), decimal(50, 3), DataType("BIGINT UNSIGNED")),
    *(timestamp(0), timestamp(3), timestamp(), timestamp(9), timestamp(6, "UTC"), timestamp(3, "UTC"), DataType("DURATION", 6)),
    *(
        list_of(INT),
        list_of(list_of(VARCHAR)),
        struct(Field("a", INT), Field('b "c"', list_of(timestamp(6, "UTC")))),
        map_of(VARCHAR, DOUBLE),
    ),
    *(list_of(map_of(INT, struct(Field("x", decimal(4, 1))))), DataType("TINYINT"), DataType("SMALLINT UNSIGNED"), DataType("FLOAT")),
)


@pytest.mark.parametrize("wanted", TYPES, ids=str)
def test_a_cast_gives_the_type_in_the_engine(engine: datafusion.SessionContext, wanted: DataType) -> None:
    from treadle.dialect.write_engine import arrow_type

    shown = engine.sql(f"SELECT {to_engine_sql(parse_expression(f'CAST(NULL AS {wanted})'), {}, '')} AS v").schema().field("v").type
    told = engine.sql(f"SELECT arrow_cast(NULL, '{arrow_type(wanted)}') AS v").schema().field("v").type
    assert shown == told
