"""Opening tables under every kind of commit, in any order: from what is known, from the log alone, and by the library is the same.

A log is written by hand, without data: files come, go, come again, get deletion vectors; columns, partition columns,
properties, features, transactions and domains change; checkpoints are made, entries cleaned up, versions restored,
the table made anew under the same path. One lake looks at it now and then, and opens heads from what it knows.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.snapshots import bounds, facts
from treadle.planner.ports import SourceRef
from treadle.runtime.lake import DeltaLake, opening
from treadle.runtime.lake.snapshot import Snapshot

MANY = int(os.environ.get("TREADLE_OPENING_EXAMPLES", "0"))
"""How many logs to try, in place of the few that the suite tries."""

DELETED = "deletionVector"
Action = dict[str, Any]
STATISTICS = (
    None,
    '{"numRecords":3,"minValues":{"id":1},"maxValues":{"id":5},"nullCount":{"id":1}}',
    '{ "nullCount": {"id": 0}, "numRecords" : 7, "minValues": {"id": -4}}',
    '{"minValues":{"numRecords":9},"numRecords":2,"maxValues":{"id":9007199254740993}}',
    '{"tightBounds":true}',
)
DAYS = (None, "", "2024-02-29", "1969-12-31")


@dataclass
class Written:
    """A log as it is written.

    Args:
        path: the table's folder.
        versions: the active files after each version.
    """

    path: Path
    made: int = 0
    columns: tuple[str, ...] = ("id", "day", "n")
    by: tuple[str, ...] = ("day",)
    settings: dict[str, str] = field(default_factory=dict)
    versions: list[dict[str, Action]] = field(default_factory=list)
    checkpoint: int = -1

    @property
    def active(self) -> dict[str, Action]:
        return self.versions[-1]

    def commit(self, *actions: Action, time: str = "timestamp") -> None:
        files = dict(self.versions[-1]) if self.versions else {}
        for action in actions:
            if "remove" in action:
                del files[action["remove"]["path"]]
        for action in actions:
            if "add" in action:
                files[action["add"]["path"]] = action["add"]
        number = len(self.versions)
        self.versions.append(files)
        info = {"commitInfo": {time: 1_700_000_000_000 + number * 1000 + self.made}}
        entry = self.path / "_delta_log" / f"{number:020d}.json"
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text("".join(json.dumps(one) + "\n" for one in (info, *actions)), "utf-8")
        stamp = 1_700_000_000_000_000_000 + self.made * 1_000_000 + number  # clocks of file systems are coarse
        os.utime(entry, ns=(stamp, stamp))

    def metadata(self) -> Action:
        kinds = {"day": "date", "id": "long"}
        fields = [{"name": name, "type": kinds.get(name, "string"), "nullable": True, "metadata": {}} for name in self.columns]
        known = {"id": f"table-{self.made}", "format": {"provider": "parquet", "options": {}}, "configuration": dict(self.settings)}
        schema = json.dumps({"type": "struct", "fields": fields})
        return {"metaData": {**known, "schemaString": schema, "partitionColumns": list(self.by), "createdTime": 7}}

    def protocol(self, *more: str) -> Action:
        features = {"readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors", "domainMetadata", *more]}
        return {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}}

    def add(self, name: int, seed: int) -> Action:
        values = {column: (DAYS[seed % len(DAYS)] if column == "day" else str(seed)) for column in self.by}
        path = f"{'%20' if seed % 2 else ''}{name}.parquet"
        stats = STATISTICS[seed % len(STATISTICS)]
        common = {"size": 100 + seed, "modificationTime": 5, "dataChange": True, **({} if stats is None else {"stats": stats})}
        return {"add": {"path": path, "partitionValues": values, **common}}

    def remove(self, path: str) -> Action:
        kept = {key: self.active[path][key] for key in ("path", "deletionVector") if key in self.active[path]}
        return {"remove": {**kept, "deletionTimestamp": 1, "dataChange": True}}

    def step(self, kind: str, seed: int) -> None:
        paths = sorted(self.active)
        one = paths[seed % len(paths)] if paths else None
        if kind == "add":
            self.commit(*(self.add(len(self.versions) * 10 + at, seed + at) for at in range(seed % 3 + 1)))
        elif kind == "anew":
            self.anew(seed)
        elif kind == "checkpoint":
            DeltaTable(str(self.path)).create_checkpoint()
            self.checkpoint = len(self.versions) - 1
        elif kind == "clean":
            for version in range(self.checkpoint + seed % 2):
                (self.path / "_delta_log" / f"{version:020d}.json").unlink(missing_ok=True)
        elif kind == "restore":
            wanted = self.versions[seed % len(self.versions)]
            same = {path for path, add in self.active.items() if path in wanted and wanted[path].get(DELETED) == add.get(DELETED)}
            gone = [self.remove(path) for path in self.active if path not in same]
            self.commit(*gone, *({"add": add} for path, add in wanted.items() if self.active.get(path) != add))
        elif kind == "columns":
            self.columns = (*self.columns, f"c{len(self.versions)}")
            self.commit(self.metadata())
        elif kind == "by":
            self.by = ((), ("day",), ("n", "day"))[seed % 3]
            self.commit(*map(self.remove, paths), self.metadata(), self.add(len(self.versions) * 10, seed))
        elif kind == "settings":
            self.settings["some.key"] = str(seed)
            self.commit(self.protocol(*(("changeDataFeed",) if seed % 2 else ())), self.metadata())
        elif kind == "said":
            application = {"txn": {"appId": f"app {seed % 2}", "version": seed, **({"lastUpdated": 3} if seed % 3 else {})}}
            domain = {"domain": f"d{seed % 2}", "configuration": f'{{"a":{seed}}}', "removed": seed % 4 == 3}
            self.commit(application, {"domainMetadata": domain}, time="inCommitTimestamp")
        elif one is not None:
            self._file(kind, one, seed)

    def _file(self, kind: str, path: str, seed: int) -> None:
        add = self.active[path]
        if kind == "remove":
            self.commit(self.remove(path))
        elif kind == "again":  # in one commit it goes, in the next it is there once more
            self.commit(self.remove(path))
            self.commit({"add": {**add, "size": seed}})
        elif kind == "over" and DELETED not in add:  # it is added while it is there, for its statistics
            self.commit({"add": {**add, "stats": '{"numRecords":8}'}})
        elif kind == "mark":
            vector = {"storageType": "i", "pathOrInlineDv": f"^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{{L{seed % 3}"}
            described = {**vector, "sizeInBytes": 40, "cardinality": seed}
            if add.get(DELETED, {}).get("pathOrInlineDv") != described["pathOrInlineDv"]:
                self.commit(self.remove(path), {"add": {**add, "deletionVector": described}})

    def anew(self, seed: int) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self.made += 1
        self.columns, self.by, self.versions, self.checkpoint = ("id", "day", "n"), (("day",), ())[seed % 2], [], -1
        self.commit(self.protocol(), self.metadata(), *(self.add(at, seed) for at in range(seed % 3)))
        for _ in range(seed % 4):
            self.commit(self.add(len(self.versions) * 10, seed))


def looks(written: Written, lake: DeltaLake) -> Iterator[Snapshot]:
    """Open the head as the lake does, from its log alone, and by the library."""
    text, head = "t", len(written.versions) - 1
    yield lake.snapshot(lake.cut([SourceRef("delta", text)]).pins[0])
    alone = opening._read(written.path, text, head, None)
    assert alone is not None, "nothing in these logs is left to the library"
    yield alone
    yield opening._by_library(written.path, text, None)


KINDS = (
    "add",
    "add",
    "remove",
    "again",
    "over",
    "mark",
    "mark",
    "columns",
    "by",
    "settings",
    "said",
    "restore",
    "checkpoint",
    "clean",
    "anew",
)
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 30), st.booleans()), min_size=1, max_size=12)


@settings(max_examples=MANY or 40, deadline=None)
@given(STEPS)
def test_however_a_table_is_opened_it_is_the_same(steps: list[tuple[str, int, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written, lake = Written(Path(folder).resolve() / "t"), DeltaLake(Path(folder))
        written.anew(2)
        for kind, seed, seen in steps:
            written.step(kind, seed)
            if not seen:
                continue
            kept, alone, told = looks(written, lake)
            assert kept.state is not None and alone.state is not None
            assert (facts(kept), bounds(kept)) == (facts(alone), bounds(alone))
            assert kept.state.domains == alone.state.domains
            assert facts(alone) == facts(told)
            assert bounds(told).items() <= bounds(alone).items()
            assert {path for path in (one.path for one in kept.files())} == {
                f"{written.path}/{p.replace('%20', ' ')}" for p in written.active
            }
