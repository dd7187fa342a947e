"""Owns where results are written: stdout, or a pager once there is more than a screen holds.

`$PAGER` says which; without it `less -SRX`, which keeps long lines whole, colours, and the screen.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from types import TracebackType
from typing import IO

from ..cli.console import Console


class Enough(Exception):
    """The reader of a result has seen enough; not an error."""


class Screen:
    """A sink that holds back a screenful and starts the pager when more comes; use it as a context manager.

    Args:
        console: whose stdout and height count.
        paged: whether a pager may be started.
    """

    def __init__(self, console: Console, paged: bool) -> None:
        """Start no pager yet."""
        self._console, self._held, self._lines = console, list[bytes](), 0
        self._command = _pager_command() if paged and console.stdout.isatty() else None
        self._pager: subprocess.Popen[bytes] | None = None

    @property
    def paged(self) -> bool:
        """Say whether the pager was started."""
        return self._pager is not None

    def write(self, data: bytes) -> int:
        """Take bytes; raises `Enough` once the pager was left."""
        if self._command is None:
            self._put(data)
            return len(data)
        if self._pager is None:
            self._held.append(data)
            self._lines += data.count(b"\n")
            if self._lines > self._console.height - 1:
                self._start()
            return len(data)
        self._feed(data)
        return len(data)

    def _put(self, data: bytes) -> None:
        stream = self._console.stdout
        buffer: IO[bytes] | None = getattr(stream, "buffer", None)
        if buffer is None:
            stream.write(data.decode())
            return
        stream.flush()
        buffer.write(data)
        buffer.flush()

    def _start(self) -> None:
        assert self._command is not None
        variables = {"LESS": "-SRX", **os.environ}
        try:
            self._pager = subprocess.Popen(self._command, stdin=subprocess.PIPE, env=variables)
        except OSError as problem:
            self._console.say(f"the pager `{shlex.join(self._command)}` can't be started: {problem.strerror}")
            self._command = None
        held, self._held = b"".join(self._held), []
        if self._pager is None:
            self._put(held)
        else:
            self._feed(held)

    def _feed(self, data: bytes) -> None:
        assert self._pager is not None and self._pager.stdin is not None
        try:
            self._pager.stdin.write(data)
        except BrokenPipeError:
            raise Enough from None

    def __enter__(self) -> Screen:
        """Return the sink."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> bool:
        """Write what is held back, or wait until the pager is left; `Enough` ends here."""
        if self._pager is None:
            self._put(b"".join(self._held))
            return kind is not None and issubclass(kind, Enough)
        _wait(self._pager)
        return kind is not None and issubclass(kind, Enough)


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Close a pager's input and wait until it is left; Ctrl-C belongs to it meanwhile."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        try:
            process.communicate()
        except BrokenPipeError:
            process.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def _pager_command() -> list[str] | None:
    """Return the command of the pager; None where there is none."""
    wanted = os.environ.get("PAGER")
    if wanted is not None:
        return shlex.split(wanted) or None
    return ["less", "-SRX"] if shutil.which("less") else None
