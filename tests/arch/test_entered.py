"""No public function of `planner` or `runtime` is unreachable: the command line and the API enter each one, or it is explained.

The demo's project is checked, planned, run, repeated, spoilt and queried under a profiler hook;
every public function that was never entered must stand in `UNENTERED` with its reason, and
nothing may stand there that was entered or is no longer there.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from unittest.mock import patch

import pyarrow as pa
from deltalake import write_deltalake
from IPython.core.interactiveshell import InteractiveShell
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

import treadle
from tests.support.command import inside
from tests.support.flights import build_lake, copy_project
from tests.support.made_tables import mapped_by_id, rows_deleted
from tests.support.tree import ROOT
from treadle.planner.domains.base import NOTHING
from treadle.runtime.cli.console import Console
from treadle.runtime.cli.opening import open_folder
from treadle.runtime.shell.completer import ShellCompleter
from treadle.runtime.shell.prompt import converse
from treadle.runtime.shell.shell import Shell
from treadle.runtime.workspace import Situation, Workspace

LAYERS = ("planner", "runtime")

CANCELLED = "entered when a run is cancelled: tests/runtime/run/test_run_cancel.py and tests/runtime/lake send real signals"
LIBRARY = "entered where there are no symbolic links: tests/errors/scenarios_files.py takes them away"
COLUMNS = "entered for windows in which columns changed: tests/runtime/lake/test_change_schemas.py"
CALLBACK = "entered on threads of the Delta library, where no profiler sees it"
PYTHON = "for Python programs that hold a run or result open: tests/runtime/test_api.py and tests/runtime/run"
ENGINE = "entered on threads of the engine's, where no profiler sees it: tests/runtime/python_functions"
PROMPT = "entered by shells at their prompts: tests/runtime/cli/test_completion.py"
AT_IMPORT = {
    "runtime/cli/main.py:commands_here",
    "runtime/cli/options.py:later",
    "runtime/cli/options.py:common",
    "runtime/cli/options.py:situated",
    "planner/functions/built_ins.py:described",
    "planner/functions/built_ins.py:parse_parameter",
    "planner/functions/packs/__init__.py:pack_functions",
    "planner/functions/packs/__init__.py:renamed",
    "planner/functions/tables/__init__.py:table_functions",
    "planner/functions/packs/base.py:function",
    "runtime/engine/arrow_types.py:array",
}
"""Decorators, tables that are read once and the like, which another test may have entered before."""

APART = ("runtime/governance/",)
"""Folders of what `make governance` runs, beside CI's tests."""

