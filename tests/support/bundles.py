"""Bundles made by hand from the contracts, over real Delta tables, for tests of running alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from treadle.dialect.types import Schema
from treadle.planner.bundle import Digests, PlanBundle, ScanPlan, Stage
from treadle.planner.digests import digest
from treadle.planner.ports import SourceRef
from treadle.planner.spec import CachePolicy, ExecutionSpec, Observe, OutputSpec, ParameterSpec, RuntimeProfile, ViewSpec
from treadle.planner.values import Value
from treadle.runtime.engine.datafusion import DataFusionEngine
from treadle.runtime.lake import DeltaLake
from treadle.runtime.run import Run, run
from treadle.runtime.session import Session, open_session

AS_OF = "2013-06-01T00:00:00+00:00"
SMALL = RuntimeProfile(name="small", threads=2)


@dataclass
class Bench:
    """A root with a lake and a session, and what makes stages over them."""

    root: Path
    lake: DeltaLake
    session: Session

    def table(self, name: str, rows: dict[str, list[Any]], **options: Any) -> Path:
        path = self.root / "lake" / name
        write_deltalake(str(path), pa.table(rows), **options)
        return path

    def delta(self, relation: str, name: str) -> ScanPlan:
        return self.scan(relation, name, SourceRef("delta", str(self.root / "lake" / name)))

    def scan(self, relation: str, source: str, ref: SourceRef) -> ScanPlan:
        pin = self.lake.cut((ref,)).pins[0]
        selection = self.lake.select(pin, pin.schema.names, None)
        return ScanPlan(relation, "source", source, pin.schema, pin.schema.names, None, (), pin, selection, ())

    def earlier(self, relation: str, stage: Stage) -> ScanPlan:
        origin = "output" if stage.kind == "write" else "stage"
        return ScanPlan(relation, origin, stage.name, stage.schema, stage.schema.names, None, ())

    def stage(
        self, name: str, kind: str, sql: str, scans: Iterable[ScanPlan] = (), values: dict[str, Value] | None = None, **output: Any
    ) -> Stage:
        scans, values = tuple(scans), values or {}
        schema = self.schema(sql, scans, values)
        after = tuple(sorted({scan.source for scan in scans if scan.origin != "source"}))
        spec = None
        if kind == "write":
            spec = OutputSpec(**{"view": name, "mode": "OVERWRITE", "location": f"lake/{name}", **output})
        elif kind == "result":
            spec = OutputSpec(view=name)
        pins = [str(scan.pin) for scan in scans]
        identity = digest([sql, pins, schema.as_json(), [str(one) for one in values.values()]])
        return Stage(name, kind, sql, tuple(sorted(values)), scans, (), schema, spec, after, identity)

    def schema(self, sql: str, scans: Iterable[ScanPlan], values: dict[str, Value]) -> Schema:
        from datetime import UTC, datetime

        from treadle.dialect.types import timestamp

        bound = {f"p{at}": values[name] for at, name in enumerate(sorted(values), 1)}
        clock = Value(timestamp(zone="UTC"), datetime(2013, 6, 1, tzinfo=UTC))
        relations = {scan.relation: scan.schema for scan in scans}
        return DataFusionEngine(self.session).survey(sql, relations, {**bound, "as_of": clock}).schema

    def bundle(
        self,
        *stages: Stage,
        values: dict[str, Value] | None = None,
        secret: Iterable[str] = (),
        volatile: Iterable[str] = (),
        budget: int = 1 << 28,
        observe: Observe | None = None,
    ) -> PlanBundle:
        secrets = set(secret)
        spec = ExecutionSpec(
            project="bench",
            typed_parameters=tuple(ParameterSpec(name=n, type=v.type.sql(), secret=n in secrets) for n, v in (values or {}).items()),
            views=tuple(ViewSpec(name=one, sql="", columns=(), volatile=True) for one in volatile),
            outputs=tuple(stage.output for stage in stages if stage.output is not None),
            cache_policy=CachePolicy(memory_budget=budget),
            observe=observe or Observe(),
            as_of=AS_OF,
        )
        digests = Digests("p" * 32, "s" * 32, "e" * 32)
        return PlanBundle(spec, digests, stages, values or {}, (), (), (), (), {}, {"datafusion": "55"}, "f" * 32)

    def run(self, *stages: Stage, **options: Any) -> Run:
        given = {name: options.pop(name) for name in ("values", "secret", "volatile", "budget", "observe") if name in options}
        return run(self.bundle(*stages, **given), session=self.session, lake=self.lake, **options)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a written table, sorted."""
        found = pa.table(DeltaTable(str(self.root / "lake" / name)).to_pyarrow_table()).to_pylist()
        return sorted(found, key=str)

    def version(self, name: str) -> int | None:
        """Return the head of a table, None when there is none."""
        path = self.root / "lake" / name
        return DeltaTable(str(path)).version() if (path / "_delta_log").exists() else None


def bench(root: Path) -> Bench:
    return Bench(root, DeltaLake(root), open_session(SMALL))


__all__ = ["AS_OF", "Bench", "bench", "replace"]
