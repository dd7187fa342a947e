"""`grammar/functions.toml` against the engine: every function is there, every example runs, by name as by position."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from sqlglot import exp

import treadle
from treadle.dialect import parse_expression
from treadle.planner.functions.built_ins import Described, described
from treadle.planner.spec import RuntimeProfile
from treadle.runtime.api import Connection
from treadle.runtime.engine.datafusion import DataFusionEngine
from treadle.runtime.session import Session, open_session

ROWS = pa.table(
    {
        "k": ["a", "a", "b", "b"],
        "n": [1, 2, 3, 5],
        "x": [1.5, 2.0, 4.0, 4.5],
        "s": ["UA", "AA", "DL", "UA"],
        "b": [True, False, True, True],
    }
)
ENTRIES = {one.name: one for one in described().values()}
RENAMED = {"generate_series": {"end": "stop"}, "range": {"end": "stop"}}
"""Parameters that treadle calls otherwise than the engine: `stop`, as in the table function."""


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """The engine alone, with the table of examples."""
    made = open_session(RuntimeProfile(name="small"))
    made.register("t", made.context.from_arrow(ROWS))
    with made.planning({}):  # names are read in the session's own namespace from here on
        pass
    yield made
    made.close()


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """Treadle with the same table."""
    with treadle.connect(tmp_path_factory.mktemp("functions")) as made:
        made.register("t", ROWS)
        yield made


def test_the_file_and_the_engine_have_the_same_functions(session: Session) -> None:
    found = DataFusionEngine(session).built_ins()
    assert sorted(described()) == sorted(found)
    assert [name for name, one in described().items() if found[name].kind not in one.kinds] == []


def test_parameters_are_called_as_the_engine_calls_them(session: Session) -> None:
    sql = (
        "SELECT specific_name AS f, rid, array_agg(parameter_name ORDER BY ordinal_position) AS names"
        " FROM information_schema.parameters WHERE parameter_mode = 'IN' GROUP BY specific_name, rid"
    )
    named = [(row["f"], row["names"]) for row in session.context.sql(sql).to_pylist() if None not in row["names"]]
    others = {}
    for function, names in named:
        ours = [p.name for p in described()[function].parameters]
        theirs = [RENAMED.get(described()[function].name, {}).get(name, name) for name in names]
        if not _contains(ours, theirs):
            others[function] = (theirs, ours)
    assert len({function for function, _ in named}) > 130
    assert others == {}


def _contains(ours: list[str], theirs: list[str]) -> bool:
    """Say whether the engine's names stand among ours in the same order; shorter forms leave some out."""
    rest = iter(ours)
    return all(any(name == own for own in rest) for name in theirs)


@pytest.mark.parametrize("name", ENTRIES)
def test_an_example_by_name_gives_what_it_gives_by_position(name: str, session: Session, connection: Connection) -> None:
    entry = ENTRIES[name]
    call = parse_expression(entry.example)
    assert isinstance(call, exp.Anonymous) and str(call.this) == name
    assert all(isinstance(one, exp.Kwarg) for one in call.expressions)
    required = {p.name for p in entry.parameters if p.required}
    given = [str(one.this.name) for one in call.expressions]
    assert required <= set(given) <= {p.name for p in entry.parameters}
    assert [p.name for p in entry.parameters if p.name in given] == given, "examples name arguments in order"
    if entry.not_run is not None:
        assert name in ("union_tag", "union_extract", "input_file_name", "file_row_index")
        return
    for alias in (name, *entry.aliases):
        backwards = f"{alias}({', '.join(one.sql(dialect=treadle_dialect()) for one in reversed(call.expressions))})"
        in_order = f"{name}({', '.join(_text(entry, one) for one in call.expressions)})"
        for kind in entry.kinds:
            ours = connection.query(_query(kind, name, backwards)).to_arrow()
            theirs = pa.Table.from_batches(session.context.sql(_query(kind, name, in_order)).collect())
            _compare(session, name, ours, theirs)


def treadle_dialect() -> type:
    """Return treadle's dialect of sqlglot."""
    from treadle.dialect.sql import Treadle

    return Treadle


def _text(entry: Described, argument: exp.Expr) -> str:
    """Return an argument's own text, without its name, as it stands in the example."""
    start, end = argument.expression.meta["span"]
    return entry.example[start:end]


def _query(kind: str, name: str, call: str) -> str:
    """Return a query over the examples' table that calls a function."""
    if kind == "window":
        return f"SELECT n, {call} OVER (ORDER BY n) AS r FROM t ORDER BY n"
    if name == "grouping":
        return f"SELECT k, {call} AS r FROM t GROUP BY k ORDER BY k"
    if kind == "table":
        return f"SELECT {call} AS r"
    return f"SELECT {call} AS r FROM t" + ("" if kind == "aggregate" else " ORDER BY n LIMIT 1")


def _compare(session: Session, name: str, ours: pa.Table, theirs: pa.Table) -> None:
    if DataFusionEngine(session).built_ins()[name].volatility == "immutable":
        assert ours.to_pylist() == theirs.to_pylist()
    else:
        assert ours.num_rows == theirs.num_rows == 1


@pytest.mark.parametrize(
    ("named", "plain"),
    [
        ("log(numeric_expression => 100.0)", "log(100.0)"),
        ("range(stop => 3)", "range(3)"),
        ("generate_series(stop => 3)", "generate_series(3)"),
        ("regexp_instr('abAb', regexp => 'ab', flags => 'i')", "regexp_instr('abAb', 'ab', 1, 1, 'i')"),
        ("regexp_count('abAb', regexp => 'ab', flags => 'i')", "regexp_count('abAb', 'ab', 1, 'i')"),
        ("array_sort([2, NULL, 1], nulls_order => 'NULLS LAST')", "array_sort([2, NULL, 1], 'ASC', 'NULLS LAST')"),
        ("concat_ws('-', 'a', 'b')", "concat_ws('-', 'a', 'b')"),
    ],
)
def test_what_stands_for_an_argument_left_out_is_what_the_engine_takes(
    named: str, plain: str, session: Session, connection: Connection
) -> None:
    theirs = pa.Table.from_batches(session.context.sql(f"SELECT {plain} AS r").collect())
    assert connection.query(f"SELECT {named} AS r").to_arrow().to_pylist() == theirs.to_pylist()


def test_the_default_offset_of_lag_is_one(connection: Connection) -> None:
    found = connection.query("SELECT n, lag(n, default => 0) OVER (ORDER BY n) AS r FROM t ORDER BY n").to_arrow()
    assert found["r"].to_pylist() == [0, 1, 2, 3]
