"""Owns the pack `json`: what is read out of text that holds JSON, as the operators do."""

from __future__ import annotations

from dataclasses import replace

from ....dialect.types import BOOLEAN, VARCHAR, DataType, list_of
from ...json_paths import CONTAINS, GET, LENIENT, MANY, TEXT, VALID
from ...ports import ScalarFunction
from .base import ArrowFunction, Given, Pack, function

_STEPS = list_of(VARCHAR)
_MISSING = "null in any argument gives null, and so does what is not there"


def _own(name: str, arguments: tuple[DataType, ...], returns: DataType, target: str) -> ArrowFunction:
    return ArrowFunction(ScalarFunction(name, arguments, returns, "IMMUTABLE"), f"json:{target}")


_GET = _own(GET, (VARCHAR, _STEPS), VARCHAR, "get")
_TEXT = _own(TEXT, (VARCHAR, _STEPS), VARCHAR, "text")
_MANY = _own(MANY, (VARCHAR, VARCHAR), _STEPS, "many")
_CONTAINS = _own(CONTAINS, (VARCHAR, VARCHAR), BOOLEAN, "contains")
GUARDED = tuple(
    ArrowFunction(replace(one.shape, name=LENIENT[one.shape.name]), f"{one.target}_or_null") for one in (_GET, _TEXT, _MANY, _CONTAINS)
)
"""The same for texts that a condition keeps out where they are no JSON; the rule `json_guards` writes their calls."""


def _json_get(given: Given) -> str:
    return " -> ".join(("value", "path", *given.names("further")))


def _json_get_text(given: Given) -> str:
    *first, last = ("value", "path", *given.names("further"))
    return f"{' -> '.join(first)} ->> {last}"


PACK = Pack(
    "json",
    "Parts of text that holds JSON; structs, maps and lists are asked alike. The operators `->`, `->>` and `@>` mean the same.",
    (
        function(
            "json_get(value ANY, path ANY, further ANY...) -> VARCHAR",
            _json_get,
            "What stands at a path, as JSON: keys are texts, places of arrays numbers from 0, or below it from the end;"
            " a text that begins with `$.` or `$[` is several steps. Of a struct, map or list the part itself.",
            """json_get('{"a": [{"b": 7}]}', 'a', 0)""",
            """'{"b": 7}'""",
            nulls=_MISSING,
            arrow=(_GET, _MANY),
        ),
        function(
            "json_get_text(value ANY, path ANY, further ANY...) -> VARCHAR",
            _json_get_text,
            "The same as text: a string without its quotes, JSON's `null` as null.",
            """json_get_text('{"a": [{"b": "x"}]}', '$.a[0].b')""",
            "'x'",
            nulls=_MISSING,
            arrow=(_TEXT,),
        ),
        function(
            "json_valid(value VARCHAR) -> BOOLEAN",
            f'"{VALID}"(value)',
            "Whether a text is JSON.",
            """json_valid(value => '{"a": 1}')""",
            "true",
            arrow=(_own(VALID, (VARCHAR,), BOOLEAN, "valid"),),
        ),
        function(
            "json_contains(whole ANY, part ANY) -> BOOLEAN",
            "whole @> part",
            "Whether one value has all of another: PostgreSQL's containment of `jsonb`; for lists, maps and structs their elements,"
            " entries and fields.",
            """json_contains(whole => '{"a": [1, 2], "b": 3}', part => '{"a": [2]}')""",
            "true",
            arrow=(_CONTAINS,),
        ),
        function(
            "get_json_object(text VARCHAR, path VARCHAR) -> VARCHAR",
            "CASE WHEN json_valid(text) THEN json_get_text(text, path) END",
            "What stands at a path such as `$.a[0]`, as text, as Spark has it: null where the text is no JSON.",
            """get_json_object(text => '{"a": 1}', path => '$.a')""",
            "'1'",
            arrow=(_TEXT,),
        ),
    ),
)
