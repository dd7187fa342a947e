"""Owns the decision where plans are cut: which views are inlined, which are computed once.

In: planned views, policies, pins. Out: `Cuts`, with the reason of every choice. The engine
expands a view once per path to it, which explodes where layers join the layer below twice;
so paths are counted on the way up, and a stage never has more than `max_paths` of them
unless one view alone refers to more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..dialect.diagnostics import did_you_mean, error
from .bundle import Decision
from .ports import PinnedSource
from .project import frozen
from .spec import ExecutionSpec
from .views import PlannedView, Views
from .warnings import PlanWarning

Boundary = Literal["inline", "shared", "output"]
BYTES_PER_VALUE = 4
"""Bytes that a value takes in a compressed column file, for estimates of rows only."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """How each needed view is read by others.

    Args:
        how: `inline` into its readers; `shared`, a stage of its own; `output`, the table that
            this run commits.
        paths: number of paths from each view to relations, cuts counted as one.
        depth: number of view levels inlined below each view.
        decisions: choices with their reasons.
    """

    how: Mapping[str, Boundary]
    paths: Mapping[str, int]
    depth: Mapping[str, int]
    decisions: tuple[Decision, ...]
    warnings: tuple[PlanWarning, ...]


def cut(views: Views, spec: ExecutionSpec, pins: Mapping[str, PinnedSource]) -> Cuts:
    """Return how every view is read by the others.

    Raises:
        TreadleError: T3005 when the cache policy names an unknown view, T3016 when it forbids
            computing a volatile view once that is read twice.
    """
    return _Cutter(views, spec, pins).run()


class _Cutter:
    """Decides for one specification, upstream first."""

    def __init__(self, views: Views, spec: ExecutionSpec, pins: Mapping[str, PinnedSource]) -> None:
        self.views = views
        self.pins = pins
        self.policy = spec.cache_policy
        self.max_paths = spec.inline_policy.max_paths
        self.overrides = {one.view: one.policy for one in self.policy.overrides}
        self.written = {one.view for one in spec.outputs if one.mode != "RESULT"}
        self.how: dict[str, Boundary] = {}
        self.paths: dict[str, int] = {}
        self.depth: dict[str, int] = {}
        self.decisions: list[Decision] = []
        self.warnings: list[PlanWarning] = []
        every = {name: views[name].paths() for name in views.order}
        self.reads = {name: {n: c for n, c in found.items() if n not in views[name].relations} for name, found in every.items()}
        self.own = {name: sum(c for n, c in found.items() if n in views[name].relations) for name, found in every.items()}
        self.fanout = self._fanout()
        self.uses = self._uses()
        self.rows = self._rows()

    def run(self) -> Cuts:
        for name in self.overrides:
            if name not in self.views.by_name:
                help_line = did_you_mean(name, self.views.order) or "it names views that the outputs need"
                raise error("T3005", f"the cache policy names `{name}`, which is no view of this run", help=help_line)
        for name in self.views.order:
            self._bound_paths(name)
            self._count(name)
            self.how[name] = self._choose(self.views[name])
        return Cuts(frozen(self.how), frozen(self.paths), frozen(self.depth), tuple(self.decisions), tuple(self.warnings))

    def _fanout(self) -> Mapping[str, int]:
        counts = dict.fromkeys(self.views.order, 0)
        for reads in self.reads.values():
            for name, count in reads.items():
                counts[name] += count
        return counts

    def _uses(self) -> Mapping[str, int]:
        """Return on how many paths from outputs each view lies; more than one is all that matters."""
        counts = {name: int(name in self.views.outputs) for name in self.views.order}
        for name in reversed(self.views.order):
            through = 1 if name in self.written else counts[name]
            for read, count in self.reads[name].items():
                counts[read] = min(2, counts[read] + count * through)
        return counts

    def _rows(self) -> Mapping[str, int]:
        """Return an estimate of the rows that come into each view, from the sizes of pinned files."""
        rows: dict[str, int] = {}
        for name in self.views.order:
            view = self.views[name]
            own = sum(estimated_rows(self.pins[source]) for source in view.relations.values() if source in self.pins)
            rows[name] = own + sum(rows[read] for read in self.reads[name])
        return rows

    def _count(self, name: str) -> None:
        inlined = {read: count for read, count in self.reads[name].items() if self.how[read] == "inline"}
        others = sum(count for read, count in self.reads[name].items() if read not in inlined)
        self.paths[name] = self.own[name] + others + sum(count * self.paths[read] for read, count in inlined.items())
        self.depth[name] = 1 + max((self.depth[read] for read in inlined), default=0)

    def _bound_paths(self, name: str) -> None:
        """Make stages of inputs, the widest first, until this view's expansion is within the limit."""
        while True:
            self._count(name)
            if self.paths[name] <= self.max_paths:
                return
            inputs = [r for r in self.reads[name] if self.how[r] == "inline" and self.paths[r] > 1]
            if not inputs:
                return
            widest = min(inputs, key=lambda r: (self.overrides.get(r) == "NEVER", -self.reads[name][r] * self.paths[r], r))
            self._cut_for_paths(widest, name)

    def _cut_for_paths(self, name: str, reader: str) -> None:
        reason = f"inlined, `{reader}` would have {self.paths[reader]} paths to sources, more than {self.max_paths}"
        if self.overrides.get(name) == "NEVER":
            message = f"`{name}` is computed once although its cache policy is NEVER: {reason}"
            self.warnings.append(PlanWarning(code="T3163", stage="plan", message=message, context={"view": name}))
        self._decide(name, "computed once", reason)
        self.how[name] = "shared"

    def _choose(self, view: PlannedView) -> Boundary:
        name, override = view.name, self.overrides.get(view.name)
        if name in self.written:
            return "output"
        if self.fanout[name] == 0:
            return "inline"
        if view.spec.volatile and self.uses[name] > 1:
            return self._share_volatile(name)
        if override == "FORCE":
            self._decide(name, "computed once", "the cache policy forces it")
            return "shared"
        return self._by_policy(name, override)

    def _share_volatile(self, name: str) -> Boundary:
        if self.overrides.get(name) == "NEVER":
            message = f"`{name}` may give other rows each time and is read more than once, but the cache policy forbids to compute it once"
            raise error("T3016", message, help="remove the override, or the second reader: it would see other rows")
        self._decide(name, "computed once", "it may give other rows each time and is read more than once")
        return "shared"

    def _by_policy(self, name: str, override: str | None) -> Boundary:
        fanout, rows = self.fanout[name], self.rows[name]
        if fanout < self.policy.min_fanout:
            return "inline"
        if override == "NEVER":
            self._decide(name, "inlined", "the cache policy forbids to compute it once")
            return "inline"
        if rows < self.policy.min_estimated_rows:
            reason = f"read {fanout} times over about {rows} rows, fewer than {self.policy.min_estimated_rows}"
            self._decide(name, "inlined", reason)
            return "inline"
        self._decide(name, "computed once", f"read {fanout} times over an estimated {rows} rows")
        return "shared"

    def _decide(self, subject: str, choice: str, reason: str) -> None:
        """Note a choice in place of an earlier one about the same view."""
        self.decisions[:] = [one for one in self.decisions if one.subject != subject]
        self.decisions.append(Decision(subject, choice, reason))


def estimated_rows(pin: PinnedSource) -> int:
    """Return how many rows a pinned source has by its log, else about how many, from its bytes and columns."""
    if pin.row_count is not None:
        return pin.row_count
    return pin.byte_count // (BYTES_PER_VALUE * max(1, len(pin.schema)))
