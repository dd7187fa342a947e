"""`treadle lock` and `--locked`: what was read once is read again, whatever came since, or it is said why not."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

import treadle
from tests.support.command import inside
from tests.support.lake import rows
from tests.support.place import Place
from treadle.dialect.source import Source
from treadle.runtime.lock.file import Lock, parse_lock, write_lock
from treadle.runtime.scaffold import TEMPLATES, write_project

FEED = {"delta.enableChangeDataFeed": "true"}
VIEWS = """
CREATE SOURCE flights FROM DELTA 'lake/flights';
CREATE SOURCE airlines FROM CSV 'lake/airlines.csv' COLUMNS (code VARCHAR, name VARCHAR);
CREATE VIEW changed AS SELECT a FROM read_delta_cdf('lake/flights', start_version => 0);
CREATE MATERIALIZED VIEW seen INTO 'out/seen' AS
  SELECT *, now() AS at, (SELECT count(*) FROM changed) AS changes, (SELECT max(version) FROM delta_history(flights)) AS version
  FROM (SELECT count(*) AS n, max(a) AS a FROM flights) AS f;
CREATE MATERIALIZED VIEW every INTO 'out/every' AS SELECT * FROM flights;
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project over a table with a feed and a CSV file, locked at version 1."""
    made = Place(tmp_path)
    made.file("treadle.toml", "[env.prod]\n")
    made.file("lake/airlines.csv", "code,name\nUA,United\n")
    made.table("lake/flights", configuration=FEED)
    made.table("lake/flights", mode="append", rows={"a": [3, 4, 5]})
    made.sql(VIEWS)
    assert made.treadle("lock").status == 0
    return made


def go_on(place: Place) -> None:
    """Let the table grow, by rows and by a column."""
    place.table("lake/flights", mode="append", rows={"a": [100]})
    place.table("lake/flights", mode="append", rows={"a": [101], "b": ["x"]}, schema_mode="merge")


def receipt(place: Place, *arguments: str) -> dict[str, Any]:
    """Run the project and return its receipt, which has no errors."""
    ended = inside(place.root, "run", "--json", *arguments)
    assert ended.status == 0, ended.stdout
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def refused(place: Place, *arguments: str) -> list[tuple[str, str, str | None]]:
    """Return code, message and way out of all errors."""
    return [(one["code"], one["message"], one["help"]) for one in place.treadle(*arguments).errors]


def edit(place: Place, change: Callable[[str], str], name: str = "treadle.lock") -> None:
    """Edit the lock by hand."""
    path = place.root / name
    before = path.read_text()
    path.write_text(change(before))
    assert path.read_text() != before


def test_a_locked_run_is_the_same_later(place: Place) -> None:
    first = receipt(place, "--locked")
    shutil.rmtree(place.root / "out")
    went = rows_of(place)
    go_on(place)
    os.utime(place.root / "lake/airlines.csv", (1, 1))
    again = receipt(place, "--locked")
    assert again["envelope_digest"] == first["envelope_digest"] and again["locked"] == first["locked"] is not None
    assert again["as_of"] == first["as_of"] and again["pins"] == first["pins"]
    assert [(one["name"], one["digest"]) for one in again["stages"]] == [(one["name"], one["digest"]) for one in first["stages"]]
    (seen,) = rows(place.root / "out/seen")
    assert {name: seen[name] for name in ("n", "a", "changes", "version")} == {"n": 5, "a": 5, "changes": 5, "version": 1}
    assert seen["at"] == datetime.fromisoformat(first["as_of"])
    assert rows(place.root / "out/every") == [{"a": n} for n in range(1, 6)] and went == 0
    assert {one["state"] for one in receipt(place, "--locked")["outputs"]} == {"repeat"}
    shutil.rmtree(place.root / "out")
    free = receipt(place)
    assert free["locked"] is None and rows(place.root / "out/seen")[0]["n"] == 7


def rows_of(place: Place) -> int:
    """Return how many tables there are in `out`."""
    return len(list((place.root / "out").glob("*"))) if (place.root / "out").exists() else 0


def test_plan_query_and_specification_read_the_lock_too(place: Place) -> None:
    go_on(place)
    lock = read(place)
    plan = json.loads(inside(place.root, "plan", "--locked", "--json").stdout)
    assert (plan["locked"], plan["as_of"]) == (lock.digest, lock.as_of)
    assert f"pins by the lock {lock.digest[:12]}" in inside(place.root, "plan", "--locked").stdout
    spec = json.loads(inside(place.root, "spec", "--locked").stdout)
    assert {one["source"]: one["version"] for one in spec["pins"] if one["kind"] == "delta"} == {"flights": 1}

    def asked(sql: str) -> object:
        return json.loads(inside(place.root, "query", "--locked", "--json", sql).stdout)

    assert asked("SELECT count(*) AS n FROM flights") == [{"n": 5}]
    assert asked("SELECT count(*) AS n FROM read_delta('lake/flights')") == [{"n": 5}]
    assert asked("SELECT max(version) AS v FROM delta_history('lake/flights', limit => 1)") == [{"v": 1}]
    assert asked("SELECT count(*) AS n FROM flights VERSION AS OF 2") == [{"n": 6}]
    assert asked("DESCRIBE flights") == [{"column_name": "a", "data_type": "BIGINT", "nullable": True}]
    place.file("spec.json", json.dumps(spec))
    assert receipt(place, "--spec", "spec.json")["locked"] == lock.digest


def test_what_is_not_locked_is_not_read(place: Place) -> None:
    place.table("lake/other")
    assert [one[0] for one in refused(place, "query", "--locked", "FROM read_delta('lake/other')")] == ["T7082"]
    assert place.treadle("run", "--locked").status == 0
    assert [one[0] for one in refused(place, "query", "--locked", "FROM every")] == ["T7082"]


def read(place: Place, name: str = "treadle.lock") -> Lock:
    """Return a lock."""
    return parse_lock(Source(name, (place.root / name).read_text())).lock


def test_the_file_is_sorted_and_knows_nothing_of_the_machine(place: Place) -> None:
    text = (place.root / "treadle.lock").read_text()
    names = [one.name for one in read(place).source]
    calls = ["delta_history('lake/flights')", "read_delta_cdf('lake/flights', start_version => 0)"]
    assert names == ["airlines", calls[0], "flights", calls[1]] == sorted(names)
    assert str(place.root) not in text and write_lock(read(place)) == text
    shutil.copytree(place.root, place.root.parent / "copy")
    copy = Place(place.root.parent / "copy")
    assert receipt(copy, "--locked")["envelope_digest"] == receipt(place, "--locked")["envelope_digest"]


def test_renewing_tells_what_moved(place: Place) -> None:
    assert "up to date: 4 sources" in inside(place.root, "lock").stderr
    go_on(place)
    before = (place.root / "treadle.lock").read_text()
    shown = inside(place.root, "lock", "--diff")
    assert (place.root / "treadle.lock").read_text() == before and "would be written: 3 renewed, 1 as they were" in shown.stderr
    assert inside(place.root, "lock", "--check").status == 0
    ended = inside(place.root, "lock")
    assert ended.stdout == shown.stdout
    (line,) = (one for one in ended.stdout.splitlines() if " flights " in one)
    assert line.split()[:7] == ["~", "flights", "1", "→", "3", "+2", "+2"]
    assert "wrote treadle.lock: 3 renewed, 1 as they were" in ended.stderr
    found = json.loads(inside(place.root, "lock", "--json").stdout)
    assert (found["changed"], found["written"], {one["change"] for one in found["sources"]}) == (False, False, {"same"})


def test_a_part_is_renewed_with_its_table(place: Place) -> None:
    place.table("lake/other")
    place.sql(VIEWS + "CREATE SOURCE other FROM DELTA 'lake/other'; CREATE VIEW o AS SELECT a FROM other;")
    assert inside(place.root, "lock").status == 0
    go_on(place)
    place.table("lake/other", mode="append")
    assert inside(place.root, "lock", "o").status == 0
    assert versions(place) == {"other": 1, "flights": 1, "delta_history('lake/flights')": 1, CDF: 1}
    assert read(place).cut == "apart"
    assert inside(place.root, "lock", "delta_history('lake/flights')").status == 0
    assert versions(place) == {"other": 1, "flights": 3, "delta_history('lake/flights')": 3, CDF: 3}
    assert read(place).cut == "heads"
    assert refused(place, "lock", "flihgts") == [("T7015", "no source or view is called `flihgts`", "did you mean `flights`?")]


CDF = "read_delta_cdf('lake/flights', start_version => 0)"


def versions(place: Place, name: str = "treadle.lock") -> dict[str, int]:
    """Return the locked versions."""
    return {one.name: one.version for one in read(place, name).source if one.version is not None}


def test_a_lock_that_does_not_fit_is_refused_with_all_that_is_wrong(place: Place) -> None:
    place.table("lake/moved")
    place.sql(
        "CREATE SOURCE flights FROM DELTA 'lake/moved'; CREATE SOURCE more FROM DELTA 'lake/flights' VERSION AS OF 0;"
        "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT more.a FROM more, flights"
        " CROSS JOIN delta_history('lake/flights', limit => 1) AS h;"
    )
    said = place.treadle("run", "--locked")
    assert said.codes == {"T7082"}
    places = {(one["file"], one["message"]) for one in said.errors}
    assert places == {
        ("views.sql", "`flights` is not what is locked: it lies at `lake/moved`, the lock has `lake/flights`"),
        ("views.sql", "`more` is not in `treadle.lock`"),
        ("views.sql", "`delta_history('lake/flights', limit => 1)` is not in `treadle.lock`"),
        ("treadle.lock", "`airlines` is locked, and nothing in the project is called so"),
        ("treadle.lock", "`delta_history('lake/flights')` is locked, and nothing in the project is called so"),
        ("treadle.lock", f"`{CDF}` is locked, and nothing in the project is called so"),
    }
    assert inside(place.root, "lock", "--check").status == 1
    checked = place.treadle("check")
    assert (checked.status, {one["severity"] for one in checked.diagnostics if one["code"] == "T7082"}) == (0, {"warning"})
    assert inside(place.root, "lock").status == 0 and place.treadle("run", "--locked").status == 0


def test_a_lock_of_another_project_is_told_of_once(place: Place) -> None:
    place.sql("CREATE SOURCE mine FROM DELTA 'lake/flights'; CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a FROM mine;")
    ((code, message, _),) = refused(place, "run", "--locked")
    assert code == "T7082" and "another project" in message


def test_another_version_by_a_parameter_does_not_fit(place: Place) -> None:
    text = (
        "PARAM v BIGINT DEFAULT 0; CREATE MATERIALIZED VIEW w INTO 'out/w' AS SELECT a FROM read_delta('lake/flights', version => PARAM v);"
    )
    place.sql(text)
    assert inside(place.root, "lock").status == 0
    assert place.treadle("run", "--locked").status == 0
    ((code, message, _),) = refused(place, "run", "--locked", "-p", "v=1")
    assert code == "T7082" and "asked for at version 1, the lock has version 0" in message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("version = 1\n", "version = 0\n"), "its window is 0 to 0, and was 0 to 1"),
        (lambda text: text.replace("files = 2", "files = 3"), "it has 2 files of"),
        (lambda text: text.replace('protocol = ["1"', 'protocol = ["3"'), "its protocol is"),
        (lambda text: text.replace("version = 1\n", "version = 7\n"), "the table's newest version is 1"),
    ],
)
def test_a_lock_that_was_edited_is_not_believed(place: Place, change: Callable[[str], str], words: str) -> None:
    edit(place, change)
    found = refused(place, "run", "--locked")
    assert {code for code, _, _ in found} == {"T4017"} and any(words in message for _, message, _ in found), found


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (lambda text: text.replace("[profile]", "<<<<<<< HEAD\n[profile]"), 7, "conflict markers"),
        (lambda text: text.replace('kind = "csv"', "kind = csv"), 18, "not valid TOML"),
        (lambda text: text.replace('kind = "csv"', 'kind = "cvs"'), 18, "did you mean `csv`?"),
        (lambda text: text.replace("format = 1", "format = 2"), 2, "this treadle reads 1"),
        (lambda text: text.replace("files = 1\n", "fils = 1\n"), 24, "there is no key `fils`"),
        (lambda text: text.replace('asked = "head"', 'asked = "head"\nasked = "head"'), 21, "not valid TOML"),
        (lambda text: text.replace('name = "flights"', 'name = "airlines"'), None, "stands in the lock twice"),
    ],
)
def test_a_damaged_lock_is_told_at_its_place(place: Place, change: Callable[[str], str], line: int | None, words: str) -> None:
    edit(place, change)
    for arguments in (["run", "--locked"], ["check"], ["lock", "flights"]):
        said = place.treadle(*arguments)
        assert said.codes == {"T7081"} and said.status == 1, (arguments, said)
        (one,) = said.errors
        assert one["file"] == "treadle.lock" and (line is None or one["line"] == line) and words in one["message"], one
    assert place.treadle("run").status == 0 and place.treadle("lock").status == 0 and place.treadle("run", "--locked").status == 0


def gone(place: Place) -> dict[str, str]:
    """Return why sources can't be read as they were locked, by name."""
    found = refused(place, "run", "--locked")
    assert {code for code, _, _ in found} == {"T4017"}, found
    assert all("treadle lock" in str(way_out) for _, _, way_out in found)
    return {message.split("`")[1]: message.split(": ", 1)[1] for _, message, _ in found}


