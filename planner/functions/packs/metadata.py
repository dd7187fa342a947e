"""Owns the pack `metadata`: what is told of a column beside its type."""

from __future__ import annotations

from .base import Given, Pack, RewriteRefused, function


def _tagged(given: Given) -> str:
    if given.literal("tag") is None:
        raise RewriteRefused("tag", "a tag is a text that stands in the call", "write it out: semantic_tag(value, 'minutes')")
    return "with_metadata(value, 'semantic_tag', tag)"


PACK = Pack(
    "metadata",
    "Tags on columns, as metadata of their Arrow fields. They reach through views, joins, groups and unions to whoever asks within one run;"
    " an expression over a column has none, and neither tables that are written nor results handed out keep them.",
    (
        function(
            "semantic_tag(value ANY, tag VARCHAR) -> ANY",
            _tagged,
            "The value, whose column says from here on what it means.",
            "semantic_tag(value => 5, tag => 'minutes')",
            "5",
            nulls="null in `value` gives null, with the tag",
        ),
        function(
            "semantic_tag(value ANY) -> VARCHAR",
            "arrow_metadata(value, 'semantic_tag')",
            "The tag of a value's column, null where it has none.",
            "semantic_tag(value => semantic_tag(5, 'minutes'))",
            "'minutes'",
            nulls="null has the tag of its column",
        ),
    ),
)
