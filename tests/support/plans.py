"""Projects as text over real tables: bound, specified, planned and run through the real engine and lake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from treadle.dialect import parse
from treadle.dialect.diagnostics import TreadleError, one_line
from treadle.dialect.source import Source
from treadle.dialect.statements.param import ParamStatement
from treadle.planner.bind import bind
from treadle.planner.bundle import PlanBundle, Stage
from treadle.planner.codec import from_python
from treadle.planner.plan import plan
from treadle.planner.policies import Policies
from treadle.planner.project import Project
from treadle.planner.rules.overlay import resolve_rules
from treadle.planner.spec import ExecutionSpec, RuleOverlay, RuntimeProfile
from treadle.planner.specify import specify
from treadle.planner.values import Provided
from treadle.runtime.engine.datafusion import DataFusionEngine
from treadle.runtime.lake import DeltaLake
from treadle.runtime.run import run
from treadle.runtime.session import Session, open_session

AS_OF = datetime(2013, 6, 1, tzinfo=UTC)
SMALL = RuntimeProfile(name="small", threads=2)


@dataclass
class Lab:
    """A root with a lake, a session and its engine."""

    root: Path
    session: Session
    engine: DataFusionEngine
    lake: DeltaLake

    def table(self, name: str, rows: Mapping[str, Any], **options: Any) -> None:
        """Write a Delta table below `lake/`; further calls append when told so."""
        write_deltalake(str(self.root / "lake" / name), pa.table(dict(rows)), **options)

    def project(self, *texts: str, **values: object) -> Project:
        """Bind some files; values are given as Python gives them."""
        scripts = [parse(Source(f"{at}.sql", text), adhoc=True) for at, text in enumerate(texts)]
        declared = {one.name.text: one.type.type for s in scripts for one in s.statements if isinstance(one, ParamStatement)}
        given = {name: Provided(from_python(value, declared.get(name)), "python") for name, value in values.items()}
        found = bind(scripts, self.engine, self.lake, provided=given)
        errors = [d for d in found.diagnostics if d.severity == "error"]
        assert not errors, "\n".join(map(one_line, errors))
        return found

    def spec(
        self, text: str, *outputs: str, policies: Policies | None = None, overlay: RuleOverlay | None = None, **values: object
    ) -> ExecutionSpec:
        """Specify outputs of a project; all materialised views when none is named."""
        project = self.project(text, **values)
        wanted = outputs or tuple(n for n in project.order if project.views[n].materialized) or project.order[-1:]
        chosen = policies or Policies(rule_overlay=overlay or RuleOverlay(), runtime_profile=SMALL)
        return specify(project, outputs=wanted, engine=self.engine, lake=self.lake, as_of=AS_OF, policies=chosen)

    def plan(self, text: str, *outputs: str, **options: Any) -> PlanBundle:
        """Plan outputs of a project."""
        return plan(self.spec(text, *outputs, **options), self.engine, self.lake)

    def rows(self, bundle: PlanBundle) -> list[tuple[object, ...]]:
        """Run a bundle with one result and return its rows, sorted by their text."""
        rules = resolve_rules(bundle.spec.rule_overlay)
        with open_session(bundle.spec.runtime_profile, settings=rules.settings, removed_rules=rules.removed) as session:
            found = run(bundle, session=session, lake=self.lake)
            assert len(found.results) == 1, found.diagnostics
            table = found.results[0].reader().read_all()
            assert found.receipt.status == "done", found.diagnostics
        return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)

    def write(self, bundle: PlanBundle) -> None:
        """Run a bundle that writes; everything must succeed."""
        found = run(bundle, session=self.session, lake=self.lake)
        assert found.receipt.status == "done", found.diagnostics


@contextmanager
def open_lab(root: Path) -> Iterator[Lab]:
    """Open a lab in a folder."""
    with open_session(SMALL) as session:
        yield Lab(root, session, DataFusionEngine(session), DeltaLake(root))


def stage(bundle: PlanBundle, name: str) -> Stage:
    """Return a bundle's stage by name."""
    return next(one for one in bundle.stages if one.name == name)


def codes(problem: TreadleError) -> Sequence[str]:
    """Return the codes of an error's diagnostics."""
    return [one.code for one in problem.diagnostics]
