"""The demo: builds the lake, then checks, plans, runs, repeats and queries the flights project, saying what it shows.

make demo
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def heading(text: str) -> None:
    """Print what comes next."""
    print(f"\n\033[1m━━ {text}\033[0m" if sys.stdout.isatty() else f"\n━━ {text}", flush=True)


def treadle(arguments: str, expected: int = 0) -> None:
    """Show a command, run it in the project, and insist on its exit status."""
    print(f"$ treadle {arguments}", flush=True)
    # Unbuffered, so that data and messages keep their order when the demo is piped.
    command = [sys.executable, "-u", "-m", "treadle", *shlex.split(arguments)]
    status = subprocess.run(command, cwd=HERE, check=False).returncode
    if status != expected:
        raise SystemExit(f"`treadle {arguments}` ended with status {status}, not {expected}")


def build() -> None:
    """Build the lake, and forget what earlier demos wrote."""
    from build_lake import build as build_lake

    start = time.perf_counter()
    for name in ("out", ".treadle"):
        shutil.rmtree(HERE / name, ignore_errors=True)
    build_lake(HERE / "lake")
    print(f"built {HERE.name}/lake in {time.perf_counter() - start:.1f} s: 15 versions of flights, weather, planes, airports, airlines")


def trace() -> None:
    """Run once more with OpenTelemetry's console exporter, a line for each span."""
    from opentelemetry import trace as api
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

    import treadle as package

    def line(span: ReadableSpan) -> str:
        milliseconds = ((span.end_time or 0) - (span.start_time or 0)) / 1e6
        facts = "  ".join(f"{k.removeprefix('treadle.')}={str(v)[:24]}" for k, v in list((span.attributes or {}).items())[:4])
        return f"  {milliseconds:8.1f} ms  {'' if span.parent is None else '· '}{span.name}  {facts}\n"

    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(formatter=line)))
    api.set_tracer_provider(provider)
    package.open(HERE).run("weather_report", since=date(2013, 11, 1))


def main() -> None:
    """Run the demo."""
    start = time.perf_counter()
    heading("A Delta lake of every flight that left New York in 2013, month by month")
    build()
    heading("Check the project: every name and type, before any row is read")
    treadle("check")
    heading("A mistake has a code, a place and a way out")
    treadle('query "SELECT origin, dep_dely FROM departures"', expected=1)
    heading("Plan: exactly what will run, which files are read, and why")
    treadle("plan")
    heading("Test: what the views make of a few rows, without the lake's data")
    treadle("test")
    heading("Run: five tables, one commit each")
    treadle("run")
    heading("Run again: nothing moved, so nothing is written")
    treadle("run")
    heading("Another parameter: only autumn, only two airlines")
    treadle("run --env dev -p grace=30 carriers_by_month late_by_day")
    heading("Ask: what did the correction of June change?")
    treadle('query "SELECT * FROM corrections ORDER BY reported DESC LIMIT 5"')
    heading("Ask with named arguments and a parameter of its own")
    treadle('query "SELECT origin, dest, flown, straight FROM routes WHERE flights > $least ORDER BY flown DESC LIMIT 5" -p least=100')
    heading("As data for other programs, from one airport: `home` filters the flights before anything reads them")
    treadle('query "SELECT * FROM worst_day" -p home=JFK --format ndjson')
    heading("Receipts: what was planned, read, written and spent")
    treadle("show runs")
    heading("The same road in spans, for any OpenTelemetry collector")
    trace()
    print(f"\nThe demo took {time.perf_counter() - start:.0f} s. Its project is examples/{HERE.name}: change a view and run it.")


if __name__ == "__main__":
    main()
