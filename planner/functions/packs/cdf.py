"""Owns the pack `cdf`: what the change types of a change feed mean."""

from __future__ import annotations

from .base import Pack, function

PACK = Pack(
    "cdf",
    "What rows of a change feed mean, by their `_change_type`: `insert`, `update_preimage`, `update_postimage`, `delete`.",
    (
        function(
            "cdf_is_upsert(change_type VARCHAR) -> BOOLEAN",
            "change_type IN ('insert', 'update_postimage')",
            "Whether a change leaves a row behind as it is shown: an insert, or an update's new row.",
            "cdf_is_upsert(change_type => 'update_postimage')",
            "true",
        ),
        function(
            "cdf_is_delete(change_type VARCHAR) -> BOOLEAN",
            "change_type = 'delete'",
            "Whether a change takes a row away for good.",
            "cdf_is_delete(change_type => 'delete')",
            "true",
        ),
        function(
            "cdf_change_rank(change_type VARCHAR) -> BIGINT",
            "CASE change_type WHEN 'update_preimage' THEN 0 WHEN 'delete' THEN 1 WHEN 'insert' THEN 2 WHEN 'update_postimage' THEN 3 END",
            "The order of changes within one commit, so that the last one of a key says what became of it:"
            " an update's old row 0, delete 1, insert 2, an update's new row 3.",
            "cdf_change_rank(change_type => 'insert')",
            "2",
            nulls="null, and any other text, gives null",
        ),
    ),
)
