"""Every dot command stands in the help, in the documentation and in completion; files and folders are as they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import inside
from tests.support.tree import ROOT
from treadle.runtime.shell.commands import COMMANDS, by_name
from treadle.runtime.shell.completer import COMMAND_INFOS

PAGE = (ROOT / "docs" / "shell.md").read_text("utf-8")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    assert inside(folder, "init").status == 0
    return folder


@pytest.mark.parametrize("one", COMMANDS, ids=lambda one: one.name)
def test_every_command_is_documented(one) -> None:  # type: ignore[no-untyped-def]
    assert f"\n| `{one.name}" in PAGE, f"{one.name} has no row in docs/shell.md"
    assert all(f"`{alias}`" in PAGE for alias in one.aliases)
    assert one.summary and not one.summary.endswith(".")
    assert one.name in [info.name for info in COMMAND_INFOS]


def test_the_help_lists_every_command(shop: Path) -> None:
    text = inside(shop, "shell", "-c", ".help").stdout
    assert all(f"{one.name} {one.usage}".rstrip() in text for one in COMMANDS)
    for name in by_name():
        assert inside(shop, "shell", "-c", f".help {name}").status == 0


def test_the_help_fits_narrow_screens(shop: Path) -> None:
    lines = inside(shop, "shell", "-c", ".help", columns=60).stdout.splitlines()
    assert max(map(len, lines)) <= 60 and len(lines) > 2 * len(COMMANDS)


def test_names_differ() -> None:
    assert len(by_name()) == sum(1 + len(one.aliases) for one in COMMANDS)


def test_output_goes_to_a_file_until_it_goes_back(shop: Path) -> None:
    texts = (".output out.csv", "SELECT 1 AS a", "SELECT 2 AS b", ".output stdout", "SELECT 3 AS c")
    ended = inside(shop, "shell", *(part for text in texts for part in ("-c", text)))
    assert (ended.status, ended.stdout) == (0, "c\n3\n")
    assert (shop / "out.csv").read_text() == "a\n1\nb\n2\n"
    assert ended.stderr.count("wrote 1 row to out.csv") == 2


def test_a_file_is_read_up_to_what_fails(shop: Path) -> None:
    (shop / "good.sql.txt").write_text(".format csv\nSELECT 1 AS a;\n.read inner.txt\n")
    (shop / "inner.txt").write_text("SELECT 2 AS b;\nSELECT c;\nSELECT 3 AS d;\n")
    ended = inside(shop, "shell", "-c", ".read good.sql.txt")
    assert (ended.status, ended.stdout) == (1, "a\n1\nb\n2\n")
    assert "<query>:2:8" in ended.stderr and "`inner.txt` was left" in ended.stderr


def test_a_file_that_reads_itself_is_left(shop: Path) -> None:
    (shop / "circle.txt").write_text(".read circle.txt\n")
    ended = inside(shop, "shell", "-c", ".read circle.txt")
    assert ended.status == 1 and "does a file read itself?" in ended.stderr


def test_open_leaves_what_was_declared(shop: Path) -> None:
    other = shop.parent / "other"
    other.mkdir()
    (other / "data.csv").write_text("a\n1\n")
    texts = ("CREATE VIEW here AS SELECT 1 AS one", f".open {other}", ".tables", "FROM 'data.csv'")
    ended = inside(shop, "shell", *(part for text in texts for part in ("-c", text)))
    assert ended.status == 0 and "is forgotten" in ended.stderr and "no views, sources or frames" in ended.stderr
    assert "│      1 │" in ended.stdout


def test_a_session_value_wins_over_the_command_line(shop: Path) -> None:
    texts = (
        ".format csv",
        "SELECT PARAM minimum AS m",
        ".params minimum=7",
        "SELECT PARAM minimum AS m",
        ".params -minimum",
        "SELECT PARAM minimum AS m",
    )
    ended = inside(shop, "shell", "-p", "minimum=5", *(part for text in texts for part in ("-c", text)))
    assert ended.stdout.split() == ["m", "5.0", "m", "7.0", "m", "5.0"]


def test_what_a_session_declares_is_used_by_what_it_declares_next(shop: Path) -> None:
    texts = (
        "CREATE FUNCTION twice(a DOUBLE) RETURNS DOUBLE RETURN a * 2",
        "CREATE SOURCE more FROM CSV 'data/orders.csv'",
        "PARAM least DOUBLE DEFAULT 100",
        "CREATE VIEW big AS SELECT order_id, twice(amount) AS doubled FROM more WHERE amount >= PARAM least",
        ".format csv",
        "SELECT count(*) AS n FROM big",
        ".params least=0",
        "SELECT count(*) AS n FROM big",
    )
    ended = inside(shop, "shell", *(part for text in texts for part in ("-c", text)))
    assert (ended.status, ended.stdout.split()) == (0, ["n", "2", "n", "7"])


def test_json_for_programs(shop: Path) -> None:
    ended = inside(shop, "shell", "--json", "-c", "SELECT 1 AS a", "-c", "SELECT b")
    assert ended.status == 1 and '{"a": 1}' in ended.stdout and '"code": "T2001"' in ended.stdout
