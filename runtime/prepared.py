"""Owns planned stages that a session keeps, so that a query which is asked again is neither read in nor planned again.

In: a stage of a remembered bundle. Out: `Prepared`, its relations' receipts and the engine's plan over them. Only stages
that read pinned files natively, and nothing else, are kept: what they read can't have changed but by going missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..planner.bundle import Stage
from ..planner.values import Value
from .kept import Kept
from .run_scans import ReadableScan

if TYPE_CHECKING:
    from .engine.bucket_widths import BucketWidths
    from .engine.execute import Planned


@dataclass(frozen=True, slots=True)
class Prepared:
    """A stage that is planned.

    Args:
        stage: the very stage; another one, even an equal one, is planned anew.
        values: of its parameters, as they are bound in the plan.
        scans: its relations, as receipts have them.
        planned: the engine's plan.
        widths: what its range joins tell.
    """

    stage: Stage
    values: Mapping[str, Value]
    scans: tuple[ReadableScan, ...]
    planned: Planned
    widths: BucketWidths


def prepared(kept: Kept, stage: Stage, values: Mapping[str, Value]) -> Prepared | None:
    """Return what is kept of a stage with these values, once its files are known to be there still; raises T4008."""
    from .engine.relations import require_files

    found = kept.stages.get(id(stage))
    if found is None or found.stage is not stage or found.values != values:
        return None
    for scan in stage.scans:
        require_files(() if scan.selection is None else scan.selection.files)
    return found


def is_prepared(kept: Kept, stage: Stage) -> bool:
    """Say whether something is kept of a stage, whatever its values."""
    found = kept.stages.get(id(stage))
    return found is not None and found.stage is stage


def keep(kept: Kept, made: Prepared) -> None:
    """Remember a stage that was planned, where it may be used again."""
    if _is_lasting(made.stage):
        kept.stages.put(id(made.stage), made)


def _is_lasting(stage: Stage) -> bool:
    from .engine.kept_relations import keepable

    if stage.kind != "result" or stage.calls or "$as_of" in stage.sql:
        return False
    sources = [(scan.pin, scan.selection) for scan in stage.scans if scan.origin == "source"]
    return len(sources) == len(stage.scans) and all(pin and chosen and keepable(pin, chosen) for pin, chosen in sources)
