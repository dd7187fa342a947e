"""Rules: each changes the plan where it says so, and rows are the same with it off and on."""

from __future__ import annotations

from collections import Counter

import datafusion
import pytest

from tests.support.plans import Lab, codes, stage
from treadle.dialect.diagnostics import TreadleError
from treadle.planner.bundle import PlanBundle
from treadle.planner.policies import Policies
from treadle.planner.rules import RULES
from treadle.planner.rules.overlay import resolve_rules
from treadle.planner.rules.packs import ENGINE_RULES, PACKS
from treadle.planner.spec import CacheOverride, CachePolicy, RuleOverlay

SOURCE = "CREATE SOURCE flights FROM DELTA 'lake/flights';"


def without(rule: str) -> RuleOverlay:
    return RuleOverlay(exclude=(rule,))


def paired(lab: Lab, rule: str, text: str, view: str) -> tuple[PlanBundle, PlanBundle]:
    """Return the plans with a rule and without; their rows are equal and not empty."""
    on, off = lab.plan(text, view), lab.plan(text, view, overlay=without(rule))
    rows = lab.rows(on)
    assert rows and rows == lab.rows(off)
    return on, off


def changed(bundle: PlanBundle, rule: str) -> set[str]:
    return {one.subject for one in bundle.trace if one.rule == rule and one.changed}


def test_column_pruning_drops_what_nobody_reads(lab: Lab) -> None:
    text = f"""{SOURCE}
        CREATE VIEW wide AS SELECT id, origin, delay * 2 AS twice, note FROM flights;
        CREATE VIEW narrow AS SELECT id, twice, note AS n FROM wide WHERE origin IS NOT NULL;
        CREATE VIEW top AS SELECT count(*) AS rows, sum(twice) AS total FROM narrow;"""
    on, off = paired(lab, "column_pruning", text, "top")
    assert changed(on, "column_pruning") == {"wide", "narrow"} and not changed(off, "column_pruning")
    assert '"note"' not in stage(on, "top").sql and '"note"' in stage(off, "top").sql


@pytest.mark.parametrize(
    "query",
    [
        "SELECT DISTINCT origin, id % 2 AS odd FROM flights",
        "SELECT DISTINCT ON (origin) origin, id FROM flights ORDER BY origin, id",
        "SELECT origin, id FROM flights UNION SELECT note, id FROM flights",
        "SELECT origin, id FROM flights UNION ALL SELECT origin, id % 3 FROM flights",
        "SELECT origin, count(*) AS n FROM flights GROUP BY origin",
        "SELECT origin, delay, count(*) AS n FROM flights GROUP BY ALL",
        "SELECT id % 3 AS k, origin, sum(delay) AS s FROM flights GROUP BY 1, 2",
        "SELECT 'one' AS origin, count(*) AS n, max(id) AS m FROM flights",
        "SELECT 'one' AS origin, count(*) AS n FROM flights HAVING count(*) > 100",
        "SELECT origin, id, delay FROM flights ORDER BY 3 DESC, 2 LIMIT 4",
        "SELECT origin, row_number() OVER (PARTITION BY origin ORDER BY id) AS rn FROM flights QUALIFY rn < 3",
        "SELECT origin, unnest(make_array(1, 2, 3)) AS u FROM flights",
        "SELECT origin, (SELECT max(f.id) FROM flights AS f) AS top FROM flights",
    ],
)
def test_column_pruning_never_changes_rows(lab: Lab, query: str) -> None:
    text = f"{SOURCE} CREATE VIEW inner_one AS {query}; CREATE VIEW top AS SELECT x.origin, 1 AS one FROM inner_one AS x;"
    empty = "> 100" in query
    on, off = lab.plan(text, "top"), lab.plan(text, "top", overlay=without("column_pruning"))
    assert lab.rows(on) == lab.rows(off) and bool(lab.rows(on)) != empty


