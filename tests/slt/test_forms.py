"""What every record's query goes through besides running: it is written and read back equal, laid out, and followed in lineage."""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle
from tests.support.slt import Record, read_records
from tests.support.slt_lake import build
from treadle.dialect import parse_query, to_sql
from treadle.dialect.format import format_source
from treadle.dialect.source import Source
from treadle.planner.lineage.graph import Node

QUERIES = [
    record
    for path in sorted(Path(__file__).parent.rglob("*.slt"))
    for record in read_records(path)
    if record.kind == "query" and not record.sql.startswith(("DESCRIBE", "SUMMARIZE"))
]


def test_queries_are_written_and_read_back_as_the_same() -> None:
    for record in QUERIES:
        written = to_sql(parse_query(record.sql))
        assert to_sql(parse_query(written)) == written, _place(record)


def test_layout_keeps_the_query_and_itself() -> None:
    for record in QUERIES:
        laid_out = format_source(Source("q.sql", record.sql + ";")).text
        assert format_source(Source("q.sql", laid_out)).text == laid_out, _place(record)
        assert parse_query(laid_out) == parse_query(record.sql), _place(record)


def test_lineage_follows_every_query(tmp_path: Path) -> None:
    root = build(tmp_path / "lake")
    views = {f"q{at}": record for at, record in enumerate(QUERIES) if not record.values}
    (root / "views.sql").write_text("".join(f"CREATE VIEW {name} AS\n{record.sql};\n" for name, record in views.items()), "utf-8")
    with treadle.open(root) as project:
        graph = project._workspace.lineage()
    known = {node.relation for node in graph.nodes}
    for name, record in views.items():
        assert name in known, _place(record)
    doubled = [name for name, record in views.items() if record.sql.startswith("SELECT list_transform(list_filter([1, 2, 3], x ->")]
    assert doubled and all(all(node.is_rows for node, _ in graph.steps(Node("view", name, "l"), "up")) for name in doubled)


def test_lineage_sees_what_a_lambda_captures(tmp_path: Path) -> None:
    root = build(tmp_path / "lake")
    (root / "views.sql").write_text("CREATE VIEW v AS SELECT list_filter(scores, s -> s > age) AS l FROM people;", "utf-8")
    with treadle.open(root) as project:
        steps = project._workspace.lineage().steps(Node("view", "v", "l"), "up")
    assert {str(node) for node, _ in steps if node.column} == {"people.scores", "people.age"}


def _place(record: Record) -> str:
    return f"{record.path.name}:{record.line} {record.sql}"


@pytest.mark.parametrize(
    "text", ["query X\nSELECT 1\n", "statement maybe\nSELECT 1\n", "query I\nSELECT 1\nduckdb:\nSELECT 2\n", "query I\n----\n1\n"]
)
def test_what_is_no_record_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.slt"
    path.write_text(text)
    with pytest.raises(ValueError, match="a.slt:1"):
        list(read_records(path))
