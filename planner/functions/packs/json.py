"""Owns the pack `json`: what is read out of text that holds JSON, as the operators do."""

from __future__ import annotations

from dataclasses import replace

from ....dialect.types import BIGINT, BOOLEAN, VARCHAR, DataType, list_of
from ...json_paths import CONTAINS, GET, KEYS, LENGTH, LENIENT, MANY, QUOTED, TEXT, VALID
from ...ports import ScalarFunction
from ..json_texts import json_text
from .base import ArrowFunction, Given, Pack, RewriteRefused, function

_STEPS = list_of(VARCHAR)
_MISSING = "null in any argument gives null, and so does what is not there"


def _own(name: str, arguments: tuple[DataType, ...], returns: DataType, target: str) -> ArrowFunction:
    return ArrowFunction(ScalarFunction(name, arguments, returns, "IMMUTABLE"), f"json:{target}")


_GET = _own(GET, (VARCHAR, _STEPS), VARCHAR, "get")
_TEXT = _own(TEXT, (VARCHAR, _STEPS), VARCHAR, "text")
_MANY = _own(MANY, (VARCHAR, VARCHAR), _STEPS, "many")
_CONTAINS = _own(CONTAINS, (VARCHAR, VARCHAR), BOOLEAN, "contains")
_KEYS = _own(KEYS, (VARCHAR,), _STEPS, "keys")
_LENGTH = _own(LENGTH, (VARCHAR,), BIGINT, "length")
_QUOTED = _own(QUOTED, (VARCHAR,), VARCHAR, "quoted")
GUARDED = tuple(
    ArrowFunction(replace(one.shape, name=LENIENT[one.shape.name]), f"{one.target}_or_null")
    for one in (_GET, _TEXT, _MANY, _CONTAINS, _KEYS, _LENGTH)
)
"""The same for texts that a condition keeps out where they are no JSON; the rule `json_guards` writes their calls."""


def _json_get(given: Given) -> str:
    return " -> ".join(("value", "path", *given.names("further")))


def _json_get_text(given: Given) -> str:
    *first, last = ("value", "path", *given.names("further"))
    return f"{' -> '.join(first)} ->> {last}"


_OUTER = "null gives null; NULL inside is `null`"


def _shown(name: str, parameter: str, kind: DataType | None) -> str:
    """Return the JSON text of an argument."""
    if kind is None:
        raise RewriteRefused(parameter, "the type of this value is not known here", "CAST it")
    try:
        return json_text(name, kind)
    except ValueError as none:
        raise RewriteRefused(parameter, f"a value of type {none} has no JSON text", "CAST it to VARCHAR, or encode it") from None


def _part(given: Given, parameter: str, at: int) -> str:
    name, kind = given.names(parameter)[at], given.types[parameter][at]
    return f"coalesce({_shown(name, parameter, kind)}, 'null')"


def _object(given: Given) -> str:
    names = given.names("pair")
    if len(names) % 2:
        raise RewriteRefused("pair", "a key has no value", "write json_object('key', value, …)")
    pairs = [f'"{QUOTED}"({names[at]}) || chr(58) || {_part(given, "pair", at + 1)}' for at in range(0, len(names), 2)]
    return f"'{{' || {' || chr(44) || '.join(pairs)} || '}}'" if pairs else "'{}'"


def _array(given: Given) -> str:
    parts = [_part(given, "value", at) for at in range(len(given.names("value")))]
    return f"'[' || {' || chr(44) || '.join(parts)} || ']'" if parts else "'[]'"


PACK = Pack(
    "json",
    "Parts of text that holds JSON, and JSON of values; structs, maps and lists are asked alike. The operators `->`, `->>` and `@>` mean"
    " the same.",
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
        function(
            "json_exists(value VARCHAR, path VARCHAR) -> BOOLEAN",
            "CASE WHEN value IS NOT NULL AND path IS NOT NULL THEN value -> path IS NOT NULL END",
            "Whether anything stands at a path, `null` included.",
            """json_exists(value => '{"a": null}', path => '$.a')""",
            "true",
            arrow=(_GET,),
        ),
        function(
            "json_keys(value VARCHAR) -> LIST",
            f'"{KEYS}"(value)',
            "The keys of an object, in their order; an empty list for other JSON.",
            """json_keys(value => '{"b": 1, "a": 2}')""",
            "['b', 'a']",
            arrow=(_KEYS,),
        ),
        function(
            "json_array_length(value VARCHAR) -> BIGINT",
            f'"{LENGTH}"(value)',
            "How many elements an array has; 0 for other JSON.",
            "json_array_length(value => '[1, [2, 3]]')",
            "2",
            arrow=(_LENGTH,),
        ),
        function(
            "parse_json(text VARCHAR) -> VARCHAR",
            "text -> '$'",
            "The text, which must be JSON: else it is an error when the query runs. JSON has no type of its own here.",
            """parse_json(text => '{"a": 1}')""",
            """'{"a": 1}'""",
            arrow=(_GET,),
        ),
        function(
            "try_parse_json(text VARCHAR) -> VARCHAR",
            "CASE WHEN json_valid(text) THEN text END",
            "The text, or null where it is no JSON.",
            """try_parse_json(text => '{"a": 1}')""",
            """'{"a": 1}'""",
        ),
        function(
            "to_json(value ANY) -> VARCHAR",
            lambda given: _shown("value", "value", given.type("value")),
            "A value as JSON text, as DuckDB has it: fields of structs stand even where they are null, which Spark leaves out. NaN and"
            " infinities are `null`; dates and times are texts by ISO 8601.",
            "to_json(value => {'a': 1, 'b': ['x', NULL]})",
            """'{"a":1,"b":["x",null]}'""",
            nulls=_OUTER,
            arrow=(_QUOTED,),
        ),
        function(
            "json_object(pair ANY...) -> VARCHAR",
            _object,
            "A JSON object of keys and values, one behind the other.",
            "json_object('a', 1, 'b', NULL)",
            """'{"a":1,"b":null}'""",
            nulls="a null value is `null`, a null key gives null",
            arrow=(_QUOTED,),
        ),
        function(
            "json_array(value ANY...) -> VARCHAR",
            _array,
            "A JSON array of values.",
            "json_array(1, 'x', NULL)",
            """'[1,"x",null]'""",
            nulls="null is `null`",
            arrow=(_QUOTED,),
        ),
    ),
    renamed={"json_object_keys": "json_keys", "json_quote": "to_json"},
)
