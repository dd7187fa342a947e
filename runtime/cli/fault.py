"""Owns what is said of treadle's own faults: a short message, the traceback in a file, never on screen."""

from __future__ import annotations

import os
import platform
import shlex
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ... import __version__
from ..config import CONFIG_NAME
from ..store import FOLDER as STATE_FOLDER
from .console import Console
from .text import clip, visible


def tell(console: Console, problem: BaseException, arguments: Sequence[str]) -> None:
    """Say that treadle is at fault and ask for a report; with `TREADLE_DEBUG=1` the traceback follows."""
    text = "".join(traceback.format_exception(problem))
    first = visible((str(problem).strip().splitlines() or [""])[0])
    what = clip(f"{type(problem).__name__}: {first}", 200)
    console.say(f"{console.err('bold red', 'fault')}: treadle failed, and not by your doing: {what}")
    if os.environ.get("TREADLE_DEBUG"):
        console.say(text)
        return
    file = _write(text, arguments)
    console.say(f"please report it with {f'the file `{file}`' if file else 'what `TREADLE_DEBUG=1` adds to this command'}")


def _write(text: str, arguments: Sequence[str]) -> str | None:
    """Write the traceback below the project's `.treadle`, else to the temporary folder; None where neither can be written."""
    now = datetime.now(UTC)
    head = f"treadle {__version__}, Python {platform.python_version()}, {platform.system()}\n{now.isoformat()}\n"
    head += "treadle " + shlex.join(_without_values(arguments)) + "\n\n"
    name = f"fault-{now:%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    folders = [Path(STATE_FOLDER)] if Path(CONFIG_NAME).exists() or Path(STATE_FOLDER).is_dir() else []
    for folder in (*folders, Path(tempfile.gettempdir())):
        try:
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(head + text, "utf-8")
        except OSError:
            continue
        return str(folder / name)
    return None


def _without_values(arguments: Sequence[str]) -> list[str]:
    """Leave out the values of parameters, since some are secret."""
    before = ("", *arguments)
    return [a.partition("=")[0] + "=…" if b in ("-p", "--param") else a for b, a in zip(before, arguments, strict=False)]
