"""The type oracle: the optimised plan's types, names of any spelling, constants, the engine's own functions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from treadle.dialect.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INT,
    VARCHAR,
    DataType,
    Field,
    Schema,
    decimal,
    list_of,
    map_of,
    struct,
    timestamp,
)
from treadle.planner.ports import EngineRefusal
from treadle.planner.values import Value
from treadle.runtime.engine.arrow_types import same_type
from treadle.runtime.engine.datafusion import DataFusionEngine, Oracle
from treadle.runtime.session import Session

T = Schema(
    (
        Field("i", INT, False),
        Field("d", DOUBLE),
        Field("b", BOOLEAN),
        Field("s", VARCHAR),
        Field("St", struct(Field("A b", timestamp(6, "UTC")), Field("n", decimal(10, 2)))),
        Field("m", map_of(VARCHAR, INT)),
    )
)


@pytest.fixture
def oracle(session: Session) -> Iterator[Oracle]:
    oracle = DataFusionEngine(session).oracle()
    oracle.declare("View#1.b", T)
    yield oracle
    oracle.close()


@pytest.mark.parametrize(
    ("select", "kind", "nullable"),
    [
        ("CASE WHEN b THEN i ELSE d END", DOUBLE, True),
        ("i", INT, False),
        ("i + 1", BIGINT, False),
        ("count(*) OVER ()", BIGINT, False),
        ("\"St\"['A b']", timestamp(6, "UTC"), True),
        ("m['k']", INT, True),
        ("s || 'x'", VARCHAR, True),
        ("\"St\"['n'] * \"St\"['n']", decimal(21, 4), True),
        ("make_array(i)", list_of(INT), True),
        ("i = $p1", BOOLEAN, False),
        ("$p2", timestamp(6, "UTC"), False),
    ],
)
def test_types_are_those_of_the_optimised_plan(oracle: Oracle, select: str, kind: DataType, nullable: bool) -> None:
    values = {"p1": Value(INT, 3), "p2": Value(timestamp(6, "UTC"), datetime(2013, 1, 1, tzinfo=UTC))}
    found = oracle.schema(f'SELECT {select} AS x FROM "View#1.b"', values).fields[0]
    assert (same_type(found.type, kind), found.nullable) == (True, nullable), found


def test_a_union_has_the_wider_type(oracle: Oracle) -> None:
    found = oracle.schema('SELECT i AS x FROM "View#1.b" UNION ALL SELECT d FROM "View#1.b"', {})
    assert found == Schema((Field("x", DOUBLE),))


def test_a_declared_relation_has_exactly_its_schema(oracle: Oracle) -> None:
    assert oracle.schema('SELECT * FROM "View#1.b"', {}) == T


def test_a_second_declaration_replaces_the_first(oracle: Oracle) -> None:
    oracle.declare("View#1.b", Schema((Field("x", DATE),)))
    assert oracle.schema('SELECT * FROM "View#1.b"', {}) == Schema((Field("x", DATE),))


def test_oracles_do_not_see_each_other(session: Session, oracle: Oracle) -> None:
    with pytest.raises(EngineRefusal, match="table 'View#1.b' not found"):
        DataFusionEngine(session).oracle().schema('SELECT * FROM "View#1.b"', {})


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("1 + 1", Value(BIGINT, 2)),
        ("DATE '2013-01-31' + INTERVAL '1 month'", Value(DATE, date(2013, 2, 28))),
        ("$p1", Value(list_of(INT), (1, None))),
        ("CAST(NULL AS VARCHAR)", Value(VARCHAR, None)),
        ("named_struct('a', 1, 'B', 'x')", Value(struct(Field("a", BIGINT, False), Field("B", VARCHAR, False)), (1, "x"))),
    ],
)
def test_constants_have_typed_values(oracle: Oracle, sql: str, expected: Value) -> None:
    found = oracle.evaluate(sql, {"p1": Value(list_of(INT), (1, None))})
    assert (found.value, found.type.name) == (expected.value, expected.type.name)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ('SELECT nope FROM "View#1.b"', "No field named nope"),
        ("SELECT * FROM nope", "table 'nope' not found"),
        ("SELECT i + DATE '2013-01-01' + s FROM \"View#1.b\"", ""),
    ],
)
def test_refusals_have_clean_words(oracle: Oracle, sql: str, message: str) -> None:
    with pytest.raises(EngineRefusal) as raised:
        oracle.schema(sql, {})
    assert raised.value.kind == "plan"
    assert message in raised.value.message
    assert not any(
        noise in raised.value.message for noise in ("DataFusion error", "datafusion.treadle", "caused by", "Error during planning")
    )


def test_the_value_of_a_failing_constant_is_refused(oracle: Oracle) -> None:
    for sql in ("1 / 0", "CAST('x' AS INT)", "CAST('2013-01-01T00:00:00.000000001' AS TIMESTAMP)"):
        with pytest.raises(EngineRefusal):
            oracle.evaluate(sql, {})


def test_built_ins_are_read_from_the_engine(session: Session) -> None:
    found = DataFusionEngine(session).built_ins()
    assert len(found) > 300
    kinds = {
        "substr": "scalar",
        "substring": "scalar",
        "sum": "aggregate",
        "first_value": "aggregate",
        "lag": "window",
        "range": "scalar",
        "unnest": "table",
    }
    assert {name: found[name].kind for name in kinds} == kinds
    volatile = {"random", "rand", "uuid", "input_file_name", "file_row_index"}
    assert {name for name, one in found.items() if one.volatility == "volatile"} == volatile
    stable = {"now", "current_timestamp", "current_date", "current_time", "today"}
    assert {name for name, one in found.items() if one.volatility == "stable"} == stable


def test_identity_names_exact_versions(session: Session) -> None:
    assert {"datafusion": "55.0.0", "datafusion-core": "55.2.0"}.items() <= DataFusionEngine(session).identity().items()
