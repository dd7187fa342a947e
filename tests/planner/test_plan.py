"""From project to bundle: what a plan says, that it repeats, and that a JSON specification plans the same."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from tests.support.plans import AS_OF, Lab, codes, open_lab, stage
from treadle.dialect.diagnostics import TreadleError
from treadle.planner.codec import from_python
from treadle.planner.digests import digests, repeatable
from treadle.planner.explain import explain
from treadle.planner.plan import plan
from treadle.planner.policies import Policies
from treadle.planner.spec import ExecutionSpec, Observe, RuleOverlay
from treadle.runtime.lake import DeltaLake

PROJECT = """
    PARAM lo BIGINT DEFAULT 12;
    PARAM airport VARCHAR DEFAULT NULL FILTER flights.origin;
    PARAM airports VARCHAR[] DEFAULT NULL FILTER flights.origin;
    CREATE SOURCE flights FROM DELTA 'lake/flights';
    CREATE VIEW recent AS SELECT id, origin, delay FROM flights WHERE id >= PARAM lo;
    CREATE VIEW top AS SELECT origin, count(*) AS n, min(id) AS first, current_date AS today FROM recent GROUP BY origin;
"""


def test_a_plan_says_everything(lab: Lab) -> None:
    bundle = lab.plan(PROJECT, "top", airport="JFK")
    top = stage(bundle, "top")
    assert top.sql == (
        'WITH "f0" AS (SELECT "id", "origin", "delay", "note" FROM "r0" WHERE ("origin" = $p1)), '
        '"v0" AS (SELECT "flights"."id" AS "id", "flights"."origin" AS "origin" FROM "f0" AS "flights" WHERE "flights"."id" >= $p2) '
        'SELECT "recent"."origin" AS "origin", count(*) AS "n", min("recent"."id") AS "first", CAST($as_of AS DATE) AS "today" '
        'FROM "v0" AS "recent" GROUP BY "recent"."origin"'
    )
    assert top.parameters == ("airport", "lo")
    scan = top.scans[0]
    assert scan.columns == ("id", "origin") and scan.used_by == ("recent",)
    assert scan.selection is not None and (scan.selection.total, len(scan.selection.files)) == (3, 2)
    assert lab.rows(bundle) == [("JFK", 6, 12, AS_OF.date())]
    assert bundle.engines["datafusion"] and bundle.spec.cut == "heads" and bundle.spec.pins[0].version == 2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, [("JFK", 6), ("LGA", 6), (None, 6)]),
        ({"airports": ["LGA"]}, [("LGA", 6)]),
        ({"airports": ["LGA", "JFK"], "airport": "JFK"}, [("JFK", 6)]),
        ({"airports": []}, []),
        ({"airport": "it's; DROP TABLE r0"}, []),
    ],
    ids=str,
)
def test_filter_parameters_restrict_a_source(lab: Lab, values: dict[str, object], expected: list[tuple[str, int]]) -> None:
    rows = [row[:2] for row in lab.rows(lab.plan(PROJECT, "top", **values))]
    assert rows == sorted(expected, key=repr)


def test_files_are_pruned_by_a_list(lab: Lab) -> None:
    text = "PARAM ids BIGINT[] DEFAULT NULL; SELECT note FROM read_delta('lake/flights') WHERE id = ANY(PARAM ids)"
    bundle = lab.plan(text, "<query>", ids=[1, 5])
    selection = bundle.stages[0].scans[0].selection
    assert selection is not None and len(selection.files) == 1
    assert lab.rows(bundle) == [("n1",), ("n5",)]


def test_a_specification_in_json_plans_the_same(lab: Lab) -> None:
    spec = lab.spec(PROJECT, "top", airport="JFK")
    read = ExecutionSpec.model_validate_json(spec.model_dump_json())
    assert read.model_dump() == spec.model_dump()
    first, second = plan(spec, lab.engine, lab.lake), plan(read, lab.engine, lab.lake)
    for field in fields(first):
        if field.name != "spec":
            assert getattr(first, field.name) == getattr(second, field.name), field.name
    assert first.spec.model_dump() == second.spec.model_dump()


def test_a_specification_is_read_as_it_was_pinned(lab: Lab) -> None:
    spec = ExecutionSpec.model_validate_json(lab.spec(PROJECT, "top").model_dump_json())
    lab.table("flights", {"id": [99], "origin": ["JFK"], "delay": [1.0], "note": ["late"]}, mode="append")
    assert sum(row[1] for row in lab.rows(plan(spec, lab.engine, lab.lake))) == 18
    unpinned = spec.model_copy(update={"pins": (), "cut": "none"})
    later = plan(unpinned, lab.engine, lab.lake)
    assert sum(row[1] for row in lab.rows(later)) == 19 and later.spec.pins[0].version == 3


def test_a_table_made_anew_is_not_what_was_pinned(lab: Lab) -> None:
    import shutil

    spec = ExecutionSpec.model_validate_json(lab.spec(PROJECT, "top").model_dump_json())
    shutil.rmtree(lab.root / "lake" / "flights")
    rows = {"id": [1], "origin": ["JFK"], "delay": [1.0], "note": ["new"]}
    for _ in range(3):
        lab.table("flights", rows, mode="append")
    with pytest.raises(TreadleError) as raised:
        plan(spec, lab.engine, DeltaLake(lab.root))
    assert codes(raised.value) == ["T3014"]


def test_only_what_the_outputs_need_is_specified(lab: Lab) -> None:
    other = "SELECT id FROM read_delta('lake/flights', version => 0) WHERE id > PARAM unused"
    text = f"{PROJECT} PARAM unused INT DEFAULT 1; CREATE VIEW other AS {other};"
    spec = lab.spec(text, "top")
    assert [one.name for one in spec.views] == ["recent", "top"]
    assert [one.name for one in spec.sources] == ["flights"]
    assert [one.name for one in spec.typed_parameters] == ["airport", "airports", "lo"]


SECRET = """PARAM word VARCHAR SECRET DEFAULT 'nothing';
    CREATE SOURCE flights FROM DELTA 'lake/flights';
    CREATE VIEW top AS SELECT id FROM flights WHERE note = PARAM word;"""


def test_a_secret_is_in_no_artefact(lab: Lab) -> None:
    spec = lab.spec(SECRET, "top", word="n7")
    bundle = plan(spec, lab.engine, lab.lake)
    assert lab.rows(bundle) == [(7,)]
    texts = [spec.model_dump_json(), json.dumps(explain(bundle).as_json()), repr(bundle.stages[0].scans[0].conjuncts)]
    texts += [bundle.stages[0].sql, bundle.stages[0].optimized, bundle.stages[0].logical, repr(bundle.decisions)]
    assert not [text for text in texts if "n7" in text]
    assert not repeatable(spec)


def test_a_secret_is_in_no_digest(lab: Lab) -> None:
    first, second = (plan(lab.spec(SECRET, "top", word=word), lab.engine, lab.lake) for word in ("n7", "n8"))
    assert first.digests == second.digests and first.stages[0].digest == second.stages[0].digest


def test_a_specification_file_needs_its_secret_given(lab: Lab) -> None:
    spec = ExecutionSpec.model_validate_json(lab.spec(SECRET, "top", word="n7").model_dump_json())
    with pytest.raises(TreadleError) as raised:
        plan(spec, lab.engine, lab.lake)
    assert codes(raised.value) == ["T3019"]
    assert lab.rows(plan(spec, lab.engine, lab.lake, values={"word": from_python("n8")})) == [(8,)]


def test_digests_tell_apart_what_they_should(lab: Lab) -> None:
    spec = lab.spec(PROJECT, "top")
    base = digests(spec)
    changes = {
        "project": {"views": (spec.views[0].model_copy(update={"sql": spec.views[0].sql.replace(">=", ">")}), spec.views[1])},
        "spec": {"typed_parameters": tuple(p.model_copy(update={"value": None}) for p in spec.typed_parameters)},
        "envelope": {"as_of": "2020-01-01T00:00:00.000000Z"},
        "": {"observe": Observe(trace=False, preview_rows=3), "project": "renamed"},
    }
    names = ["project", "spec", "envelope"]
    for first, change in changes.items():
        found = digests(spec.model_copy(update=change))
        differs = [name for name in names if getattr(found, name) != getattr(base, name)]
        assert differs == (names[names.index(first) :] if first else []), first
    assert digests(spec, {"datafusion": "1"}).spec == base.spec != digests(spec, {"datafusion": "1"}).envelope
    assert digests(spec.model_copy(update={"rule_overlay": RuleOverlay(exclude=("safety",))})).project != base.project


ELSEWHERE = """
import sys
from pathlib import Path
from tests.support.plans import open_lab
from treadle.planner.plan import plan
parts = Path(sys.argv[2]).read_text().split(";")
text = ";".join(p for p in reversed(parts) if p.strip()) + ";"
with open_lab(Path(sys.argv[1])) as lab:
    bundle = plan(lab.spec(text, "top", airport="JFK"), lab.engine, lab.lake)
