"""Where plans are cut: paths, caches, volatile views, tables that the run commits; each with its reason."""

from __future__ import annotations

import time

import pytest

from tests.support.plans import Lab, codes, stage
from treadle.dialect.diagnostics import TreadleError
from treadle.planner.bundle import PlanBundle
from treadle.planner.policies import Policies
from treadle.planner.spec import CacheOverride, CachePolicy, InlinePolicy

SOURCE = "CREATE SOURCE flights FROM DELTA 'lake/flights';"
PAIR = """CREATE VIEW base AS SELECT id, origin FROM flights;
    CREATE VIEW top AS SELECT a.id AS id, b.origin AS origin FROM base AS a JOIN base AS b ON a.id = b.id;"""


def policies(max_paths: int = 64, rows: int = 1_000_000, fanout: int = 2, **overrides: str) -> Policies:
    made = tuple(CacheOverride(view=view, policy=policy) for view, policy in overrides.items())  # type: ignore[arg-type]
    cache = CachePolicy(min_fanout=fanout, min_estimated_rows=rows, overrides=made)
    return Policies(inline_policy=InlinePolicy(max_paths=max_paths), cache_policy=cache)


def kinds(bundle: PlanBundle) -> dict[str, str]:
    return {one.name: one.kind for one in bundle.stages}


def reason(bundle: PlanBundle, subject: str) -> tuple[str, str]:
    return next((one.choice, one.reason) for one in bundle.decisions if one.subject == subject)


def diamond(layers: int) -> str:
    views = [f"{SOURCE} CREATE VIEW v0 AS SELECT id FROM flights;"]
    views += [f"CREATE VIEW v{n} AS SELECT a.id AS id FROM v{n - 1} AS a JOIN v{n - 1} AS b ON a.id = b.id;" for n in range(1, layers + 1)]
    return "\n".join(views)


def test_views_are_inlined_by_default(lab: Lab) -> None:
    bundle = lab.plan(SOURCE + PAIR, "top")
    assert kinds(bundle) == {"top": "result"}
    top = stage(bundle, "top")
    assert (top.inlined, top.paths, top.depth) == (("base",), 2, 2)
    assert reason(bundle, "base")[0] == "inlined"


def test_a_diamond_of_thirty_layers_plans_and_runs(lab: Lab) -> None:
    text = diamond(30)
    spec = lab.spec(text, "v30")
    began = time.monotonic()
    from treadle.planner.plan import plan

    bundle = plan(spec, lab.engine, lab.lake)
    assert time.monotonic() - began < 10
    assert all(one.paths <= 64 for one in bundle.stages) and len(bundle.stages) == 5
    assert "paths to sources, more than 64" in reason(bundle, bundle.stages[0].name)[1]
    assert len(lab.rows(bundle)) == 30


def test_common_table_expressions_count_as_often_as_they_are_used(lab: Lab) -> None:
    text = f"""{SOURCE} CREATE VIEW base AS SELECT id FROM flights;
        CREATE VIEW top AS WITH x AS (SELECT id FROM base), y AS (SELECT a.id AS id FROM x AS a JOIN x AS b ON a.id = b.id)
          SELECT c.id AS id FROM y AS c JOIN y AS d ON c.id = d.id;"""
    bundle = lab.plan(text, "top", policies=policies(max_paths=4))
    assert stage(bundle, "top").paths == 4
    assert stage(lab.plan(text, "top", policies=policies(max_paths=3)), "top").paths == 4  # nothing wider is left to cut


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (policies(rows=0), "shared"),
        (policies(rows=0, fanout=3), None),
        (policies(base="FORCE"), "shared"),
        (policies(rows=0, base="NEVER"), None),
        (policies(max_paths=1), None),
    ],
    ids=["rows", "fanout", "force", "never", "paths"],
)
def test_the_cache_policy_decides(lab: Lab, chosen: Policies, expected: str | None) -> None:
    bundle = lab.plan(SOURCE + PAIR, "top", policies=chosen)
    assert kinds(bundle).get("base") == expected
    assert lab.rows(bundle) == lab.rows(lab.plan(SOURCE + PAIR, "top"))
    if expected:
        assert stage(bundle, "top").after == ("base",) and reason(bundle, "base")[0] == "computed once"


def test_never_gives_way_where_a_plan_would_explode_and_says_so(lab: Lab) -> None:
    bundle = lab.plan(diamond(3), "v3", policies=policies(max_paths=4, v2="NEVER"))
    assert kinds(bundle) == {"v2": "shared", "v3": "result"}
    assert [one.code for one in bundle.warnings] == ["T3163"]


def test_an_override_of_an_unknown_view_is_an_error(lab: Lab) -> None:
    with pytest.raises(TreadleError) as raised:
        lab.plan(SOURCE + PAIR, "top", policies=policies(bse="FORCE"))
    assert codes(raised.value) == ["T3005"] and "`base`" in (raised.value.diagnostics[0].help or "")


VOLATILE = f"""{SOURCE} CREATE VIEW dice AS SELECT id, random() AS r FROM flights;
    CREATE VIEW middle AS SELECT id, r FROM dice;
    CREATE VIEW top AS SELECT count(*) AS same FROM middle AS a JOIN middle AS b ON a.id = b.id AND a.r = b.r;"""


def test_a_volatile_view_read_twice_is_computed_once(lab: Lab) -> None:
    bundle = lab.plan(VOLATILE, "top")
    assert kinds(bundle) == {"dice": "shared", "top": "result"}
    assert lab.rows(bundle) == [(30,)]