def test_why_a_pin_is_gone_is_told_for_all_at_once(place: Place) -> None:
    table = DeltaTable(str(place.root / "lake/flights"))
    table.optimize.compact()
    place.file("lake/airlines.csv", "code,name\nUA,Untied\n")
    DeltaTable(str(place.root / "lake/flights")).vacuum(0, enforce_retention_duration=False, dry_run=False)
    reasons = gone(place)
    assert set(reasons) == {"flights", "airlines", CDF}
    assert reasons["flights"].startswith("2 of its 2 files are gone; version 2, OPTIMIZE, took them out of the table at 20")
    assert ", version 4 vacuumed at 20" in reasons["flights"]
    assert "by the file's own time" in reasons["airlines"]


def test_a_log_that_was_cleaned_up_is_told(place: Place) -> None:
    go_on(place)
    DeltaTable(str(place.root / "lake/flights")).create_checkpoint()
    for version in range(3):
        (place.root / f"lake/flights/_delta_log/{version:020}.json").unlink()
    assert gone(place)["flights"].startswith("its log was cleaned up, the oldest version that is left is 3 of 20")


def test_a_history_that_lost_commits_is_told(place: Place) -> None:
    DeltaTable(str(place.root / "lake/flights")).create_checkpoint()
    (place.root / f"lake/flights/_delta_log/{0:020}.json").unlink()
    place.sql("CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT version FROM delta_history('lake/flights');")
    found = refused(place, "run", "--locked")
    (message,) = (message for code, message, _ in found if code == "T4017")
    assert "commits 0 to 0 were cleaned up, the oldest one that is left is 1" in message


