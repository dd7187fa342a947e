"""Owns runtime profiles: what `small`, `medium`, `large`, `auto` and the users' own mean on this machine.

In: a `RuntimeProfile` of the specification. Out: `Resolved`, concrete numbers, and the
engine's settings that they come to (`Resolved.settings`); `KNOBS` says of every knob how
the engine applies it, and a test reads each one back from a live session.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..planner.spec import RuntimeProfile

MIB = 1024 * 1024
NAMES = ("small", "medium", "large", "auto")
MIN_MEMORY = 64 * MIB  # below it `auto` would make the engine's own reservations fail


@dataclass(frozen=True, slots=True)
class Knob:
    """One knob of a profile.

    Args:
        field: the field of `RuntimeProfile`.
        setting: the engine's setting that it becomes.
        applied: how and when the engine applies it, prose.
    """

    field: str
    setting: str
    applied: str


KNOBS = (
    Knob(
        "threads",
        "datafusion.execution.target_partitions",
        "partitions of scans, joins and aggregates; read when a query is planned",
    ),
    Knob(
        "memory",
        "datafusion.runtime.memory_limit",
        "bytes of one pool, shared fairly by operators that spill; hash joins fail beyond it",
    ),
    Knob("batch_size", "datafusion.execution.batch_size", "rows of a batch; read when a query is planned"),
    Knob(
        "spill",
        "datafusion.runtime.temp_directory",
        "what outgrows the pool goes to the session's own folder, or fails",
    ),
    Knob("settings", "any setting of the engine that treadle does not own", "set when the session opens"),
)

# What a query means, or what treadle's own plans rest on: the same in every profile.
# An empty value is not set here, but by the way the session is made.
OWNED: Mapping[str, str] = {
    "datafusion.execution.time_zone": "UTC",
    "datafusion.execution.parquet.coerce_int96": "us",
    "datafusion.execution.parquet.schema_force_view_types": "true",
    "datafusion.execution.enable_recursive_ctes": "true",
    "datafusion.execution.enable_ansi_mode": "false",
    "datafusion.sql_parser.dialect": "generic",
    "datafusion.sql_parser.default_null_ordering": "nulls_max",
    "datafusion.sql_parser.enable_ident_normalization": "true",
    "datafusion.sql_parser.map_string_types_to_utf8view": "true",
    "datafusion.sql_parser.parse_float_as_decimal": "false",
    "datafusion.optimizer.skip_failed_rules": "false",
    "datafusion.optimizer.max_passes": "3",
    # Several `min` and `max` of one query lose rows to it: what one has seen prunes what another has not.
    "datafusion.optimizer.enable_aggregate_dynamic_filter_pushdown": "false",
    "datafusion.catalog.information_schema": "true",
    "datafusion.catalog.create_default_catalog_and_schema": "",
    "datafusion.catalog.default_catalog": "datafusion",
    "datafusion.catalog.default_schema": "public",
    "datafusion.runtime.temp_directory": "",
}

# What made queries fast in measurements; a profile may say otherwise.
DEFAULTS: Mapping[str, str] = {
    "datafusion.execution.collect_statistics": "true",
    "datafusion.execution.parquet.pruning": "true",
    "datafusion.execution.parquet.enable_page_index": "true",
    "datafusion.execution.parquet.bloom_filter_on_read": "true",
    # Where a filter keeps scattered rows, as most do, skipping the others row by row takes up to three times as long as
    # reading them; see `ONLY_THE_FIRST` in `engine/execute.py` for where it pays.
    "datafusion.execution.parquet.pushdown_filters": "false",
    "datafusion.execution.parquet.reorder_filters": "true",
    "datafusion.optimizer.enable_dynamic_filter_pushdown": "true",
    "datafusion.optimizer.enable_join_dynamic_filter_pushdown": "true",
    "datafusion.optimizer.enable_topk_dynamic_filter_pushdown": "true",
    "datafusion.runtime.list_files_cache_limit": "0",
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """A profile in concrete numbers.

    Args:
        name: the profile's name.
        threads: target partitions.
        memory: bytes of the engine's pool.
        batch_size: rows per batch.
        spill: whether operators may spill to disk.
        own: the profile's further settings, sorted by name.
    """

    name: str
    threads: int
    memory: int
    batch_size: int
    spill: bool
    own: tuple[tuple[str, str], ...] = ()

    def settings(self) -> dict[str, str]:
        """Return every engine setting that this profile fixes, by full name, values as text."""
        return {
            **DEFAULTS,
            "datafusion.execution.target_partitions": str(self.threads),
            "datafusion.execution.planning_concurrency": str(self.threads),
            "datafusion.execution.batch_size": str(self.batch_size),
            "datafusion.execution.sort_spill_reservation_bytes": str(self.sort_reservation),
            **dict(self.own),
            **{name: value for name, value in OWNED.items() if value},
        }

    @property
    def sort_reservation(self) -> int:
        """Return the bytes that each sort sets aside for merging: small beside the pool, or sorts fail at once.

        A sort by several keys that outgrows the pool would need a quarter of its thread's share
        (measured), but every sort takes it from the start, however few its rows: a profile's
        `settings` may ask for it.
        """
        return min(10 * MIB, self.memory // (16 * self.threads))

    def as_json(self) -> dict[str, str]:
        """Return the profile as text by name, for receipts and the envelope digest."""
        numbers = {
            "threads": str(self.threads),
            "memory": str(self.memory),
            "batch_size": str(self.batch_size),
            "spill": str(self.spill).lower(),
        }
        return {"name": self.name, **numbers, **dict(self.own)}


def resolve(profile: RuntimeProfile) -> Resolved:
    """Return a profile in concrete numbers on this machine; what it leaves open, its base says (`auto` for users' own)."""
    threads, memory, batch_size = _base(profile.name)
    return Resolved(
        profile.name,
        profile.threads or threads,
        profile.memory or memory,
        profile.batch_size or batch_size,
        profile.spill,
        tuple(sorted(profile.settings.items())),
    )


def _base(name: str) -> tuple[int, int, int]:
    """Return threads, bytes and rows per batch of a built-in profile; names of users' own mean `auto`."""
    threads, memory = cores(), available_memory()
    if name == "small":
        return 1, 256 * MIB, 4096
    if name == "medium":
        return min(4, threads), 2048 * MIB, 8192
    if name == "large":
        return threads, max(MIN_MEMORY, memory * 8 // 10), 16384
    return threads, max(MIN_MEMORY, memory * 6 // 10), 8192


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_memory() -> int:
    """Return the bytes of memory that this process may use: the machine's, or its control group's when that is less.

    The total, not what is free at the moment, so that the same profile is the same tomorrow.
    """
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = (_limit(Path(name)) for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"))
    return min(total, *(limit for limit in limits if limit is not None), total)


def _limit(path: Path) -> int | None:
    """Return a control group's limit in bytes; None when there is no such file or it says `max`."""
    try:
        text = path.read_text("ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
