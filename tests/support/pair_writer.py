"""A writer in a process of its own that keeps a promise over two tables: what it puts into `b` stands in `a` already.

In: a folder with `lake/a` and `lake/b`, its own name, and orders on stdin: `step` writes one batch, `half` alternates between
the two tables, `run N` writes N batches. It answers each order by a line once it is done. So at every instant the batches of
a writer in `a` are those in `b`, or one more.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from tests.support.tree import ROOT

FEED = {"delta.enableChangeDataFeed": "true"}
SCHEMA = pa.schema([("w", pa.string()), ("n", pa.int64())])


def create(root: Path) -> None:
    """Make both tables, empty, with the change feed on."""
    for name in ("a", "b"):
        write_deltalake(str(root / "lake" / name), pa.table({"w": [], "n": []}, SCHEMA), partition_by=["w"], configuration=FEED)


class PairWriter:
    """The process, as a test holds it; a context manager that ends it."""

    def __init__(self, root: Path, name: str) -> None:
        """Start it."""
        command = [sys.executable, "-m", "tests.support.pair_writer", str(root), name]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def order(self, what: str) -> None:
        """Give an order and don't wait."""
        assert self._process.stdin is not None
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()

    def wait(self) -> None:
        """Wait until the oldest order that is not answered is done."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "done\n", "the writer died"

    def do(self, what: str) -> None:
        """Give an order and wait until it is done."""
        self.order(what)
        self.wait()

    def is_done(self) -> bool:
        """Say whether there is an answer to be waited for."""
        import select

        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], 0)[0])

    def __enter__(self) -> PairWriter:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, by the end of its orders."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def _put(root: Path, table: str, name: str, batch: int) -> None:
    path = root / "lake" / table
    write_deltalake(str(path), pa.table({"w": [name], "n": [batch]}, SCHEMA), mode="append", partition_by=["w"])
    if table == "a" and batch % 4 == 3:
        DeltaTable(str(path)).optimize.compact(partition_filters=[("w", "=", name)])


def _serve(root: Path, name: str) -> None:
    halves = 0
    for order in sys.stdin:
        what, _, count = order.strip().partition(" ")
        for _ in range(1 if what == "half" else 2 * int(count or 1)):
            _put(root, "ab"[halves % 2], name, halves // 2)
            halves += 1
        print("done", flush=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), sys.argv[2])
