"""Owns computing conditions over partition values: with the engine's own expressions, so that any function is judged as it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa
from datafusion.expr import Expr

from ...dialect.types import Schema
from ...planner.predicates import Judge
from ..session import Session
from .arrow_types import arrow_schema
from .rows import register_batches


def judges(fork: Callable[[], Session], relation: str, columns: Schema, forbidden: Iterable[str]) -> Callable[[Expr], Judge | None]:
    """Return what makes a judge of a condition of one relation.

    Args:
        fork: opens a session beside the one that planned.
        relation: the relation's name in the stage's SQL, by which expressions know their columns.
        columns: its columns.
        forbidden: names of functions that must not be called while planning: those of the users' own.
    """
    names = tuple(forbidden)

    def judge_of(condition: Expr) -> Judge | None:
        text = condition.canonical_name()
        return None if any(name in text for name in names) else lambda values: _computed(fork, relation, columns, condition, values)

    return judge_of


def _computed(fork: Callable[[], Session], relation: str, columns: Schema, condition: Expr, values: Any) -> Any:
    known = Schema(tuple(field for field in columns if field.name in values.column_names))
    if not len(known):
        return None
    try:
        rows = values.select(list(known.names)).cast(arrow_schema(known))
        with fork() as session:
            register_batches(session, relation, known, rows.to_batches())
            with session.planning({}) as context:
                frame = context.table(relation).select(condition.alias("held"))
                found = pa.chunked_array([batch.column(0) for batch in frame.collect()], pa.bool_())
    except Exception:  # it needs other columns, or fails for a value: `1 / p`. Bare `Exception`s are all that the engine raises here.
        return None
    return found.combine_chunks() if len(found) == values.num_rows else None
