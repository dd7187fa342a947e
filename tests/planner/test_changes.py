"""`check --changed`: nothing that an edit since a commit influences is missing, and what is plainly untouched is not told.

Views of a generated project are rewritten: other expressions, conditions, shapes, whole queries.
Whatever rows differ then, column by column, must be among what is reached.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.planner.test_lineage import Project, graph_of, rows_of
from tests.support.command import inside
from tests.support.place import Place
from treadle.dialect.diagnostics import TreadleError
from treadle.planner.lineage import Node
from treadle.runtime.changed import Reach, reach
from treadle.runtime.workspace import Situation, Workspace


def commit(root: Path) -> None:
    for words in (("init", "-q"), ("add", "-A"), ("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "first")):
        subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True)


def reached(root: Path, called: str = "HEAD") -> Reach:
    workspace = Workspace(root, True, Situation())
    bound = workspace.project({})
    bound.require_sound()
    return reach(workspace, bound, called)


def edited(project: Project, at: int) -> str:
    """Return another text of a view: of its own shape or of any other one."""
    text, rng = project.views[at], project.rng
    head, _, query = text.partition(" AS ")
    if at == 0:
        return text.replace("(VALUES (", "(VALUES (1 + ", 1)
    choice = rng.randrange(6)
    if choice == 0:
        return f"{head} AS {project.query(at)}"
    if choice == 1:
        return f"{head} AS SELECT q.a AS a, q.b AS b, q.c AS c, 1 AS d FROM ({query}) AS q"
    if choice == 2:
        return f"{head} AS {query.replace('SELECT ', 'SELECT DISTINCT ', 1) if query.startswith('SELECT t.') else query}"
    if choice == 3:
        return f"{head} AS SELECT q.a AS a, q.b AS b, q.c AS c FROM ({query}) AS q WHERE q.b > 1"
    if choice == 4:
        return text.replace(" AS a,", " + 1 AS a,", 1)
    return text.replace(" AS b,", " * 0 AS b,", 1)


@pytest.mark.parametrize("seed", range(12))
def test_what_differs_is_reached(seed: int, tmp_path: Path) -> None:
    project = Project(seed)
    file = Place(tmp_path).sql(";\n".join(project.views) + ";\n")
    commit(tmp_path)
    before = rows_of(tmp_path, graph_of(tmp_path))
    told = 0
    for at in (0, *project.rng.sample(range(1, 5), 3)):
        views = [edited(project, at) if n == at else view for n, view in enumerate(project.views)]
        file.write_text(";\n".join(views) + ";\n")
        try:
            found = reached(tmp_path)
            after = rows_of(tmp_path, graph_of(tmp_path))
        except TreadleError:
            continue
        differing = {one for one in before if before[one] != after.get(one)}
        missing = differing - set(found.reached)
        assert not missing, f"{sorted(map(str, missing))} differ and are not told:\n{project.views[at]}\n{views[at]}"
        told += bool(differing)
    assert told >= 1


BASE = """
PARAM least BIGINT DEFAULT 1;
CREATE SOURCE items FROM CSV 'data/*.csv';
CREATE VIEW t AS SELECT a, b + 1 AS b FROM items WHERE a >= PARAM least;
CREATE VIEW u AS SELECT a FROM t;
CREATE MATERIALIZED VIEW w INTO 'out/w' AS SELECT sum(b) AS s FROM t;
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.file("data/one.csv", "a,b\n1,2\n")
    made.sql(BASE)
    commit(tmp_path)
    return made


@pytest.mark.parametrize(
    ("old", "new", "told", "tables"),
    [
        ("b + 1", "b + 2", {"t.b", "w.s"}, ("w",)),
        ("b + 1", "b + 1 /* the same */", set(), ()),
        ("DEFAULT 1", "DEFAULT 2", {"PARAM least", "t.a", "t.b", "t (rows)", "u.a", "u (rows)", "w.s", "w (rows)"}, ("w",)),
        ("SELECT a FROM t", "SELECT a * 2 AS a FROM t", {"u.a"}, ()),
        ("SELECT a FROM t", "SELECT a, 1 AS c FROM t", {"u.c"}, ()),
        ("SELECT a FROM t", "SELECT DISTINCT a FROM t", {"u.a", "u (rows)"}, ()),
        ("sum(b)", "max(b)", {"w.s", "w (rows)"}, ("w",)),
        ("'out/w'", "'out/x'", {"w.s", "w (rows)"}, ("w",)),
        ("CREATE VIEW u AS SELECT a FROM t;", "", set(), ()),
    ],
    ids=["expression", "comment", "parameter", "column", "added", "distinct", "aggregate", "location", "removed"],
)
def test_where_an_edit_begins(old: str, new: str, told: set[str], tables: tuple[str, ...], place: Place) -> None:
    place.sql(BASE.replace(old, new))
    found = reached(place.root)
    assert ({str(node) for node in found.reached}, found.tables) == (told, tables)
    assert bool(found.edits) == (old not in new)


