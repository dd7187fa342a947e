"""Owns how a result is shown: in the session's format, on the screen, through the pager or into a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from ..cli.console import Console
from ..cli.receipt_page import duration, show_warnings
from ..cli.result_pages import markdown, vertical
from ..cli.result_table import Sample, draw, first_and_last_rows
from ..cli.text import Paint, plural
from ..export import Format, write
from .paging import Screen
from .settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

    from ..result import Result
    from .timing import Stopwatch

_WRITTEN: dict[str, Format] = {"csv": "csv", "json": "json", "jsonl": "ndjson"}


def show(console: Console, settings: Settings, result: Result, watch: Stopwatch, paged: bool, begin: Callable[[], None]) -> None:
    """Write a result's rows to where the session's results go; `begin` is called before. Raises what the query fails with."""
    if settings.format == "table":
        _table(console, settings, result, watch, paged, begin)
    else:
        begin()
        with target(console, settings, paged) as sink:
            count = _rows(console, settings, result, sink)
        if settings.sink is not None:
            console.say(f"wrote {plural(count, 'row')} to {settings.sink_name}")
        elif settings.timing:
            console.say(console.err("dim", f"{plural(count, 'row')}, {duration(watch.seconds)}"))
    show_warnings(console, result.receipt)


@contextmanager
def target(console: Console, settings: Settings, paged: bool) -> Iterator[BinaryIO | Screen]:
    """Yield what takes a result: the session's file, or the screen."""
    if settings.sink is not None:
        yield settings.sink
        settings.sink.flush()
    else:
        with Screen(console, paged and settings.pager) as screen:
            yield screen


def _table(console: Console, settings: Settings, result: Result, watch: Stopwatch, paged: bool, begin: Callable[[], None]) -> None:
    on_screen = settings.sink is None and console.is_terminal
    sample = first_and_last_rows(result, settings.rows if on_screen else None)
    begin()
    drawn = draw(console if on_screen else _off_screen(console), result.schema, sample)
    footer = _footer(sample, len(result.schema.names), len(drawn.hidden))
    footer += f", {duration(watch.seconds)}" if settings.timing else ""
    with target(console, settings, paged) as sink:
        sink.write("".join(f"{line}\n" for line in drawn.lines).encode())
        if on_screen:
            sink.write(f"{console.out('dim', footer)}\n".encode())
    if isinstance(sink, Screen) and sink.paged:
        console.data(f"{console.out('dim', footer)}\n")  # who leaves the pager early has not seen it
    if settings.sink is not None:
        console.say(f"wrote {plural(sample.count, 'row')} to {settings.sink_name}")
    elif not on_screen:
        console.say(footer)


def _off_screen(console: Console) -> Console:
    """Return a console that clips and colours nothing."""
    return OffScreen(console.stdout, console.stderr)


class OffScreen(Console):
    """A console whose stdout is read by no person on a screen."""

    is_terminal = False
    out = Paint(False)


def _footer(sample: Sample, columns: int, hidden: int) -> str:
    text = plural(sample.count, "row")
    text += f" ({sample.shown:,} shown)" if sample.shown < sample.count else ""
    return text + (f", {plural(columns, 'column')} ({columns - hidden} shown)" if hidden else "")


def _rows(console: Console, settings: Settings, result: Result, sink: BinaryIO | Screen) -> int:
    if settings.format in _WRITTEN:
        return write(result.schema, result, _WRITTEN[settings.format], sink)  # type: ignore[arg-type]
    counted = _Counted(result)
    if settings.format == "markdown":
        lines: Iterable[str] = markdown(result.schema, counted)
    else:
        lines = vertical(result.schema, counted, console.width, console.out if settings.sink is None else Paint(False))
    for line in lines:
        sink.write(f"{line}\n".encode())
    return counted.rows


class _Counted:
    """The batches of a result, counted as they pass."""

    def __init__(self, result: Result) -> None:
        self._result, self.rows = result, 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._result:
            self.rows += batch.num_rows
            yield batch
