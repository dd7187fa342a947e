"""Sessions: every knob read back from the live engine, settings refused, names that don't meet."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from treadle.dialect.diagnostics import Bug, TreadleError
from treadle.dialect.types import BIGINT, VARCHAR, Field, Schema
from treadle.planner.ports import EngineRefusal
from treadle.planner.spec import RuntimeProfile
from treadle.planner.values import Value
from treadle.runtime.engine.rows import register_batches
from treadle.runtime.profiles import DEFAULTS, KNOBS, MIB, NAMES, OWNED, resolve
from treadle.runtime.session import Session, open_session
from treadle.runtime.settings import live_settings

ONE = Schema((Field("a", BIGINT),))


def test_every_knob_is_applied_by_the_engine() -> None:
    profile = RuntimeProfile(
        name="mine", threads=3, memory=48 * MIB, batch_size=1000, spill=True, settings={"datafusion.optimizer.prefer_hash_join": "false"}
    )
    with open_session(profile) as session:
        live = live_settings(session.context)
    expected = {"threads": "3", "memory": "48M", "batch_size": "1000"}
    applied = {knob.field: live.get(knob.setting) for knob in KNOBS}
    assert {name: applied[name] for name in expected} == expected
    assert "treadle-" in str(applied["spill"])
    assert live["datafusion.optimizer.prefer_hash_join"] == "false"
    assert {knob.field for knob in KNOBS} == set(RuntimeProfile.model_fields) - {"name"}


def test_without_spilling_there_is_no_folder_for_it() -> None:
    with open_session(RuntimeProfile(spill=False)) as session:
        assert live_settings(session.context)["datafusion.runtime.temp_directory"] == ""


def test_what_decides_the_meaning_of_queries_is_set(session: Session) -> None:
    live = live_settings(session.context)
    wanted = {name: value for name, value in {**DEFAULTS, **OWNED}.items() if value and not name.endswith("default_schema")}
    assert {name: live[name] for name in wanted} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_built_in_profiles_open_and_sort(name: str) -> None:
    resolved = resolve(RuntimeProfile(name=name))
    with open_session(RuntimeProfile(name=name)) as session:
        frame = session.plan("SELECT value FROM generate_series(1, 20000) ORDER BY value DESC LIMIT 1", {})
        assert frame.to_pydict() == {"value": [20000]}
    assert resolved.sort_reservation * resolved.threads * 8 <= resolved.memory


def test_a_profile_of_ones_own_is_auto_where_it_is_silent() -> None:
    mine, auto = resolve(RuntimeProfile(name="mine", threads=1)), resolve(RuntimeProfile())
    assert (mine.threads, mine.memory, mine.batch_size) == (1, auto.memory, auto.batch_size)


@pytest.mark.parametrize(
    ("settings", "code", "help"),
    [
        ({"datafusion.execution.batch_sise": "1"}, "T6060", "did you mean `datafusion.execution.batch_size`"),
        ({"nonsense": "1"}, "T6060", "settings begin with `datafusion.`"),
        ({"datafusion.execution.batch_size": "many"}, "T6061", None),
        ({"datafusion.runtime.metadata_cache_limit": "'; DROP"}, "T6061", None),
        ({"datafusion.execution.time_zone": "Europe/Berlin"}, "T6062", None),
        ({"datafusion.sql_parser.default_null_ordering": "nulls_min"}, "T6062", None),
    ],
)
def test_settings_are_refused_with_a_way_out(settings: dict[str, str], code: str, help: str | None) -> None:
    for arguments in ({"profile": RuntimeProfile(settings=settings)}, {"profile": RuntimeProfile(), "settings": settings}):
        with pytest.raises(TreadleError) as raised:
            open_session(**arguments)  # type: ignore[arg-type]
        found = raised.value.diagnostics[0]
        assert (found.code, help is None or str(found.help).startswith(help)) == (code, True)


def test_rules_are_removed_by_name_and_unknown_ones_refused() -> None:
    sql = "SELECT a FROM (SELECT 1 AS a) AS t WHERE a = 2"
    with open_session(RuntimeProfile(), removed_rules=("push_down_filter",)) as without, open_session(RuntimeProfile()) as plain:
        assert "Filter" in without.plan(sql, {}).logical_plan().display_indent()
        assert "Filter" not in plain.plan(sql, {}).logical_plan().display_indent()
    with pytest.raises(Bug, match="push_down_filters"):
        open_session(RuntimeProfile(), removed_rules=("push_down_filters",))


def test_forks_have_names_of_their_own(session: Session) -> None:
    with session.fork() as one, session.fork() as other:
        for fork, number in ((one, 1), (other, 2)):
            register_batches(fork, "r0", ONE, _rows(number))
        assert [fork.plan("SELECT a FROM r0", {}).to_pydict() for fork in (one, other)] == [{"a": [1]}, {"a": [2]}]
    with pytest.raises(EngineRefusal, match="'r0' not found"):
        session.plan("SELECT a FROM r0", {})


def test_forks_plan_beside_each_other_in_threads(session: Session) -> None:
    wrong: list[object] = []

    def work(number: int) -> None:
        with session.fork() as fork:
            for _ in range(20):
                register_batches(fork, "r0", ONE, _rows(number))
                found = fork.plan("SELECT a FROM r0", {}).to_pydict()
                if found != {"a": [number]}:
                    wrong.append(found)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_relation_is_replaced_not_changed(session: Session) -> None:
    register_batches(session, "r0", ONE, _rows(1))
    before = session.plan("SELECT a FROM r0", {})
    register_batches(session, "r0", Schema((Field("b", VARCHAR),)), ())
    assert before.to_pydict() == {"a": [1]}
    assert session.plan("SELECT * FROM r0", {}).schema().names == ["b"]


def test_statements_other_than_queries_are_refused(session: Session) -> None:
    for sql in ("CREATE VIEW v AS SELECT 1", "SET datafusion.execution.batch_size = 1", "COPY (SELECT 1) TO 'x.csv'", "SELECT 1; SELECT 2"):
        with pytest.raises(EngineRefusal):
            session.plan(sql, {})


def test_values_are_bound_and_never_spliced(session: Session) -> None:
    register_batches(session, "t", ONE, _rows(7))
    frame = session.plan("SELECT $p1 AS v", {"p1": Value(VARCHAR, "a FROM t")})
    assert frame.to_pydict() == {"v": ["a FROM t"]}


def test_settings_for_one_query_are_set_back(session: Session) -> None:
    name = "datafusion.execution.batch_size"
    before = live_settings(session.context)[name]
    session.plan("SELECT 1 AS a", {}, options={name: "77"})
    with pytest.raises(EngineRefusal):
        session.plan("SELECT nope", {}, options={name: "77"})
    assert live_settings(session.context)[name] == before


def test_a_closed_session_is_refused_and_its_files_are_gone() -> None:
    session = open_session(RuntimeProfile())
    folder, fork = session.scratch("x"), session.fork()
    session.close()
    session.close()
    assert not Path(folder).parent.exists()
    for closed in (session, fork):
        with pytest.raises(Bug, match="closed"):
            closed.plan("SELECT 1", {})
    fork.close()


def _rows(number: int) -> list[object]:
    import pyarrow as pa

    return [pa.RecordBatch.from_pydict({"a": [number]})]
