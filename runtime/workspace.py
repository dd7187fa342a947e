"""Owns the one way from text to receipt, as a face walks it: `Workspace` holds what its steps share.

In: a root, its configuration, frames, values. Out: scripts, a bound project, a specification,
a bundle, a run. Every face (Python, command line) goes through here, and only an
`ExecutionSpec` is ever planned.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..dialect import parse
from ..dialect.diagnostics import Bug, Diagnostic, Problems, TreadleError
from ..dialect.script import Script
from ..dialect.source import Span
from ..dialect.statements.query import QueryStatement
from ..dialect.types import Schema, timestamp
from ..planner.bind import bind
from ..planner.bind.causes import one_cause_each
from ..planner.bind.names import AnyView, view_span
from ..planner.policies import Policies
from ..planner.project import Project
from ..planner.rules.overlay import resolve_rules
from ..planner.spec import ExecutionSpec, RuleOverlay, RuntimeProfile
from ..planner.specify import specify
from ..planner.values import Value
from .additions import Additions
from .config import Config
from .depth import longest, shallow
from .locations import require_lakes_apart, with_locations
from .outputs import nothing_written, outputs_of
from .parameters import Given, from_command_line, from_config, from_keywords, from_session, provide, unknown_in_environments
from .policies import at_fault, policies
from .project import ProjectFolder, load_folder
from .queries import Queries
from .seeds import untyped, with_seeds
from .tracing import span

if TYPE_CHECKING:
    from ..planner.bundle import PlanBundle
    from ..planner.lineage import LineageGraph
    from ..planner.ports import Lake
    from .cancel import Cancel
    from .engine.datafusion import DataFusionEngine
    from .frames import Frame
    from .lock.file import Lock
    from .lock.renew import Renewal
    from .lock.replay import Replay
    from .progress import Progress
    from .result import Result
    from .run import Run
    from .session import Session
    from .store import ReceiptStore

NO_VALUE = "T3019"


@dataclass(frozen=True, slots=True)
class Situation:
    """What a command or call adds to a project.

    Args:
        environment: name of the environment in use, or None.
        profile: name of the profile asked for, or None.
        arguments: values of `-p name=text`.
        safe: whether paths outside the root are refused.
    """

    environment: str | None = None
    profile: str | None = None
    arguments: Mapping[str, str] | None = None
    safe: bool = False


class Workspace:
    """What the steps share: the folder, sessions (one per resources and rules), the lake, parsed files.

    Safe to use from threads: parsing and opening sessions are guarded, the rest is per call.

    Args:
        root: folder that locations start from.
        has_project: whether `.sql` files and `treadle.toml` are read from the root at every call.
        situation: environment, profile, arguments.
    """

    def __init__(self, root: Path, has_project: bool, situation: Situation) -> None:
        """Read nothing yet."""
        from .frames import FrameLake
        from .python_functions.workspace import PythonWorkspace

        self.root, self.has_project, self.situation = root, has_project, situation
        self.frames: dict[str, Frame] = {}
        self.additions = Additions()
        self.lake = FrameLake(root, self.frames, safe=situation.safe)
        self._replay: Replay | None = None
        self.python = PythonWorkspace(root, situation.safe)
        self._lock = threading.RLock()
        self._queries = Queries(self)
        self._scripts: dict[tuple[str, str], Script] = {}
        self._places: Mapping[str, Span] = {}
        self._config = Config()
        self._read: Config | None = None
        self._sessions: list[tuple[tuple[RuntimeProfile, RuleOverlay], Session, DataFusionEngine]] = []

    @property
    def _reads(self) -> Lake:
        """Return where schemas and pins come from: what is there now, or what a lock has."""
        return self.lake if self._replay is None else self._replay.lake

    def locked(self) -> Workspace:
        """Return a workspace that reads what the lock of the environment in use has; raises T7080 and T7081.

        It shares everything else with this one, sessions included.
        """
        from .lock.replay import replay

        made = copy(self)
        made._replay = replay(self.root, self.environment(self.folder().config), self.lake)
        made._queries = Queries(made)
        return made

    def require_lock(self) -> Lock:
        """Return the lock in use, of a workspace that `locked` made."""
        if self._replay is None:
            raise Bug("no lock is in use")
        return self._replay.lock

    def lock(self, words: Sequence[str], values: Mapping[str, object]) -> Renewal:
        """Return the lock of the environment in use, renewed for some sources or all; nothing is written.

        Args:
            words: names of sources, and selectors of views, whose sources are meant.
            values: values of parameters.

        Raises:
            TreadleError: everything wrong in the project; T7015 and T7016 for words; T7081 for a lock that can't be read
                and is to be kept in parts; what pinning raises.
        """
        from .lock.command import renewal

        bound = self.project(values)
        bound.require_sound()
        _, engine = self.engine(bound.policies.runtime_profile, bound.policies.rule_overlay)
        return renewal(bound, words, engine, self.lake, self.environment(bound.folder.config))

    def folder(self) -> ProjectFolder:
        """Return what stands in the folder now; raises T7001 to T7004 for its `treadle.toml`."""
        if not self.has_project:
            return ProjectFolder(self.root, Config(), (), ())
        found = load_folder(self.root, self._read)
        require_lakes_apart(found.config, self.lake.canonical)
        self._read = found.config
        return found

    def environment(self, config: Config) -> str | None:
        """Return the name of the environment in use: the one asked for, or else the project's default."""
        return self.situation.environment or config.tables.project.environment

    def scripts(self, folder: ProjectFolder) -> tuple[Script, ...]:
        """Return the folder's seeds and parsed files and the session's scripts, at the environment's locations.

        Changed files are parsed anew. Raises T7003, T7020, T7031 and T7032.
        """
        with self._lock:
            known = {(s.name, s.text): self._scripts.get((s.name, s.text)) or parse(s) for s in folder.sources}
            self._scripts = known
        problems = Problems()
        scripts = with_seeds((*known.values(), *self.additions.scripts), folder.seeds, folder.config, problems)
        problems.raise_if_errors()
        return with_locations(scripts, folder.config, self.environment(folder.config))

    def project(self, values: Mapping[str, object], query: Script | None = None, *, tests: bool = False) -> Bound:
        """Return the bound project, with an ad hoc query if there is one.

        Args:
            values: values of Python keywords.
            query: what `query_script` made, or None.
            tests: whether tests are bound too; they see values of `[parameters]`, and no others from outside.

        Raises:
            TreadleError: T7001 to T7005, T7020; what is wrong in files is among the diagnostics.
        """
        folder = self.folder()
        problems = Problems()
        problems.add(*folder.diagnostics)
        scripts = self.scripts(folder)
        if not problems.errors and not any(script.diagnostics for script in scripts):
            problems.add(*unknown_in_environments(folder.config, scripts, self.environment(folder.config)))
        scripts = scripts if query is None else (*scripts, query)
        return self.bind(folder, scripts, self._given(folder.config, values), problems, tests)

    def bind(
        self, folder: ProjectFolder, scripts: Sequence[Script], given: Sequence[Given], problems: Problems, tests: bool = False
    ) -> Bound:
        """Return scripts of a folder bound with values; what is wrong in them joins `problems` in the diagnostics."""
        chosen = policies(folder.config, self.environment(folder.config), self.situation.profile)
        if self._replay is not None and self.situation.profile is None:
            chosen = replace(chosen, runtime_profile=self._replay.lock.profile)
        chosen = replace(chosen, planners=self.python.overlay(folder.config))
        provided = provide(given, scripts, problems)
        reproducible = provide(from_config(folder.config, None), scripts, Problems()) if tests else None
        with at_fault(folder.config):
            _, engine = self.engine(chosen.runtime_profile, chosen.rule_overlay)
        with span("treadle.bind", {"treadle.scripts": len(scripts)}), shallow(longest(scripts)):
            now = Value(timestamp(6, "UTC"), self._now())
            python, frames = self.python.modules(folder.config), self._frame_schemas(scripts)
            bound = bind(scripts, engine, self._reads, provided=provided, frames=frames, tests=reproducible, python=python, as_of=now)
        problems.add(*bound.diagnostics)
        if self._replay is not None:
            problems.add(*self._replay.misfits(bound, engine))
        found = one_cause_each(scripts, problems) if problems.errors else tuple(problems)
        return Bound(folder, replace(bound, diagnostics=found), chosen)

    def _now(self) -> datetime:
        return datetime.now(UTC) if self._replay is None else self._replay.lock.instant()

    def _frame_schemas(self, scripts: Sequence[Script]) -> dict[str, Schema]:
        """Return the columns of registered frames; `information_schema` is there for ad hoc queries alone."""
        from .information_schema import is_own

        adhoc = any(isinstance(one, QueryStatement) for script in scripts for one in script.statements)
        return {name: frame.schema for name, frame in tuple(self.frames.items()) if adhoc or not is_own(name)}

    def check(self, values: Mapping[str, object]) -> tuple[tuple[Diagnostic, ...], Bound]:
        """Return everything that is wrong or doubtful, and the bound project; nothing is computed."""
        bound = self.project(values, tests=True)
        problems = Problems()
        problems.add(*bound.project.diagnostics)
        outputs = outputs_of(bound.project)
        if outputs and not problems.errors:
            try:
                self.specified(bound, outputs)
            except TreadleError as problem:
                # A parameter without a value is well declared; a run has to give it one.
                problems.add(*(d for d in problem.diagnostics if d.code != NO_VALUE))
        problems.add(*(found for test in bound.project.tests for found in test.diagnostics))
        problems.add(*untyped(bound.project))
        problems.add(*self._lock_doubts(bound))
        return tuple(problems), bound

    def _lock_doubts(self, bound: Bound) -> tuple[Diagnostic, ...]:
        """Return what is wrong with the project's locks, and how the one in use doesn't fit, which only a locked run minds."""
        from .lock.checks import lock_doubts

        if not self.has_project or self._replay is not None:
            return ()
        _, engine = self.engine(bound.policies.runtime_profile, bound.policies.rule_overlay)
        return lock_doubts(self.root, self.environment(bound.folder.config), bound.project, engine, self.lake)

    def lineage(self) -> LineageGraph:
        """Return the column lineage of the project; raises everything that is wrong in it."""
        bound = self.project({})
        bound.require_sound()
        return self.lineage_of(bound)

    def lineage_of(self, bound: Bound) -> LineageGraph:
        """Return the column lineage of a sound project."""
        from ..planner.lineage import lineage

        with shallow(None):
            return lineage(bound.project, self.aggregates(bound))

    def aggregates(self, bound: Bound) -> tuple[str, ...]:
        """Return the names of the engine's aggregate functions."""
        _, engine = self.engine(bound.policies.runtime_profile, bound.policies.rule_overlay)
        return tuple(name for name, one in engine.built_ins().items() if one.kind == "aggregate")

    def bound_as(self, folder: ProjectFolder) -> Bound:
        """Return another state of the folder, bound against the same tables; what is wrong in it is among its diagnostics."""
        problems = Problems()
        seeded = with_seeds(map(parse, folder.sources), folder.seeds, folder.config, problems)
        scripts = with_locations(seeded, folder.config, self.environment(folder.config))
        return self.bind(folder, scripts, self._given(folder.config, {}), problems)

    def specify(self, words: Sequence[str], values: Mapping[str, object]) -> ExecutionSpec:
        """Return the specification of a run of selected views, all materialised ones without words.

        Raises:
            TreadleError: everything wrong in the project; T7015, T7016 for selectors; T7023 when nothing is written.
        """
        bound = self.project(values)
        bound.require_sound()
        project = bound.project
        outputs = outputs_of(project)
        if words:
            from .selectors import select

            chosen = select(project, words)
            outputs = tuple(name for name in outputs if name in chosen)
        if not outputs:
            raise nothing_written(project, words)
        self._places, self._config = bound.places, bound.folder.config
        return self.specified(bound, outputs)

    def query(self, text: str, values: Mapping[str, object], progress: Progress | None = None, cancel: Cancel | None = None) -> Result:
        """Return the rows of one query; raises what is wrong with it."""
        return self._queries.query(text, values, progress, cancel)

    def plan_query(self, text: str) -> PlanBundle:
        """Return the bundle of one query, which computes nothing; raises what is wrong with it."""
        return self._queries.plan(text)

    def plan(self, spec: ExecutionSpec, secrets: Mapping[str, Value] | None = None) -> PlanBundle:
        """Return the bundle of a specification; raises what planning finds wrong."""
        from ..planner.plan import plan  # a check needs none of it

        self.python.require(spec)
        _, engine = self.engine(spec.runtime_profile, spec.rule_overlay)
        with span("treadle.plan", {"treadle.outputs": len(spec.outputs)}), shallow(None), at_fault(self._config):
            bundle = plan(spec, engine, self.lake, values=secrets, added=self.python.planners(spec))
        late = () if self._replay is None else self._replay.warnings(bundle.engines)
        return replace(bundle, warnings=(*late, *bundle.warnings)) if late else bundle

    def run(self, bundle: PlanBundle, progress: Progress | None = None, cancel: Cancel | None = None) -> Run:
        """Run a bundle to its end, and keep the receipt when this is a project."""
        from .store import ReceiptStore

        store = ReceiptStore(self.root) if self.has_project else None
        return self.start(bundle, self._places, store, progress, cancel)

    def start(
        self,
        bundle: PlanBundle,
        places: Mapping[str, Span],
        store: ReceiptStore | None,
        progress: Progress | None,
        cancel: Cancel | None,
    ) -> Run:
        """Start a bundle; what it writes is written at once, rows that it hands out are computed when they are read."""
        from .run import run

        session, _ = self.engine(bundle.spec.runtime_profile, bundle.spec.rule_overlay)
        modules = self.python.latest
        return run(bundle, session=session, lake=self.lake, store=store, progress=progress, cancel=cancel, places=places, modules=modules)

    def specified(self, bound: Bound, outputs: Sequence[str]) -> ExecutionSpec:
        """Return the specification of these outputs with every source pinned, as of now."""
        _, engine = self.engine(bound.policies.runtime_profile, bound.policies.rule_overlay)
        name = bound.folder.name if self.has_project else "adhoc"
        now = self._now()
        place = max(bound.places.values(), key=lambda one: one.end - one.start, default=None)
        with span("treadle.specify", {"treadle.outputs": len(outputs)}), shallow(place), at_fault(bound.folder.config):
            spec = specify(bound.project, outputs=outputs, engine=engine, lake=self._reads, as_of=now, name=name, policies=bound.policies)
        return spec if self._replay is None else spec.model_copy(update={"locked": self._replay.lock.digest})

    def engine(self, profile: RuntimeProfile, overlay: RuleOverlay) -> tuple[Session, DataFusionEngine]:
        """Return the session for some resources and rules, opened once, and its engine."""
        from .engine.datafusion import DataFusionEngine
        from .session import open_session

        with self._lock:
            for known, session, engine in self._sessions:
                if known == (profile, overlay):
                    return session, engine
            rules = resolve_rules(overlay)
            session = open_session(profile, settings=rules.settings, removed_rules=rules.removed)
            engine = DataFusionEngine(session)
            self._sessions.append(((profile, overlay), session, engine))
            return session, engine

    def close(self) -> None:
        """Close all sessions; results that are still read keep theirs."""
        with self._lock:
            for _, session, _ in self._sessions:
                session.close()
            self._sessions.clear()
            self.python.close()

    def _given(self, config: Config, values: Mapping[str, object]) -> Sequence[Given]:
        arguments = from_command_line(self.situation.arguments or {})
        session = from_session(self.additions.values)
        return (*from_config(config, self.environment(config)), *arguments, *session, *from_keywords(values))


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound project with the folder that it came from and the policies that hold; all diagnostics are in `project`."""

    folder: ProjectFolder
    project: Project
    policies: Policies

    @property
    def places(self) -> Mapping[str, Span]:
        """Return where each view is named, or an ad hoc query stands."""
        return {name: view_span(view.statement) for name, view in self.project.views.items() if isinstance(view.statement, AnyView)}

    def require_sound(self) -> None:
        """Raise everything that was found when an error is among it."""
        if any(d.severity == "error" for d in self.project.diagnostics):
            raise TreadleError(*self.project.diagnostics)
