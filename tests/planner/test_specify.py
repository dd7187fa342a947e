"""What can't be specified, each with its code and its place, and what a specification takes from statements."""

from __future__ import annotations

import pytest

from tests.support.plans import Lab, codes
from treadle.dialect.diagnostics import TreadleError
from treadle.planner.capabilities import CapabilityUnavailable
from treadle.planner.known import CAPABILITIES
from treadle.planner.plan import plan
from treadle.planner.policies import Policies
from treadle.planner.spec import CachePolicy, Capabilities, Maintenance, OutputSpec

SOURCE = "CREATE SOURCE flights FROM DELTA 'lake/flights';"
OUT = "CREATE MATERIALIZED VIEW out INTO 'lake/out'"

REFUSED = [
    # (code, text at the place, SQL)
    ("T3001", "REFRESH INCREMENTAL", f"{SOURCE} {OUT} REFRESH INCREMENTAL AS SELECT id FROM flights;"),
    (
        "T3007",
        "'lake/./b/../out/'",
        f"{SOURCE} CREATE MATERIALIZED VIEW other INTO 'lake/out' AS SELECT id FROM flights;"
        " CREATE MATERIALIZED VIEW pther INTO 'lake/./b/../out/' AS SELECT id FROM flights;",
    ),
    (
        "T3007",
        "'lake/out/inner'",
        f"{SOURCE} {OUT} AS SELECT id FROM flights; CREATE MATERIALIZED VIEW two INTO 'lake/out/inner' AS SELECT id FROM flights;",
    ),
    ("T3008", "'lake/flights'", f"{SOURCE} CREATE MATERIALIZED VIEW out INTO 'lake/flights' AS SELECT id FROM flights;"),
    (
        "T3009",
        "read_delta('lake/flights')",
        "CREATE MATERIALIZED VIEW out INTO 'lake/flights' AS SELECT id FROM read_delta('lake/flights');",
    ),
    ("T3017", "retrys", f"{SOURCE} {OUT} OPTIONS (retrys => 3) AS SELECT id FROM flights;"),
    ("T3017", "retries", f"{SOURCE} {OUT} OPTIONS (retries => 'many') AS SELECT id FROM flights;"),
    (
        "T3018",
        "PARAM place",
        f"{SOURCE} PARAM place VARCHAR DEFAULT NULL; CREATE MATERIALIZED VIEW out INTO PARAM place AS SELECT id FROM flights;",
    ),
    ("T3022", "'lake/out'", f"{SOURCE} {OUT} REPLACE PARTITIONS AS SELECT id FROM flights;"),
    ("T3022", "'lake/out'", f"{SOURCE} {OUT} PARTITION BY (id) AS SELECT id FROM flights;"),
]


@pytest.mark.parametrize(("code", "place", "text"), REFUSED, ids=[f"{code}-{at}" for at, (code, _, _) in enumerate(REFUSED)])
def test_what_cannot_be_specified(lab: Lab, code: str, place: str, text: str) -> None:
    with pytest.raises(TreadleError) as raised:
        lab.spec(text)
    assert codes(raised.value) == [code]
    span = raised.value.diagnostics[0].span
    assert span is not None and span.text == place
    assert isinstance(raised.value, CapabilityUnavailable) == (code == "T3001")


def test_two_places_are_compared_whether_selected_or_not(lab: Lab) -> None:
    text = f"{SOURCE} {OUT} AS SELECT id FROM flights; CREATE MATERIALIZED VIEW two INTO 'lake/out' AS SELECT id FROM flights;"
    for selected in (("out",), ("two",), ("out", "two")):
        with pytest.raises(TreadleError) as raised:
            lab.spec(text, *selected)
        assert codes(raised.value) == ["T3007"] and raised.value.diagnostics[0].labels


def test_links_are_one_place(lab: Lab) -> None:
    (lab.root / "link").symlink_to(lab.root / "lake")
    text = f"{SOURCE} CREATE MATERIALIZED VIEW out INTO 'link/flights' AS SELECT id FROM flights;"
    with pytest.raises(TreadleError) as raised:
        lab.spec(text)
    assert codes(raised.value) == ["T3008"]


def test_what_the_outputs_do_not_need_refuses_nothing(lab: Lab) -> None:
    text = f"""{SOURCE} CREATE VIEW plain AS SELECT id FROM flights;
        {OUT} REFRESH INCREMENTAL CONSTRAINT c EXPECT (id > 0) AS SELECT id FROM plain;
        CREATE TEST t FOR out EXPECT ERROR T2003;"""
    assert lab.spec(text, "plain").outputs == (OutputSpec(view="plain"),)


