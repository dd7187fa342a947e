"""A real terminal for tests: a pseudo-terminal with `pyte` as its screen; keys go in, what stands on the screen comes out."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import pyte

from tests.support.tree import ROOT

DEADLINE = 120.0
BEGINS = b"\x1b[?2004h"  # a prompt asks for pasted text in brackets, once when it begins
KEYS = {
    "enter": "\r", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "escape": "\x1b",
    "backspace": "\x7f",
    "ctrl-a": "\x01", "ctrl-c": "\x03", "ctrl-d": "\x04", "ctrl-e": "\x05", "ctrl-r": "\x12", "alt-enter": "\x1b\r",
}  # fmt: skip


class _Screen(pyte.HistoryScreen):
    """A screen that answers where its cursor is, as terminals do."""

    answer: Callable[[str], None] = staticmethod(lambda data: None)

    def write_process_input(self, data: str) -> None:
        self.answer(data)


class Terminal:
    """A program in a terminal; use it as a context manager.

    Args:
        arguments: of `treadle`.
        folder: where it runs.
        columns, lines: the size.
        environment: further variables; the history lies in the folder `state` beside it unless they say otherwise.
    """

    def __init__(
        self, *arguments: str, folder: Path, columns: int = 100, lines: int = 30, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start it."""
        self.screen = _Screen(columns, lines, history=2000)
        self.stream = pyte.ByteStream(self.screen)
        self.screen.answer = lambda data: self._write(data.encode())
        variables = {
            key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR", "PAGER", "LESS", "FORCE_COLOR")
        }
        variables |= {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "XDG_STATE_HOME": str(folder / ".state"), **(environment or {})}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(sys.executable, [sys.executable, "-m", "treadle", *arguments], variables)
        self.resize(columns, lines)
        self._prompts = self._begun = 0
        self._tail = b""
        self.status: int | None = None

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size, and tell the program."""
        self.screen.resize(lines, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, text: str) -> None:
        """Type characters."""
        self._write(text.encode())

    def press(self, *keys: str) -> None:
        """Press keys by their names."""
        for key in keys:
            self._write(KEYS[key].encode())

    def paste(self, text: str) -> None:
        """Paste text as a terminal does, in brackets."""
        self._write(f"\x1b[200~{text}\x1b[201~".encode())

    @property
    def lines(self) -> list[str]:
        """Return the lines of the screen, without spaces at their ends."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        """Return the screen as one text."""
        return "\n".join(self.lines).rstrip() + "\n"

    def wait(self, condition: str | Callable[[Terminal], bool], why: str = "") -> str:
        """Read until a text is on the screen or a condition holds; return the screen."""
        holds = (lambda one: condition in one.text) if isinstance(condition, str) else condition
        end = time.monotonic() + DEADLINE
        while not holds(self):
            if time.monotonic() > end or not self._read(1.0):
                assert holds(self), f"waited in vain for {why or condition}; on the screen:\n{self.text}"
                break
        return self.text

    def prompt(self) -> str:
        """Read until there is a prompt newer than the last time, and nothing on it; return the screen."""
        seen = self._prompts
        found = self.wait(lambda one: one._begun > seen and one.lines[one.screen.cursor.y].endswith(">"), "an empty prompt")
        self._prompts = self._begun
        return found

    def settle(self) -> None:
        """Read until the program writes nothing for a moment, for screens that are compared as a whole."""
        while self._read(0.4, quiet=True):
            continue

    def ended(self) -> int:
        """Wait for the program's end and return its status."""
        end = time.monotonic() + DEADLINE
        while self.status is None and time.monotonic() < end:
            self._read(0.2)
            self._reap()
        while self._read(0.0, quiet=True):
            continue
        assert self.status is not None, f"it goes on:\n{self.text}"
        return self.status

    def _reap(self) -> None:
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self.status = os.waitstatus_to_exitcode(status)

    def _write(self, data: bytes) -> None:
        try:
            os.write(self.fd, data)
        except OSError:
            return

    def _read(self, seconds: float, quiet: bool = False) -> bool:
        """Feed what the program writes within some seconds to the screen; say whether it may write more."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return not quiet
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        if data:
            self._begun += (self._tail + data).count(BEGINS) - self._tail.count(BEGINS)
            self._tail = data[-len(BEGINS) + 1 :]
            # The screen knows no dim text; what is dim is shown as grey.
            self.stream.feed(data.replace(b"\x1b[2m", b"\x1b[90m"))
        return bool(data)

    def __enter__(self) -> Terminal:
        """Return the terminal."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """End the program if it still runs, and close the terminal."""
        if self.status is None:
            self._reap()
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
