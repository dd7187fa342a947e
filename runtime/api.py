"""Owns the Python API: `open` a project, `connect` without one, plan, run and query them.

In: paths, SQL, frames, values. Out: `Plan`, `Run`, `Result`, `Report`. All of it goes the one way
through `Workspace`. Objects may be used from threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..dialect.diagnostics import Diagnostic
from ..planner.bundle import PlanBundle
from ..planner.spec import ExecutionSpec
from .frames import as_frame
from .policies import policies
from .project import find_root, read_config
from .python_functions.decorator import as_function, require_free
from .result import Result
from .run import Run
from .testing.outcome import Report
from .workspace import Situation, Workspace

if TYPE_CHECKING:
    from ..planner.domains.base import DomainPlanner
    from .lock.renew import Renewal
    from .progress import Progress

Selection = str | Iterable[str]


def open(path: str | PathLike[str] = ".", env: str | None = None, profile: str | None = None) -> Project:
    """Open a project.

    Args:
        path: its root, or any folder inside it.
        env: an environment of `treadle.toml`, `[env.NAME]`.
        profile: resources: `small`, `medium`, `large`, `auto`, or a name from `treadle.toml`.

    Raises:
        TreadleError: T7013 when there is no project, T7001 to T7005 for what is wrong in its
            `treadle.toml`. Files are read at every call, and what is wrong in them is told there.

    >>> import pathlib, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (root / "treadle.toml").write_text("")
    >>> _ = (root / "small.sql").write_text("CREATE MATERIALIZED VIEW small INTO 'small' AS SELECT 1 AS a")
    >>> with open(root) as project:
    ...     project.check(), project.run().receipt.status, project.query("FROM small").fetchall()
    ((), 'done', [(1,)])
    """
    start = Path(path)
    inside = (start / "treadle.toml").exists() or any((p / "treadle.toml").exists() for p in start.resolve().parents)
    root = find_root(start, named=not inside)
    policies(read_config(root), env, profile)
    return Project(Workspace(root, True, Situation(env, profile)))


def connect(root: str | PathLike[str] = ".", profile: str | None = None) -> Connection:
    """Return a connection without a project, for ad hoc queries over files, tables and registered frames.

    Args:
        root: folder that relative paths start from.
        profile: resources: `small`, `medium`, `large` or `auto`.

    >>> with connect() as connection:
    ...     connection.query("SELECT $a + 1 AS b", a=41).fetchall()
    [(42,)]
    """
    return Connection(Workspace(find_root(Path(root), named=True), False, Situation(None, profile)))


class Connection:
    """Queries over whatever is registered or named by path; close it, or use it as a context manager."""

    def __init__(self, workspace: Workspace) -> None:
        """Take a workspace; use `connect` or `open`."""
        self._workspace = workspace

    @property
    def root(self) -> Path:
        """Return the folder that relative paths start from."""
        return self._workspace.root

    def register(self, name: str, frame: object) -> None:
        """Make a table in memory readable under a name, in place of an older one; raises T7021, T6063.

        Args:
            name: as SQL names it; a name that is no plain identifier is quoted there.
            frame: a pyarrow table, batch or reader, a pandas or polars frame, a mapping of
                columns, or anything with `__arrow_c_stream__`. Readers are read to their end.

        >>> connection = connect()
        >>> connection.register("items", {"id": [1, 2, 3]})
        >>> connection.query("SELECT sum(id) AS total FROM items").fetchall()
        [(6,)]
        """
        self._workspace.frames[name] = as_frame(frame)

    def unregister(self, name: str) -> None:
        """Forget a registered table; a name that is not there is none of its business."""
        self._workspace.frames.pop(name, None)

    def register_function(self, function: Callable[..., object], /, name: str | None = None) -> None:
        """Make a Python function callable from SQL, in place of one that was registered under its name.

        >>> import treadle
        >>> def half(number: float) -> float:
        ...     return number / 2
        >>> with treadle.connect() as connection:
        ...     connection.register_function(half)
        ...     connection.query("SELECT half(number => 3.0) AS a").fetchall()
        [(1.5,)]

        Args:
            function: what `@treadle.function` made, or a plain function with annotations.
            name: its name in SQL, in place of its own.

        Raises:
            TreadleError: T7070 for a signature that SQL can't call; T2029 for the name of a function of the engine's own.
        """
        found = as_function(function, name)
        require_free(name or found.name)
        self._workspace.python.register(found if name in (None, found.name) else found.renamed(name or ""))

    def register_planner(self, planner: DomainPlanner, /) -> None:
        """Let a domain planner look at all plans from now on, in place of an older one of its name.

        Args:
            planner: made by `treadle.domain_planner`; its code is part of the digests of what it plans.
        """
        self._workspace.python.register_planner(planner)

    def unregister_planner(self, name: str) -> None:
        """Forget a registered domain planner; nothing happens when there is none of this name."""
        self._workspace.python.unregister_planner(name)

    def unregister_function(self, name: str) -> None:
        """Forget a registered function; a name that is not there is none of its business."""
        self._workspace.python.unregister(name)

    def query(self, sql: str, /, **params: object) -> Result:
        """Ask one query and return its rows as a stream.

        Args:
            sql: one query; `$name` and `PARAM name` take `params`, without a declaration too.
            params: values by name; a Python value has its own type.

        Raises:
            TreadleError: what is wrong with the query, all of it.

        >>> print(connect().query("SELECT n, n % $by = 0 AS hit FROM generate_series(1, 3) AS t(n) ORDER BY n", by=3))
        n  hit
        ─  ─────
        1  false
        2  false
        3  true
        """
        return self._workspace.query(sql, params)

    def close(self) -> None:
        """Let go of the engine; results that are still read keep what they need."""
        self._workspace.close()

    def __repr__(self) -> str:
        """Return what it is and where."""
        return f"<treadle.{type(self).__name__} {str(self.root)!r}>"

    def __enter__(self) -> Self:
        """Return the connection."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()


