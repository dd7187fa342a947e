"""Owns the history of the shell: a file of the user's state, which never holds the values of secrets."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from ...dialect.scan import scan
from .inputs import words

HIDDEN = "…"
MAX_BYTES = 2_000_000
_SET = re.compile(r"\s*\.params\b", re.IGNORECASE)


def state_folder() -> Path:
    """Return where a program keeps a user's state: `$XDG_STATE_HOME`, or what the platform has in its place."""
    if (named := os.environ.get("XDG_STATE_HOME")) and os.path.isabs(named):
        return Path(named) / "treadle"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "treadle"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "treadle"
    return Path.home() / ".local" / "state" / "treadle"


def history(secrets: Callable[[], Collection[str]]) -> History:
    """Return the history in the user's state folder; one that ends with the session where no file can be written.

    Args:
        secrets: names of SECRET parameters as of now, in lower case.
    """
    path = state_folder() / "shell_history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        _shorten(path)
    except (OSError, RuntimeError):
        return InMemoryHistory()
    return _SecretiveHistory(path, secrets)


def _shorten(path: Path) -> None:
    """Keep the newer half of a file that grew too large; entries begin behind empty lines."""
    if path.stat().st_size > MAX_BYTES:
        data = path.read_bytes()[-MAX_BYTES // 2 :]
        path.write_bytes(data[data.find(b"\n\n#") + 1 :])


class _SecretiveHistory(FileHistory):
    """A history file in which values of secrets are left out."""

    def __init__(self, path: Path, secrets: Callable[[], Collection[str]]) -> None:
        super().__init__(str(path))
        self._secrets = secrets

    def load_history_strings(self) -> Iterable[str]:
        try:
            return list(super().load_history_strings())
        except OSError:
            return []

    def store_string(self, string: str) -> None:
        """Append an entry; a disk that is full costs the history and nothing else."""
        kept = without_secrets(string, self._secrets())
        try:
            super().store_string(kept)
        except OSError:
            return


def without_secrets(text: str, secrets: Collection[str]) -> str:
    """Return a text with the values of secret parameters left out, and what a SECRET is declared to be by default.

    >>> without_secrets(".params token=abc since=2013-01-01", {"token"})
    '.params token=… since=2013-01-01'
    """
    if _SET.match(text):
        return _params_without(text, secrets)
    stretches = list(scan(text))
    if any(one.word == "SECRET" for one in stretches) and any(one.word == "PARAM" for one in stretches):
        for one in reversed(stretches):
            if one.kind in ("string", "number"):
                text = text[: one.start] + f"'{HIDDEN}'" + text[one.end :]
    return text


def _params_without(text: str, secrets: Collection[str]) -> str:
    starts = [*(start for _, start in words(text)), len(text)]
    for (word, start), end in reversed(list(zip(words(text), starts[1:], strict=True))):
        name, sign, _ = word.partition("=")
        if sign and name.lower() in secrets:
            tail = text[start:end]
            text = text[:start] + f"{name}={HIDDEN}" + tail[len(tail.rstrip()) :] + text[end:]
    return text
