"""Owns the pack `nested`: lists, maps and structs as neighbouring systems take them apart and put them together."""

from __future__ import annotations

from ....dialect.diagnostics import did_you_mean
from ....dialect.types import DataType
from ...literal import quote_text
from .base import Given, Pack, RewriteRefused, function

_OVER_LISTS = {
    "sum": "list_sum(list)", "avg": "list_avg(list)", "mean": "list_avg(list)", "min": "list_min(list)", "max": "list_max(list)",
    "product": "list_product(list)", "count": "CAST(array_length(array_compact(list)) AS BIGINT)",
    "first": "list[1]", "last": "list[-1]", "any_value": "array_compact(list)[1]", "string_agg": "array_to_string(list, ',')",
    "bool_and": "CASE WHEN array_has(list, false) THEN false WHEN array_has(list, true) THEN true END",
    "bool_or": "CASE WHEN array_has(list, true) THEN true WHEN array_has(list, false) THEN false END",
}  # fmt: skip


def _aggregate(given: Given) -> str:
    name = (given.literal("name") or "").lower()
    if name not in _OVER_LISTS:
        near = did_you_mean(name, _OVER_LISTS)
        raise RewriteRefused("name", "this aggregate can't go over a list", near or f"there are {', '.join(sorted(_OVER_LISTS))}")
    return _OVER_LISTS[name]


def _struct(given: Given, parameter: str = "struct") -> DataType:
    kind = given.type(parameter)
    if kind is None or kind.name == "NULL":
        raise RewriteRefused(parameter, "the type of this struct is not known here", "CAST it")
    return kind


def _pick(given: Given) -> str:
    """Return a struct of the fields that are named, in the order of the names."""
    fields = {f.name.lower(): f.name for f in _struct(given).fields}
    parts = []
    for name in given.literals["field"]:
        if name is None or name.lower() not in fields:
            message = "a field is named by a text that stands in the call" if name is None else f"the struct has no field `{name}`"
            raise RewriteRefused("field", message, did_you_mean(name or "", fields.values()) or f"there are {', '.join(fields.values())}")
        real = quote_text(fields[name.lower()])
        if f"{real}, struct[{real}]" in parts:
            raise RewriteRefused("field", f"the field `{name}` is picked twice", "name it once")
        parts.append(f"{real}, struct[{real}]")
    if not parts:
        raise RewriteRefused("struct", "no field is named", "write struct_pick(struct, 'field', …)")
    return f"CASE WHEN struct IS NOT NULL THEN named_struct({', '.join(parts)}) END"


def _keys(given: Given) -> str:
    names = ", ".join(quote_text(f.name) for f in _struct(given).fields)
    return f"CASE WHEN struct IS NOT NULL THEN [{names}] END"


def _joined(given: Given) -> str:
    """Return a struct with the fields of both; those of one name are the second one's."""
    first, second = _struct(given, "a"), _struct(given, "b")
    later = {f.name.lower() for f in second.fields}
    parts = [("a", f.name) for f in first.fields if f.name.lower() not in later] + [("b", f.name) for f in second.fields]
    texts = (f"{quote_text(name)}, {side}[{quote_text(name)}]" for side, name in parts)
    return f"CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN named_struct({', '.join(texts)}) END"


def _from_entries(given: Given) -> str:
    kind = given.type("entries")
    fields = kind.fields[0].type.fields if kind is not None and kind.fields else ()
    if len(fields) != 2:
        raise RewriteRefused("entries", f"entries are structs of two fields, this is {kind}", "write [{'key': 'a', 'value': 1}, …]")
    key, value = (quote_text(f.name) for f in fields)
    made = f"map(list_transform(entries, e -> e[{key}]), list_transform(entries, e -> e[{value}]))"
    return f"CASE WHEN entries IS NOT NULL THEN {made} END"


_LAST = "list_transform({keys}, k -> list_filter({entries}, e -> e['key'] = k)[-1]['value'])"


