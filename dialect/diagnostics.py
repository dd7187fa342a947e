"""Owns what treadle says about wrong input: codes, `Diagnostic`, `TreadleError`, `Problems`.

In: a code of `grammar/errors.toml`, a message, a place. Out: frozen diagnostics that
the terminal, plain and JSON printers render alike. Codes by layer: T1 syntax, T2 names
and types, T3 planning, T4 Delta, T5 refresh, T6 run, T7 command line and configuration.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from .source import Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of `grammar/errors.toml`: what an error code means and how it is mended.

    Args:
        code: `T` and four digits, stable across releases.
        title: a line without a final period.
        cause: why it happens, prose.
        fix: the way out, prose.
        example: a project that raises it; see `grammar/errors.toml` for the form.
    """

    code: str
    title: str
    cause: str
    fix: str
    example: str


@cache
def codes() -> dict[str, Code]:
    """Return every error code by its name, in ascending order, read once from the grammar."""
    table = tomllib.loads(files("treadle.grammar").joinpath("errors.toml").read_text("utf-8"))
    rows = {c: Code(c, r["title"], r["cause"], r["fix"], r.get("example", "")) for c, r in table.items()}
    return dict(sorted(rows.items()))


@dataclass(frozen=True, slots=True)
class Label:
    """Another place that a diagnostic involves, with a few words about it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing wrong with the input, said once.

    Args:
        code: stable code such as `T2003`.
        message: lower case start, user text in backticks, no final period.
        span: the place, or None when the fault has none (a missing folder).
        labels: other places involved.
        help: the way out, at most one line, or None.
        cause: the engine's own words, or None.
        severity: `error` or `warning`.
    """

    code: str
    message: str
    span: Span | None = None
    labels: tuple[Label, ...] = ()
    help: str | None = None
    cause: str | None = None
    severity: Severity = "error"

    def as_json(self) -> dict[str, object]:
        """Return the JSON form: places from 1, files relative to the project, null without a place."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            **place_json(self.span),
            "labels": [{"text": label.text, **place_json(label.span)} for label in self.labels],
            "help": self.help,
            "cause": self.cause,
        }


def place_json(span: Span | None) -> dict[str, object]:
    """Return a place as the five JSON keys `file`, `line`, `column`, `end_line`, `end_column`."""
    if span is None:
        return dict.fromkeys(("file", "line", "column", "end_line", "end_column"))
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


class TreadleError(Exception):
    """Wrong input, carrying one or more diagnostics; never a bug of treadle's own."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        """Store the diagnostics; at least one is expected."""
        self.diagnostics = diagnostics
        super().__init__(*diagnostics)

    def __str__(self) -> str:
        """Return one plain line per diagnostic: place, code, message."""
        return "\n".join(one_line(d) for d in self.diagnostics)


class Bug(Exception):
    """A fault of treadle's own: an invariant that did not hold; asks for a report."""


def one_line(diagnostic: Diagnostic) -> str:
    """Return `file:line:column: T2003 message` for logs and exceptions."""
    place = ""
    if diagnostic.span is not None:
        place = f"{diagnostic.span.source.name}:{diagnostic.span.line}:{diagnostic.span.column}: "
    tail = f" ({diagnostic.help})" if diagnostic.help else ""
    return f"{place}{diagnostic.code} {diagnostic.message}{tail}"


def error(
    code: str,
    message: str,
    span: Span | None = None,
    *,
    labels: Iterable[Label] = (),
    help: str | None = None,
    cause: str | None = None,
    severity: Severity = "error",
) -> TreadleError:
    """Return a raisable error with one diagnostic; the code must stand in `grammar/errors.toml`."""
    if code not in codes():
        raise Bug(f"the error code {code} is not in grammar/errors.toml")
    return TreadleError(Diagnostic(code, message, span, tuple(labels), help, cause, severity))


class Problems:
    """Collects diagnostics while work goes on, so that all errors of a project come at once."""

    def __init__(self) -> None:
        """Start empty."""
        self._found: list[Diagnostic] = []

    def add(self, *found: Diagnostic) -> None:
        """Add diagnostics, leaving out exact repeats of code, place and message."""
        for one in found:
            key = (one.code, one.message, _place_key(one))
            if all(key != (d.code, d.message, _place_key(d)) for d in self._found):
                self._found.append(one)

    def catch(self, problem: TreadleError) -> None:
        """Add all diagnostics of an error that was raised."""
        self.add(*problem.diagnostics)

    def __iter__(self) -> Iterator[Diagnostic]:
        """Yield the diagnostics by file and place, placeless ones first."""
        return iter(sorted(self._found, key=lambda d: (_place_key(d), d.code)))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Return those of severity `error`, in order."""
        return tuple(d for d in self if d.severity == "error")

    def raise_if_errors(self) -> None:
        """Raise one `TreadleError` with everything found, if an error is among it."""
        if self.errors:
            raise TreadleError(*self)


def _place_key(diagnostic: Diagnostic) -> tuple[str, int, int]:
    span = diagnostic.span
    return ("", 0, 0) if span is None else (span.source.name, span.start, span.end)


def nearest(name: str, candidates: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Return the candidates that are spelt most like a name, best first.

    >>> nearest("flihgts", ["flights", "planes"])
    ('flights',)
    """
    by_lower = {c.lower(): c for c in candidates}
    found = difflib.get_close_matches(name.lower(), list(by_lower), n=limit, cutoff=0.6)
    return tuple(by_lower[f] for f in found)


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """Return the help line `did you mean …?` for a misspelt name, or None when nothing is near.

    >>> did_you_mean("flihgts", ["flights", "planes"])
    'did you mean `flights`?'
    """
    found = nearest(name, candidates)
    return "did you mean " + " or ".join(f"`{f}`" for f in found) + "?" if found else None


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "column"), counted(2, "column")
    ('1 column', '2 columns')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
