"""Owns the paths into JSON text: the engine functions that take them, their steps, and the text `$.a[0]` that says them.

A step is a text: `.key` asks an object, `[place` an array (from 0, from the end below it), `/key`
either of them, as PostgreSQL's `#>` does. A path that begins with `#` has steps of the last
kind alone, without their marks.
"""

from __future__ import annotations

import re

GET, TEXT, MANY = "treadle:json_get", "treadle:json_text", "treadle:json_many"
CONTAINS, VALID = "treadle:json_contains", "treadle:json_valid"
KEYS, LENGTH, QUOTED = "treadle:json_keys", "treadle:json_length", "treadle:json_quoted"
LENIENT = {name: f"{name}_or_null" for name in (GET, TEXT, MANY, CONTAINS, KEYS, LENGTH)}
"""Functions that give NULL for a text that is no JSON; only rules write them, where such texts are kept out anyway."""

_PART = re.compile(r"""\.(?P<key>[^.\[\]"'*]+)|\.?\[?"(?P<quoted>(?:[^"\\]|\\.)*)"\]?|\['(?P<single>[^']*)'\]|\[(?P<place>#?-?\d+)\]""")
_ELEMENT = re.compile(r"""\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^,"{}\\]*))\s*(?:,|$)""")


def is_path(text: str) -> bool:
    """Say whether a text is meant as a path and not as a key.

    >>> is_path("$.a"), is_path("$"), is_path("$a"), is_path("a.b")
    (True, True, False, False)
    """
    return text == "$" or text.startswith(("$.", "$["))


def path_steps(text: str) -> tuple[str, ...] | None:
    r"""Return the steps of a path as DuckDB, MySQL, SQLite and Spark write it; None for what is none, or has wildcards.

    >>> path_steps("$.a.b[0]['c d'][#-1]")
    ('.a', '.b', '[0', '.c d', '[-1')
    >>> path_steps("$.a[*]") is None
    True
    """
    steps, at = [], 1
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            return None
        if found["place"] is not None:
            steps.append("[" + found["place"].removeprefix("#"))
        elif found["quoted"] is not None:
            steps.append("." + re.sub(r"\\(.)", r"\1", found["quoted"]))
        else:
            steps.append("." + (found["key"] if found["key"] is not None else found["single"]))
        at = found.end()
    return tuple(steps)


def array_elements(text: str) -> tuple[str, ...] | None:
    r"""Return the elements of a list of texts as PostgreSQL writes it; None for what is none.

    >>> array_elements('{a,"b c",0}')
    ('a', 'b c', '0')
    >>> array_elements("{}"), array_elements("a")
    ((), None)
    """
    text = text.strip()
    if not (text.startswith("{") and text.endswith("}")):
        return None
    inside, found, at = text[1:-1], [], 0
    if not inside.strip():
        return ()
    while True:
        part = _ELEMENT.match(inside, at)
        if part is None:
            return None
        found.append(re.sub(r"\\(.)", r"\1", part["quoted"]) if part["quoted"] is not None else part["plain"].strip())
        if not part[0].rstrip().endswith(",") or part.end() == at:
            return tuple(found) if part.end() == len(inside) else None
        at = part.end()