LEFT = "entered for logs that are left to the library: tests/corpora, tests/runtime/lake, tests/runtime/test_metadata_tables.py"
PORT = "the port has it, and planning asks it of the lake itself"
UNENTERED: dict[str, str] = {
    "runtime/engine/user_functions.py:Switch.require_on": ENGINE,
    **{f"runtime/arrow_functions/arithmetic.py:{name}": ENGINE for name in ("add", "multiply", "subtract", "whole_sum", "within")},
    **{f"runtime/python_functions/{name}": ENGINE for name in ("groups.py:Aggregate.over_groups", "groups.py:Aggregate.over_frames")},
    **{f"runtime/python_functions/{name}": ENGINE for name in ("outcome.py:made", "tables.py:rows_of")},
    "planner/domains/ranges/statistics.py:Frame.query": "entered where logs say enough: tests/planner/test_range_statistics.py",
    "planner/integer_bounds.py:value_of": "entered for constants under checked_arithmetic: tests/properties/test_checked_arithmetic.py",
    **{f"runtime/arrow_functions/frames.py:{name}": ENGINE for name in ("bits", "pairs", "spread")},
    "runtime/arrow_functions/buckets.py:told": ENGINE,
    **{f"runtime/engine/asof_functions.py:KeptIndexes.{name}": ENGINE for name in ("find", "keep")},
    **{f"runtime/engine/asof_index.py:{name}": ENGINE for name in ("Index.search", "Keys.before", "Keys.of", "Times.places")},
    **{f"runtime/engine/asof_index.py:{name}": ENGINE for name in ("make_index", "numbers")},
    "runtime/arrow_functions/lists.py:moment": ENGINE,
    "planner/views.py:PlannedView.place": "entered for planners that fail: tests/planner/test_domains.py",
    "runtime/python_functions/call.py:Callee.strict": ENGINE,
    "runtime/python_functions/call.py:StageCalls.count": ENGINE,
    "runtime/python_functions/call.py:StageCalls.fail": ENGINE,
    "runtime/python_functions/call.py:has_nulls": ENGINE,
    "runtime/python_functions/guard.py:running": ENGINE,
    "runtime/python_functions/outcome.py:by_row": ENGINE,
    "runtime/python_functions/outcome.py:checked": ENGINE,
    "runtime/python_functions/tell.py:raised": ENGINE,
    "runtime/python_functions/tell.py:unfit": ENGINE,
    "runtime/python_functions/find.py:module_folder": "entered for packages without `__init__.py`: tests/runtime/python_functions",
    "runtime/python_functions/tell.py:import_failed": "entered when a module can't be loaded: tests/errors",
    "runtime/struct_nulls.py:settle_array": "entered for frames of structs: tests/runtime/test_api.py",
    "planner/literal.py:decimal_fits": "entered for decimals inside specifications: tests/planner/test_literal.py",
    "planner/literal.py:single": "entered for FLOAT values: tests/planner/test_literal.py",
    "runtime/lake/pruning.py:Outcomes.take": "entered for functions of partition columns: tests/runtime/lake/test_partition_functions.py",
    "runtime/cli/completing.py:complete": PROMPT,
    **{f"runtime/cli/completing.py:{n}": PROMPT for n in ("environments", "error_codes", "packs", "parameter_values", "profiles")},
    **{f"runtime/cli/completing.py:{n}": PROMPT for n in ("lockable", "relations", "selectors")},
    **{f"runtime/lock/lake.py:LakeView.{n}": PORT for n in ("moved_since", "ranges", "schema", "select")},
    "runtime/cli/main.py:Commands.list_commands": "entered for completions of a shell; help is printed without it",
    "planner/text.py:parse_interval": "entered for intervals given as text: tests/planner/test_codec.py",
    "runtime/cells.py:duration_text": "entered for durations, which only frames hold: tests/runtime/cli",
    "runtime/engine/execute.py:Execution.reader": CALLBACK,
    "runtime/engine/execute.py:Execution.rows": "tests watch with it how far an execution is",
    "runtime/engine/execute.py:Execution.table": "tests read whole executions with it",
    "runtime/session.py:Session.distrust_statistics": "entered for files of one float and NaN: tests/traps/test_engine_traps.py",
    "runtime/result_stream.py:ResultStream.reader": PYTHON,
    "runtime/session.py:Session.names": "tests look with it at what is registered",
    "runtime/lake/log.py:checkpoint_named": "entered when a checkpoint is gone: tests/runtime/lake/test_snapshot.py",
    "runtime/lake/schemas.py:type_of": "entered for windows in which types changed: tests/runtime/lake/test_changes.py",
    "runtime/lake/log.py:version_at": "entered for time travel: tests/runtime/lake/test_snapshot.py",
    "runtime/lake/faults.py:opening_fault": "entered for damaged logs: tests/runtime/lake",
    "runtime/engine/reshape.py:reshaped": "entered for fields that came and went: tests/runtime/lake/test_nested_parts.py",
    "runtime/engine/row_numbers.py:every": "entered for values found by a join: tests/runtime/engine/test_row_numbers.py",
    "runtime/lake/paths.py:is_elsewhere": "entered for clones of tables in object stores: tests/runtime/lake/test_select.py",
    "runtime/lake/log_entries.py:entry_fault": "entered for damaged logs: tests/errors/test_delta_traps.py",
    "runtime/lake/checkpoints.py:checkpoint_domains": LEFT,
    "runtime/lake/checkpoints.py:read_checkpoint": "entered for logs with checkpoints: tests/corpora, tests/properties/test_opening.py",
    "runtime/lake/file_statistics.py:LibraryStatistics.known": LEFT,
    "runtime/lake/log_entries.py:require_entries": LEFT,
    "runtime/lake/mapped_names.py:names_in_any_case": "entered for names in another case: tests/runtime/lake/test_spelled_names.py",
    "runtime/lake/snapshot.py:Snapshot.holding": LEFT,
    "runtime/lake/vector_log.py:active_vectors": LEFT,
    "runtime/cancel.py:Cancel.cancel": CANCELLED,
    "runtime/cancel.py:Cancel.wait": CANCELLED,
    "runtime/engine/execute.py:Execution.cancel": CANCELLED,
    "runtime/engine/execute.py:Execution.failure": CANCELLED,
    "runtime/lake/gate.py:Gate.close": CANCELLED,
    "runtime/lake/gate.py:Gate.interrupt": CANCELLED,
    "runtime/ledger.py:Ledger.cancelled": CANCELLED,
    "runtime/cli/progress.py:bars": "entered on terminals only: tests/runtime/cli/test_progress.py",
    "runtime/cli/fault.py:tell": "entered by defects of treadle's own: tests/runtime/cli raises one",
    "runtime/engine/library_relations.py:provider": LIBRARY,
    **{f"runtime/lake/change_schemas.py:{name}": COLUMNS for name in ("broken", "widens")},
    "runtime/lake/change_window.py:named": "entered for windows that can't be read: tests/runtime/lake/test_changes.py",
    "runtime/lake/faults.py:reading_fault": LIBRARY,
    "runtime/expectations.py:Expectations.rows": CALLBACK,
    "runtime/run.py:Run.finished": PYTHON,
    "runtime/steps.py:Steps.finished": PYTHON,
}


