"""Owns the schema of `generate_series`: one column of whole numbers."""

from __future__ import annotations

from ...dialect.types import BIGINT, Field, Schema

SERIES = Schema((Field("value", BIGINT, False),))
"""The columns of every series."""
