"""What constraints count is what Python counts, and what DROP leaves is what a filter leaves, for random rows and conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle
from treadle.runtime.receipt import ExpectationReceipt

Row = tuple[int | None, int | None, str | None]
Truth = bool | None
Condition = tuple[str, Callable[[Row], Truth]]

ROWS: st.SearchStrategy[list[Row]] = st.lists(
    st.tuples(
        st.none() | st.integers(-2, 3), st.none() | st.integers(-2, 3), st.none() | st.sampled_from(["", "a", "b", "it's"])
    ),
    max_size=12,
)  # fmt: skip
SCHEMA = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("s", pa.string())])


def _not(one: Truth) -> Truth:
    return None if one is None else not one


def _and(one: Truth, other: Truth) -> Truth:
    return False if one is False or other is False else None if one is None or other is None else True


def _compared(column: int, sign: str, constant: int) -> Condition:
    def holds(row: Row) -> Truth:
        value = row[column]
        if not isinstance(value, int):
            return None
        return {"<": value < constant, ">=": value >= constant, "=": value == constant}[sign]

    return f"{'ab'[column]} {sign} {constant}", holds


def _text(constant: str) -> Condition:
    shown = constant.replace("'", "''")
    return f"s <> '{shown}'", lambda row: None if row[2] is None else row[2] != constant


def _present(name: str) -> Condition:
    return f"{name} IS NOT NULL", lambda row: row["abs".index(name)] is not None


SIMPLE = st.one_of(
    st.builds(_compared, st.integers(0, 1), st.sampled_from(["<", ">=", "="]), st.integers(-2, 3)),
    st.builds(_text, st.sampled_from(["a", "it's"])),
    st.builds(_present, st.sampled_from("abs")),
)


def _negated(one: Condition) -> Condition:
    return f"NOT ({one[0]})", lambda row: _not(one[1](row))


def _both(one: Condition, other: Condition) -> Condition:
    return f"({one[0]}) AND ({other[0]})", lambda row: _and(one[1](row), other[1](row))


def _either(one: Condition, other: Condition) -> Condition:
    return f"({one[0]}) OR ({other[0]})", lambda row: _not(_and(_not(one[1](row)), _not(other[1](row))))


CONDITIONS = st.recursive(
    SIMPLE, lambda inner: st.one_of(inner.map(_negated), st.builds(_both, inner, inner), st.builds(_either, inner, inner)), max_leaves=4
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[treadle.Project]:
    root = tmp_path_factory.mktemp("held")
    (root / "treadle.toml").write_text("")
    with treadle.open(root) as opened:
        yield opened


def run(project: treadle.Project, rows: list[Row], old: list[Row], constraints: str) -> dict[str, ExpectationReceipt]:
    """Append rows to a table that has some, under constraints; return what each came to."""
    for name, content in (("t", rows), ("out", old)):
        columns = [list(column) for column in zip(*content, strict=True)] or [[], [], []]
        table = pa.table(dict(zip("abs", columns, strict=True)), schema=SCHEMA)
        write_deltalake(str(project.root / name), table, mode="overwrite")
    (project.root / "v.sql").write_text(
        "CREATE SOURCE t FROM DELTA 't'; CREATE VIEW w AS SELECT 1 AS a, 'a' AS s UNION ALL SELECT 2, 'it''s' UNION ALL SELECT NULL, 'b';"
        f"CREATE MATERIALIZED VIEW out INTO 'out' APPEND {constraints} AS SELECT a, b, s FROM t ORDER BY b;"
    )
    (output,) = project.run().receipt.outputs
    return {one.name: one for one in output.expectations}


def written(project: treadle.Project) -> Counter[Row]:
    table = DeltaTable(str(project.root / "out")).to_pyarrow_table()
    return Counter(zip(*(table[name].to_pylist() for name in "abs"), strict=True))


@settings(max_examples=20)
@given(ROWS, CONDITIONS, CONDITIONS)
def test_row_conditions_count_and_drop_as_a_filter_does(
    project: treadle.Project, rows: list[Row], dropping: Condition, warning: Condition
) -> None:
    found = run(
        project, rows, [], f"CONSTRAINT d EXPECT ({dropping[0]}) ON VIOLATION DROP CONSTRAINT w EXPECT ({warning[0]}) ON VIOLATION WARN"
    )
    for name, (_, holds) in (("d", dropping), ("w", warning)):
        bad = sum(holds(row) is not True for row in rows)
        assert (found[name].rows, found[name].violations) == (len(rows), bad)
        assert found[name].state == ("violated" if bad else "holds")
        assert len(found[name].examples) == min(bad, 3)
    assert written(project) == Counter(row for row in rows if dropping[1](row) is True)


@settings(max_examples=20)
@given(ROWS, ROWS)
def test_keys_count_over_old_and_new_rows(project: treadle.Project, rows: list[Row], old: list[Row]) -> None:
    found = run(
        project, rows, old,
        "CONSTRAINT u EXPECT UNIQUE (a, s) ON VIOLATION WARN CONSTRAINT r EXPECT REFERENCES w (a, s) ON VIOLATION WARN"
        " CONSTRAINT n EXPECT (count(*) <> 3 AND coalesce(sum(a), 0) < 4) ON VIOLATION WARN",
    )  # fmt: skip
    after = [*rows, *old]
    counts = Counter((a, s) for a, _, s in after if a is not None and s is not None)
    assert (found["u"].rows, found["u"].violations) == (len(after), sum(n for n in counts.values() if n > 1))
    known = {(1, "a"), (2, "it's")}
    assert found["r"].violations == sum(a is not None and s is not None and (a, s) not in known for a, _, s in rows)
    holds = len(after) != 3 and sum(a for a, _, _ in after if a is not None) < 4
    assert (found["n"].state == "holds") == holds
    assert written(project) == Counter(after)


@settings(max_examples=12)
@given(ROWS, ROWS)
def test_a_checked_key_lets_only_keys_in(project: treadle.Project, rows: list[Row], old: list[Row]) -> None:
    found = run(project, rows, old, "PRIMARY KEY (a, b) CHECKED")["PRIMARY KEY"]
    after = [*rows, *old]
    counts = Counter((a, b) for a, b, _ in after)
    bad = sum(n for (a, b), n in counts.items() if n > 1 or a is None or b is None)
    assert found.violations == bad
    assert written(project) == Counter(after if not bad else old)
