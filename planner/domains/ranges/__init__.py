"""Owns the domain planner `ranges`: joins on inequalities in both directions become equality joins of buckets."""

from __future__ import annotations

from ..base import DomainPlanner
from .selects import plan

RANGES = DomainPlanner("ranges", "relation", "joins whose inequalities bound both sides become equality joins of buckets", plan)
