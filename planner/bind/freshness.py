"""Owns how fresh a source must be: `OPTIONS (warn_after, error_after, loaded_at)` of CREATE SOURCE, bound strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from ...dialect.statements.base import Option
from ...dialect.types import Schema
from ..project import BoundSource, Freshness, Limit
from .context import Binding
from .scope import same
from .tables import constant_argument

LIMITS = ("warn_after", "error_after")
LOADED_AT = "loaded_at"
FRESHNESS = (*LIMITS, LOADED_AT)


def bind_freshness(binding: Binding, options: Mapping[str, Option], source: BoundSource) -> BoundSource:
    """Return a source with how fresh it must be; what is wrong is reported as T2041, and T2001 for an unknown column."""
    if not options:
        return source
    limits = {name: _limit(binding, name, options[name]) for name in LIMITS if name in options}
    column = _column(binding, options[LOADED_AT], source.schema) if LOADED_AT in options else None
    if binding.problems.errors:
        return source
    warn, late = limits.get("warn_after"), limits.get("error_after")
    if warn is None and late is None:
        place = options[LOADED_AT].name.span
        binding.fail("T2041", "`loaded_at` has no effect without a limit", place, help="add warn_after => INTERVAL '1 day'")
    elif warn is not None and late is not None and _days(warn) >= _days(late):
        binding.fail("T2041", "`error_after` must be longer than `warn_after`", late.span, help="swap them, or leave one out")
    return replace(source, freshness=Freshness(warn, late, column))


def _days(limit: Limit) -> float:
    months, days, nanoseconds = limit.interval
    return months * 30.5 + days + nanoseconds / 86_400e9


def _limit(binding: Binding, name: str, option: Option) -> Limit | None:
    bound = constant_argument(binding, option.value.copy())
    if bound is None:
        return None
    value = binding.catalog.sources.evaluate(bound, option.name.span)
    span = binding.span(option.value)
    if value.type.name != "INTERVAL" or not isinstance(value.value, tuple):
        found = "null" if value.value is None else value.type.sql()
        binding.fail("T2041", f"`{name}` must be an interval, it is {found}", span, help="write INTERVAL '1 day'")
        return None
    made = Limit(value.value, span)
    if _days(made) <= 0:
        binding.fail("T2041", f"`{name}` must be longer than nothing", span, help="write INTERVAL '1 day'")
    return made


def _column(binding: Binding, option: Option, schema: Schema) -> str | None:
    from ...dialect.diagnostics import did_you_mean

    node, span = option.value, binding.span(option.value)
    if not isinstance(node, exp.Column) or node.args.get("table") is not None:
        binding.fail("T2041", "`loaded_at` must be the name of a column", span, help="write it without quotes: loaded_at => updated_at")
        return None
    field = next((one for one in schema if same(node.this, one.name)), None)
    if field is None:
        help_line = did_you_mean(str(node.name), schema.names) or f"there are {', '.join(schema.names)}"
        binding.fail("T2001", f"there is no column `{node.name}` in `{binding.name}`", span, help=help_line)
        return None
    if field.type.name not in ("TIMESTAMP", "DATE"):
        binding.fail("T2041", f"`loaded_at` must be a TIMESTAMP or DATE, `{field.name}` is {field.type.sql()}", span, help="name another")
        return None
    return field.name