def public_functions() -> set[str]:
    """Return `file:Class.function` of every public function and method outside protocols."""
    found = set()
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            for name in _public(ast.parse(path.read_text("utf-8")).body, ""):
                found.add(f"{path.relative_to(ROOT).as_posix()}:{name}")
    return found


def _public(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not _is_protocol(node):
            yield from _public(node.body, f"{prefix}{node.name}.")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield prefix + node.name


def _is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


class Trace:
    """Collects the code that was entered, in all threads, while it is open."""

    def __init__(self) -> None:
        """Have seen nothing."""
        self._seen: set[CodeType] = set()

    def __enter__(self) -> Trace:
        """Begin to listen, in this thread and those to come."""
        add = self._seen.add

        def enter(frame: FrameType, event: str, _: object) -> None:
            """Take note of a frame that begins; without a trace function of its own nothing else of it is told."""
            add(frame.f_code)

        sys.settrace(enter)
        threading.settrace(enter)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]

    def entered(self) -> set[str]:
        """Return what was entered as `file:Class.function`."""
        found = set()
        for code in self._seen:
            path = os.path.realpath(code.co_filename)
            if path.startswith(str(ROOT)):
                found.add(f"{Path(path).relative_to(ROOT).as_posix()}:{code.co_qualname}")
        return found