print(bundle.digests.project, bundle.digests.spec, bundle.digests.envelope, bundle.stages[0].digest)
"""


def test_digests_are_the_same_in_another_process_folder_locale_and_order(lab: Lab, tmp_path: Path) -> None:
    bundle = lab.plan(PROJECT, "top", airport="JFK")
    moved = tmp_path.parent / (tmp_path.name + " moved é")
    lab.root.rename(moved)
    (moved / "project.sql").write_text(PROJECT, "utf-8")
    environment = {"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo", "PATH": "", "HOME": str(moved), "PYTHONPATH": "."}
    command = [sys.executable, "-c", ELSEWHERE, str(moved), str(moved / "project.sql")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    found = bundle.digests
    assert done.stdout.split() == [found.project, found.spec, found.envelope, bundle.stages[0].digest]


def test_plans_are_captured_or_not(lab: Lab) -> None:
    assert "TableScan" in stage(lab.plan(PROJECT, "top"), "top").optimized
    quiet = Policies(observe=Observe(capture_plans=False))
    assert stage(lab.plan(PROJECT, "top", policies=quiet), "top").optimized == ""


def test_an_explanation_is_plain_data(lab: Lab) -> None:
    found = explain(lab.plan(PROJECT, "top", airport="JFK")).as_json()
    scan = found["stages"][0]["scans"][0]  # type: ignore[index]
    assert {"source", "files_total", "files_read", "conditions", "columns", "version"} <= set(scan)
    assert (scan["files_total"], scan["files_read"], scan["location"], scan["version"]) == (3, 2, "lake/flights", 2)
    assert found["parameters"] == {
        "airport": "'JFK'",
        "airports": "CASE WHEN false THEN make_array(arrow_cast(NULL, 'Utf8')) END",
        "lo": "12",
    }
    assert json.loads(json.dumps(found)) == json.loads(json.dumps(found, sort_keys=True))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sql": "SELECT FROM WHERE"}, "can't be read"),
        ({"sql": 'SELECT "id" AS "id" FROM "recent" AS "recent"'}, "does not say whose it is"),
        ({"sql": 'SELECT "recent"."id" AS "id", 1 AS "ID" FROM "recent" AS "recent"'}, "used twice"),
        (
            {"sql": 'SELECT "x"."id" AS "id" FROM (SELECT "r"."id" AS "id" FROM "recent" AS "r") AS "x", "nowhere" AS "n"'},
            "no view or relation",
        ),
        ({"depends_on": (), "reads": ()}, "the views read are"),
        ({"columns": (("other", "BIGINT", True),)}, "the columns are"),
    ],
    ids=str,
)
def test_a_specification_that_does_not_hold_together_is_refused(lab: Lab, change: dict[str, object], words: str) -> None:
    spec = lab.spec(PROJECT, "top")
    views = (spec.views[0], spec.views[1].model_copy(update=change))
    with pytest.raises(TreadleError) as raised:
        plan(spec.model_copy(update={"views": views}), lab.engine, lab.lake)
    assert set(codes(raised.value)) == {"T3012"} and words in str(raised.value)


def test_a_parameter_in_an_argument_is_its_views_own(lab: Lab) -> None:
    text = "PARAM v BIGINT DEFAULT 1; CREATE VIEW top AS SELECT id FROM read_delta('lake/flights', version => PARAM v);"
    bundle = lab.plan(text, "top")
    assert bundle.spec.views[0].parameters == ("v",) and bundle.spec.pins[0].version == 1
    assert len(lab.rows(bundle)) == 20


@pytest.mark.parametrize(("field", "words"), [("parameters", "does not list"), ("functions", "does not define")])
def test_names_of_a_view_are_defined(lab: Lab, field: str, words: str) -> None:
    spec = lab.spec(PROJECT, "top")
    views = (spec.views[0].model_copy(update={field: () if field == "parameters" else ("late",)}), spec.views[1])
    with pytest.raises(TreadleError) as raised:
        plan(spec.model_copy(update={"views": views}), lab.engine, lab.lake)
    assert codes(raised.value) == ["T3012"] and words in str(raised.value)


def test_views_in_a_circle_are_refused(lab: Lab) -> None:
    spec = lab.spec(PROJECT, "top")
    sql = 'SELECT "top"."origin" AS "origin" FROM "top" AS "top"'
    view = spec.views[0].model_copy(update={"sql": sql, "relations": (), "depends_on": ("top",), "reads": (1,)})
    with pytest.raises(TreadleError) as raised:
        plan(spec.model_copy(update={"views": (view, spec.views[1])}), lab.engine, lab.lake)
    assert "circle" in str(raised.value)


NAMES = """
    CREATE SOURCE r0 FROM DELTA 'lake/v0';
    CREATE VIEW v1 AS
      WITH v0 AS (SELECT r0 AS v0c0 FROM r0), r0 AS (SELECT v0c0 FROM v0)
      SELECT v0.v0c0 AS r0 FROM v0 JOIN r0 USING (v0c0);
    CREATE VIEW v0 AS
      WITH v1 AS (SELECT r0 FROM v1)
      SELECT a.r0 AS p1, b.r0 AS "$as_of" FROM v1 AS a, (WITH v2 AS (SELECT max(r0) AS r0 FROM v1) SELECT r0 FROM v2) AS b;
"""


def test_private_names_never_meet_those_of_users(tmp_path: Path) -> None:
    with open_lab(tmp_path) as lab:
        lab.table("v0", {"r0": [1, 2], "f0": ["a", "b"]})
        assert lab.rows(lab.plan(NAMES, "v0")) == [(1, 2), (2, 2)]
