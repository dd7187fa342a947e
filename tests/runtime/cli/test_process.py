"""The command line as a process: start-up, broken pipes, Ctrl-C, faults of treadle's own, bad input from disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.command import inside, treadle
from tests.support.tree import ROOT

HEAVY = ("datafusion", "deltalake", "pyarrow", "sqlglot", "pydantic", "rich", "opentelemetry", "lark")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a folder `shop` in which `treadle init` has written its project."""
    folder = tmp_path / "shop"
    folder.mkdir()
    assert inside(folder, "init").status == 0
    return folder


@pytest.mark.parametrize("code", ["import treadle", "import treadle.runtime.cli as c; c.main(['--help'])"])
def test_nothing_heavy_is_imported(code: str, tmp_path: Path) -> None:
    probe = f"import sys\n{code}\nprint('heavy:', *(m for m in {HEAVY!r} if m in sys.modules))"
    ended = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, env=ENVIRONMENT, cwd=tmp_path, check=True)
    assert ended.stdout.splitlines()[-1].strip() == "heavy:"


def test_reader_that_has_seen_enough_is_no_error(shop: Path) -> None:
    query = "query 'SELECT value FROM generate_series(1, 3000000)' --format csv"
    command = f"{sys.executable} -m treadle {query} | head -2; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=ENVIRONMENT, cwd=shop, timeout=120, check=True)
    assert ended.stdout.splitlines() == ["value", "1", "0"]
    assert ended.stderr == ""


def test_the_process_ends_before_the_interpreter_is_taken_apart(shop: Path) -> None:
    """Threads of the engine abort the process when they outlive the interpreter; what was registered for its end still runs."""
    after = "import atexit, sys\natexit.register(print, 'at exit')\n"
    late = "class Late:\n    def __del__(self): print('taken apart')\nsys.late = Late()\n"
    (shop / "sitecustomize.py").write_text(after + late, "utf-8")
    ended = treadle(shop, "query", "SELECT 1 AS a", "--format", "csv", PYTHONPATH=f"{shop}{os.pathsep}{ROOT}")
    assert (ended.status, ended.stdout.splitlines()) == (0, ["a", "1", "at exit"])