SPOILT = {
    "twice.sql": "CREATE FUNCTION twice(x DOUBLE) RETURNS DOUBLE RETURN x + x; CREATE VIEW w AS SELECT twice(miles(1.0)) AS a;",
    "python.sql": "CREATE FUNCTION lost(x BIGINT) RETURNS BIGINT LANGUAGE PYTHON AS 'unit:miles';"
    "CREATE FUNCTION wrong(x BIGINT, y BIGINT) RETURNS BIGINT LANGUAGE PYTHON AS 'units:miles';",
    "typo.sql": "CREATE VIEW typo AS SELECT carier FROM flights;",
    "bad_rows.sql": "CREATE MATERIALIZED VIEW bad_rows INTO 'out/bad' AS SELECT 1 / (month - month) AS x FROM flights;",
    "later.sql": "CREATE MATERIALIZED VIEW later INTO 'out/later' REFRESH INCREMENTAL AS SELECT month FROM flights;",
    "grouped.sql": "CREATE VIEW grouped AS SELECT month, sum(distance) AS d FROM flights GROUP BY carrier;",
    "circle.sql": "CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a;",
    "same_place.sql": "CREATE MATERIALIZED VIEW same_place INTO 'out/late_by_day' AS SELECT month FROM flights;",
    "strict.sql": "CREATE MATERIALIZED VIEW strict INTO 'out/strict' AS SELECT a.month FROM flights AS a, flights AS b LIMIT 3;",
    "interval.sql": "PARAM gap INTERVAL DEFAULT INTERVAL '1 day'; CREATE VIEW gaps AS SELECT PARAM gap AS g;",
    "over.sql": "CREATE MATERIALIZED VIEW over INTO 'lake/flights' AS SELECT carrier FROM airlines;",
    "by_path.sql": "CREATE MATERIALIZED VIEW by_path INTO 'out/by_path' AS SELECT month FROM read_delta('out/late_by_day');",
    "default.sql": "PARAM day DATE DEFAULT '2013-01-01';",
    "bodies.sql": "CREATE FUNCTION f(a BIGINT) RETURNS BIGINT RETURN b;",
    "tests.sql": "CREATE TEST bad FOR late_by_day WITH (grace => 'x') GIVEN weather (a) AS (VALUES (1)) EXPECT (b) AS (VALUES (1));",
    "held.sql": "CREATE MATERIALIZED VIEW r INTO 'out/r' CONSTRAINT one EXPECT UNIQUE (month) AS SELECT month, 1 AS n FROM flights;",
    "arguments.sql": "CREATE VIEW arguments AS SELECT is_late(dep_delay, graze => 3) AS x FROM flights;",
}
TOGETHER = ("twice.sql", "python.sql", "typo.sql", "grouped.sql", "default.sql", "bodies.sql", "arguments.sql")
"""What is told of at once, for none of it keeps the rest from being looked at."""
WIDE = """
CREATE MATERIALIZED VIEW log INTO 'out/log' APPEND OPTIONS (retries => 1) AS SELECT carrier FROM departures;
CREATE MATERIALIZED VIEW odd INTO 'out/odd' AS
  WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3)
  SELECT i FROM n EXCEPT ALL SELECT CAST(month AS BIGINT) FROM departures WHERE month < 2;
CREATE MATERIALIZED VIEW logged INTO 'out/logged' AS SELECT carrier, count(*) AS n FROM log GROUP BY carrier;
CREATE MATERIALIZED VIEW changes_log INTO 'out/changes_log' APPEND AS
  SELECT carrier FROM read_delta_cdf('lake/flights', start_version => since_last_run());
CREATE MATERIALIZED VIEW deleted INTO 'out/deleted' AS SELECT id FROM marked;
CREATE MATERIALIZED VIEW facts INTO 'out/facts' AS
  SELECT h.version, s.numFiles AS files, a.path
  FROM delta_history(fed, limit => 3) AS h, delta_snapshot('lake/flights') AS s, delta_add_actions(fed) AS a;
CREATE AGGREGATE FUNCTION weighted(x DOUBLE, w DOUBLE DEFAULT 1) RETURNS DOUBLE RETURN sum(x * w) / sum(w);
CREATE WINDOW FUNCTION latest(x DOUBLE) RETURNS DOUBLE RETURN last_value(x);
CREATE WINDOW FUNCTION step(x DOUBLE) RETURNS DOUBLE RETURN x - lag(x);
CREATE AGGREGATE FUNCTION added(x DOUBLE, w DOUBLE DEFAULT 1) RETURNS DOUBLE STRICT LANGUAGE PYTHON AS 'units:added';
CREATE WINDOW FUNCTION backwards(x DOUBLE) RETURNS DOUBLE LANGUAGE PYTHON AS 'units:backwards';
CREATE FUNCTION upto(n BIGINT) RETURNS TABLE (n BIGINT) LANGUAGE PYTHON AS 'units:upto';
CREATE FUNCTION miles(km DOUBLE) RETURNS DOUBLE STRICT LANGUAGE PYTHON AS 'units:miles';
CREATE MATERIALIZED VIEW shorter INTO 'out/shorter' AS SELECT miles(distance) AS d FROM flights;
CREATE MATERIALIZED VIEW maps INTO 'out/maps' AS SELECT "a.map" AS m FROM mapped;
CREATE MATERIALIZED VIEW parted INTO 'out/parted' AS SELECT p, x FROM parts;
CREATE FUNCTION late_from(airport VARCHAR, grace DOUBLE DEFAULT 15) RETURNS TABLE
  RETURN SELECT substr(start_pos => 1, str => carrier) AS carrier FROM departures
  WHERE origin = airport AND is_late(dep_delay, grace => grace);
CREATE FUNCTION flights_of(code VARCHAR) RETURNS BIGINT RETURN (SELECT count(*) FROM departures AS f WHERE f.carrier = code);
CREATE MATERIALIZED VIEW late_jfk INTO 'out/late_jfk' AS
  SELECT f.carrier, flights_of(f.carrier) AS flights FROM late_from('JFK', grace => PARAM grace) AS f;
CREATE TEST wrong FOR logged WITH (as_of => DATE '2013-01-01')
  GIVEN log (carrier) AS (SELECT 'UA' UNION ALL SELECT 'AA')
  EXPECT (carrier, n) AS (VALUES ('UA', 2.0), ('DL', 5.0));
CREATE TEST no_error FOR log EXPECT ERROR T6050;
CREATE TEST no_test FOR log GIVEN flights (month) AS (VALUES (1.5)) EXPECT (carrier) AS (SELECT 'UA');
CREATE MATERIALIZED VIEW held INTO 'out/held' APPEND PRIMARY KEY (carrier) CHECKED
  CONSTRAINT many EXPECT (n > 1000000) ON VIOLATION DROP CONSTRAINT some EXPECT (count(*) > 0) ON VIOLATION WARN
  CONSTRAINT known EXPECT REFERENCES logged (carrier)
  AS SELECT carrier, count(*) AS n FROM departures GROUP BY carrier ORDER BY n;
CREATE VIEW heavy AS SELECT carrier, random() AS r FROM flights;
CREATE MATERIALIZED VIEW twice INTO 'out/twice' AS SELECT a.carrier FROM heavy AS a JOIN heavy AS b ON a.r = b.r;
"""
PLANNER = """
import treadle
from treadle.planner.domains.base import NOTHING
idle = treadle.domain_planner("idle", kind="expression", doc="replaces nothing")(lambda view, context: NOTHING)
"""
UNITS = "import pyarrow.compute as pc\nfrom helpers import FACTOR\ndef miles(km):\n    return pc.multiply(km, FACTOR)\n"
UNITS += (
    "def added(x, w):\n    return pc.sum(x)\ndef backwards(x):\n    return x[::-1]\ndef upto(n):\n    return [{'n': k} for k in range(n)]\n"
)
TOML = """
[cache]
overrides = [{ view = "departures", policy = "FORCE" }]
memory_budget = 1000
[observe]
preview_rows = 2
[profiles.tiny]
threads = 1
memory = 64000000
[seeds.typed]
columns = { code = "VARCHAR NOT NULL", n = "BIGINT" }
[planners]
add = ["idle:idle"]
[env.dev]
lake = "dev"
parameters = { grace = 20.0 }
[env.dev.locations]
late_by_day = "dev/late_by_day"
"""
TYPED = (
    "", ".ta", ".schema fl", "CREATE ", "PARAM a ", "SELECT PARAM ", "SELECT carrier ", 'SELECT "car',
    "WITH x AS (SELECT month FROM flights) SELECT f.month FROM x AS f WHERE f.", "SELECT CAST(month AS ", "FROM fli", "SELECT is_late(1, ",
)  # fmt: skip
COMMANDS = [shlex.split(line) for line in (ROOT / "tests" / "cases" / "walk.txt").read_text("utf-8").splitlines() if line[:1] != "#"]