def test_an_output_says_all_that_its_statement_says(lab: Lab) -> None:
    text = f"""{SOURCE} PARAM day VARCHAR DEFAULT 'JFK'; PARAM base VARCHAR DEFAULT 'lake';
        CREATE MATERIALIZED VIEW out INTO PARAM base || '/out'
          REPLACE WHERE (Origin = PARAM day) PARTITION BY (ORIGIN) PRIMARY KEY (id)
          COMMENT 'all' TAGS (daily) OPTIONS (retries => 7, overwrite_schema => TRUE, cache => 'FORCE')
          AS SELECT id, origin FROM flights;"""
    spec = lab.spec(text)
    assert spec.outputs[0].model_dump() == {
        "view": "out",
        "mode": "REPLACE WHERE",
        "location": "lake/out",
        "partition_by": ("origin",),
        "replace_where": "\"origin\" = ('JFK')",
        "key": ("id",),
        "key_checked": False,
        "expectations": (),
        "refresh": "AUTO",
        "metadata": {},
        "retries": 7,
        "overwrite_schema": True,
    }
    view = spec.views[0]
    assert (view.comment, view.tags, view.materialized, view.location) == ("all", ("daily",), True, "lake/out")
    assert [(one.view, one.policy) for one in spec.cache_policy.overrides] == [("out", "FORCE")]


def test_unknown_outputs_are_told_with_a_suggestion(lab: Lab) -> None:
    with pytest.raises(TreadleError) as raised:
        lab.spec(f"{SOURCE} {OUT} AS SELECT id FROM flights;", "ouut")
    assert codes(raised.value) == ["T3006"] and "`out`" in (raised.value.diagnostics[0].help or "")


TEXT = f"{SOURCE} {OUT} AS SELECT id FROM flights;"


@pytest.mark.parametrize(
    ("policies", "code", "capability"),
    [
        (Policies(tuner="observe"), "T3001", "tuner"),
        (Policies(maintenance=Maintenance(schedule=("optimize",))), "T3001", "maintenance"),
        (Policies(cache_policy=CachePolicy(use_history=True)), "T3001", "cache.history"),
        (Policies(capabilities=Capabilities(required=("refresh.incremental",))), "T3001", "refresh.incremental"),
        (Policies(capabilities=Capabilities(required=("tsts",))), "T3004", None),
        (Policies(capabilities=Capabilities(optional=("tsts",))), "T3004", None),
    ],
    ids=str,
)
def test_policies_that_ask_for_what_is_not_there(lab: Lab, policies: Policies, code: str, capability: str | None) -> None:
    with pytest.raises(TreadleError) as raised:
        lab.spec(TEXT, policies=policies)
    assert codes(raised.value) == [code]
    if isinstance(raised.value, CapabilityUnavailable):
        assert raised.value.missing.capability == capability and raised.value.missing.remedy


def test_optional_capabilities_warn(lab: Lab) -> None:
    wanted = Capabilities(required=("read.delta", "write.delta"), optional=("refresh.incremental", "read.csv"))
    bundle = lab.plan(TEXT, policies=Policies(capabilities=wanted))
    assert [(one.code, one.context["capability"]) for one in bundle.warnings] == [("T3165", "refresh.incremental")]
    assert all(one.detail and one.remedy for one in CAPABILITIES.values() if one.reason is not None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"mode": "REPLACE WHERE"}, "T3022"),
        ({"location": None}, "T3022"),
        ({"partition_by": ("idd",)}, "T3022"),
        ({"key": ("idd",)}, "T3022"),
        ({"view": "nothing"}, "T3006"),
        ({"refresh": "INCREMENTAL"}, "T3001"),
        ({"key_checked": True}, "T3022"),
    ],
    ids=str,
)
def test_outputs_of_a_specification_are_checked_too(lab: Lab, change: dict[str, object], code: str) -> None:
    spec = lab.spec(TEXT)
    output = spec.outputs[0].model_copy(update=change)
    with pytest.raises(TreadleError) as raised:
        plan(spec.model_copy(update={"outputs": (output,)}), lab.engine, lab.lake)
    assert codes(raised.value) == [code]


def test_sources_that_changed_since_they_were_checked_are_refused(lab: Lab) -> None:
    project = lab.project(TEXT)
    lab.table("flights", {"id": ["text"], "origin": ["x"]}, mode="overwrite", schema_mode="overwrite")
    from tests.support.plans import AS_OF
    from treadle.planner.specify import specify

    with pytest.raises(TreadleError) as raised:
        specify(project, outputs=["out"], engine=lab.engine, lake=lab.lake, as_of=AS_OF)
    assert codes(raised.value) == ["T3013"] and raised.value.diagnostics[0].span is not None


def test_a_missing_table_is_told_at_its_source(lab: Lab) -> None:
    import shutil

    project = lab.project(f"{TEXT} {SOURCE.replace('SOURCE flights', 'SOURCE planes')}")
    shutil.rmtree(lab.root / "lake" / "flights")
    from tests.support.plans import AS_OF
    from treadle.planner.specify import specify

    with pytest.raises(TreadleError) as raised:
        specify(project, outputs=["out"], engine=lab.engine, lake=lab.lake, as_of=AS_OF)
    span = raised.value.diagnostics[0].span
    assert codes(raised.value) == ["T4001"] and span is not None and span.text == "'lake/flights'"
