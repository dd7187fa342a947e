"""Owns `OPTIONS (…)` of views: what they may be, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from sqlglot import exp

from ..dialect.diagnostics import did_you_mean, error
from ..dialect.statements.base import Option
from .project import BoundView

CACHE = ("cache", "'FORCE' or 'NEVER'")
TABLE = (("retries", "a whole number from 0 to 100"), ("overwrite_schema", "TRUE or FALSE"))


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """The options of one view.

    Args:
        cache: whether it is computed once (`FORCE`) or never (`NEVER`), None when not said.
        retries, overwrite_schema: as in `OutputSpec`, None when not said.
    """

    cache: Literal["FORCE", "NEVER"] | None = None
    retries: int | None = None
    overwrite_schema: bool | None = None

    def output(self) -> Mapping[str, int | bool]:
        """Return what was said of the table, by field of `OutputSpec`."""
        said = {"retries": self.retries, "overwrite_schema": self.overwrite_schema}
        return {name: value for name, value in said.items() if value is not None}


def view_options(view: BoundView) -> ViewOptions:
    """Return the options of a view; raises T3017 for one that is unknown, doubled or of a wrong value."""
    known = dict((CACHE, *TABLE) if view.materialized is not None else (CACHE,))
    found: dict[str, object] = {}
    for option in cast("tuple[Option, ...]", getattr(view.statement, "options", ())):
        name = option.name.text.lower()
        if name not in known:
            listed = ", ".join(f"`{one}`" for one in known)
            help_line = did_you_mean(name, known) or f"there are {listed}"
            raise error("T3017", f"`{view.name}` can't have an option `{option.name.text}`", option.name.span, help=help_line)
        if name in found:
            raise error("T3017", f"the option `{name}` is given twice", option.name.span)
        found[name] = _value(name, option, known[name])
    return ViewOptions(**found)  # type: ignore[arg-type]


def _value(name: str, option: Option, expected: str) -> object:
    node = option.value
    if name == "cache" and isinstance(node, exp.Literal) and node.is_string and str(node.this).upper() in ("FORCE", "NEVER"):
        return str(node.this).upper()
    if name == "retries" and isinstance(node, exp.Literal) and str(node.this).isdigit() and int(str(node.this)) <= 100:
        return int(str(node.this))
    if name == "overwrite_schema" and isinstance(node, exp.Boolean):
        return bool(node.this)
    raise error("T3017", f"the option `{name}` must be {expected}", option.name.span)
