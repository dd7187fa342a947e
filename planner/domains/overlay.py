"""Owns which domain planners a specification plans with: all of treadle's own, without some, with some of the project's."""

from __future__ import annotations

from collections.abc import Sequence

from ...dialect.diagnostics import did_you_mean, error
from ..spec import PlannerOverlay
from .base import DomainPlanner


def resolve_planners(overlay: PlannerOverlay, added: Sequence[DomainPlanner] = ()) -> tuple[DomainPlanner, ...]:
    """Return the planners that an overlay comes to, in the order in which they look at a view.

    Args:
        overlay: what the specification says.
        added: the planners behind its `add`, loaded.

    Raises:
        TreadleError: T3003 for a name that is no planner; T3042 for an added one under the name of another.
    """
    from . import DOMAINS

    known = [one.name for one in DOMAINS]
    for name in overlay.exclude:
        if name not in known:
            listed = ", ".join(f"`{one}`" for one in known)
            raise error("T3003", f"there is no domain planner `{name}`", help=did_you_mean(name, known) or f"known are {listed}")
    for one in added:
        if one.name in known:
            raise error("T3042", f"there is a domain planner `{one.name}` already", help="give yours another name")
        known.append(one.name)
    found = [one for one in (*DOMAINS, *added) if one.name not in overlay.exclude]
    return tuple(sorted(found, key=lambda one: one.kind == "relation"))
