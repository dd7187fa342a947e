"""Owns the rule `strict_safety`: what `safety` warns of is an error."""

from __future__ import annotations

from ...dialect.diagnostics import Diagnostic
from ..views import PlannedView
from .base import AnalyseRule, Context
from .safety import findings


def check(view: PlannedView, context: Context) -> tuple[Diagnostic, ...]:
    """Return an error for everything in a view that is seldom meant."""
    return findings(view, context, "error")


RULE = AnalyseRule("strict_safety", "refuses what `safety` warns of", check)
