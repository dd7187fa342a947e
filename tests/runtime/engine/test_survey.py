"""Surveys: what reaches each scan, and the translation of filters, case by case, against the live engine."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest

from treadle.dialect.types import (
    BIGINT,
    BOOLEAN,
    BYTEA,
    DATE,
    DOUBLE,
    INT,
    VARCHAR,
    Field,
    Schema,
    decimal,
    list_of,
    map_of,
    struct,
    timestamp,
)
from treadle.planner.ports import EngineRefusal, ScanNeed
from treadle.planner.predicates import And, Compare, FirstRows, InValues, IsNull, Not, Or, Predicate, StartsWith, Unknown
from treadle.planner.values import Value
from treadle.runtime.engine.datafusion import DataFusionEngine
from treadle.runtime.session import Session

CASES = tomllib.loads((Path(__file__).parent / "predicates.toml").read_text("utf-8"))
T = Schema(
    (
        Field("a", BIGINT),
        Field("i", INT),
        Field("d", DOUBLE),
        Field("s", VARCHAR),
        Field("bo", BOOLEAN),
        Field("b", BYTEA),
        Field("dd", DATE),
        Field("t", timestamp(6, "UTC")),
        Field("n", decimal(10, 2)),
        Field("st", struct(Field("X", VARCHAR), Field("in", struct(Field("y", BIGINT))))),
        Field("m", map_of(VARCHAR, INT)),
        Field("l", list_of(VARCHAR)),
    )
)


def told(predicate: Predicate | None) -> str:
    """Return a predicate as the cases spell it."""
    match predicate:
        case None:
            return "everything"
        case Compare(column, operator, value):
            return f"{'.'.join(column)} {operator} {value.value!r}"
        case InValues(column, values, negated):
            return f"{'.'.join(column)} {'not ' if negated else ''}in ({', '.join(repr(v.value) for v in values)})"
        case IsNull(column, negated):
            return f"{'.'.join(column)} is {'not ' if negated else ''}null"
        case StartsWith(column, prefix):
            return f"starts({'.'.join(column)}, {prefix!r})"
        case And(parts):
            return f"and({', '.join(map(told, parts))})"
        case Or(parts):
            return f"or({', '.join(map(told, parts))})"
        case Not(part):
            return f"not({told(part)})"
        case Unknown():
            return "?"


def needs(session: Session, sql: str, **relations: Schema) -> dict[str, ScanNeed]:
    found = DataFusionEngine(session).survey(sql, relations or {"r0": T}, {"p1": Value(BIGINT, 3)})
    return {need.relation: need for need in found.needs}


@pytest.mark.parametrize("condition", CASES)
def test_filters_are_translated_exactly(session: Session, condition: str) -> None:
    assert told(needs(session, f"SELECT a FROM r0 WHERE {condition}")["r0"].predicate) == CASES[condition]


def test_filters_and_columns_reach_scans_through_views_joins_and_parameters(session: Session) -> None:
    sql = """
        WITH v0 AS (SELECT a, s, st FROM r0 WHERE d > 2),
             v1 AS (SELECT v0.a, r1.s FROM v0 JOIN r1 ON v0.a = r1.a WHERE v0.st['X'] = 'q')
        SELECT s FROM v1 WHERE a = $p1
    """
    found = needs(session, sql, r0=T, r1=T)
    assert {name: (need.columns, told(need.predicate)) for name, need in found.items()} == {
        "r0": (("a", "d", "st"), "and(a = 3, d > 2.0, st.X = 'q')"),
        "r1": (("a", "s"), "a = 3"),
    }
    assert found["r1"].text == ("r1.a = Int64(3)",)


def test_several_scans_of_one_relation_are_ored(session: Session) -> None:
    found = needs(session, "SELECT a FROM r0 WHERE s = 'x' UNION ALL SELECT i FROM r0 WHERE s = 'y'")["r0"]
    assert (found.columns, told(found.predicate)) == (("a", "i", "s"), "or(s = 'x', s = 'y')")


def test_one_scan_without_a_filter_needs_everything(session: Session) -> None:
    found = needs(session, "SELECT a FROM r0 WHERE s = 'x' UNION ALL SELECT i FROM r0")["r0"]
    assert (found.columns, found.predicate) == (("a", "i", "s"), None)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM r0 WHERE a > (SELECT max(a) FROM r1 WHERE s = 'zz')",
        "SELECT a, (SELECT max(a) FROM r1 WHERE s = 'zz') AS m FROM r0",
        "SELECT a FROM r0 WHERE a IN (SELECT a FROM r1 WHERE s = 'zz')",
        "SELECT a FROM r0 WHERE EXISTS (SELECT 1 FROM r1 WHERE r1.s = 'zz' AND r1.a = r0.a)",
    ],
)
def test_scans_inside_subqueries_are_seen(session: Session, sql: str) -> None:
    found = needs(session, sql, r0=T, r1=T)
    assert (found["r1"].columns, told(found["r1"].predicate)) == (("a", "s"), "s = 'zz'")
    assert found["r0"].columns == ("a",)


def test_a_relation_seen_and_hidden_is_not_pruned_by_what_was_seen(session: Session) -> None:
    found = needs(session, "SELECT a FROM r0 WHERE s = 'x' AND a > (SELECT max(a) FROM r0 WHERE s = 'zz')")["r0"]
    assert told(found.predicate) == "or(s = 'x', s = 'zz')"


def test_a_text_that_looks_like_a_plan_does_not_prune(session: Session) -> None:
    found = needs(session, "SELECT a FROM r0 WHERE s = 'x\n  TableScan: r0 projection=[a]'")["r0"]
    assert (found.columns, found.predicate) == (None, None)


def test_a_relation_that_is_not_needed_has_no_columns(session: Session) -> None:
    found = needs(session, "SELECT r0.a FROM r0 WHERE false UNION ALL SELECT a FROM r1", r0=T, r1=T)
    assert (found["r0"].columns, found["r1"].columns) == ((), ("a",))


def test_a_chain_of_thousands_is_read_without_recursion(session: Session) -> None:
    chain = " OR ".join(f"a = {i} AND i = {i}" for i in range(400))
    found = needs(session, f"SELECT a FROM r0 WHERE {chain}")["r0"].predicate
    assert isinstance(found, Or) and len(found.parts) == 400


def test_the_survey_has_both_plans_and_the_schema(session: Session) -> None:
    found = DataFusionEngine(session).survey("SELECT CASE WHEN bo THEN i ELSE d END AS x FROM r0 WHERE a = 1", {"r0": T}, {})
    assert found.schema == Schema((Field("x", DOUBLE),))
    assert "Filter: r0.a = Int64(1)" in found.logical
    assert "TableScan: r0 projection=[a, i, d, bo]" in found.optimized


def test_refusals_name_the_kind(session: Session) -> None:
    with pytest.raises(EngineRefusal) as raised:
        needs(session, "SELECT nope FROM r0")
    assert raised.value.kind == "plan"


def test_a_survey_touches_no_data_and_is_quick(session: Session) -> None:
    engine = DataFusionEngine(session)
    sql = "SELECT r0.a FROM r0 JOIN r1 ON r0.a = r1.a JOIN r2 ON r1.i = r2.i WHERE r0.s = 'x' AND r2.d > 3"
    took = []
    for _ in range(9):
        start = time.perf_counter()
        engine.survey(sql, {"r0": T, "r1": T, "r2": T}, {})
        took.append(time.perf_counter() - start)
    assert min(took) < 0.05  # some 3 ms on an idle machine


@pytest.mark.parametrize(
    ("sql", "first"),
    [
        ("SELECT * FROM r0 ORDER BY a LIMIT 3", FirstRows("a", False, False, 3)),
        ("SELECT s FROM r0 ORDER BY t DESC, a LIMIT 3 OFFSET 2", FirstRows("t", True, True, 5)),
        ("SELECT s FROM r0 ORDER BY t DESC NULLS LAST LIMIT $p1", FirstRows("t", True, False, 3)),
        ("WITH v0 AS (SELECT i AS x, s FROM r0), v1 AS (SELECT x AS y FROM v0 WHERE s = 'q') SELECT * FROM v1 ORDER BY y LIMIT 2",
         FirstRows("i", False, False, 2)),
        ("SELECT * FROM (SELECT * FROM r0 WHERE a > 1 AND s < 'x' ORDER BY dd LIMIT 4) AS q WHERE i = 2", FirstRows("dd", False, False, 4)),
        ("SELECT q.a, r1.s FROM (SELECT a FROM r0 ORDER BY a LIMIT 5) AS q JOIN r1 ON q.a = r1.a", FirstRows("a", False, False, 5)),
        ("SELECT sum(a) AS a FROM (SELECT a FROM r0 ORDER BY i LIMIT 5) AS q", FirstRows("i", False, False, 5)),
        ("SELECT * FROM (SELECT * FROM r0 ORDER BY i LIMIT 5) AS q ORDER BY a LIMIT 2", FirstRows("i", False, False, 5)),
        ("SELECT * FROM r0 ORDER BY a", None),
        ("SELECT * FROM r0 LIMIT 3", None),
        ("SELECT * FROM r0 ORDER BY a + 1 LIMIT 3", None),
        ("SELECT -a AS a FROM r0 ORDER BY a LIMIT 3", None),
        ("SELECT a AS i, i AS a FROM r0 ORDER BY a LIMIT 3", FirstRows("i", False, False, 3)),
        ("SELECT * FROM r0 ORDER BY st['X'] LIMIT 3", None),
        ("SELECT a FROM r0 WHERE random() > 0.5 ORDER BY a LIMIT 3", None),
        ("SELECT a FROM r0 WHERE a > (SELECT avg(a) FROM r1) ORDER BY a LIMIT 3", None),
        ("SELECT a FROM r0 WHERE a IN (SELECT a FROM r1) ORDER BY a LIMIT 3", None),
        ("SELECT a, count(*) AS n FROM r0 GROUP BY a ORDER BY a LIMIT 3", None),
        ("SELECT DISTINCT a FROM r0 ORDER BY a LIMIT 3", None),
        ("SELECT a, sum(i) OVER (ORDER BY a) AS n FROM r0 ORDER BY a LIMIT 3", None),
        ("SELECT q.a FROM (SELECT * FROM r0 LIMIT 5) AS q ORDER BY a LIMIT 3", None),
        ("SELECT r0.a FROM r0 JOIN r1 ON r0.a = r1.a ORDER BY r0.a LIMIT 3", None),
        ("SELECT r0.a FROM r0 LEFT JOIN r1 ON r0.a = r1.a ORDER BY r0.a LIMIT 3", None),
        ("SELECT a, unnest(l) AS e FROM r0 ORDER BY a LIMIT 3", None),
        ("SELECT a FROM (SELECT a FROM r0 UNION ALL SELECT a FROM r1) AS q ORDER BY a LIMIT 3", None),
        ("SELECT * FROM (SELECT a FROM r0 ORDER BY a LIMIT 3) AS q UNION ALL SELECT a FROM r0", None),
        ("SELECT * FROM (SELECT a FROM r0 ORDER BY a LIMIT 3) AS q UNION ALL SELECT i FROM r0 ORDER BY a LIMIT 3", None),
        ("SELECT * FROM (SELECT a FROM r0 WHERE i = 1 ORDER BY a LIMIT 3) AS q UNION ALL "
         "SELECT * FROM (SELECT a FROM r0 WHERE i = 2 ORDER BY a LIMIT 3) AS p", None),
    ],
)  # fmt: skip
def test_first_rows_of_an_order_are_read_from_plans(session: Session, sql: str, first: FirstRows | None) -> None:
    assert needs(session, sql, r0=T, r1=T)["r0"].first == first
