"""Owns the pack `urls`: parts of URLs and paths, and texts as parts of them; systems differ in `url_encode`, so each way has a name."""

from __future__ import annotations

from ....dialect.diagnostics import did_you_mean
from ....dialect.types import VARCHAR
from ...ports import ScalarFunction
from .base import ArrowFunction, Function, Given, Pack, RewriteRefused, function

_BEFORE = "^(?:[^:/?#]+:)?(?://[^/?#]*)?"
_PARTS = {
    "PROTOCOL": "^([^:/?#]+):",
    "AUTHORITY": "^(?:[^:/?#]+:)?//([^/?#]*)",
    "USERINFO": "^(?:[^:/?#]+:)?//([^/?#@]*)@",
    "HOST": r"^(?:[^:/?#]+:)?//(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]*)",
    "PATH": f"{_BEFORE}([^?#]*)",
    "QUERY": r"^[^?#]*\?([^#]*)",
    "FILE": f"{_BEFORE}([^#]*)",
    "REF": "#(.*)$",
}
"""Patterns of the parts of a URL, after RFC 3986, appendix B."""


def _match(text: str, pattern: str) -> str:
    return f"regexp_match({text}, '{pattern}')[1]"


def _parse(given: Given) -> str:
    part = given.literal("part")
    if part is None or part.upper() not in _PARTS:
        near = did_you_mean((part or "").upper(), _PARTS) or f"there are {', '.join(_PARTS)}"
        raise RewriteRefused("part", "this is no part of a URL" if part is not None else "the part is written as a text in the call", near)
    return _match("url", _PARTS[part.upper()])


def _value(given: Given) -> str:
    if (given.literal("part") or "").upper() != "QUERY":
        raise RewriteRefused("part", "only a query has keys", "write parse_url(url, 'QUERY', key)")
    return f"regexp_match({_match('url', _PARTS['QUERY'])}, '(?:^|&)' || regexp_escape(key) || '=([^&]*)')[1]"


def _coded(name: str, doc: str, given: str, gives: str, nulls: str | None = None) -> Function:
    own = ArrowFunction(ScalarFunction(f"treadle:{name}", (VARCHAR,), VARCHAR, "IMMUTABLE"), f"urls:{name}")
    made = function(f"{name}(text VARCHAR) -> VARCHAR", f'"treadle:{name}"(text)', doc, f"{name}(text => {given})", gives, arrow=(own,))
    return made if nulls is None else function(
        f"{name}(text VARCHAR) -> VARCHAR", f'"treadle:{name}"(text)', doc, f"{name}(text => {given})", gives, nulls=nulls, arrow=(own,)
    )  # fmt: skip


_NO_UTF8 = "null gives null, and so do bytes that are no UTF-8"

PACK = Pack(
    "urls",
    "Parts of URLs and of paths to files, and texts as parts of URLs.",
    (
        function(
            "parse_url(url VARCHAR, part VARCHAR) -> VARCHAR", _parse,
            f"A part of a URL as Spark names it: {', '.join(f'`{one}`' for one in _PARTS)}.",
            "parse_url(url => 'https://example.org/a/b?x=1&y=2#top', part => 'HOST')", "'example.org'",
            nulls="null in `url` gives null, and so does a part that is not there",
        ),
        function(
            "parse_url(url VARCHAR, part VARCHAR, key VARCHAR) -> VARCHAR", _value, "Of a URL's `QUERY` the value of one key.",
            "parse_url(url => 'https://example.org/a/b?x=1&y=2#top', part => 'QUERY', key => 'y')", "'2'",
            nulls="null in `url` or `key` gives null, and so does a key that is not there",
        ),
        _coded(
            "percent_encode", "A text as RFC 3986 writes it in a URL, as DuckDB's `url_encode`: a space is `%20`.",
            "'a b/é'", "'a%20b%2F%C3%A9'",
        ),
        _coded("percent_decode", "What such a text means, as DuckDB's `url_decode`: `+` stays.", "'a%20b%2F%C3%A9+'", "'a b/é+'", _NO_UTF8),
        _coded("form_encode", "A text as the field of a form, as Spark's `url_encode`: a space is `+`.", "'a b/é'", "'a+b%2F%C3%A9'"),
        _coded("form_decode", "What such a text means, as Spark's `url_decode`: `+` is a space.", "'a+b%2F%C3%A9'", "'a b/é'", _NO_UTF8),
        function(
            "parse_filename(path VARCHAR) -> VARCHAR", _match("path", r"([^/\\]*)$"),
            "What stands behind the last `/` or `\\` of a path.", "parse_filename(path => 'lake/2024/a.parquet')", "'a.parquet'",
        ),
        function(
            "parse_dirpath(path VARCHAR) -> VARCHAR", "coalesce(" + _match("path", r"^(.*)[/\\]") + ", left(path, 0))",
            "What stands before the last `/` or `\\` of a path.", "parse_dirpath(path => 'lake/2024/a.parquet')", "'lake/2024'",
        ),
    ),
)  # fmt: skip
