"""Owns statements that come from a pipe or from `-c`: executed and printed plainly, up to the first that fails."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .shell import Shell
from .stops import Quit


def run_texts(shell: Shell, texts: Sequence[str], keep_going: bool) -> int:
    """Execute some texts, or stdin when there is none; return 1 when anything failed, else 0."""
    shell.settings.timing = shell.settings.pager = False
    try:
        for text in texts or (sys.stdin.read(),):
            if not shell.execute(text, whole=True, keep_going=keep_going) and not keep_going:
                break
    except Quit:
        return int(shell.failed)
    finally:
        if shell.settings.sink is not None:
            shell.settings.sink.close()
    return int(shell.failed)