class Project(Connection):
    """A folder of SQL views. Its files are read at every call, so it is always what stands there now."""

    def check(self, **params: object) -> tuple[Diagnostic, ...]:
        """Return everything that is wrong or doubtful in the project, by file and place; computes nothing."""
        return self._workspace.check(params)[0]

    def spec(self, select: Selection = (), **params: object) -> ExecutionSpec:
        """Return the specification of a run: outputs, values, pins and clock.

        Args:
            select: selectors such as `late_by_day`, `+late_by_day`, `tag:daily`; all
                materialised views without one.
            params: values of parameters, which win over all others.

        Raises:
            TreadleError: what is wrong in the project, and T7015, T7016, T7023.
        """
        return self._workspace.specify(_words(select), params)

    def plan(self, select: Selection = (), **params: object) -> Plan:
        """Return what a run would do, and why; arguments and errors as for `spec`."""
        return Plan(self._workspace.plan(self.spec(select, **params)))

    def run(self, select: Selection = (), *, progress: Progress | None = None, **params: object) -> Run:
        """Compute the selected outputs and commit them; arguments as for `spec`.

        A failed output does not raise: `Run.receipt.status` and `Run.diagnostics` tell. What is
        wrong before anything was computed does.
        """
        return self._workspace.run(self._workspace.plan(self.spec(select, **params)), progress)

    def locked(self) -> Project:
        """Return the project as its lock has it: the same views over the pinned versions, files and clock.

        The lock is read now, once. Everything is asked of it as of the project, `run`, `plan` and `query` alike, and
        reads nothing that isn't locked; closing either closes both.

        Raises:
            TreadleError: T7080 without a lock, T7081 for a damaged one. What the project has otherwise (T7082) and pins
                that can't be read any more (T4017) are told where they are read.
        """
        return Project(self._workspace.locked())

    def lock(self, select: Selection = (), *, write: bool = True, **params: object) -> Renewal:
        """Pin every source as it is now and write the lock of the environment in use, if anything differs.

        Args:
            select: names of sources, or selectors of views whose sources are meant: only those are renewed.
            write: whether to write the file; `Renewal.changes` tells what is, or would be, another.
            params: values of parameters.

        Raises:
            TreadleError: what is wrong in the project or its sources, T7015 and T7016, T7019.
        """
        from .lock.command import save

        renewal = self._workspace.lock(_words(select), params)
        if write and renewal.changed:
            save(self.root, renewal.lock)
        return renewal

    def test(self, select: Selection = (), *, pattern: str | None = None, fail_fast: bool = False, jobs: int | None = None) -> Report:
        """Run tests and return what they came to; a test that fails does not raise, `Report.passed` and its outcomes tell.

        Args:
            select: names or patterns of tests, or selectors of the views that they look at; all tests without one.
            pattern: a part of a test's name, or a pattern such as `late_*`.
            fail_fast: whether the first test that does not pass is the last one to run.
            jobs: tests at a time.

        Raises:
            TreadleError: what is wrong in the project, T7060 when it has no tests, and T7015, T7016.
        """
        from .testing.testing import Wanted, run_tests

        return run_tests(self._workspace, Wanted(_words(select), pattern, fail_fast, jobs))


class Plan:
    """What a run does: stages, scans, decisions; `str()` is the page that `treadle plan` prints."""

    def __init__(self, bundle: PlanBundle) -> None:
        """Take a bundle."""
        self.bundle = bundle

    @property
    def spec(self) -> ExecutionSpec:
        """Return the specification that was planned."""
        return self.bundle.spec

    def __str__(self) -> str:
        """Return the plan as a tree."""
        from .cli.plan_page import plan_text
        from .cli.text import Paint

        return plan_text(self.bundle, 100, Paint(False)).rstrip("\n")

    def __repr__(self) -> str:
        """Return the plan as a tree, for notebooks and shells."""
        return str(self)


def run_spec(
    spec: ExecutionSpec | str | PathLike[str],
    root: str | PathLike[str] = ".",
    *,
    secrets: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Run:
    """Run a specification: an object, or the path of its JSON file.

    Args:
        spec: what to run.
        root: folder that its locations start from.
        secrets: values of SECRET parameters by name, as text; no file holds them.
        progress: hears of the run while it goes on.

    Raises:
        TreadleError: T7006, T7007 for secrets that don't fit; T7018 for a file that is no specification; what planning finds wrong.
    """
    from .parameters import secret_values
    from .spec_file import read_spec

    found = spec if isinstance(spec, ExecutionSpec) else read_spec(Path(spec))
    workspace = Workspace(find_root(Path(root), named=True), False, Situation())
    try:
        return workspace.run(workspace.plan(found, secret_values(found, secrets or {})), progress)
    finally:
        workspace.close()


def _words(select: Selection) -> tuple[str, ...]:
    return (select,) if isinstance(select, str) else tuple(select)