def settled_map(entries: str) -> str:
    """Return a map of a list of entries: sorted by key, of several of one key the last."""
    keys = f"array_sort(array_distinct(list_transform({entries}, e -> e['key'])), 'ASC', 'NULLS LAST')"
    return f"map({keys}, {_LAST.format(keys=keys, entries=entries)})"


def _concatenated(given: Given) -> str:
    maps = given.names("map")
    known = " AND ".join(f"{one} IS NOT NULL" for one in maps)
    entries = ", ".join(f"map_entries({one})" for one in maps)
    return f"CASE WHEN {known} THEN {settled_map(f'array_concat({entries})')} END"


PACK = Pack(
    "nested",
    "Lists, maps and structs. Positions in lists count from 1; JSON has a pack of its own.",
    (
        function(
            "map_get_default(map MAP, key ANY, default ANY) -> ANY",
            "CASE WHEN array_has(map_keys(map), key) THEN map_extract(map, key)[1] ELSE default END",
            "The value of a key, or a default where a map has no such key.",
            "map_get_default(map => MAP {'a': 1}, key => 'b', default => 0)",
            "0",
            nulls="a null map gives the default, a key whose value is null gives null",
        ),
        function(
            "map_normalize(map MAP) -> MAP",
            f"CASE WHEN map IS NOT NULL THEN {settled_map('map_entries(map)')} END",
            "The map in the order of its keys; of several entries with one key the last one stays.",
            "map_normalize(map => MAP {'b': 2, 'a': 1})",
            "MAP {'a': 1, 'b': 2}",
        ),
        function(
            "map_concat(map MAP...) -> MAP",
            _concatenated,
            "The entries of several maps in one, in the order of their keys; of several with one key the last one stays.",
            "map_concat(MAP {'a': 1, 'b': 2}, MAP {'b': 3})",
            "MAP {'a': 1, 'b': 3}",
        ),
        function(
            "map_from_entries(entries LIST) -> MAP",
            _from_entries,
            "The map of a list of structs, whose first field is the key and whose second is the value; a key twice is an error.",
            "map_from_entries(entries => [{'k': 'a', 'v': 1}])",
            "MAP {'a': 1}",
        ),
        function(
            "map_contains(map MAP, key ANY) -> BOOLEAN",
            "array_has(map_keys(map), key)",
            "Whether a map has a key.",
            "map_contains(map => MAP {'a': 1}, key => 'a')",
            "true",
        ),
        function(
            "map_contains_value(map MAP, value ANY) -> BOOLEAN",
            "array_has(map_values(map), value)",
            "Whether a map has a value under any key.",
            "map_contains_value(map => MAP {'a': 1}, value => 1)",
            "true",
        ),
        function(
            "map_extract_value(map MAP, key ANY) -> ANY",
            "map_extract(map, key)[1]",
            "The value of a key, null where there is no such key.",
            "map_extract_value(map => MAP {'a': 1}, key => 'a')",
            "1",
        ),
        function(
            "struct_extract(struct STRUCT, field VARCHAR) -> ANY",
            "struct[field]",
            "The value of a field.",
            "struct_extract(struct => {'a': 5}, field => 'a')",
            "5",
            nulls="null in `struct` gives null",
        ),
        function(
            "struct_pick(struct STRUCT, field VARCHAR...) -> STRUCT",
            _pick,
            "A struct of some fields of another, in the order in which they are named.",
            "struct_pick({'a': 1, 'b': 2, 'c': 3}, 'c', 'a')",
            "{'c': 3, 'a': 1}",
            nulls="null in `struct` gives null",
        ),
        function(
            "struct_keys(struct STRUCT) -> LIST",
            _keys,
            "The names of a struct's fields.",
            "struct_keys(struct => {'a': 1, 'b': 2})",
            "['a', 'b']",
        ),
        function(
            "struct_concat(a STRUCT, b STRUCT) -> STRUCT",
            _joined,
            "A struct with the fields of two; where both have one of a name, that of the second.",
            "struct_concat(a => {'x': 1, 'y': 2}, b => {'y': 3})",
            "{'x': 1, 'y': 3}",
        ),
        function(
            "list_unique_sorted(list LIST) -> LIST",
            "array_sort(array_distinct(array_compact(list)), 'ASC', 'NULLS LAST')",
            "The different elements of a list in ascending order, without null.",
            "list_unique_sorted(list => [3, 1, NULL, 3])",
            "[1, 3]",
        ),
        function(
            "list_unique(list LIST) -> BIGINT",
            "array_length(array_distinct(array_compact(list)))",
            "How many different elements a list has; null does not count.",
            "list_unique(list => [3, 1, NULL, 3])",
            "2",
        ),
        function(
            "list_count(list LIST) -> BIGINT",
            "array_length(array_compact(list))",
            "How many elements of a list are not null.",
            "list_count(list => [3, 1, NULL, 3])",
            "3",
        ),
        *(
            function(
                f"{name}(list LIST) -> LIST",
                "array_sort(list, 'ASC', 'NULLS LAST')",
                "A list in ascending order, nulls last; with an order and a place of nulls it is the engine's function.",
                f"{name}(list => [3, NULL, 1])",
                "[1, 3, NULL]",
            )
            for name in ("array_sort", "list_sort")
        ),
        function(
            "list_reverse_sort(list LIST) -> LIST",
            "array_sort(list, 'DESC', 'NULLS FIRST')",
            "A list in descending order, nulls first.",
            "list_reverse_sort(list => [3, NULL, 1])",
            "[NULL, 3, 1]",
        ),
        function(
            "list_aggregate(list LIST, name VARCHAR) -> ANY",
            _aggregate,
            f"An aggregate over the elements of a list, by its name: {', '.join(f'`{one}`' for one in sorted(_OVER_LISTS))}.",
            "list_aggregate(list => [1, 2, 3], name => 'sum')",
            "6",
            nulls="null in `list` gives null",
        ),
        function("list_first(list LIST) -> ANY", "list[1]", "The first element.", "list_first(list => [4, 5])", "4"),
        function("list_last(list LIST) -> ANY", "list[-1]", "The last element.", "list_last(list => [4, 5])", "5"),
        function(
            "list_bool_and(list LIST) -> BOOLEAN",
            _OVER_LISTS["bool_and"],
            "Whether all elements that are not null are true; null where there is none.",
            "list_bool_and(list => [true, NULL])",
            "true",
        ),
        function(
            "list_bool_or(list LIST) -> BOOLEAN",
            _OVER_LISTS["bool_or"],
            "Whether any element is true; null where there is none that is not null.",
            "list_bool_or(list => [false, NULL])",
            "false",
        ),
        function(
            "list_select(list LIST, positions LIST) -> LIST",
            "list_transform(positions, i -> list[i])",
            "The elements at some positions, null where there is none.",
            "list_select(list => ['a', 'b', 'c'], positions => [3, 1])",
            "['c', 'a']",
            nulls="null in `positions` gives null",
        ),
        function(
            "list_where(list LIST, mask LIST) -> LIST",
            "CASE WHEN list IS NOT NULL AND mask IS NOT NULL THEN"
            " list_transform(list_filter(arrays_zip(list, mask), p -> p['2']), p -> p['1']) END",
            "The elements whose place in the mask is true.",
            "list_where(list => ['a', 'b', 'c'], mask => [true, false, true])",
            "['a', 'c']",
        ),
        function(
            "list_cosine_similarity(a LIST, b LIST) -> DOUBLE",
            "1 - cosine_distance(a, b)",
            "The cosine of the angle between two vectors.",
            "list_cosine_similarity(a => [1.0, 0.0], b => [1.0, 0.0])",
            "1.0",
        ),
    ),
    renamed={
        "map_contains_key": "map_contains", "array_unique_sorted": "list_unique_sorted",
        "array_reverse_sort": "list_reverse_sort", "list_aggr": "list_aggregate", "array_aggr": "list_aggregate",
        "map_from_arrays": "map", "array_zip": "arrays_zip", "array_flatten": "flatten", "array_generate_range": "range",
        "list_dot_product": "dot_product", "list_inner_product": "dot_product", "list_cosine_distance": "cosine_distance",
    },
)  # fmt: skip
