"""The history: where it is kept, what is left out of it, what happens when it can't be written."""

from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.history import InMemoryHistory

from treadle.runtime.shell.history import MAX_BYTES, history, state_folder, without_secrets


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (".params token=abc", ".params token=…"),
        (".params  since=2013-01-01 TOKEN='a b' x=1", ".params  since=2013-01-01 TOKEN=… x=1"),
        (".params token", ".params token"),
        (".params since=1", ".params since=1"),
        ("SELECT 'token=abc'", "SELECT 'token=abc'"),
        ("PARAM token VARCHAR SECRET DEFAULT 'abc'", "PARAM token VARCHAR SECRET DEFAULT '…'"),
        ("PARAM other VARCHAR DEFAULT 'abc'", "PARAM other VARCHAR DEFAULT 'abc'"),
    ],
)
def test_secrets_are_left_out(text: str, kept: str) -> None:
    assert without_secrets(text, {"token"}) == kept


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("linux", {"XDG_STATE_HOME": "/state"}, "/state/treadle"),
        ("linux", {"XDG_STATE_HOME": "relative"}, "~/.local/state/treadle"),
        ("linux", {}, "~/.local/state/treadle"),
        ("darwin", {}, "~/Library/Application Support/treadle"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/treadle"),
    ],
)
def test_where_state_is_kept(platform: str, variables: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", platform)
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert state_folder() == Path(folder).expanduser()


def test_it_is_kept_for_its_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    history(lambda: ()).store_string("SELECT 1")
    path = state_folder() / "shell_history"
    assert path.stat().st_mode & 0o777 == 0o600
    assert "+SELECT 1" in path.read_text()
    assert list(history(lambda: ()).load_history_strings()) == ["SELECT 1"]


def test_it_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = state_folder() / "shell_history"
    path.parent.mkdir()
    path.write_text("".join(f"\n# then\n+SELECT {number}\n" for number in range(150_000)))
    assert path.stat().st_size > MAX_BYTES
    entries = list(history(lambda: ()).load_history_strings())
    assert entries[0] == "SELECT 149999" and entries[-1].startswith("SELECT ")
    assert path.stat().st_size < MAX_BYTES


def test_without_a_place_it_ends_with_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert isinstance(history(lambda: ()), InMemoryHistory)
