"""Owns texts as parts of URLs: percent-encoding (RFC 3986) and that of forms (the URL standard's application/x-www-form-urlencoded)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import quote, quote_plus, unquote_to_bytes

import pyarrow as pa

Array: TypeAlias = "pa.Array[Any]"


def percent_encode(texts: Array) -> Array:
    """Return texts with everything but unreserved characters as `%` and two digits."""
    return _each(texts, lambda text: quote(text, safe="-._~"))


def percent_decode(texts: Array) -> Array:
    """Return texts with what stands behind `%` as characters; null where that is no UTF-8."""
    return _each(texts, _decoded)


def form_encode(texts: Array) -> Array:
    """Return texts as the fields of a form hold them: a space is `+`, and `*` stays."""
    return _each(texts, lambda text: quote_plus(text, safe="-._*").replace("~", "%7E"))


def form_decode(texts: Array) -> Array:
    """Return the texts that the fields of a form hold; null where they are no UTF-8."""
    return _each(texts, lambda text: _decoded(text.replace("+", " ")))


def _each(texts: Array, change: Callable[[str], str | None]) -> Array:
    return pa.array([None if text is None else change(text) for text in texts.to_pylist()], pa.string())


def _decoded(text: str) -> str | None:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return None