def test_a_volatile_view_is_not_shared_without_need(lab: Lab) -> None:
    assert kinds(lab.plan(VOLATILE, "middle")) == {"middle": "result"}


def test_a_volatile_view_that_may_not_be_computed_once_is_refused(lab: Lab) -> None:
    with pytest.raises(TreadleError) as raised:
        lab.plan(VOLATILE, "top", policies=policies(dice="NEVER"))
    assert codes(raised.value) == ["T3016"]


def test_a_volatile_result_that_another_reads_is_handed_out_from_the_same_rows(lab: Lab) -> None:
    text = f"{SOURCE} CREATE VIEW dice AS SELECT id, random() AS r FROM flights; CREATE VIEW top AS SELECT max(r) AS m FROM dice;"
    bundle = lab.plan(text, "dice", "top")
    assert kinds(bundle) == {"dice": "shared", "dice (result)": "result", "top": "result"}
    assert stage(bundle, "dice (result)").after == ("dice",)


CHOSEN = f"""{SOURCE}
    CREATE VIEW few AS SELECT id, origin FROM flights LIMIT 7;
    CREATE VIEW numbered AS SELECT id, origin, row_number() OVER (ORDER BY origin) AS n FROM flights;
    CREATE VIEW dice AS SELECT id, random() AS r FROM flights;
    CREATE VIEW odd AS SELECT id FROM few WHERE id >= 0;"""
SAME_ROWS = {
    "few": "SELECT a.id, (SELECT count(*) FROM flights AS b WHERE b.id <= a.id) = a.id + 1 AS good FROM few AS a",
    "numbered": "SELECT a.n, (SELECT count(*) FROM flights AS b WHERE b.id < a.n) = a.n AS good FROM numbered AS a WHERE a.n < 8",
    "dice": "SELECT a.id, (SELECT count(*) FROM flights AS b WHERE b.id + a.r >= 1) >= 29 AS good FROM dice AS a WHERE a.id < 7",
    "odd": """WITH x AS (SELECT id FROM odd)
        SELECT x.id, l.n >= 0 AS good FROM x, LATERAL (SELECT count(*) AS n FROM few WHERE few.id < x.id) AS l""",
}


@pytest.mark.parametrize("view", SAME_ROWS)
def test_a_view_that_chooses_rows_is_computed_once_where_a_subquery_needs_the_same_rows_again(lab: Lab, view: str) -> None:
    bundle = lab.plan(f"{CHOSEN} CREATE VIEW top AS {SAME_ROWS[view]};", "top")
    assert kinds(bundle) == {view: "shared", "top": "result"}
    assert [row[1] for row in lab.rows(bundle)] == [True] * 7


def test_a_view_that_chooses_rows_is_inlined_where_nobody_needs_the_same_rows(lab: Lab) -> None:
    bundle = lab.plan(f"{CHOSEN} CREATE VIEW top AS SELECT a.id FROM few AS a JOIN few AS b ON a.id = b.id;", "top")
    assert kinds(bundle) == {"top": "result"}


MATERIALISED = f"""{SOURCE}
    CREATE MATERIALIZED VIEW kept INTO 'lake/kept' AS SELECT id, origin FROM flights WHERE id < 20;
    CREATE MATERIALIZED VIEW counted INTO 'lake/counted' AS SELECT origin, count(*) AS n FROM kept GROUP BY origin;"""


def test_outputs_read_what_earlier_outputs_committed(lab: Lab) -> None:
    bundle = lab.plan(MATERIALISED)
    assert [one.name for one in bundle.stages] == ["kept", "counted"]
    scan = stage(bundle, "counted").scans[0]
    assert (scan.origin, scan.source, scan.selection, scan.columns) == ("output", "kept", None, ("origin",))
    assert stage(bundle, "counted").after == ("kept",) and not bundle.warnings
    lab.write(bundle)
    assert sorted(r[1] for r in lab.rows(lab.plan(f"{MATERIALISED} SELECT origin, n FROM counted", "<query>"))) == [6, 7, 7]


def test_a_view_that_is_not_selected_is_read_as_it_stands(lab: Lab) -> None:
    lab.write(lab.plan(MATERIALISED, "kept"))
    bundle = lab.plan(MATERIALISED, "counted")
    scan = stage(bundle, "counted").scans[0]
    assert (scan.origin, scan.source) == ("source", "kept") and scan.pin is not None and scan.pin.version == 0
    assert not bundle.warnings
    assert [one.name for one in bundle.spec.views] == ["counted"]
    lab.table("flights", {"id": [99], "origin": ["JFK"], "delay": [1.0], "note": ["n"]}, mode="append")
    assert [one.code for one in lab.plan(MATERIALISED, "counted").warnings] == ["T3161"]


def test_a_view_without_a_table_is_computed_from_its_definition(lab: Lab) -> None:
    bundle = lab.plan(MATERIALISED, "counted")
    assert stage(bundle, "counted").inlined == ("kept",)
    assert [one.code for one in bundle.warnings] == ["T3162"]


def test_a_table_that_lacks_a_column_of_its_view_is_refused(lab: Lab) -> None:
    lab.table("kept", {"id": [1]})
    with pytest.raises(TreadleError) as raised:
        lab.plan(MATERIALISED, "counted")
    assert codes(raised.value) == ["T3013"] and "run `kept` first" in (raised.value.diagnostics[0].help or "")
