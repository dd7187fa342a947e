"""The spans of a run: nested, linked, told of commits and failures, free of secrets; none when not asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.support.bundles import Bench
from treadle.dialect.types import VARCHAR
from treadle.planner.spec import Observe
from treadle.planner.values import Value


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Return an exporter at the process's provider, which can be set once and so stays."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    exporter = InMemorySpanExporter()
    processor = SimpleSpanProcessor(exporter)
    provider.add_span_processor(processor)
    yield exporter
    processor.shutdown()


def tree(spans: tuple[ReadableSpan, ...]) -> dict[str, tuple[str | None, list[str]]]:
    """Return each span's parent and links, all by stage or name."""
    names = {one.context.span_id: str((one.attributes or {}).get("treadle.stage", one.name)) for one in spans}
    parents = {one.context.span_id: names[one.parent.span_id] if one.parent else None for one in spans}
    return {names[s.context.span_id]: (parents[s.context.span_id], [names[one.context.span_id] for one in s.links]) for s in spans}


def test_stages_nest_in_the_run_and_link_to_what_they_read(at: Bench, spans: InMemorySpanExporter) -> None:
    base = at.stage("base", "shared", 'SELECT * FROM "r0"', [at.delta("r0", "flights")])
    first = at.stage("first", "write", 'SELECT * FROM "r0"', [at.earlier("r0", base)])
    second = at.stage("second", "write", 'SELECT count(*) AS n FROM "r0"', [at.earlier("r0", first)])
    done = at.run(base, first, second)
    found = spans.get_finished_spans()
    assert tree(found) == {
        "base": ("treadle.run", []),
        "first": ("treadle.run", ["base"]),
        "second": ("treadle.run", ["first"]),
        "treadle.run": (None, []),
    }
    run, stage = found[-1].attributes or {}, found[1].attributes or {}
    assert run["treadle.run_id"] == done.receipt.run_id and run["treadle.status"] == "done" and run["treadle.outputs.written"] == 2
    assert run["treadle.digest.spec"] == "s" * 32 and run["treadle.rows_written"] == 5
    assert stage["treadle.rows"] == 4 and stage["treadle.views"] == ("first",) and stage["treadle.operators"]
    (commit,) = found[1].events
    assert commit.name == "treadle.commit"
    assert dict(commit.attributes or {})["treadle.table"] == "lake/first" and dict(commit.attributes or {})["treadle.version"] == 0


def test_a_result_is_traced_when_it_is_read(at: Bench, spans: InMemorySpanExporter) -> None:
    done = at.run(at.stage("rows", "result", 'SELECT "id" FROM "r0"', [at.delta("r0", "flights")]))
    assert spans.get_finished_spans() == ()
    list(done.results[0])
    assert tree(spans.get_finished_spans()) == {"rows": ("treadle.run", []), "treadle.run": (None, [])}


def test_failures_have_their_code_and_secrets_are_nowhere(at: Bench, spans: InMemorySpanExporter) -> None:
    values = {"word": Value(VARCHAR, "hunter2")}
    sql = 'SELECT CAST(concat($p1, "origin") AS INT) AS x FROM "r0"'
    at.run(at.stage("v", "write", sql, [at.delta("r0", "flights")], values), values=values, secret=["word"])
    stage, run = spans.get_finished_spans()
    assert (stage.status.description, run.status.description) == ("T6050", "T6050")
    assert not stage.status.is_ok and not run.status.is_ok
    assert "hunter2" not in stage.to_json() + run.to_json()


def test_tracing_can_be_left_out(at: Bench, spans: InMemorySpanExporter) -> None:
    at.run(at.stage("v", "write", 'SELECT "id" FROM "r0"', [at.delta("r0", "flights")]), observe=Observe(trace=False))
    assert spans.get_finished_spans() == ()