def test_column_pruning_reaches_shared_stages(lab: Lab) -> None:
    text = f"""{SOURCE} CREATE VIEW wide AS SELECT id, origin, note FROM flights;
        CREATE VIEW top AS SELECT a.id AS id, b.origin AS origin FROM wide AS a JOIN wide AS b ON a.id = b.id;"""
    policies = Policies(cache_policy=CachePolicy(overrides=(CacheOverride(view="wide", policy="FORCE"),)))
    bundle = lab.plan(text, "top", policies=policies)
    assert stage(bundle, "wide").schema.names == ("id", "origin")
    assert [(one.origin, one.source) for one in stage(bundle, "top").scans] == [("stage", "wide")]
    assert len(lab.rows(bundle)) == 30


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([1, 1, 1], [1]),
        ([1, 1, 2, None, None], [1, None]),
        ([None, None], [None, None, None]),
        ([1, 2], []),
        ([], [1]),
        ([3, 3, 3, 3], [3, 3]),
    ],
    ids=str,
)
def test_except_all_and_intersect_all_count_rows(lab: Lab, left: list[int | None], right: list[int | None]) -> None:
    for name, rows in (("l", left), ("r", right)):
        lab.table(name, {"a": rows or [0], "b": ["x" if v else None for v in rows] or ["x"], "keep": [bool(rows)] * max(1, len(rows))})
    expected = {"EXCEPT ALL": Counter(left) - Counter(right), "INTERSECT ALL": Counter(left) & Counter(right)}
    for word, counts in expected.items():
        text = f"SELECT a, b FROM read_delta('lake/l') WHERE keep {word} SELECT a, b FROM read_delta('lake/r') WHERE keep"
        bundle = lab.plan(text, lab.project(text).order[-1])
        assert Counter(row[0] for row in lab.rows(bundle)) == counts
        assert changed(bundle, "except_all") and " ALL " not in stage(bundle, bundle.stages[0].name).sql


def test_except_all_nests_and_keeps_order_and_names(lab: Lab) -> None:
    text = f"""{SOURCE} WITH x AS (SELECT id % 3 AS k FROM flights)
        SELECT k AS "the key" FROM x EXCEPT ALL (SELECT k FROM x WHERE k = 1 INTERSECT ALL VALUES (1), (1), (7)) ORDER BY 1 LIMIT 20"""
    bundle = lab.plan(text, lab.project(text).order[-1])
    assert bundle.stages[0].schema.names == ("the key",)
    assert Counter(row[0] for row in lab.rows(bundle)) == {0: 10, 1: 8, 2: 2}


def test_except_all_is_refused_when_the_rule_is_off(lab: Lab) -> None:
    text = "SELECT 1 AS a EXCEPT ALL SELECT 1 AS a"
    with pytest.raises(TreadleError) as raised:
        lab.plan(text, lab.project(text).order[-1], overlay=without("except_all"))
    assert raised.value.diagnostics[0].span is not None


def test_shared_scans_reads_a_source_under_one_name(lab: Lab) -> None:
    text = f"""{SOURCE}
        CREATE VIEW top AS SELECT a.id AS id, b.id AS other FROM flights AS a JOIN flights AS b ON a.id = b.id + 1 WHERE a.id < 5;"""
    on, off = paired(lab, "shared_scans", text, "top")
    assert [len(stage(one, "top").scans) for one in (on, off)] == [1, 2]
    assert changed(on, "shared_scans") == {"top"} and not changed(off, "shared_scans")


SAFETY = {
    "T3150": "SELECT a.id AS id, b.id AS other FROM flights AS a, flights AS b",
    "T3151": "SELECT id FROM flights WHERE origin NOT IN (SELECT origin FROM flights)",
    "T3152": "SELECT id FROM flights LIMIT 3",
}


