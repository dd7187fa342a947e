"""Owns column lineage: `lineage(project, aggregates)` gives the `LineageGraph` of all views, sources and parameters."""

from __future__ import annotations

from .build import lineage
from .graph import Edge, LineageGraph, Node

__all__ = ["Edge", "LineageGraph", "Node", "lineage"]
