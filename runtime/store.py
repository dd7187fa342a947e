"""Owns the history of a project: receipts in `.treadle/history.sqlite`, the last so many of them.

In: receipts of finished runs. Out: receipts by run id, and the list that `treadle show runs`
prints. A history that can't be written is a warning, since the tables of the run are there
all the same; one that can't be read is an error, since it was asked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..dialect.diagnostics import TreadleError, did_you_mean, error
from ..planner.warnings import PlanWarning
from .receipt import Receipt

FOLDER = ".treadle"
FILE = "history.sqlite"
KEEP = 500
SCHEMA_VERSION = 1
BUSY_SECONDS = 10.0

_CREATE = """
CREATE TABLE IF NOT EXISTS runs (
  run_id TEXT PRIMARY KEY, started_at TEXT NOT NULL, status TEXT NOT NULL,
  project_digest TEXT NOT NULL, seconds REAL NOT NULL, outputs INTEGER NOT NULL, receipt TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_by_start ON runs (started_at);
"""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the history; `seconds` is wall time, `outputs` how many there were."""

    run_id: str
    started_at: str
    status: str
    project_digest: str
    seconds: float
    outputs: int


@dataclass(frozen=True, slots=True)
class ReceiptStore:
    """The history of the project at `root`; several processes and threads may use it at once.

    Args:
        root: the project's folder; `.treadle` is made in it when the first receipt is kept.
        keep: how many runs are kept; the oldest go first.
    """

    root: Path
    keep: int = KEEP

    @property
    def folder(self) -> Path:
        """Return the folder of the project's private files."""
        return self.root / FOLDER

    @property
    def path(self) -> Path:
        """Return the database file."""
        return self.folder / FILE

    def save(self, receipt: Receipt) -> PlanWarning | None:
        """Keep a receipt, and let the oldest beyond `keep` go; returns a warning when it could not be kept."""
        try:
            prepare_folder(self.folder)
            with self._open() as database:
                self._write(database, receipt)
        except (OSError, sqlite3.Error, TreadleError) as problem:
            context = {"file": f"{FOLDER}/{FILE}", "cause": str(problem)}
            return PlanWarning(code="T6044", stage="run", message="the receipt could not be kept in the project's history", context=context)
        return None

    def get(self, run: str) -> Receipt:
        """Return the receipt of a run by its id, the beginning of one, or `last`.

        Raises:
            TreadleError: T6041 when there is none, T6042 when several begin so, T6043 when
                the history can't be read.
        """
        with self._reading() as database:
            found = self._candidates(database, run)
            if len(found) > 1:
                shown = ", ".join(f"`{one}`" for one in found[:3])
                raise error("T6042", f"more than one run begins with `{run}`: {shown}", help="give more of the run's id")
            if not found:
                raise self._unknown(database, run)
            (text,) = database.execute("SELECT receipt FROM runs WHERE run_id = ?", (found[0],)).fetchone()
        return from_json(text)

    def list(self, limit: int = 20) -> tuple[RunSummary, ...]:
        """Return the latest runs, newest first; none without a history. Raises `TreadleError` T6043."""
        if not self.path.exists():
            return ()
        columns = "run_id, started_at, status, project_digest, seconds, outputs"
        with self._reading() as database:
            rows = database.execute(f"SELECT {columns} FROM runs ORDER BY started_at DESC, run_id DESC LIMIT ?", (limit,))
            return tuple(RunSummary(*row) for row in rows)

    def _write(self, database: sqlite3.Connection, receipt: Receipt) -> None:
        summary = (receipt.run_id, receipt.started_at, receipt.status, receipt.project_digest)
        row = (*summary, receipt.totals.seconds, len(receipt.outputs), to_json(receipt))
        old = "DELETE FROM runs WHERE run_id NOT IN (SELECT run_id FROM runs ORDER BY started_at DESC, run_id DESC LIMIT ?)"
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        database.execute(old, (self.keep,))
        database.execute("COMMIT")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection to a database of our schema; a transaction left open is rolled back on closing."""
        with closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA_VERSION:
                found = f"the history has format {version}, and this treadle reads {SCHEMA_VERSION}"
                raise error("T6043", found, help="use the newer treadle that wrote it, or move the file away")
            if version < SCHEMA_VERSION:
                database.execute("PRAGMA journal_mode = WAL")
                database.executescript(f"{_CREATE} PRAGMA user_version = {SCHEMA_VERSION};")
            yield database

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection for reading; whatever SQLite says against it becomes T6043."""
        if not self.path.exists():
            raise error("T6041", "this project has no history yet", help="`treadle run` makes the first entry")
        try:
            with self._open() as database:
                yield database
        except (OSError, sqlite3.Error) as problem:
            help = f"move `{FOLDER}/{FILE}` away to begin a new history"
            raise error("T6043", f"the history `{FOLDER}/{FILE}` could not be read", help=help, cause=str(problem)) from problem

    def _candidates(self, database: sqlite3.Connection, run: str) -> tuple[str, ...]:
        """Return the run ids that a name means: the newest for `last`, else that one, else those that begin so."""
        if run == "last":
            newest = "SELECT run_id FROM runs ORDER BY started_at DESC, run_id DESC LIMIT 1"
            return tuple(row[0] for row in database.execute(newest))
        begins = "SELECT run_id FROM runs WHERE substr(run_id, 1, length(?1)) = ?1 AND ?1 <> '' ORDER BY run_id DESC LIMIT 4"
        found = tuple(row[0] for row in database.execute(begins, (run,)))
        return (run,) if run in found else found

    def _unknown(self, database: sqlite3.Connection, run: str) -> TreadleError:
        names = tuple(row[0] for row in database.execute("SELECT run_id FROM runs ORDER BY started_at DESC LIMIT 50"))
        help = did_you_mean(run, names) or "`treadle show runs` lists those that are kept"
        return error("T6041", f"there is no run `{run}` in this project's history", help=help)


def prepare_folder(folder: Path) -> None:
    """Make the project's private folder, which keeps itself out of git; raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", "utf-8")


def to_json(receipt: Receipt) -> str:
    """Return a receipt as one line of JSON."""
    return receipt.model_dump_json()


def from_json(text: str) -> Receipt:
    """Return the receipt that `to_json` wrote. Raises `TreadleError` T6043 for any other text."""
    try:
        return Receipt.model_validate_json(text)
    except ValueError as problem:
        raise error("T6043", "this is not a receipt of this version of treadle", cause=str(problem)) from problem
