"""Owns `Policies`: everything of a specification that is neither views nor values, with its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .homes import Home
from .project import frozen
from .spec import CachePolicy, Capabilities, InlinePolicy, Maintenance, Observe, PlannerOverlay, RuleOverlay, RuntimeProfile


@dataclass(frozen=True, slots=True)
class Policies:
    """How a project is planned and run; fields as in `ExecutionSpec`.

    Args:
        metadata: entries for the commit of every output.
        home: where the environment keeps tables.
    """

    rule_overlay: RuleOverlay = RuleOverlay()
    planners: PlannerOverlay = PlannerOverlay()
    runtime_profile: RuntimeProfile = RuntimeProfile()
    inline_policy: InlinePolicy = InlinePolicy()
    cache_policy: CachePolicy = CachePolicy()
    maintenance: Maintenance = Maintenance()
    tuner: Literal["off", "observe", "apply"] = "off"
    capabilities: Capabilities = Capabilities()
    observe: Observe = Observe()
    metadata: Mapping[str, str] = field(default_factory=lambda: frozen({}))
    home: Home = Home()
