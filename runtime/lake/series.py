"""Owns the schema of `generate_series`: one column, `value`, of the type of its bounds."""

from __future__ import annotations

from ...dialect.types import BIGINT, Field, Schema
from ...planner.ports import SourceRef


def series_schema(ref: SourceRef) -> Schema:
    """Return the schema of a series: integers are BIGINT, dates and timestamps stay what they are."""
    bounds = dict(ref.options)
    first = next((bounds[n] for n in ("start", "stop", "end") if n in bounds), None)
    type_ = BIGINT if first is None or first.type.is_integer or first.type.name == "NULL" else first.type
    return Schema((Field("value", type_),))
