"""Owns what `treadle query` does with text and rows: stdin, formats, files, terminals."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from ..export import Format, format_of, whole_file, write
from .console import Console
from .receipt_page import show_warnings
from .result_pages import markdown, vertical
from .result_table import show_table
from .text import Paint, plural

if TYPE_CHECKING:
    from ..result import Result

BINARY = ("parquet", "arrow")
PAGES = ("markdown", "vertical")


def read_text(sql: str) -> str:
    """Return the query's text: the argument, or stdin when it is `-`."""
    return sys.stdin.read() if sql == "-" else sql


def write_result(console: Console, result: Result, format_name: str | None, output: str | None, begin: Callable[[], None]) -> None:
    """Print or write a result's rows; `begin` is called before anything is printed. Raises T7019, and what the query fails with."""
    if console.json and format_name is None and output is None:
        format_name = "json"
    format = _format(format_name, output)
    if output is None and format != "table":
        begin()
    if format in PAGES:
        _write_page(console, result, format, output)
    elif output is not None:
        with whole_file(Path(output)) as sink:
            rows = write(result.schema, result, cast(Format, format), sink)
        begin()
        console.say(f"wrote {plural(rows, 'row')} to {output}")
    elif format == "table":
        show_table(console, result.schema, result, begin)
    else:
        if format in BINARY and console.stdout.isatty():
            raise click.UsageError(f"{format} is no text for a terminal; write it to a file with `-o FILE`")
        console.stdout.flush()
        write(result.schema, result, cast(Format, format), sys.stdout.buffer)
        sys.stdout.buffer.flush()
    if not console.json:
        show_warnings(console, result.receipt)


def _write_page(console: Console, result: Result, format: str, output: str | None) -> None:
    """Print or write rows as Markdown, or one below the other."""
    paint = console.out if output is None else Paint(False)
    lines = markdown(result.schema, result) if format == "markdown" else vertical(result.schema, result, console.width, paint)
    if output is None:
        for line in lines:
            console.data(f"{line}\n")
        return
    with whole_file(Path(output)) as sink:
        for line in lines:
            sink.write(f"{line}\n".encode())
    console.say(f"wrote {output}")


def _format(name: str | None, output: str | None) -> str:
    """Return the format: the one named, else the one that the file's ending means, else a table."""
    if output is None:
        return name or "table"
    if name == "table":
        raise click.UsageError("a table is for the screen; `-o` takes csv, json, ndjson, markdown, vertical, parquet or arrow")
    found = name or ("markdown" if output.lower().endswith(".md") else format_of(output))
    if found is None:
        raise click.UsageError(f"the ending of `{output}` names no format; add `--format csv`, for example")
    return found
