"""Owns specifications as JSON files: read with every mistake told at its place, written for people."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from ..dialect.diagnostics import Problems, TreadleError, error
from ..dialect.source import Source, Span
from ..planner.spec import ExecutionSpec
from .project import read_source


def read_spec(path: Path) -> ExecutionSpec:
    """Return the specification in a JSON file; raises T7018 with all that is wrong, or T7009 to T7012."""
    return parse_spec(read_source(path, path.as_posix()))


def parse_spec(source: Source) -> ExecutionSpec:
    """Return the specification that a JSON text holds; raises T7018 with all that is wrong in it."""
    try:
        json.loads(source.text)
    except json.JSONDecodeError as problem:
        at = min(problem.pos, len(source.text))
        raise error("T7018", f"this is not JSON: {problem.msg[:1].lower()}{problem.msg[1:]}", source.span(at, at + 1)) from problem
    try:
        return ExecutionSpec.model_validate_json(source.text)
    except ValidationError as problem:
        problems = Problems()
        for fault in problem.errors(include_url=False):
            problems.catch(_fault(source, tuple(fault["loc"]), str(fault["msg"]), fault["type"]))
        problems.raise_if_errors()
        raise


def write_spec(spec: ExecutionSpec) -> str:
    """Return a specification as indented JSON that `parse_spec` reads back to an equal one."""
    return spec.model_dump_json(indent=2) + "\n"


def _fault(source: Source, path: tuple[str | int, ...], message: str, kind: str) -> TreadleError:
    shown = ".".join(str(part) for part in path) or "it"
    if kind == "extra_forbidden":
        message = "there is no such field"
    return error("T7018", f"`{shown}`: {message[:1].lower()}{message[1:]}", _place(source, path))


def _place(source: Source, path: tuple[str | int, ...]) -> Span:
    """Return the place of the deepest key of a path that the text holds, found in order."""
    span, at = source.span(0, 1), 0
    for part in path:
        key = json.dumps(part) if isinstance(part, str) else None
        found = source.text.find(key, at) if key else -1
        if key and found >= 0:
            span, at = source.span(found, found + len(key)), found + len(key)
    return span
