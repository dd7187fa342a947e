"""Locations: one canonical path, whatever way it is spelt."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.lake import raised
from treadle.planner.ports import SourceRef
from treadle.runtime.lake import DeltaLake
from treadle.runtime.lake.locations import canonical


@pytest.mark.parametrize(
    "text",
    ["lake/t", "lake/t/", "./lake//t", "lake/x/../t", "{root}/lake/t", "file://{root}/lake/t", "file://localhost{root}/lake/t", "link/t"],
)
def test_spellings_of_one_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "lake" / "t").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "lake")
    assert canonical(tmp_path, text.format(root=tmp_path)) == tmp_path / "lake" / "t"


def test_only_urls_are_decoded(tmp_path: Path) -> None:
    assert canonical(tmp_path, f"file://{tmp_path}/a%20b").name == "a b"
    assert canonical(tmp_path, "a%20b").name == "a%20b"


@pytest.mark.parametrize("text", ["", "  ", "s3://bucket/t", "https://x/y", "file://other/x", "file:///a?b", "a\0b"])
def test_no_path_of_this_machine(tmp_path: Path, text: str) -> None:
    assert "`" in raised("T4014", lambda: canonical(tmp_path, text))


def test_lists_and_globs_keep_their_form(lake: DeltaLake, tmp_path: Path) -> None:
    assert lake.canonical("data/*.csv") == f"{tmp_path}/data/*.csv"
    listed = lake.canonical('["a.csv", "b/../c.csv"]')
    assert listed == f'["{tmp_path}/a.csv", "{tmp_path}/c.csv"]'
    assert lake.canonical(listed) == listed
    assert lake.portable(listed) == '["a.csv", "c.csv"]'
    assert lake.portable("/elsewhere/t") == "/elsewhere/t"


def test_safe_stays_inside(tmp_path: Path) -> None:
    root, other = tmp_path / "project", tmp_path / "other"
    root.mkdir()
    other.mkdir()
    (root / "out").symlink_to(other)
    safe = DeltaLake(root, safe=True)
    assert safe.locate("lake/t") == root / "lake" / "t"
    for outside in (str(other), "../other", "out/t"):
        assert "outside" in raised("T4013", lambda text=outside: safe.locate(text))  # type: ignore[misc]
    assert DeltaLake(root, safe=True, allowed_roots=(other,)).locate("out/t") == other / "t"


def test_safe_follows_links_of_files(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (root / "a.csv").symlink_to(tmp_path / "secret.csv")
    assert "outside" in raised("T4013", lambda: DeltaLake(root, safe=True).schema(SourceRef("csv", "*.csv")))
