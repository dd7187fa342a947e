"""Owns specifications as JSON files: read with every mistake told at its place, written for people."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from ..dialect.diagnostics import Problems, TreadleError, error
from ..dialect.source import Source, Span
from ..planner.checks import place_of
from ..planner.spec import ExecutionSpec
from .project import read_source

WAY_OUT = "`treadle spec` writes one; `docs/spec.schema.json` describes every field"


def read_spec(path: Path) -> ExecutionSpec:
    """Return the specification in a JSON file; raises T7018 with all that is wrong, or T7009 to T7012."""
    return parse_spec(read_source(path, path.as_posix()))


def parse_spec(source: Source) -> ExecutionSpec:
    """Return the specification that a JSON text holds; raises T7018 with all that is wrong in it."""
    try:
        json.loads(source.text)
    except json.JSONDecodeError as problem:
        at = min(problem.pos, len(source.text))
        raise error(
            "T7018", f"this is not JSON: {problem.msg[:1].lower()}{problem.msg[1:]}", source.span(at, at + 1), help=WAY_OUT
        ) from problem
    try:
        spec = ExecutionSpec.model_validate_json(source.text)
    except ValidationError as problem:
        problems = Problems()
        for fault in problem.errors(include_url=False):
            problems.catch(_fault(source, tuple(fault["loc"]), str(fault["msg"]), fault["type"]))
        problems.raise_if_errors()
        raise
    spec._places.update(_places(spec, source))
    return spec


def write_spec(spec: ExecutionSpec) -> str:
    """Return a specification as indented JSON that `parse_spec` reads back to an equal one."""
    return spec.model_dump_json(indent=2) + "\n"


def _fault(source: Source, path: tuple[str | int, ...], message: str, kind: str) -> TreadleError:
    shown = ".".join(str(part) for part in path) or "it"
    if kind == "extra_forbidden":
        message = "there is no such field"
    return error("T7018", f"`{shown}`: {message[:1].lower()}{message[1:]}", _place(source, path), help=WAY_OUT)


def _places(spec: ExecutionSpec, source: Source) -> Mapping[str, Span]:
    """Return where sources and views are named in the text, by name, constraints, parameters, by `$name`, functions, by `name()`."""
    keys = {one.view: '"view"' for one in spec.outputs}
    keys |= {name: '"name"' for name in (*(one.name for one in spec.sources), *(one.name for one in spec.views))}
    found = {name: _pair(source, key, name) for name, key in keys.items()}
    constraints = [(one.view, expectation.name) for one in spec.outputs for expectation in one.expectations]
    found |= {place_of(view, name): _pair(source, '"name"', name) for view, name in constraints}
    found |= {f"${one.name}": _pair(source, '"name"', one.name) for one in spec.typed_parameters}
    found |= {f"{one.name}()": _pair(source, '"name"', one.name) for one in spec.functions}
    return {name: span for name, span in found.items() if span is not None}


def _pair(source: Source, key: str, value: str) -> Span | None:
    """Return the first place of `"key": "value"`, however the value is escaped."""
    texts = {json.dumps(value), json.dumps(value, ensure_ascii=False)}
    match = re.search(rf"{key}\s*:\s*({'|'.join(re.escape(text) for text in texts)})", source.text)
    return None if match is None else source.span(match.start(), match.end())


def _place(source: Source, path: tuple[str | int, ...]) -> Span:
    """Return the place of the deepest key of a path that the text holds, found in order."""
    span, at = source.span(0, 1), 0
    for part in path:
        key = json.dumps(part) if isinstance(part, str) else None
        found = source.text.find(key, at) if key else -1
        if key and found >= 0:
            span, at = source.span(found, found + len(key)), found + len(key)
    return span
