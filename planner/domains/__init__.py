"""Owns the ordered tuple of all domain planners; adding one is one file here and one row in `DOMAINS`.

Expressions come before relations: a condition that is a plain comparison is what a planner of joins can claim. Sums come last,
for the others know them by their plain meaning.
"""

from __future__ import annotations

from .asof import PLANNER as ASOF
from .base import DomainPlanner
from .cdf import PLANNER as CDF
from .changes import PLANNER as CHANGES
from .dedupe import PLANNER as DEDUPE
from .nested import PLANNER as NESTED
from .ranges import RANGES
from .spans import PLANNER as SPANS
from .sums import PLANNER as SUMS
from .temporal import PLANNER as TEMPORAL

DOMAINS: tuple[DomainPlanner, ...] = (
    NESTED,
    TEMPORAL,
    SPANS,
    CDF,
    CHANGES,
    ASOF,
    RANGES,
    DEDUPE,
    SUMS,
)
