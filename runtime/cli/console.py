"""Owns the two streams of a command: data on stdout, everything else on stderr; width and colour.

One console is made per invocation and handed to the command as `click`'s `obj`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from .text import Column, Paint, table

if TYPE_CHECKING:
    from ...dialect.diagnostics import Diagnostic

DEFAULT_WIDTH = 100
MINIMUM_WIDTH = 40


class Console:
    """Where a command writes.

    Args:
        stdout: takes data.
        stderr: takes messages, diagnostics and progress.
    """

    def __init__(self, stdout: TextIO, stderr: TextIO) -> None:
        """Start with text output; `--json` and `--plain` set the flags."""
        self.stdout, self.stderr = stdout, stderr
        self.json = False
        self.plain = False
        self.log_json = False

    @property
    def width(self) -> int:
        """Return the width in cells: `COLUMNS`, the terminal's, or 100."""
        return max(shutil.get_terminal_size((DEFAULT_WIDTH, 40)).columns, MINIMUM_WIDTH)

    @property
    def height(self) -> int:
        """Return the height in lines: `LINES`, the terminal's, or 40."""
        return shutil.get_terminal_size((DEFAULT_WIDTH, 40)).lines

    @property
    def is_terminal(self) -> bool:
        """Say whether people read stdout on a screen, or its width was set by `COLUMNS`."""
        return self.stdout.isatty() or "COLUMNS" in os.environ

    @property
    def out(self) -> Paint:
        """Return the paint of stdout."""
        return Paint(_has_color(self.stdout))

    @property
    def err(self) -> Paint:
        """Return the paint of stderr."""
        return Paint(not self.log_json and _has_color(self.stderr))

    def data(self, text: str) -> None:
        """Write text to stdout as it is."""
        self.stdout.write(text)

    def print_json(self, value: object) -> None:
        """Write a value to stdout as indented JSON."""
        import json

        self.data(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """Write a table to stdout, clipped to the screen when there is one."""
        width = self.width if self.is_terminal else None
        self.data("".join(f"{line}\n" for line in table(columns, rows, width, self.out)))

    def say(self, text: str = "") -> None:
        """Write a line to stderr; as an event `message` with `--log-format json`."""
        if not self.log_json:
            self._tell(text + "\n")
        elif text:
            self.log("message", text=text)

    def log(self, event: str, level: str = "info", **facts: object) -> None:
        """Write an event to stderr as one line of JSON, when `--log-format json` asks for them; else nothing.

        Args:
            event: what happened, such as `stage_done`.
            level: `info`, `warning` or `error`.
            facts: what is to be known of it.
        """
        if self.log_json:
            import json
            from datetime import UTC, datetime

            line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "event": event, **facts}
            self._tell(json.dumps(line, ensure_ascii=False, default=str) + "\n")
            self.stderr.flush()

    def _tell(self, text: str) -> None:
        """Write to stderr behind what stands on stdout so far: where both go to one place, they keep their order."""
        self.stdout.flush()
        self.stderr.write(text)

    def report(self, found: Sequence[Diagnostic]) -> None:
        """Print diagnostics: as JSON on stdout with `--json`, else on stderr."""
        if self.json:
            from .printers.json import as_json

            self.data(as_json(found))
        elif self.log_json:
            for one in found:
                self.log("diagnostic", one.severity, **one.as_json())
        elif self.plain:
            from .printers.plain import plain

            self._tell(plain(found))
        else:
            from .printers.terminal import terminal

            self._tell(terminal(found, self.width, self.err))


def _has_color(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()
