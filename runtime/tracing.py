"""Owns spans: OpenTelemetry for who asked for it, and nothing at all, not even its import, for who did not.

In: names and attributes from the run and from the faces (`span("treadle.bind", …)`). Out:
spans at the provider that the program has set up, or that `configure` sets up for the
command line's `TREADLE_TRACE=console|otlp`. Attributes are digests, counts, names; never the
values of parameters, so never a SECRET.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, TextIO

from ..dialect.diagnostics import TreadleError, error
from ..planner.capabilities import CapabilityUnavailable, MissingCapability

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

Attribute = str | int | float | bool | Sequence[str]

SWITCH = "TREADLE_TRACE"
SWITCHES = ("off", "console", "otlp")
INSTRUMENTATION = "treadle"


@dataclass(frozen=True, slots=True)
class Trace:
    """One span, or nothing when nobody listens; ended exactly once, by `end`."""

    span: Span | None = None

    def set(self, attributes: Mapping[str, Attribute]) -> None:
        """Add attributes."""
        if self.span is not None:
            self.span.set_attributes(dict(attributes))

    def event(self, name: str, attributes: Mapping[str, Attribute]) -> None:
        """Add an event at this instant, such as a commit."""
        if self.span is not None:
            self.span.add_event(name, dict(attributes))

    def end(self, failure: str | None = None) -> None:
        """End the span; `failure`, if any, becomes its error status."""
        if self.span is None:
            return
        if failure is not None:
            from opentelemetry.trace import Status, StatusCode

            self.span.set_status(Status(StatusCode.ERROR, failure))
        self.span.end()


NOTHING = Trace()


def start(name: str, attributes: Mapping[str, Attribute] | None = None, parent: Trace | None = None, links: Sequence[Trace] = ()) -> Trace:
    """Start a span that the caller ends, which may be in another thread.

    Args:
        name: the span's name, `treadle.` and a noun.
        attributes: first attributes.
        parent: the span around it; without one the thread's current span is.
        links: spans whose work this one uses, such as the stage that committed a table it reads.
    """
    tracer = _tracer()
    if tracer is None:
        return NOTHING
    from opentelemetry.trace import Link, set_span_in_context

    context = set_span_in_context(parent.span) if parent is not None and parent.span is not None else None
    linked = [Link(one.span.get_span_context()) for one in links if one.span is not None]
    return Trace(tracer.start_span(name, context=context, attributes=dict(attributes or {}), links=linked))


@contextmanager
def current(trace: Trace) -> Iterator[Trace]:
    """Make a span this thread's current one, so that spans started inside are its children."""
    if trace.span is None:
        yield trace
        return
    from opentelemetry.trace import use_span

    with use_span(trace.span, end_on_exit=False, record_exception=False, set_status_on_exception=False):
        yield trace


@contextmanager
def span(name: str, attributes: Mapping[str, Attribute] | None = None) -> Iterator[Trace]:
    """Trace a block of code as a span; an exception becomes its error status, and goes on.

    An error of the input is told by its codes alone, since messages may quote the input.
    """
    trace = start(name, attributes)
    try:
        with current(trace):
            yield trace
    except TreadleError as problem:
        trace.end(", ".join(d.code for d in problem.diagnostics))
        raise
    except BaseException as problem:
        trace.end(type(problem).__name__)
        raise
    trace.end()


def configure(switch: str | None, stream: TextIO | None = None) -> TracerProvider | None:
    """Set up tracing as the command line's `TREADLE_TRACE` asks; the caller shuts the provider down at the end.

    Args:
        switch: `off` (or nothing), `console` (spans as JSON on `stream`, standard error by
            default), `otlp` (the exporter's own environment variables say where to).

    Raises:
        TreadleError: T6045 for any other word; T3001 when the exporter is not installed.
    """
    if not switch or switch == "off":
        return None
    if switch == "console":
        return console_tracing(stream)
    if switch == "otlp":
        return _provide(_otlp_exporter(), batched=True)
    raise error("T6045", f"`{switch}` is no way of tracing", help=f"`{SWITCH}` is one of {', '.join(SWITCHES)}")


def console_tracing(stream: TextIO | None = None) -> TracerProvider:
    """Print every span as JSON when it ends, on standard error by default; returns the provider to shut down."""
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter

    return _provide(ConsoleSpanExporter(out=stream or sys.stderr), batched=False)


def _otlp_exporter() -> SpanExporter:
    module = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    try:
        found = find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        detail, remedy = "the OTLP exporter is not installed", "pip install opentelemetry-exporter-otlp-proto-http"
        reason = "missing_dependency"
        raise CapabilityUnavailable(
            MissingCapability(capability="tracing.otlp", requested_by=SWITCH, reason=reason, detail=detail, remedy=remedy)  # type: ignore[arg-type]
        )
    from importlib import import_module

    exporter: SpanExporter = import_module(module).OTLPSpanExporter()
    return exporter


def _provide(exporter: SpanExporter, batched: bool) -> TracerProvider:
    """Send spans to an exporter through the program's provider, or through ours when it has none."""
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider(resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", INSTRUMENTATION)}))
        trace.set_tracer_provider(provider)
    provider.add_span_processor(BatchSpanProcessor(exporter) if batched else SimpleSpanProcessor(exporter))
    return provider


def _tracer() -> Tracer | None:
    """Return the provider's tracer, or None when nobody has set up a provider.

    Who has set one up has imported the package, so its absence from `sys.modules` decides
    without importing it.
    """
    if "opentelemetry.trace" not in sys.modules:
        return None
    from opentelemetry import trace

    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider | trace.NoOpTracerProvider):
        return None
    return provider.get_tracer(INSTRUMENTATION)