def walk(root: Path) -> None:
    """Do with the demo's project what people do, and what they do wrong."""
    for arguments in COMMANDS:
        inside(root, *arguments, stdin="SELECT 2 AS b")
    (root / "spec.json").write_text(inside(root, "spec").stdout)
    inside(root, "run", "--spec", "spec.json")
    for names in (TOGETHER, *([name] for name in SPOILT if name not in TOGETHER)):
        for name in names:
            (root / name).write_text(SPOILT[name])
        inside(root, "check")
        inside(root, "run", "--json")
        for name in names:
            (root / name).unlink()
    (root / "latin.sql").write_bytes(b"SELECT '\xe9'")
    inside(root, "check", "--json")
    (root / "latin.sql").unlink()
    with (root / "treadle.toml").open("a") as config:
        config.write("[rules]\nadd = ['strict_safety', 'checked_arithmetic']\n")
    inside(root, "plan")


def half(number: float) -> float:
    """Return half of a number."""
    return number / 2


def total(x: list[float]) -> float:
    """Return the sum of a group."""
    return sum(x)


def use_functions(connection: treadle.Connection) -> None:
    """Call functions in Python: one that works, one that raises, one that gives other types."""
    connection.register_function(half)
    connection.register_function(treadle.function(half), name="half")
    assert connection.query("SELECT half(2) AS a").fetchall() == [(1.0,)]
    connection.register_function(treadle.function(arguments={"number": "DOUBLE"}, returns="BIGINT")(half), name="odd")
    for sql in ("SELECT odd(3) AS a", "SELECT half(NULL) AS a", "SELECT hal(1) AS a"):
        with contextlib.suppress(treadle.TreadleError):
            connection.query(sql).fetchall()
    connection.unregister_function("half")
    connection.register_function(treadle.aggregate(total))
    connection.register_function(treadle.window(arguments={"x": "DOUBLE"}, returns="DOUBLE")(total), name="totals")
    connection.register_function(treadle.table_function(columns={"a": "DOUBLE"})(half), name="halves")
    assert connection.query("SELECT total(value) AS a FROM generate_series(1, 3)").fetchall() == [(6.0,)]