def test_ctrl_c_ends_a_query_at_once(shop: Path) -> None:
    sql = "SELECT count(*) AS n FROM generate_series(1, 100000) AS a, generate_series(1, 100000) AS b WHERE a.value * b.value % 7 = 8"
    command = [sys.executable, "-m", "treadle", "query", sql]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, cwd=shop)
    time.sleep(3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 2
    assert (process.returncode, out) == (130, "")
    assert err.strip() == "interrupted"


def test_ctrl_c_before_the_first_stage_is_no_fault(shop: Path) -> None:
    early = "import treadle.runtime.steps as s\ndef stop(*_): raise KeyboardInterrupt\ns.Steps._outlook = stop\n"
    (shop / "sitecustomize.py").write_text(early, "utf-8")
    ended = treadle(shop, "query", "SELECT 1 AS a", PYTHONPATH=f"{shop}{os.pathsep}{ROOT}")
    assert (ended.status, ended.stdout, ended.stderr.strip()) == (130, "", "interrupted")


def test_own_fault_is_told_in_two_lines_and_kept_in_a_file(shop: Path) -> None:
    (shop / "sitecustomize.py").write_text(
        "import treadle.runtime.scaffold as s\ns.write_project = lambda root, template: 1 / 0\n", "utf-8"
    )
    path = f"{shop}{os.pathsep}{ROOT}"
    ended = treadle(shop, "init", "elsewhere", PYTHONPATH=path)
    assert (ended.status, ended.stdout) == (3, "")
    first, second = ended.stderr.splitlines()
    assert first == "fault: treadle failed, and not by your doing: ZeroDivisionError: division by zero"
    file = shop / second.removeprefix("please report it with the file `").rstrip("`")
    assert "ZeroDivisionError" in file.read_text("utf-8")
    assert "Traceback" in treadle(shop, "init", "elsewhere", PYTHONPATH=path, TREADLE_DEBUG="1").stderr


BAD_FILES = {
    "binary.sql": (b"SELECT\0 1", "T7009"),
    "latin.sql": ("CREATE VIEW a AS\n  SELECT 'Zürich' AS b".encode("latin-1"), "T7010"),
    "huge.sql": (b"-- x\n" * 1_000_000, "T7011"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_named_and_the_others_go_on(name: str, shop: Path) -> None:
    data, code = BAD_FILES[name]
    (shop / "views" / name).write_bytes(data)
    (shop / "views" / "wrong.sql").write_text("CREATE VIEW wrong AS SELECT nothing FROM orders", "utf-8")
    ended = inside(shop, "check", "--plain")
    assert ended.status == 1
    lines = ended.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"views/{name}", "views/wrong.sql"]
    assert code in lines[0] and "T2001" in lines[1]


def test_links_to_nowhere_and_pipes_are_told(shop: Path) -> None:
    (shop / "views" / "gone.sql").symlink_to("nowhere.sql")
    os.mkfifo(shop / "views" / "pipe.sql")
    ended = inside(shop, "check", "--plain")
    assert ended.status == 1
    assert [line.split(": ")[1] for line in ended.stderr.splitlines()] == ["error T7012", "error T7012"]


def test_hidden_and_excluded_files_are_left_out(shop: Path) -> None:
    for name in (".hidden/a.sql", "views/.b.sql", "views/old/c.sql", "views/draft_d.sql"):
        (shop / name).parent.mkdir(exist_ok=True)
        (shop / name).write_text("broken", "utf-8")
    config = '[project]\nexclude = ["views/old", "*/draft_*.sql"]\n'
    (shop / "treadle.toml").write_text(config, "utf-8")
    assert inside(shop, "check").stderr == "checked 2 views and 2 tests in 3 files: no errors\n"


def test_the_project_is_found_from_inside(shop: Path) -> None:
    assert inside(shop / "views", "check").status == 0
    ended = inside(shop / "data", "query", "SELECT count(*) AS n FROM 'data/orders.csv'", "--format", "csv")
    assert ended.stdout == "n\n7\n"


def test_without_a_project_a_query_works_and_a_check_does_not(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n2\n", "utf-8")
    assert inside(tmp_path, "query", "SELECT sum(x) AS s FROM 'a.csv'", "--format", "csv").stdout == "s\n3\n"
    ended = inside(tmp_path, "check", "--plain")
    assert (ended.status, ended.stderr.split(":")[0]) == (1, "error T7013")


def test_a_spec_runs_like_the_project_that_wrote_it(shop: Path) -> None:
    spec = inside(shop, "spec", "-p", "minimum=50")
    (shop / "spec.json").write_text(spec.stdout, "utf-8")
    assert inside(shop, "run", "--spec", "spec.json").status == 0
    rows = inside(shop, "query", "SELECT sum(orders) AS n FROM read_delta('lake/revenue_by_country')", "--format", "csv")
    assert rows.stdout == "n\n4\n"


@pytest.mark.parametrize("ending", ["csv", "json", "ndjson", "parquet", "arrow"])
def test_files_in_every_format_hold_the_rows(ending: str, shop: Path) -> None:
    import duckdb
    import pyarrow as pa

    assert inside(shop, "query", "SELECT customer_id, name FROM customers ORDER BY 1", "-o", f"out.{ending}").status == 0
    file = shop / f"out.{ending}"
    if ending == "arrow":
        rows = [tuple(row.values()) for row in pa.ipc.open_stream(file.read_bytes()).read_all().to_pylist()]
    else:
        rows = duckdb.sql(f"SELECT customer_id, name FROM '{file}' ORDER BY 1").fetchall()
    assert rows == [(1, "Ada"), (2, "Blaise"), (3, "Emmy"), (4, "Srinivasa")]
    assert not list(shop.glob(".out*"))


def test_a_failing_query_leaves_no_file(shop: Path) -> None:
    ended = inside(shop, "query", "SELECT CAST(name AS DATE) AS d FROM customers", "-o", "out.csv")
    assert ended.status == 1 and "T6050" in ended.stderr
    assert not list(shop.glob("*out*"))


def test_a_terminal_without_the_characters_is_no_fault(shop: Path) -> None:
    (shop / "views" / "umlaut.sql").write_text('CREATE VIEW "表" AS SELECT nothing AS "ä" FROM orders', "utf-8")
    ended = treadle(shop, "check", PYTHONIOENCODING="ascii")
    assert ended.status == 1 and "T2001" in ended.stderr
    table = treadle(shop, "query", "SELECT 'ä' AS \"ö\"", PYTHONIOENCODING="ascii").stdout
    assert table.startswith("+---") and "|    \\xf6    |" in table


@pytest.mark.parametrize("text", [" + ".join(["1"] * 3000), "1 UNION ALL SELECT ".join([""] * 500) + "1"], ids=["operators", "unions"])
def test_chains_of_thousands_are_no_fault(text: str, shop: Path) -> None:
    ended = inside(shop, "query", f"SELECT {text}")
    assert ended.status == 1 and "error[T1014]" in ended.stderr


def test_trace_prints_spans_on_stderr(shop: Path) -> None:
    ended = treadle(shop, "run", "--trace")
    assert ended.status == 0
    assert '"name": "treadle.plan"' in ended.stderr and "revenue_by_country" in ended.stdout