@pytest.mark.parametrize("code", SAFETY)
def test_safety_warns_and_strict_safety_refuses(lab: Lab, code: str) -> None:
    text = f"{SOURCE} CREATE MATERIALIZED VIEW top INTO 'lake/top' AS {SAFETY[code]};"
    assert [one.code for one in lab.plan(text).warnings] == [code]
    assert not lab.plan(text, overlay=without("safety")).warnings
    with pytest.raises(TreadleError) as raised:
        lab.plan(text, overlay=RuleOverlay(pack="strict"))
    assert codes(raised.value) == [code]
    span = raised.value.diagnostics[0].span
    assert span is not None and span.source.text == text and text[span.start : span.end] in SAFETY[code]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT a.id AS id FROM flights AS a, flights AS b WHERE a.id = b.id",
        "SELECT a.id AS id FROM flights AS a JOIN flights AS b ON a.id = b.id",
        "SELECT a.id AS id FROM flights AS a JOIN flights AS b USING (id)",
        "SELECT a.id AS id FROM flights AS a CROSS JOIN (SELECT max(f.id) AS top FROM flights AS f) AS m",
        "SELECT id FROM flights WHERE origin NOT IN (SELECT origin FROM flights WHERE origin IS NOT NULL)",
        "SELECT id FROM flights WHERE origin NOT IN ('JFK')",
        "SELECT id FROM flights ORDER BY id LIMIT 3",
        "SELECT id, u FROM (SELECT id, unnest(make_array(1, 2)) AS u FROM flights) AS x",
    ],
)
def test_safety_is_silent_where_nothing_is_odd(lab: Lab, query: str) -> None:
    text = f"{SOURCE} CREATE MATERIALIZED VIEW top INTO 'lake/top' AS {query};"
    assert not lab.plan(text, overlay=RuleOverlay(pack="strict")).warnings


def test_an_order_that_nobody_sees_is_told(lab: Lab) -> None:
    text = f"""{SOURCE} CREATE VIEW sorted AS SELECT id FROM flights ORDER BY id;
        CREATE MATERIALIZED VIEW top INTO 'lake/top' AS SELECT id FROM sorted;"""
    assert [one.code for one in lab.plan(text).warnings] == ["T3153"]


def test_a_recursive_query_keeps_its_types(lab: Lab) -> None:
    good = "WITH RECURSIVE t AS (SELECT 1 AS v UNION ALL SELECT t.v + 1 FROM t WHERE t.v < 4) SELECT v FROM t"
    assert lab.rows(lab.plan(good, lab.project(good).order[-1])) == [(1,), (2,), (3,), (4,)]


def test_a_recursive_query_that_changes_a_type_is_refused_in_a_specification(lab: Lab) -> None:
    good = "WITH RECURSIVE t AS (SELECT 1 AS v UNION ALL SELECT t.v + 1 FROM t WHERE t.v < 4) SELECT v FROM t"
    spec = lab.spec(good, lab.project(good).order[-1])
    view = spec.views[0].model_copy(update={"sql": spec.views[0].sql.replace('"v" + 1', '"v" + 0.5')})
    assert view.sql != spec.views[0].sql
    from treadle.planner.plan import plan

    with pytest.raises(TreadleError) as raised:
        plan(spec.model_copy(update={"views": (view,)}), lab.engine, lab.lake)
    assert codes(raised.value) == ["T3021"]


VOLATILE = "WITH x AS (SELECT random() AS v), y AS (SELECT x.v AS v FROM x) SELECT {} AS d FROM {}"


def test_a_volatile_common_table_expression_is_used_once(lab: Lab) -> None:
    twice = VOLATILE.format("a.v - b.v", "y AS a JOIN y AS b ON a.v IS NOT NULL AND b.v IS NOT NULL")
    with pytest.raises(TreadleError) as raised:
        lab.plan(twice, lab.project(twice).order[-1])
    span = raised.value.diagnostics[0].span
    assert codes(raised.value) == ["T3016"] and span is not None and span.text == "random()"
    once = VOLATILE.format("a.v - a.v", "y AS a")
    assert lab.rows(lab.plan(once, lab.project(once).order[-1])) == [(0.0,)]
    assert len(lab.rows(lab.plan(twice, lab.project(twice).order[-1], overlay=without("volatile_once")))) == 1


