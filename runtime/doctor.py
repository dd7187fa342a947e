"""Owns the examination of an installation: versions, engines, folders, the project's configuration.

In: the folder to look at. Out: findings, each `ok`, `warn` or `fail`, with what to do. Nothing
here may end in an exception: what is broken is what it has to tell.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from ..dialect.diagnostics import TreadleError, one_line
from .config import CONFIG_NAME, Config
from .lake.locations import canonical
from .locations import require_lakes_apart
from .project import find_root, read_config
from .store import FOLDER

State = Literal["ok", "warn", "fail"]
# What treadle was measured on; `constraints.txt` pins the same, which a test holds true.
TESTED = {
    "datafusion": "55.0.0",
    "deltalake": "1.6.6",
    "pyarrow": "26.0.1",
    "sqlglot": "30.30.0",
    "lark": "1.3.1",
    "pydantic": "2.14.4",
    "click": "8.5.1",
    "rich": "15.0.0",
    "opentelemetry-sdk": "1.45.2",
}
LOW_DISK = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: its subject, whether it is well, what was found, what to do."""

    subject: str
    state: State
    found: str
    remedy: str | None = None


def examine(start: Path, *, named: bool) -> Iterator[Finding]:
    """Yield the findings one by one, as they are made; `named` as in `find_root`."""
    yield _python()
    for name, tested in TESTED.items():
        yield _package(name, tested)
    yield _compiled_parser()
    yield _guarded("engine", _engine)
    yield _guarded("deltalake with datafusion", _coupling)
    yield _guarded("resources", _resources)
    yield from _folders(start, named)


def _python() -> Finding:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding("python", "ok", found)


def _package(name: str, tested: str) -> Finding:
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, "fail", "not installed", f"pip install '{name}=={tested}'")
    if found == tested:
        return Finding(name, "ok", found)
    return Finding(name, "warn", f"{found}, tested with {tested}", f"pip install '{name}=={tested}'")


def _compiled_parser() -> Finding:
    try:
        found = version("sqlglotc")
    except PackageNotFoundError:
        return Finding("sqlglotc", "ok", "not installed; the parser runs in Python")
    return _guarded("sqlglotc", lambda: _parses(found))


def _parses(found: str) -> Finding:
    from ..dialect import parse_query, to_sql

    text = to_sql(parse_query("SELECT a AS b FROM t"))
    return Finding("sqlglotc", "ok", f"{found}; compiled, and reads `{text}`")


def _engine() -> Finding:
    from ..planner.spec import RuntimeProfile
    from .session import open_session

    with open_session(RuntimeProfile(name="small")) as session:
        rows = session.plan("SELECT sum(v) AS total FROM (VALUES (1), (2), (39)) AS t(v)", {}).to_pylist()
        core = session.plan("SELECT version() AS v", {}).to_pylist()[0]["v"]
    if rows != [{"total": 42}]:
        return Finding("engine", "fail", f"1 + 2 + 39 is {rows}", "reinstall datafusion")
    return Finding("engine", "ok", f"{core} computes")


def _coupling() -> Finding:
    """Write a Delta table with one library and read it through the other, which must agree on the engine's interface."""
    import pyarrow as pa
    from datafusion import SessionContext
    from deltalake import DeltaTable, write_deltalake

    with tempfile.TemporaryDirectory(prefix="treadle-doctor-") as folder:
        write_deltalake(folder, pa.table({"a": [1, 2, 3]}))
        context = SessionContext()
        context.register_table("t", DeltaTable(folder))
        rows = context.sql("SELECT count(*) AS n FROM t").to_pylist()
    if rows != [{"n": 3}]:
        return Finding("deltalake with datafusion", "fail", f"3 rows written, {rows} read", "install the tested versions together")
    return Finding("deltalake with datafusion", "ok", "a table written by one is read by the other")


def _resources() -> Finding:
    from .profiles import available_memory, cores

    memory = available_memory()
    found = f"{cores()} cores, {memory / 1024**3:.1f} GiB of memory"
    if memory < 512 * 1024**2:
        return Finding("resources", "warn", found, "use `--profile small`")
    return Finding("resources", "ok", found)


def _folders(start: Path, named: bool) -> Iterator[Finding]:
    yield _writable("temporary folder", Path(tempfile.gettempdir()))
    try:
        root = find_root(start, named=named)
        config = read_config(root)
    except TreadleError as problem:
        codes = {d.code for d in problem.diagnostics}
        state: State = "warn" if codes == {"T7013"} else "fail"
        yield Finding("project", state, one_line(problem.diagnostics[0]), f"`treadle explain {problem.diagnostics[0].code}`")
        return
    name = config.tables.project.name or root.name
    yield Finding("project", "ok", f"`{name}`" + ("" if config.raw else f", without a `{CONFIG_NAME}`"))
    yield _writable("project folder", root)
    yield from _environments(root, config)
    state_folder = root / FOLDER
    if state_folder.exists():
        yield _writable("history folder", state_folder)


def _environments(root: Path, config: Config) -> Iterator[Finding]:
    """Tell of each environment where it keeps its tables, and of the default one whether it is there."""
    default = config.tables.project.environment
    if default is not None and default not in config.tables.env:
        yield Finding("environments", "fail", f"there is no environment `{default}`, the default", "`treadle explain T7004`")
    try:
        require_lakes_apart(config, lambda text: canonical(root, text).as_posix())
    except TreadleError as problem:
        yield Finding("environments", "fail", one_line(problem.diagnostics[0]), f"`treadle explain {problem.diagnostics[0].code}`")
    for name, table in config.tables.env.items():
        found = "its tables lie where production's are" if table.lake is None else f"keeps its tables in `{table.lake}`"
        found += ", with other locations" if table.lake is None and table.locations else ""
        found += "; used when none is named" if name == default else ""
        folder = next((p for p in (root / (table.lake or "."), *(root / (table.lake or ".")).parents) if p.exists()), root)
        if table.lake is not None and not os.access(folder, os.W_OK):
            yield Finding(f"environment {name}", "fail", f"`{table.lake}` can't be written", "mend its permissions, or name another folder")
        else:
            yield Finding(f"environment {name}", "ok", found)


def _writable(subject: str, folder: Path) -> Finding:
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".treadle-doctor-") as file:
            file.write(b"x")
        free = shutil.disk_usage(folder).free
    except OSError as problem:
        return Finding(subject, "fail", f"can't be written: {problem.strerror or problem}", "mend its permissions, or free space")
    found = f"writable, {free / 1024**3:.1f} GiB free"
    return Finding(subject, "warn" if free < LOW_DISK else "ok", found, "free space" if free < LOW_DISK else None)


def _guarded(subject: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as problem:  # an engine's panic is no Exception
        first = (str(problem).strip().splitlines() or [""])[0]
        remedy = "install the tested versions: pip install -c constraints.txt treadle"
        return Finding(subject, "fail", f"{type(problem).__name__}: {first}", remedy)
