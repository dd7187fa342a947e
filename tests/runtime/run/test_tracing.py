"""Spans: nothing without a provider, right nesting and no secrets with one, the command line's switch."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import textwrap

import pytest

from treadle.dialect.diagnostics import TreadleError
from treadle.runtime.tracing import configure


def python(code: str) -> str:
    """Return what a program prints in a process of its own, since a provider is set once per process."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_a_provider_nothing_is_imported() -> None:
    printed = python("""
        import sys
        from treadle.runtime import tracing
        with tracing.span("treadle.bind", {"views": 3}) as trace:
            trace.set({"more": 1})
            trace.event("commit", {"version": 1})
        assert trace.span is None
        print([name for name in sys.modules if name.startswith("opentelemetry")])
    """)
    assert printed == "[]\n"


def test_the_api_alone_listens_to_nothing() -> None:
    printed = python("""
        import sys
        import opentelemetry.trace
        from treadle.runtime import tracing
        with tracing.span("treadle.bind") as trace:
            print(trace.span)
        print("opentelemetry.sdk" in sys.modules)
    """)
    assert printed == "None\nFalse\n"


def test_spans_nest_link_and_tell_failures_by_code() -> None:
    printed = python("""
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        from treadle.dialect.diagnostics import Diagnostic, TreadleError
        from treadle.runtime import tracing

        spans = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(spans))
        trace.set_tracer_provider(provider)
        root = tracing.start("root", {"runs": 1})
        first = tracing.start("first", parent=root)
        first.end()
        try:
            with tracing.current(root), tracing.span("second"):
                third = tracing.start("third", links=[first])
                third.end()
                raise TreadleError(Diagnostic("T6001", "the word is hunter2"))
        except TreadleError:
            pass
        root.end()
        by_id = {s.context.span_id: s.name for s in spans.get_finished_spans()}
        for s in spans.get_finished_spans():
            parent = by_id[s.parent.span_id] if s.parent else None
            print(s.name, parent, [by_id[l.context.span_id] for l in s.links], s.status.description, [e.name for e in s.events])
    """)
    assert printed.splitlines() == [
        "first root [] None []",
        "third second ['first'] None []",
        "second root [] T6001 []",
        "root None [] None []",
    ]


def test_the_console_prints_spans_as_json_on_standard_error() -> None:
    printed = python("""
        import io
        from treadle.runtime import tracing
        stream = io.StringIO()
        provider = tracing.configure("console", stream)
        with tracing.span("treadle.plan", {"stages": 2}):
            pass
        provider.shutdown()
        print(stream.getvalue())
    """)
    found = json.loads(printed)
    assert found["name"] == "treadle.plan" and found["attributes"] == {"stages": 2}


@pytest.mark.parametrize("switch", [None, "", "off"])
def test_off_sets_up_nothing(switch: str | None) -> None:
    assert configure(switch) is None


def test_an_unknown_switch_is_told() -> None:
    with pytest.raises(TreadleError) as problem:
        configure("jaeger", io.StringIO())
    assert problem.value.diagnostics[0].code == "T6045"


def test_a_missing_exporter_is_told() -> None:
    with pytest.raises(TreadleError) as problem:
        configure("otlp")
    assert problem.value.diagnostics[0].code == "T3001"
