"""Constraints through `treadle run`: in each mode, before the commit, over the table as it will stand."""

from __future__ import annotations

import gc
import json
import threading
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

import treadle
from tests.support.command import inside
from tests.support.place import Place, Said
from treadle.runtime.cancel import Cancel
from treadle.runtime.lake import commit
from treadle.runtime.staged_rows import StagedRows

SOURCE = "CREATE SOURCE t FROM DELTA 'lake/t';"
ROWS = {"id": [1, 2, 3, 4], "k": ["a", "b", "b", None], "n": [1, -2, 3, None]}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.file("treadle.toml")
    made.table("lake/t", ROWS)
    return made


def out(constraints: str, query: str = "SELECT id, k, n FROM t", mode: str = "", name: str = "out") -> str:
    return f"CREATE MATERIALIZED VIEW {name} INTO 'lake/{name}' {mode} {constraints} AS {query};"


def run(place: Place, *texts: str, values: tuple[str, ...] = ()) -> Said:
    place.sql("\n".join((SOURCE, *texts)))
    return place.treadle("run", *(part for one in values for part in ("-p", one)))


def receipt(said: Said) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said.ended.stdout)
    return found


def output(said: Said, view: str = "out") -> dict[str, Any]:
    return next(one for one in receipt(said)["outputs"] if one["view"] == view)


def numbers(said: Said, view: str = "out") -> dict[str, tuple[str, int, int]]:
    """Return state, rows and violations of each constraint."""
    return {one["name"]: (one["state"], one["rows"], one["violations"]) for one in output(said, view)["expectations"]}


def table(place: Place, name: str = "out") -> list[dict[str, Any]]:
    found = DeltaTable(str(place.root / "lake" / name)).to_pyarrow_table().to_pylist()
    return sorted(found, key=repr)


def version(place: Place, name: str = "out") -> int | None:
    path = place.root / "lake" / name
    return DeltaTable(str(path)).version() if (path / "_delta_log").exists() else None


def leftovers(place: Place) -> list[str]:
    return [p.name for p in (place.root / "lake").rglob("*_treadle*")]


def test_a_condition_may_go_over_the_elements_of_lists(place: Place) -> None:
    lambdas = (
        "CONSTRAINT one EXPECT (list_any_match([n, id], id -> id > 0)) CONSTRAINT two EXPECT (luhn_check(CAST(id AS VARCHAR)) IS NOT NULL)"
    )
    assert numbers(run(place, out(lambdas))) == {"one": ("holds", 4, 0), "two": ("holds", 4, 0)}


def test_what_holds_is_committed_and_told(place: Place) -> None:
    said = run(
        place,
        out(
            "PRIMARY KEY (id) CHECKED CONSTRAINT big EXPECT (id > 0) CONSTRAINT some EXPECT (count(*) = 4 AND max(id) >= 4)"
            " CONSTRAINT one EXPECT UNIQUE (id, k) CONSTRAINT known EXPECT FOREIGN KEY (k) REFERENCES w (k)"
        ),
        "CREATE VIEW w AS SELECT DISTINCT k FROM t;",
    )
    assert said.status == 0 and not said.codes
    assert numbers(said) == {name: ("holds", 4, 0) for name in ("PRIMARY KEY", "big", "some", "one", "known")}
    assert version(place) == 0 and len(table(place)) == 4


def test_everything_that_fails_is_told_at_once_and_nothing_is_committed(place: Place) -> None:
    said = run(
        place,
        out(
            "PRIMARY KEY (k) CHECKED CONSTRAINT positive EXPECT (n > 0) CONSTRAINT few EXPECT (count(*) < 3)"
            " CONSTRAINT one EXPECT UNIQUE (k) CONSTRAINT known EXPECT REFERENCES d (k)"
        ),
        "CREATE VIEW d AS SELECT 'a' AS k;",
    )
    assert said.status == 1 and version(place) is None and not leftovers(place)
    assert {one["code"] for one in said.diagnostics} == {"T6070"}
    told = [one["message"].splitlines() for one in said.diagnostics]
    assert [(first, *sorted(rest)) for first, *rest in told] == [
        ("PRIMARY KEY (k) does not hold for 3 of 4 rows of `out`:", "  k = NULL: 1 row", "  k = b: 2 rows"),
        ("`positive` does not hold for 2 of 4 rows of `out`:", "  k = NULL, n = NULL, id = 4", "  k = b, n = -2, id = 2"),
        ("`few` does not hold over the 4 rows of `out`:", "  count(*) = 4"),
        ("`one` does not hold for 2 of 4 rows of `out`:", "  k = b: 2 rows"),
        ("`known` does not hold for 2 of 4 rows of `out`:", "  k = b: 2 rows"),
    ]
    text = (place.root / "views.sql").read_text().splitlines()
    for one in said.diagnostics:
        start = text[one["line"] - 1][one["column"] - 1 :]
        assert start.startswith(("PRIMARY KEY", "CONSTRAINT"))
    assert numbers(said)["few"] == ("violated", 4, 1)


