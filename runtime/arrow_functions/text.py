"""Owns normal forms of texts (Unicode Standard Annex 15), case folding and white space, over Arrow arrays."""

from __future__ import annotations

import re
from typing import Any
from unicodedata import normalize

import pyarrow as pa
import pyarrow.compute as pc

_SPACES = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
"""Characters with the property White_Space."""
_ASCII_SPACES = "[\t-\r ]+"


def utf8_normalize(values: pa.Array[Any], forms: pa.Array[Any], casefolds: pa.Array[Any], collapses: pa.Array[Any]) -> pa.Array[Any]:
    """Return texts in a normal form; null where any argument is.

    Args:
        values: texts.
        forms: one constant: `NFC`, `NFD`, `NFKC` or `NFKD`.
        casefolds: whether to fold case, and normalise again (Unicode 3.13, D145 and D146).
        collapses: whether to make runs of white space one space, and take them off the ends.
    """
    options = [pc.unique(one).to_pylist() for one in (forms, casefolds, collapses)]
    if all(len(one) == 1 and one[0] is not None for one in options):
        return _normalized(values, *(one[0] for one in options))
    rows = zip(*(one.to_pylist() for one in (values, forms, casefolds, collapses)), strict=True)
    return pa.array([None if None in row else _one(*row) for row in rows], pa.string())


def _normalized(values: pa.Array[Any], form: str, casefold: bool, collapse: bool) -> pa.Array[Any]:
    if pc.all(pc.string_is_ascii(values)).as_py() is not False:
        return _of_ascii(values, casefold, collapse)
    encoded = values.dictionary_encode()
    plain = pc.string_is_ascii(encoded.dictionary)
    texts = encoded.dictionary.to_pylist()
    quick = _of_ascii(encoded.dictionary, casefold, collapse).to_pylist()
    made = [
        short if ascii_ else _one(text, form, casefold, collapse)
        for text, short, ascii_ in zip(texts, quick, plain.to_pylist(), strict=True)
    ]
    return pa.array(made, pa.string()).take(encoded.indices)


def _of_ascii(values: pa.Array[Any], casefold: bool, collapse: bool) -> pa.Array[Any]:
    """Return the same of texts in ASCII, which every normal form leaves as they are."""
    made = pc.ascii_lower(values) if casefold else values
    if collapse:
        made = pc.ascii_trim(pc.replace_substring_regex(made, _ASCII_SPACES, " "), " ")
    return made


def _one(text: str, form: Any, casefold: bool, collapse: bool) -> str:
    made = normalize(form, text)
    if casefold:
        made = normalize(form, made.casefold())
    return _SPACES.sub(" ", made).strip(" ") if collapse else made