def use_python(root: Path) -> None:
    """Do the same from Python."""
    with treadle.open(root) as project:
        assert not project.test("log").passed and project.test(pattern="chosen").diagnostics == ()
        project.register("beside", {"a": [1]})
        project.check(), str(project.plan()), project.run(select="late_by_day", grace=45.0)
        use_lock(project, root / "lake" / "marked")
        for _ in range(2):
            project.query("SELECT * FROM routes WHERE flown > $least", least=100).to_reader().read_all()
    with treadle.connect(root) as connection:
        connection.register("t", pa.table({"a": [1, 2]}))
        assert connection.root == root and treadle.open(root).plan().spec is not None
        assert not connection.query("SELECT 1 AS a").warnings
        result = connection.query("SELECT a FROM t WHERE a IN $chosen", chosen=[1])
        assert result.fetchall() == [(1,)] and result.receipt is not None
        spans = "(VALUES (1, 3)) AS s(lo, hi)"
        assert connection.query(f"SELECT count(*) AS n FROM t JOIN {spans} ON t.a >= s.lo AND t.a < s.hi").fetchall() == [(2,)]
        connection.unregister("t")
        connection.register_planner(treadle.domain_planner("still", kind="relation")(lambda view, context: NOTHING))
        assert connection.query("SELECT 2 AS a").fetchall() == [(2,)]
        connection.unregister_planner("still")
        use_functions(connection)
    treadle.run_spec(root / "spec.json", root)