def test_another_table_in_its_place_is_told(place: Place) -> None:
    shutil.rmtree(place.root / "lake/flights")
    place.table("lake/flights", configuration=FEED)
    assert gone(place)["flights"].startswith("another table was made in its place at 20")
    shutil.rmtree(place.root / "lake/flights")
    (place.root / "lake/airlines.csv").unlink()
    reasons = gone(place)
    assert reasons["flights"] == "there is no table any more"
    assert reasons["airlines"] == "there is no file `lake/airlines.csv`"


def test_every_environment_has_a_lock_of_its_own(place: Place) -> None:
    go_on(place)
    assert refused(place, "run", "--locked", "--env", "prod")[0][0] == "T7080"
    assert inside(place.root, "lock", "--env", "prod").status == 0
    assert versions(place)["flights"] == 1 and versions(place, "treadle.prod.lock")["flights"] == 3
    assert receipt(place, "--locked", "--env", "prod")["locked"] == read(place, "treadle.prod.lock").digest
    shutil.copy(place.root / "treadle.lock", place.root / "treadle.prod.lock")
    ((code, message, _),) = refused(place, "run", "--locked", "--env", "prod")
    assert (code, message) == ("T7081", "`treadle.prod.lock` is the lock of no environment")


def test_the_profile_of_the_lock_holds_unless_another_is_named(place: Place) -> None:
    edit(place, lambda text: text.replace('name = "auto"', 'name = "mine"\nthreads = 1'))
    assert receipt(place, "--locked")["profile"]["threads"] == "1"
    assert receipt(place, "--locked", "--profile", "small")["profile"]["name"] == "small"


