"""Situations that arise while a run is under way: other writers, full disks, lost files, too little memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from datafusion import SessionContext

from tests.support.command import Ended
from tests.support.place import Place, Said, said
from tests.support.tree import ROOT
from treadle.runtime.engine import row_numbers
from treadle.runtime.lake import commit
from treadle.runtime.workspace import Workspace

COPIES = "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a FROM read_delta('lake/t');"
#: Runs the command line in a process whose files may not grow beyond a size, as on a disk that is full.
LIMITED = """
import resource, sys
from treadle.runtime.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
sys.exit(main(["run", "--json"]))
"""


def _meanwhile(place: Place, happens: Callable[[], object]) -> Said:
    """Run the project; something happens between planning and running."""
    run = Workspace.run

    def later(workspace: Workspace, *arguments: Any) -> Any:
        happens()
        return run(workspace, *arguments)

    with patch.object(Workspace, "run", later):
        return place.treadle("run")


def t4015(place: Place) -> Said:
    place.file("t.csv", "a\n1\n")
    place.sql("CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a FROM read_csv('t.csv');")
    return _meanwhile(place, lambda: place.file("t.csv", "a\n1\n2\n"))


def t4034(place: Place) -> Said:
    """Right before the commit, when everything is written."""
    place.table()
    place.table("out/v", {"a": [9]})
    place.sql(COPIES)
    transact = commit._transact

    def late(*arguments: Any) -> Any:
        place.table("out/v", {"a": [99]}, mode="append")
        return transact(*arguments)

    with patch.object(commit, "_transact", late):
        return place.treadle("run")


def t4038(place: Place) -> Said:
    place.table(rows={"a": [i * 7919 % 1_000_003 for i in range(200_000)]})
    place.sql(COPIES)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RUST_BACKTRACE": "0"}
    done = subprocess.run([sys.executable, "-c", LIMITED], cwd=place.root, env=environment, capture_output=True, check=False)
    return said(Ended(done.returncode, done.stdout.decode(), done.stderr.decode()))


def t4040(place: Place) -> Said:
    """The library fails in words that nobody foresaw."""
    place.table()
    place.table("out/v", {"a": [9]})
    place.sql(COPIES)

    def fails(*arguments: Any) -> Any:
        raise OSError("the storage answered in an unexpected way")

    with patch.object(commit, "_transact", fails):
        return place.treadle("run")


def t6046(place: Place) -> Said:
    place.table()
    place.sql(
        "CREATE VIEW u AS SELECT a FROM read_delta('lake/t');"
        "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a.a FROM u AS a JOIN u AS b ON a.a = b.a;"
    )
    place.file("treadle.toml", "[cache]\nmemory_budget = 0\n\n[[cache.overrides]]\nview = 'u'\npolicy = 'FORCE'\n")
    place.file(".treadle/tmp", "a file where the folder would be")
    return place.treadle("run")


def t6051(place: Place) -> Said:
    place.sql(
        "CREATE MATERIALIZED VIEW v INTO 'out/v' AS"
        " SELECT count(*) AS n FROM generate_series(1, 3000000) AS a JOIN generate_series(1, 3000000) AS b ON a.value = b.value;"
    )
    place.file("treadle.toml", "[profiles.tiny]\nmemory = '16 MiB'\nthreads = 2\n")
    return place.treadle("run", "--profile", "tiny")


def t6052(place: Place) -> Said:
    """The pages of a file are damaged, its footer is not."""
    path = place.table(rows={"a": list(range(20_000))})
    place.sql(COPIES)
    (file,) = path.glob("*.parquet")

    def spoil() -> None:
        content = bytearray(file.read_bytes())
        content[4 : len(content) // 2] = b"x" * (len(content) // 2 - 4)
        file.write_bytes(content)

    return _meanwhile(place, spoil)


def t6053(place: Place) -> Said:
    """The engine's own panic: a plan that repartitions is run twice."""
    context = SessionContext()
    context.from_pydict({"a": list(range(100))}, name="t")
    plan = context.sql("SELECT a, count(*) FROM t GROUP BY a").execution_plan()

    def twice(*arguments: Any, **others: Any) -> Any:
        for _ in range(2):
            for at in range(plan.partition_count):
                list(context.execute(plan, at))

    place.sql("CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT 1 AS a;")
    with patch.object(row_numbers, "prepare", twice):
        return place.treadle("run")