def use_lock(project: treadle.Project, table: Path) -> None:
    """Lock the project, and have it read what can't be read any more or was not asked for."""
    assert project.lock().lock.source and not {"T4017", "T7082"} & {one.code for one in project.locked().check()}
    assert "T7082" in {one.code for one in project.locked().check(changed_since=12)}
    away = table.rename(table.with_name("away"))
    assert "T4017" in {one.code for one in project.locked().check()}
    away.rename(table)


def use_notebook(root: Path) -> None:
    """Do the same from a notebook."""
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "treadle")
    shell.user_ns["frame"] = pa.table({"a": [1, 2]})
    for form in ("pandas", "polars"):
        shell.run_line_magic("treadle", f"-o kept --as {form} --project {root} SELECT a FROM frame")
    assert shell.run_line_magic("treadle", "SELECT 1 AS a")._repr_html_()


def use_shell(root: Path) -> None:
    """Type in the shell: complete at a few places, then run what is typed, with the prompt's own keys."""
    workspace = Workspace(root, True, Situation())
    shell = Shell(Console(io.StringIO(), io.StringIO()), workspace, open_folder)
    completer = ShellCompleter(shell)
    completer.refresh()
    for text in TYPED:
        assert list(completer.get_completions(Document(text, len(text)), CompleteEvent(completion_requested=True))), text
    state = patch.dict(os.environ, {"XDG_STATE_HOME": str(root / ".state")})
    with state, create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("SELECT 1 AS a;\r.quit\r")
        converse(shell)


def test_every_public_function_is_entered(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "flights")
    build_lake(root / "lake")
    rows_deleted(root / "lake" / "marked")
    mapped_by_id(root / "lake" / "mapped")
    write_deltalake(str(root / "lake" / "parts"), pa.table({"p": range(201), "x": range(201)}), partition_by=["p"])
    sources = "".join(f"CREATE SOURCE {name} FROM DELTA 'lake/{name}';\n" for name in ("marked", "mapped", "parts"))
    (root / "units.py").write_text(UNITS)
    (root / "helpers.py").write_text("FACTOR = 0.62\n")
    (root / "idle.py").write_text(PLANNER)
    limits = "OPTIONS (warn_after => INTERVAL '1 day', error_after => INTERVAL '3 days'"
    sources += f"CREATE SOURCE fed FROM DELTA 'lake/flights' {limits});\n"
    sources += f"CREATE SOURCE aged FROM DELTA 'lake/flights' {limits}, loaded_at => flight_date);\n"
    sources += f"CREATE SOURCE kept FROM PARQUET 'lake/planes.parquet' {limits});\n"
    (root / "wide.sql").write_text(WIDE + sources)
    for name, text in {"typed": "code,n\nUA,1\n", "untyped": "code\nUA\n"}.items():
        (root / "seeds").mkdir(exist_ok=True)
        (root / "seeds" / f"{name}.csv").write_text(text)
    (root / "treadle.toml").write_text((root / "treadle.toml").read_text().split("[env")[0] + TOML)
    subprocess.run("git init -q && git add *.sql && git -c user.name=a -c user.email=a@b commit -qm a", cwd=root, shell=True, check=True)
    with Trace() as trace:
        walk(root)
        use_python(root)
        use_notebook(root)
        use_shell(root)
    public = {one for one in public_functions() if not one.startswith(APART)}
    missed = public - trace.entered() - AT_IMPORT
    unexplained = sorted(missed - set(UNENTERED))
    assert not unexplained, f"{len(unexplained)} public functions that nobody enters:\n" + "\n".join(unexplained)
    stale = sorted(set(UNENTERED) - missed)
    assert not stale, f"entered or gone, so no longer to be explained: {stale}"