def test_windows_since_the_last_run_are_replayed(place: Place) -> None:
    source = "read_delta_cdf('lake/flights', start_version => since_last_run())"
    place.sql(f"CREATE MATERIALIZED VIEW log INTO 'out/log' APPEND AS SELECT a, _commit_version AS v FROM {source};")
    assert place.treadle("run").status == 0
    place.table("lake/flights", mode="append", rows={"a": [6]})
    assert inside(place.root, "lock").status == 0
    place.table("lake/flights", mode="append", rows={"a": [7]})
    assert [pin["window"] for pin in receipt(place, "--locked")["pins"]] == [[2, 2]]
    assert sorted(one["a"] for one in rows(place.root / "out/log")) == [1, 2, 3, 4, 5, 6]
    assert {one["state"] for one in receipt(place, "--locked")["outputs"]} == {"repeat"}
    assert place.treadle("lock", "--check").status == 0


def test_python_locks_and_reads_what_is_locked(place: Place) -> None:
    go_on(place)
    with treadle.open(place.root) as project:
        pinned = project.locked()
        assert pinned.query("SELECT count(*) FROM flights").fetchall() == [(5,)]
        assert project.query("SELECT count(*) FROM flights").fetchall() == [(7,)]
        assert {one.name: one.what for one in project.lock(write=False).changes}["flights"] == "moved"
        assert pinned.run().receipt.locked == read(place).digest
        renewal = project.lock("flights")
        assert renewal.changed and read(place) == renewal.lock
        assert project.locked().query("SELECT count(*) FROM flights").fetchall() == [(7,)]


def test_a_run_that_writes_between_the_lock_and_the_run_changes_nothing(place: Place) -> None:
    with treadle.open(place.root) as project:
        pinned = project.locked()
        planned = pinned.plan()
        go_on(place)
        assert pinned._workspace.run(planned.bundle).receipt.status == "done"
    assert rows(place.root / "out/seen")[0]["n"] == 5


@pytest.mark.parametrize("template", TEMPLATES)
def test_projects_commit_their_lock(template: str, tmp_path: Path) -> None:
    write_project(tmp_path / "p", template)
    ignored = (tmp_path / "p/.gitignore").read_text().split()
    assert not [one for one in ignored if "lock" in one or one == "*"]
    assert inside(tmp_path / "p", "lock").status == 0
    assert inside(tmp_path / "p", "run", "--locked").status == 0
    assert inside(tmp_path / "p", "check").stderr.count("warning") == 0


def test_a_file_that_can_not_be_written_is_told(place: Place) -> None:
    (place.root / "treadle.lock").unlink()
    (place.root / "treadle.lock.new").mkdir()
    assert [one[0] for one in refused(place, "lock")] == ["T7019"]
    assert "stands alone" in inside(place.root, "lock", "--check", "--diff").stderr