def test_warn_commits_and_drop_leaves_rows_out(place: Place) -> None:
    text = out(
        "CONSTRAINT positive EXPECT (n > 0) ON VIOLATION DROP CONSTRAINT few EXPECT (count(*) > 9) ON VIOLATION WARN"
        " CONSTRAINT named EXPECT (k IS NOT NULL) ON VIOLATION DROP CONSTRAINT one EXPECT UNIQUE (k)"
    )
    said = run(place, text)
    assert said.status == 0 and said.codes == {"T6071", "T6072"}
    assert table(place) == [{"id": 1, "k": "a", "n": 1}, {"id": 3, "k": "b", "n": 3}]
    assert numbers(said) == {"positive": ("violated", 4, 2), "few": ("violated", 2, 1), "named": ("violated", 4, 1), "one": ("holds", 2, 0)}
    assert output(said)["rows"] == 2
    dropped = next(one for one in said.warnings if one["context"]["constraint"] == "positive")
    assert dropped["message"] == "`positive` does not hold for 2 of 4 rows of `out`, which were not written"


MODES = {
    # mode: clause, rows of a first run, of one that fails, of one that passes, what is there then
    "OVERWRITE": ("", "id < 3", "id IN (2, 3)", "id IN (3, 4)", [3, 4]),
    "APPEND": ("APPEND", "id < 3", "id = 3", "id = 4", [1, 2, 4]),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("constraint", ["CONSTRAINT one EXPECT UNIQUE (k)", "PRIMARY KEY (k) CHECKED"])
def test_keys_speak_of_the_table_as_it_will_stand(place: Place, mode: str, constraint: str) -> None:
    clause, first, fails, passes, left = MODES[mode]
    made = {w: out(constraint, f"SELECT id, coalesce(k, 'z') AS k FROM t WHERE {w}", clause) for w in (first, fails, passes)}
    assert run(place, made[first]).status == 0
    refused = run(place, made[fails])
    assert refused.codes == {"T6070"} and version(place) == 0 and not leftovers(place)
    assert run(place, made[passes]).status == 0
    assert version(place) == 1 and [row["id"] for row in table(place)] == left


def test_rows_outside_of_replace_where_count(place: Place) -> None:
    place.table("lake/out", {"id": [1, 2, 9], "k": ["a", "b", None]}, mode="overwrite")
    mode = "REPLACE WHERE (k = 'a')"
    said = run(place, out("PRIMARY KEY (id) CHECKED", "SELECT 2 AS id, 'a' AS k", mode))
    assert said.codes == {"T6070"} and version(place) == 0
    assert numbers(said) == {"PRIMARY KEY": ("violated", 3, 2)}  # the old 2 and 9 stay, the old 1 goes
    said = run(place, out("PRIMARY KEY (id) CHECKED CONSTRAINT all EXPECT (count(*) = 3)", "SELECT 1 AS id, 'a' AS k", mode))
    assert said.status == 0 and numbers(said)["all"] == ("holds", 3, 0)
    assert [row["id"] for row in table(place)] == [1, 2, 9]


def test_partitions_that_are_not_replaced_count(place: Place) -> None:
    old = {"id": [1, 2, 3, 4], "p": ["x", "x", "y", None]}
    place.table("lake/out", old, partition_by=["p"])
    mode = "REPLACE PARTITIONS PARTITION BY (p)"
    said = run(place, out("CONSTRAINT one EXPECT UNIQUE (id)", "SELECT 3 AS id, 'x' AS p", mode))
    assert said.codes == {"T6070"} and version(place) == 0
    said = run(place, out("CONSTRAINT one EXPECT UNIQUE (id)", "SELECT 4 AS id, 'x' AS p", mode))
    assert said.codes == {"T6070"} and version(place) == 0
    said = run(place, out("CONSTRAINT one EXPECT UNIQUE (id)", "SELECT 1 AS id, 'x' AS p UNION ALL SELECT 5, NULL", mode))
    assert said.status == 0 and numbers(said) == {"one": ("holds", 3, 0)}
    assert [row["id"] for row in table(place)] == [1, 3, 5]


def test_a_wider_table_is_read_in_its_own_types(place: Place) -> None:
    place.table("lake/out", {"id": pa.array([2**40, 1], pa.int64())})
    said = run(place, out("CONSTRAINT one EXPECT UNIQUE (id)", "SELECT CAST(2 AS INT) AS id", "APPEND"))
    assert said.status == 0 and numbers(said) == {"one": ("holds", 3, 0)}


def test_a_table_that_only_the_library_writes(place: Place) -> None:
    place.table("lake/out", {"id": [1]})
    DeltaTable(str(place.root / "lake" / "out")).alter.add_constraint({"sane": "id < 100"})
    assert run(place, out("PRIMARY KEY (id) CHECKED", "SELECT 1 AS id", "APPEND")).codes == {"T6070"}
    assert version(place) == 1
    said = run(
        place,
        out("PRIMARY KEY (id) CHECKED CONSTRAINT c EXPECT (id <> 3) ON VIOLATION DROP", "SELECT 2 AS id UNION ALL SELECT 3", "APPEND"),
    )
    assert said.codes == {"T6072"} and [row["id"] for row in table(place)] == [1, 2]


def test_what_follows_a_failure_does_not_run_and_is_named(place: Place) -> None:
    said = run(
        place,
        out("CONSTRAINT positive EXPECT (n > 0)", name="first"),
        out("", "SELECT id FROM first", name="second"),
        out("CONSTRAINT known EXPECT REFERENCES first (id)", "SELECT 1 AS id", name="third"),
        out("", "SELECT 1 AS id", name="alone"),
    )
    assert said.status == 1
    assert {o["view"]: (o["state"], o["reason"]) for o in receipt(said)["outputs"] if o["view"] != "first"} == {
        "alone": ("written", None),
        "second": ("not run", "it needs `first`, which failed"),
        "third": ("not run", "it needs `first`, which failed"),
    }
    assert (version(place, "first"), version(place, "second"), version(place, "alone")) == (None, None, 0)


def test_references_see_new_content_of_what_the_run_computes(place: Place) -> None:
    texts = (
        out("CONSTRAINT known EXPECT REFERENCES z (id)", "SELECT id FROM t WHERE id < 3", name="a"),
        "PARAM most INT DEFAULT 9;",
        out("", "SELECT id FROM t WHERE id <= PARAM most", name="z"),
    )
    said = run(place, *texts)
    assert said.status == 0 and [one["view"] for one in receipt(said)["outputs"]] == ["z", "a"]
    assert run(place, *texts, values=("most=1",)).codes == {"T6070"}, "`z` got smaller in this run"
    assert place.treadle("run", "-p", "most=9", "a").codes == {"T6070"}, "its table, which is not computed"
    assert place.treadle("run", "-p", "most=9").status == 0


def test_references_to_sources_to_oneself_and_of_nulls(place: Place) -> None:
    tree = "SELECT 1 AS id, CAST(NULL AS INT) AS parent UNION ALL SELECT 2, 1"
    constraint = "CONSTRAINT tree EXPECT FOREIGN KEY (parent) REFERENCES out (id)"
    assert run(place, out(constraint, tree)).status == 0
    assert run(place, out(constraint, f"{tree} UNION ALL SELECT 3, 7")).codes == {"T6070"}
    known = "CONSTRAINT known EXPECT FOREIGN KEY (k, id) REFERENCES t (k, id)"
    assert run(place, out(known, "SELECT id, k FROM t", name="s")).status == 0
    said = run(place, out(known, "SELECT id + 1 AS id, k FROM t", name="s"))
    assert numbers(said, "s") == {"known": ("violated", 4, 2)}


def test_circles_of_references_are_refused(place: Place) -> None:
    place.sql(SOURCE + out("CONSTRAINT c EXPECT REFERENCES b (id)", name="a") + "CREATE VIEW b AS SELECT id FROM a;")
    said = place.treadle("check")
    assert said.codes == {"T2050"}


def test_a_changed_constraint_is_no_repeat(place: Place) -> None:
    def state(constraint: str) -> str:
        return str(output(run(place, out(constraint)))["state"])

    assert [state("CONSTRAINT c EXPECT (id > 0)") for _ in range(2)] == ["written", "repeat"]
    assert state("CONSTRAINT c EXPECT (id > 0) ON VIOLATION WARN") == "written"
    assert state("CONSTRAINT c EXPECT (id > 1)") == "failed"
    assert [state("CONSTRAINT c EXPECT UNIQUE (id)") for _ in range(2)] == ["written", "repeat"]
    assert [state("PRIMARY KEY (id)"), state("PRIMARY KEY (id) CHECKED")] == ["written", "written"]


def test_a_reference_to_what_moved_is_checked_again(place: Place) -> None:
    place.table("lake/d", {"id": [1, 2, 3, 4]})
    texts = ("CREATE SOURCE d FROM DELTA 'lake/d';", out("CONSTRAINT known EXPECT REFERENCES d (id)"))
    assert [output(run(place, *texts))["state"] for _ in range(2)] == ["written", "repeat"]
    place.table("lake/d", {"id": [1]}, mode="overwrite")
    assert run(place, *texts).codes == {"T6070"}


@pytest.mark.parametrize("order", ["n DESC", "abs(n)", "2, k DESC NULLS LAST", "abs(n) LIMIT 50"])
def test_the_order_of_the_view_is_kept(place: Place, order: str) -> None:
    count = 50
    place.table(
        "lake/t",
        {"n": [(i * 37) % count - 20 for i in range(count)], "k": [str(i % 7) for i in range(count)]},
        mode="overwrite",
        schema_mode="overwrite",
    )
    for name, constraint in (("with", "CONSTRAINT c EXPECT (n < 100)"), ("without", "")):
        assert run(place, out(constraint, f"SELECT k, n FROM t ORDER BY {order}", name=name)).status == 0
    with_, without = (
        pa.concat_tables(pq.read_table(f) for f in sorted((place.root / "lake" / name).glob("*.parquet"))) for name in ("with", "without")
    )
    key = [abs(v) if "abs" in order else v for v in with_["n"].to_pylist()]
    assert key == [abs(v) if "abs" in order else v for v in without["n"].to_pylist()]


def test_nobody_may_append_between_the_proof_and_the_commit(place: Place) -> None:
    place.table("lake/out", {"id": [1]})
    transact = commit._transact

    def late(*arguments: Any) -> Any:
        place.table("lake/out", {"id": [2]}, mode="append")
        return transact(*arguments)

    with patch.object(commit, "_transact", late):
        assert run(place, out("CONSTRAINT one EXPECT UNIQUE (id)", "SELECT 2 AS id", "APPEND")).codes == {"T4034"}
    assert version(place) == 1 and [row["id"] for row in table(place)] == [1, 2]


def test_a_cancel_while_constraints_are_checked_commits_nothing(place: Place) -> None:
    place.sql(SOURCE + out("CONSTRAINT one EXPECT UNIQUE (id)"))
    register, cancel = StagedRows.register, Cancel()

    def then(*arguments: Any) -> None:
        register(*arguments)
        cancel.cancel()

    with treadle.open(place.root) as project, patch.object(StagedRows, "register", then):
        workspace = project._workspace
        found = workspace.run(workspace.plan(workspace.specify((), {})), None, cancel)
    assert found.receipt.status == "cancelled" and version(place) is None and not leftovers(place)
    gc.collect()  # connections of other tests that nobody closed have a loop each
    assert threading.active_count() < 50


def test_secrets_stay_out(place: Place) -> None:
    text = "PARAM word VARCHAR NOT NULL SECRET;" + out("CONSTRAINT c EXPECT (k <> PARAM word)", "SELECT PARAM word AS k, 1 AS one")
    said = run(place, text, values=("word=hush-hush",))
    assert said.codes == {"T6070"} and "hush" not in said.ended.stdout + said.ended.stderr
    assert "k = <secret>" in said.diagnostics[0]["message"]


def test_a_condition_with_parameters_functions_and_the_clock(place: Place) -> None:
    texts = (
        "PARAM least INT DEFAULT 0;",
        "CREATE FUNCTION above(x BIGINT, y BIGINT DEFAULT 0) RETURNS BOOLEAN RETURN x > y;",
        out("CONSTRAINT a EXPECT (above(id, y => PARAM least)) CONSTRAINT b EXPECT (now() > TIMESTAMP '2020-01-01' AND sum(id) = 10)"),
    )
    assert run(place, *texts).status == 0
    assert numbers(run(place, *texts, values=("least=2",)))["a"] == ("violated", 4, 2)


def test_a_specification_from_a_file_is_held_to_the_same(place: Place) -> None:
    place.sql(SOURCE + out("PRIMARY KEY (id) CHECKED CONSTRAINT c EXPECT (n > 0) CONSTRAINT d EXPECT REFERENCES t (k)"))
    spec = place.spec()
    said = place.run_spec(spec)
    assert said.codes == {"T6070"} and numbers(said)["d"] == ("holds", 4, 0) and version(place) is None
    assert {one["file"] for one in said.diagnostics} == {"spec.json"}
    for change in ({"condition": '"nn" > 0'}, {"condition": None}, {"on_violation": "DROP", "kind": "aggregate"}, {"name": "D"}):
        wrong = json.loads(json.dumps(spec))
        wrong["outputs"][0]["expectations"][0] |= change
        assert place.run_spec(wrong).codes == {"T3022"}, change
    wrong = json.loads(json.dumps(spec))
    wrong["outputs"][0]["expectations"][1] |= {"target": "nowhere"}
    assert place.run_spec(wrong).codes == {"T3012"}
    wrong["outputs"][0]["expectations"] = [{"name": "c", "kind": "row", "condition": "n >"}]
    assert place.run_spec(wrong).codes == {"T3012"}


def test_a_failing_condition_is_told(place: Place) -> None:
    said = run(place, out("CONSTRAINT c EXPECT (1 / (id - 1) > 0)"))
    assert said.codes == {"T6050"} and version(place) is None


def test_queries_read_views_whatever_their_constraints(place: Place) -> None:
    place.sql(SOURCE + "PARAM least INT NOT NULL;" + out("CONSTRAINT c EXPECT (id > PARAM least) CONSTRAINT d EXPECT REFERENCES t (id)"))
    assert inside(place.root, "query", "SELECT count(*) AS n FROM out").status == 0


def test_previews_and_receipts_hold_the_views_own_columns(place: Place) -> None:
    place.file("treadle.toml", "[observe]\npreview_rows = 2\n")
    said = run(place, out("CONSTRAINT c EXPECT (id > 0)"))
    assert [set(row) for row in output(said)["preview"]] == [{"id", "k", "n"}] * 2
    assert [f.name for f in DeltaTable(str(place.root / "lake" / "out")).schema().fields] == ["id", "k", "n"]


def test_nested_and_odd_columns_are_dropped_right(place: Place) -> None:
    rows = pa.table({"check_1": [1, 2], "Order by": [[1], [2]], "s": [{"a": "x"}, {"a": None}]})
    write_deltalake(str(place.root / "lake" / "odd"), rows)
    constraint = "CONSTRAINT c EXPECT (s.a = 'x') ON VIOLATION DROP"
    said = run(place, "CREATE SOURCE odd FROM DELTA 'lake/odd';", out(constraint, "SELECT * FROM odd ORDER BY check_1"))
    assert said.codes == {"T6072"}
    assert table(place) == [{"check_1": 1, "Order by": [1], "s": {"a": "x"}}]


def test_constraints_are_in_the_digest_of_what_was_asked_for(place: Place) -> None:
    def digests(constraint: str) -> tuple[str, str]:
        place.sql(SOURCE + out(constraint))
        found = json.loads(inside(place.root, "plan", "--json").stdout)["digests"]
        return found["project"], found["spec"]

    found = [digests(one) for one in ("", "CONSTRAINT c EXPECT (id > 0)", "CONSTRAINT c EXPECT (id > 1)", "CONSTRAINT d EXPECT (id > 1)")]
    assert len({spec for _, spec in found}) == 4 and len({project for project, _ in found}) == 1


def test_aggregates_are_shown_for_every_condition(place: Place) -> None:
    conditions = "CONSTRAINT a EXPECT (count(*) > 9) ON VIOLATION WARN CONSTRAINT b EXPECT (sum(n) > 9 AND max(k) = 'c') ON VIOLATION WARN"
    said = run(place, out(conditions), out(conditions, name="two"))
    shown = {"count(*)": "4"}, {"sum(n)": "2", "max(k)": "b"}
    for view in ("out", "two"):
        assert [one["examples"] for one in output(said, view)["expectations"]] == [[one] for one in shown]


def test_conditions_call_python_functions(place: Place) -> None:
    place.file("funcs.py", "import pyarrow.compute as pc\n\ndef small(x):\n    return pc.less(x, 4)\n")
    small = "CREATE FUNCTION small(x BIGINT) RETURNS BOOLEAN IMMUTABLE LANGUAGE PYTHON AS 'funcs:small';"
    said = run(
        place, small, out("CONSTRAINT a EXPECT (small(id)) ON VIOLATION DROP CONSTRAINT b EXPECT (small(count(*)) AND small(max(id)))")
    )
    assert said.codes == {"T6072"} and numbers(said) == {"a": ("violated", 4, 1), "b": ("holds", 3, 0)}
    assert [one["rule"] for one in output(said)["expectations"]] == ["small(id)", "small(count(*)) AND small(max(id))"]
