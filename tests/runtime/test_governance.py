"""Hooks of functions: probes tell what is so from what is not, the golden reads back, and drift is told in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from treadle.planner.functions.built_ins import described
from treadle.planner.functions.packs import pack_functions
from treadle.runtime.engine.built_ins import built_ins
from treadle.runtime.governance import __main__ as governance
from treadle.runtime.governance.aggregates import aggregate_hooks, window_hooks
from treadle.runtime.governance.golden import Entry, committed, drift, read, text
from treadle.runtime.governance.hooks import HOOKS, Found
from treadle.runtime.governance.lab import Lab
from treadle.runtime.governance.scalars import scalar_hooks
from treadle.runtime.governance.subjects import Subject, built_in_subjects
from treadle.runtime.governance.through import Through, pack_subjects


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as made:
        yield made


@pytest.fixture(scope="module")
def subjects(lab: Lab) -> dict[str, Subject]:
    return {f"{one.name} {one.kind}": one for one in built_in_subjects(built_ins(lab.session))}


def hooks_of(lab: Lab, subject: Subject) -> dict[str, Found]:
    return dict((scalar_hooks if subject.kind == "scalar" else aggregate_hooks)(lab, subject))


@pytest.mark.parametrize(
    ("name", "hook", "state", "says"),
    [
        ("starts_with scalar", "simplify", "observed", "LIKE"),
        ("abs scalar", "simplify", "observed", "folded"),
        ("random scalar", "simplify", "refuted", "stays"),
        ("floor scalar", "coerce_types", "observed", "cast"),
        ("md5 scalar", "coerce_types", "refuted", "may not be Int64"),
        ("coalesce scalar", "short_circuits", "observed", "argument 2"),
        ("greatest scalar", "short_circuits", "refuted", "evaluated"),
        ("pi scalar", "short_circuits", "not observable", "no arguments"),
        ("floor scalar", "propagate_constraints", "observed", "a0 >="),
        ("date_trunc scalar", "propagate_constraints", "observed", "files"),
        ("sin scalar", "propagate_constraints", "refuted", "nothing"),
        ("exp scalar", "sort_options", "observed", "not sorted again"),
        ("sin scalar", "sort_options", "refuted", "is a sort"),
        ("log scalar", "sort_options", "refuted", "wrong rows"),
        ("sum aggregate", "groups_accumulator", "observed", "fit"),
        ("regr_slope aggregate", "groups_accumulator", "refuted", "need more"),
        ("sum aggregate", "retract_batch", "observed", "recomputation"),
        ("bool_and aggregate", "retract_batch", "refuted", "refused"),
        ("percentile_cont aggregate", "simplify", "observed", "min(x)"),
        ("sum aggregate", "reverse_expr", "observed", "without a sort"),
        ("array_agg aggregate", "reverse_expr", "refuted", "wrong rows"),
        ("median aggregate", "reverse_expr", "refuted", "sorts"),
    ],
)
def test_a_probe_tells_what_is_so(lab: Lab, subjects: dict[str, Subject], name: str, hook: str, state: str, says: str) -> None:
    found = hooks_of(lab, subjects[name])[hook]
    assert found.state == state and says in found.probe, found


def test_the_golden_names_every_function_and_all_eight_hooks() -> None:
    golden = committed()
    assert {one.name for one in described().values()} | set(pack_functions()) <= set(golden)
    for name, entry in golden.items():
        assert list(entry.told()) == list(HOOKS), name
        assert all(told.startswith(("observed (", "refuted: ", "not observable: ")) for told in entry.told().values()), name


@pytest.mark.parametrize(
    ("name", "hook", "state", "says"),
    [
        ("cdf_is_upsert", "simplify", "observed", "becomes a0 ="),
        ("stable_hash64", "simplify", "observed", "folded"),
        ("span_contains", "coerce_types", "observed", "cast"),
        ("arg_min", "retract_batch", "observed", "recomputation"),
        ("any_value_det", "groups_accumulator", "observed", "fit"),
        ("session_id", "reverse_expr", "observed", "without a sort"),
    ],
)
def test_functions_of_packs_are_probed_as_treadle_writes_them(
    lab: Lab, tmp_path: Path, name: str, hook: str, state: str, says: str
) -> None:
    with Through(lab, tmp_path) as through:
        subject, is_treadles = next(one for one in pack_subjects(through, name))
        probes = {"scalar": scalar_hooks, "aggregate": aggregate_hooks, "window": window_hooks}[subject.kind]
        found = dict(probes(through if is_treadles else lab, subject))[hook]
    assert found.state == state and says in found.probe, found


def test_the_golden_reads_back_as_it_was_written() -> None:
    assert read(text(committed())) == committed()


def test_drift_is_told_in_words() -> None:
    golden = committed()
    other = dict(golden)
    other["sum"] = replace(golden["sum"], hooks={**golden["sum"].hooks, "retract_batch": "refuted: no"})
    other["new_one"] = Entry("scalar", (), {"simplify": "refuted: it stays"})
    del other["avg"]
    lines = list(drift(golden, other))
    assert lines[0] == "avg: the engine has it no more"
    assert lines[1:3] == ["new_one: new, scalar", "    simplify: refuted: it stays"]
    assert lines[3] == "sum: retract_batch" and lines[5] == "    + refuted: no"
    assert lines[4].startswith("    - observed (engine): sum(n) OVER")


def test_drift_fails_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    golden = dict(committed())
    golden["abs"] = replace(golden["abs"], aliases=("absolute",))
    monkeypatch.setattr(governance, "committed", lambda: golden)
    monkeypatch.setattr(governance, "take", lambda lab: committed())
    assert governance.main([]) == 1
    assert "abs: was scalar absolute" in capsys.readouterr().out
    monkeypatch.setattr(governance, "committed", committed)
    assert governance.main([]) == 0
