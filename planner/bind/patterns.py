"""Owns patterns that the engine has in other words: SIMILAR TO, and LIKE with another ESCAPE than the backslash.

SIMILAR TO is the standard's and PostgreSQL's: the whole text, `%` and `_` as in LIKE, and
`|`, `*`, `+`, `?`, `{…}`, `(…)`, `[…]` as in regular expressions; a point is a point. The engine
would take it for a regular expression that may match anywhere.
"""

from __future__ import annotations

import re

from sqlglot import exp

from .columns import copy_place
from .comparisons import check_operands
from .context import Binding
from .scope import Scope

_MEANT = {"%": ".*", "_": ".", "(": "(?:", ".": r"\.", "^": r"\^", "$": r"\$"}


def similar_to(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind `text SIMILAR TO 'pattern'` as a match of the whole text."""
    from .expressions import bind_children

    bind_children(binding, node, scope)
    check_operands(binding, node)
    pattern = _literal(binding, node.expression, "SIMILAR TO", "write `text ~ '^(…)$'` with a regular expression")
    if pattern is None:
        return node
    made = exp.RegexpLike(this=node.this, expression=exp.Literal.string(regular(pattern)))
    copy_place(made, node)
    return made


def regular(pattern: str) -> str:
    r"""Return a pattern of SIMILAR TO as a regular expression.

    >>> regular("a%(b|c)_.")
    '(?s)^(?:a.*(?:b|c).\\.)$'
    """
    found: list[str] = []
    inside, at = False, 0
    while at < len(pattern):
        one = pattern[at]
        if one == "\\":
            found.append(re.escape(pattern[at + 1 : at + 2]) or r"\\")
            at += 1
        elif inside or one in "[]":
            inside = one == "[" or inside and one != "]"
            found.append(one)
        else:
            found.append(_MEANT.get(one, one))
        at += 1
    return f"(?s)^(?:{''.join(found)})$"


def escape(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind `x LIKE 'pattern' ESCAPE '!'` with the backslash, the only one that the engine takes."""
    from .expressions import bind_children

    bind_children(binding, node, scope)
    like, mark = node.this, node.expression
    sign = str(mark.this) if isinstance(mark, exp.Literal) else ""
    inner = like.this if isinstance(like, exp.Not) else like
    if sign == "\\":
        return like  # type: ignore[no-any-return]
    if len(sign) != 1:
        binding.fail("T2053", "ESCAPE takes one character", mark, help="write ESCAPE '!', and that before each % or _ that means itself")
        return node
    pattern = _literal(binding, inner.expression, "LIKE … ESCAPE", "write the pattern with backslashes, and no ESCAPE")
    if pattern is None:
        return node
    literal = exp.Literal.string(_escaped(pattern, sign))
    copy_place(literal, inner.expression)
    inner.set("expression", literal)
    return like  # type: ignore[no-any-return]


def _escaped(pattern: str, sign: str) -> str:
    """Return a pattern with backslashes for another escape.

    >>> _escaped("50!%", "!")
    '50\\\\%'
    """
    text = pattern.replace("\\", "\\\\")
    return re.sub(f"{re.escape(sign)}(.)", lambda found: "\\" + found[1] if found[1] in "%_" else found[1], text, flags=re.S)


def _literal(binding: Binding, node: exp.Expr, what: str, way_out: str) -> str | None:
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    binding.fail("T2053", f"the pattern of {what} must be written out here", node, help=way_out)
    return None
