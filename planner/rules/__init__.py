"""Owns the ordered tuple of all rules; adding a rule is one file here and one row in `RULES`."""

from __future__ import annotations

from . import (
    checked_arithmetic,
    column_pruning,
    except_all,
    json_guards,
    recursive_types,
    safety,
    semantic_integrity,
    shared_scans,
    strict_safety,
    true_extremes,
    true_frames,
    true_orders,
    volatile_once,
)
from .base import Rule

RULES: tuple[Rule, ...] = (
    semantic_integrity.RULE,
    recursive_types.RULE,
    volatile_once.RULE,
    safety.RULE,
    strict_safety.RULE,
    except_all.RULE,
    json_guards.RULE,
    true_extremes.RULE,
    true_frames.RULE,
    true_orders.RULE,
    checked_arithmetic.RULE,
    column_pruning.RULE,
    shared_scans.RULE,
)
