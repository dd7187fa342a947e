"""Boxes of rows fit the screen whatever is in them: every line as wide as the others, no number cut, nothing untold."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from treadle.runtime.cli.boxes import BoxColumn, box
from treadle.runtime.cli.result_pages import markdown, vertical
from treadle.runtime.cli.result_table import first_and_last_rows
from treadle.runtime.cli.text import Paint, cells

TEXT = st.text(alphabet=st.sampled_from(list("abc é表\t\n\x1b|")), max_size=30)
COLUMNS = st.lists(
    st.builds(BoxColumn, TEXT, st.sampled_from(["bigint", "varchar", "struct(a bigint, b varchar)"]), st.booleans()), min_size=1, max_size=9
)


@st.composite
def _boxes(draw: st.DrawFn) -> tuple[list[BoxColumn], list[tuple[str | None, ...]], list[tuple[str | None, ...]], int]:
    columns = draw(COLUMNS)
    cell = [st.one_of(st.none(), st.integers(0, 10**9).map(str) if column.number else TEXT) for column in columns]
    rows = st.lists(st.tuples(*cell), max_size=4)
    return columns, draw(rows), draw(rows), draw(st.integers(30, 100))


@given(_boxes())
def test_lines_are_as_wide_as_the_screen_allows(given_box) -> None:  # type: ignore[no-untyped-def]
    columns, head, tail, width = given_box
    drawn = box(columns, head, tail, width, Paint(False))
    widths = {cells(line) for line in drawn.lines}
    assert len(widths) == 1
    numbers_fit = all(cells(c.name) <= 12 for c in columns)
    if numbers_fit and len(columns) > len(drawn.hidden) + 2:
        assert widths.pop() <= width
    assert len(drawn.lines) == 5 + len(head) + len(tail) + bool(tail)


@given(_boxes())
def test_numbers_are_whole_and_columns_are_shown_or_told(given_box) -> None:  # type: ignore[no-untyped-def]
    columns, head, tail, width = given_box
    drawn = box(columns, head, tail, width, Paint(False))
    shown = len(drawn.lines[0].split("┬")) - bool(drawn.hidden)
    assert shown + len(drawn.hidden) == len(columns)
    if columns[0].number and head and head[0][0] is not None:
        assert head[0][0] in drawn.lines[4]


def test_missing_values_are_dim_and_texts_are_not() -> None:
    drawn = box([BoxColumn("a", "varchar", False)], [(None,), ("NULL",)], [], 80, Paint(True))
    assert "\x1b[2mNULL\x1b[0m" in drawn.lines[4] and "\x1b[2mNULL" not in drawn.lines[5]


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(1, 9))
def test_the_first_and_the_last_rows(sizes: list[int], limit: int) -> None:
    count, batches = 0, []
    for size in sizes:
        batches.append(pa.record_batch({"n": list(range(count, count + size))}))
        count += size
    sample = first_and_last_rows(batches, limit)
    numbers = [int(row[0] or 0) for row in (*sample.head, *sample.tail)]
    assert sample.count == count and sample.shown == min(count, limit)
    half = limit - limit // 2
    assert numbers == (list(range(count)) if count <= limit else [*range(half), *range(count - limit // 2, count)])


def test_pages() -> None:
    table = pa.table({"a|b": [1, None], "c": ["x|y", "line\nbreak"]})
    assert markdown(table.schema, table.to_batches()) == [
        "| a\\|b | c          |",
        "| ---: | ---------- |",
        "|    1 | x\\|y       |",
        "|      | line⏎break |",
    ]
    lines = list(vertical(table.schema, table.to_batches(), 40, Paint(False)))
    assert lines[0].startswith("── row 1 ──") and cells(lines[0]) == 40
    assert lines[1:3] == ["a|b  1", "  c  x|y"] and lines[4] == "a|b  NULL"
