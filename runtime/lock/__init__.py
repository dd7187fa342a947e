"""Owns the lock of a project: the pins, the clock and the profile that `--locked` replays, kept in a file beside `treadle.toml`."""

from __future__ import annotations

from .file import Lock, LockedSource, lock_name, read_lock

__all__ = ["Lock", "LockedSource", "lock_name", "read_lock"]