def test_every_rule_is_listed_and_documented() -> None:
    from pathlib import Path

    import treadle.planner.rules as package

    files = {p.stem for p in Path(package.__file__ or "").parent.glob("*.py")} - {"__init__", "base", "overlay", "packs"}
    assert files == {rule.name for rule in RULES}
    assert all(rule.doc for rule in RULES)
    assert {name for pack in PACKS.values() for name in pack.rules} <= files


def test_the_engine_has_the_rules_that_are_named() -> None:
    context = datafusion.SessionContext()
    context.sql("CREATE TABLE t AS SELECT 1 AS a")
    rows = [row for batch in context.sql("EXPLAIN VERBOSE SELECT a FROM t").collect() for row in batch.to_pylist()]
    prefix = "logical_plan after "
    found = {row["plan_type"].removeprefix(prefix) for row in rows if row["plan_type"].startswith(prefix)}
    assert found == set(ENGINE_RULES)


def test_overlays_add_exclude_and_reorder() -> None:
    base = resolve_rules(RuleOverlay())
    assert [r.name for r in resolve_rules(RuleOverlay(add=("strict_safety",))).rules][2:5] == ["volatile_once", "safety", "strict_safety"]
    first = resolve_rules(RuleOverlay(priorities={"safety": 1, "recursive_types": 2}))
    assert [r.name for r in first.rules if r.phase == "analyse"] == ["safety", "recursive_types", "semantic_integrity", "volatile_once"]
    assert [r.name for r in resolve_rules(RuleOverlay(exclude=("safety",))).rules] == [r.name for r in base.rules if r.name != "safety"]
    assert resolve_rules(RuleOverlay(exclude=("engine.push_down_limit",))).removed == ("push_down_limit",)
    assert [r.name for r in resolve_rules(RuleOverlay()).rules] == [r.name for r in base.rules]


def test_fingerprints_tell_rule_sets_apart() -> None:
    overlays = [
        RuleOverlay(), RuleOverlay(pack="low_latency"), RuleOverlay(pack="replay"), RuleOverlay(pack="strict"),
        RuleOverlay(exclude=("safety",)), RuleOverlay(priorities={"safety": 1}), RuleOverlay(exclude=("engine.push_down_limit",)),
    ]  # fmt: skip
    prints = [resolve_rules(one).fingerprint for one in overlays]
    assert len(set(prints)) == len(prints)
    assert resolve_rules(RuleOverlay(explain=("safety",))).fingerprint == prints[0]


@pytest.mark.parametrize("field", ["add", "exclude", "explain"])
def test_an_unknown_rule_is_an_error_with_a_suggestion(field: str) -> None:
    with pytest.raises(TreadleError) as raised:
        resolve_rules(RuleOverlay(**{field: ("saftey",)}))
    assert codes(raised.value) == ["T3002"] and "`safety`" in (raised.value.diagnostics[0].help or "")


def test_rules_asked_to_explain_show_what_they_made(lab: Lab) -> None:
    text = f"{SOURCE} CREATE VIEW wide AS SELECT id, note FROM flights; CREATE VIEW top AS SELECT id FROM wide;"
    bundle = lab.plan(text, "top", overlay=RuleOverlay(explain=("column_pruning",)))
    notes = [one.note for one in bundle.trace if one.rule == "column_pruning"]
    assert len(notes) == 1 and "SELECT" in notes[0]


def test_packs_reach_the_engine(lab: Lab) -> None:
    text = f"{SOURCE} CREATE VIEW top AS SELECT id FROM flights;"
    assert lab.plan(text, "top", overlay=RuleOverlay(pack="replay")).settings == {"datafusion.execution.target_partitions": "1"}
    for pack in PACKS:
        assert len(lab.rows(lab.plan(text, "top", overlay=RuleOverlay(pack=pack)))) == 30  # type: ignore[arg-type]
