"""Owns `CommitIdentity`: what a commit says of the run that made it, and how a repeat is told by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from .log import read_commit
from .snapshot import Snapshot

PREFIX = "treadle."


@dataclass(frozen=True, slots=True)
class CommitIdentity:
    """What a run is, as far as one output goes.

    Args:
        view: the view that is written.
        run_id: the run's own name.
        project, spec, envelope: the three digests of the specification.
        stage: digest of the stage that computes the view.
        as_of: the run clock, ISO 8601.
        pins: the pins as JSON: a list of objects with `source`, `version` and more.
        reads_clock: whether the rows depend on `as_of`; if they don't, an equal stage is
            enough for a repeat, whatever the clock of the run.
        nothing_new: whether there is nothing in the changes since the last run that it reads, so that
            appending no rows needs no commit: the last one says already how far was read.
    """

    view: str
    run_id: str
    project: str
    spec: str
    envelope: str
    stage: str
    as_of: str
    pins: str = "[]"
    reads_clock: bool = True
    nothing_new: bool = False

    @property
    def app_id(self) -> str:
        """Return the name of the application transaction that marks treadle's own commits of the view."""
        return f"treadle/{self.view}"

    def metadata(self, mode: str, extra: Mapping[str, str]) -> dict[str, str]:
        """Return the entries of the commit: the output's own, then treadle's, which win."""
        ours = {
            "view": self.view,
            "run_id": self.run_id,
            "mode": mode,
            "project": self.project,
            "spec": self.spec,
            "envelope": self.envelope,
            "stage": self.stage,
            "as_of": self.as_of,
            "pins": self.pins,
        }
        return {**extra, **{PREFIX + name: value for name, value in ours.items()}}

    def transactions(self, version: int) -> dict[str, int]:
        """Return application transactions by name: the version about to be written, and each pin's version, of changes the last.

        They survive checkpoints and log clean-up, which custom metadata does not (FACTS-REFRESH 5).
        """
        marks = {self.app_id: version}
        for pin in json.loads(self.pins):
            if isinstance(pin, dict) and isinstance(pin.get("version"), int):
                window = pin.get("window")
                marks[f"{self.app_id}/{pin.get('source', '')}"] = window[1] if window else pin["version"]
        return marks


def is_repeat(head: Snapshot, identity: CommitIdentity, mode: str) -> bool:
    """Say whether the head of a table is treadle's own commit of exactly these rows.

    The commit's digests must be equal, and its application transaction must name the head's
    version: whatever anybody committed since makes the head another one.
    """
    commit = read_commit(head.path, head.version)
    if commit is None or head.transaction(identity.app_id) != head.version:
        return False
    said = {name: commit.info.get(PREFIX + name) for name in ("view", "mode", "stage", "envelope")}
    same = said["view"] == identity.view and said["mode"] == mode and said["stage"] == identity.stage
    return same and (said["envelope"] == identity.envelope or not identity.reads_clock)
