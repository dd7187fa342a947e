"""Owns the rulepacks: which rules are on in each, which of the engine's own are off, which settings stand for others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..project import frozen

# The engine's logical rules by name, as its EXPLAIN VERBOSE prints them; a test compares them with the engine.
ENGINE_RULES = (
    "resolve_grouping_function",
    "type_coercion",
    "resolve_lambda_variables",
    "rewrite_set_comparison",
    "optimize_unions",
    "unions_to_filter",
    "simplify_expressions",
    "replace_distinct_aggregate",
    "eliminate_join",
    "decorrelate_predicate_subquery",
    "scalar_subquery_to_join",
    "decorrelate_lateral_join",
    "extract_equijoin_predicate",
    "eliminate_duplicated_expr",
    "eliminate_filter",
    "eliminate_cross_join",
    "eliminate_limit",
    "propagate_empty_relation",
    "filter_null_join_keys",
    "eliminate_outer_join",
    "push_down_limit",
    "push_down_filter",
    "single_distinct_aggregation_to_group_by",
    "eliminate_group_by_constant",
    "common_sub_expression_eliminate",
    "extract_leaf_expressions",
    "push_down_leaf_projections",
    "optimize_projections",
)


@dataclass(frozen=True, slots=True)
class Pack:
    """A rulepack.

    Args:
        doc: whom it is for, in a line.
        rules: names of the rules that are on.
        removed: the engine's logical rules that are off.
        settings: engine settings by full name.
    """

    doc: str
    rules: tuple[str, ...]
    removed: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=lambda: frozen({}))


_ALWAYS = (
    "semantic_integrity",
    "recursive_types",
    "volatile_once",
    "except_all",
    "json_guards",
    "true_extremes",
    "true_frames",
    "true_orders",
)

PACKS: Mapping[str, Pack] = frozen(
    {
        "default": Pack("for everyday work", (*_ALWAYS, "safety", "column_pruning", "shared_scans")),
        "low_latency": Pack(
            "for small queries that are asked often: planning is kept short",
            _ALWAYS,
            settings=frozen({"datafusion.execution.collect_statistics": "false"}),
        ),
        "replay": Pack(
            "for runs that must repeat bit by bit: one partition, so that float sums have one order",
            (*_ALWAYS, "safety", "column_pruning", "shared_scans"),
            settings=frozen({"datafusion.execution.target_partitions": "1"}),
        ),
        "strict": Pack(
            "for pipelines that must not guess: warnings are errors, integers don't wrap",
            (*_ALWAYS, "strict_safety", "checked_arithmetic", "column_pruning", "shared_scans"),
        ),
    }
)