@pytest.mark.parametrize("shaped", ["sum(a) AS a", "unnest([a, a]) AS a"])
def test_a_plain_column_in_place_of_what_shaped_the_rows_reaches_the_rows(shaped: str, place: Place) -> None:
    counting = "CREATE VIEW counted AS SELECT count(*) AS n FROM shaped;"
    place.sql(f"{BASE}CREATE VIEW shaped AS SELECT {shaped} FROM items;\n{counting}")
    commit(place.root)
    place.sql(f"{BASE}CREATE VIEW shaped AS SELECT a FROM items;\n{counting}")
    assert {"shaped (rows)", "counted.n"} <= {str(node) for node in reached(place.root).reached}


def test_files_of_data_count_as_edits(place: Place) -> None:
    assert not reached(place.root).edits
    place.file("data/two.csv", "a,b\n2,3\n")
    found = reached(place.root)
    assert [(one.kind, one.name, one.how) for one in found.edits] == [("source", "items", "edited")]
    assert Node("view", "w", "s") in found.reached


def test_a_project_below_the_top_of_its_repository(tmp_path: Path) -> None:
    place = Place(tmp_path / "deep" / "er")
    (tmp_path / "other.sql").write_text("SELECT nonsense")
    place.sql("CREATE VIEW v AS SELECT 1 AS a;")
    commit(tmp_path)
    place.sql("CREATE VIEW v AS SELECT 2 AS a;")
    assert {str(node) for node in reached(place.root).reached} == {"v.a"}


def test_views_that_were_wrong_before_are_new(place: Place) -> None:
    place.sql(BASE + "CREATE VIEW x AS SELECT nothing FROM t;")
    commit(place.root)
    place.sql(BASE + "CREATE VIEW x AS SELECT a FROM t;")
    assert [(one.name, one.how) for one in reached(place.root).edits] == [("x", "new")]


def test_the_page_and_the_object(place: Place) -> None:
    place.sql(BASE.replace("b + 1", "b + 2"))
    page = inside(place.root, "check", "--changed")
    assert page.status == 0
    assert "edited   t     b\nreached  w     s\n" in page.stdout
    assert "1 table can differ: w" in page.stdout
    made = inside(place.root, "check", "--changed=HEAD", "--json").stdout
    assert '"tables": [\n      "w"\n    ]' in made


DROPPED = """
CREATE SOURCE items FROM CSV 'data/*.csv';
CREATE FUNCTION scaled(x BIGINT) RETURNS BIGINT RETURN x * 2;
CREATE FUNCTION fine(x BIGINT) RETURNS BOOLEAN RETURN x > 2;
CREATE VIEW t AS SELECT a, scaled(b) AS b FROM items;
CREATE MATERIALIZED VIEW w INTO 'out/w' CONSTRAINT c EXPECT (fine(b)) ON VIOLATION DROP AS SELECT a, b FROM t;
CREATE MATERIALIZED VIEW n INTO 'out/n' AS SELECT count(*) AS n FROM w;
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x * 2", "x * 3"),
        ("x > 2", "x > 3"),
        ("SELECT a, b FROM t", "SELECT a, b + 1 AS b FROM t"),
        ("ON VIOLATION DROP", "ON VIOLATION WARN"),
    ],
    ids=["what the condition reads", "a function in the condition", "a column that it names", "the action"],
)
def test_what_drop_leaves_out_is_influenced(old: str, new: str, place: Place) -> None:
    place.sql(DROPPED)
    commit(place.root)
    place.sql(DROPPED.replace(old, new))
    assert {"w (rows)", "w.a", "n.n"} <= {str(node) for node in reached(place.root).reached}


def test_seeds_that_are_as_they_were_are_no_edit(place: Place) -> None:
    place.file("seeds/geo/rates.csv", "code,rate\nFR,1\n")
    place.sql("CREATE VIEW r AS SELECT rate FROM rates; CREATE VIEW o AS SELECT 1 AS one;")
    commit(place.root)
    assert not reached(place.root).edits
    place.file("seeds/geo/rates.csv", "code,rate\nFR,2\n")
    found = reached(place.root)
    assert [(one.kind, one.name, one.how) for one in found.edits] == [("source", "rates", "edited")]
    assert {node.relation for node in found.reached} == {"rates", "r"}


@pytest.mark.parametrize("file", ["codes.py", "helpers.py"])
def test_python_code_counts_as_an_edit_of_what_calls_it(file: str, place: Place) -> None:
    place.file("helpers.py", "ONE = 1\n")
    place.file("codes.py", "import helpers\n\ndef f(x):\n    return x\n")
    function = "CREATE FUNCTION f(x BIGINT) RETURNS BIGINT IMMUTABLE LANGUAGE PYTHON AS 'codes:f';"
    outer = "CREATE FUNCTION g(x BIGINT) RETURNS BIGINT RETURN f(x) + 1;"
    place.sql(f"{function} {outer} CREATE VIEW v AS SELECT g(1) AS a; CREATE VIEW w AS SELECT a FROM v; CREATE VIEW x AS SELECT 1 AS a;")
    commit(place.root)
    assert not reached(place.root).edits
    with (place.root / file).open("a") as code:
        code.write("# another line\n")
    found = reached(place.root)
    assert [(one.kind, one.name, one.how) for one in found.edits] == [("view", "v", "edited")]
    assert {node.relation for node in found.reached} == {"v", "w"}
