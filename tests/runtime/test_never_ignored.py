"""What is written in files is shown as people write it, and suggestions name only what there is."""

from __future__ import annotations

from pathlib import Path

from tests.support.command import inside


def project(folder: Path, text: str) -> Path:
    """Write a project of one file and return its folder."""
    (folder / "treadle.toml").write_text("", "utf-8")
    (folder / "a.sql").write_text(text, "utf-8")
    return folder


def test_amounts_of_memory_are_read_and_shown_with_units(tmp_path: Path) -> None:
    folder = project(tmp_path, "")
    (folder / "treadle.toml").write_text('[profiles.mine]\nthreads = 1\nmemory = "100 MiB"\n', "utf-8")
    shown = inside(folder, "show", "profiles").stdout
    assert ("100 MiB" in shown, "2.0 GiB" in shown, "104857600" in shown) == (True, True, False)
    assert '"memory": 104857600' in inside(folder, "show", "profiles", "--json").stdout
    (folder / "treadle.toml").write_text('[profiles.mine]\nmemory = "lots"\n', "utf-8")
    refused = inside(folder, "check").stderr
    assert ("should be an amount of memory" in refused, "2 GiB" in refused) == (True, True)


def test_an_ad_hoc_query_suggests_no_name_of_its_own(tmp_path: Path) -> None:
    ended = inside(project(tmp_path, "CREATE VIEW v AS SELECT 1 AS a"), "query", "SELECT * FROM query")
    assert ended.status == 1
    assert "there is no view or source `query`" in ended.stderr
    assert "`<query>`" not in ended.stderr
