"""Owns the pack `windows`: sessions, best rows, shares, filled gaps, counted changes."""

from __future__ import annotations

from .base import Pack, function

_SO_FAR = "OVER (ROWS UNBOUNDED PRECEDING)"

PACK = Pack(
    "windows",
    "Window functions that neighbours have, or people write by hand each time. Those that sort by themselves take PARTITION BY from OVER,"
    " and its ORDER BY where their own leaves ties.",
    (
        function(
            "session_id(ts ANY, gap ANY) -> BIGINT",
            "CASE WHEN ts IS NOT NULL THEN sum(CASE WHEN lag(ts) OVER (ORDER BY ts) + gap >= ts THEN 0 ELSE 1 END)"
            " OVER (ORDER BY ts RANGE UNBOUNDED PRECEDING) END",
            "The number of a row's session, from 1: a new one begins where more than `gap` lies between a row and the one before it.",
            "session_id(ts => n, gap => 1)", "[1, 1, 1, 2]",
            nulls="a row without `ts` has no session", kind="window",
        ),
        function(
            "dedupe_best_by_score(score ANY) -> BOOLEAN", "row_number() OVER (ORDER BY score DESC NULLS LAST) = 1",
            "Whether a row is the one with the greatest score of its partition: QUALIFY keeps one row for each.",
            "dedupe_best_by_score(score => x)", "[false, false, false, true]",
            nulls="a null score is the worst", kind="window",
        ),
        function(
            "dedupe_best_by_score(score ANY, tie ANY) -> BOOLEAN",
            "row_number() OVER (ORDER BY score DESC NULLS LAST, tie ASC NULLS LAST) = 1",
            "Whether a row is the one with the greatest score of its partition, among ties the one with the least `tie`.",
            "dedupe_best_by_score(score => n % 2, tie => n)", "[true, false, false, false]",
            nulls="a null score is the worst, a null `tie` comes last", kind="window",
        ),
        function(
            "forward_fill(value ANY) -> ANY", f"last_value(value) IGNORE NULLS {_SO_FAR}",
            "The value, or where it is null the last one before it.", "forward_fill(value => nullif(n, 2))", "[1, 1, 3, 5]",
            nulls="null before the first value", kind="window",
        ),
        function(
            "ratio_to_report(value NUMBER) -> DOUBLE", "CAST(value AS DOUBLE) / nullif(CAST(sum(value) AS DOUBLE), 0)",
            "A value's share of the sum over the window.", "ratio_to_report(value => n)",
            "[1.0, 0.6666666666666666, 0.5, 0.45454545454545453]",
            nulls="null gives null, and adds nothing; a sum of 0 gives null", kind="window",
        ),
        function(
            "conditional_true_event(condition BOOLEAN) -> BIGINT", f"sum(CASE WHEN condition THEN 1 ELSE 0 END) {_SO_FAR}",
            "How often a condition has been met up to a row.", "conditional_true_event(condition => b)", "[1, 1, 2, 3]",
            nulls="null counts as not met", kind="window",
        ),
        function(
            "conditional_change_event(value ANY) -> BIGINT",
            f"sum(CASE WHEN row_number() > 1 AND value IS DISTINCT FROM lag(value) THEN 1 ELSE 0 END) {_SO_FAR}",
            "How often a value has changed up to a row, from 0.", "conditional_change_event(value => k)", "[0, 0, 1, 1]",
            nulls="null is a value of its own", kind="window",
        ),
    ),
    renamed={"sessionize": "session_id"},
)  # fmt: skip
