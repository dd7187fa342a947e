"""Owns the way from the prompt to `complete`: knowledge gathered beside the typing, completions as prompt_toolkit takes them."""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable, Iterable
from dataclasses import replace

from prompt_toolkit.completion import CompleteEvent, Completer
from prompt_toolkit.completion import Completion as Shown
from prompt_toolkit.document import Document

from .commands import COMMANDS
from .completion import Completion, complete
from .knowledge import CommandInfo, Knowledge, gather
from .shell import Shell

COMMAND_INFOS = tuple(CommandInfo(one.name, one.summary, one.argument, one.choices) for one in COMMANDS)
FIRST_SECONDS = 5.0  # how long the thread of completions, not the typing, waits for what is gathered at the start
_QUIET = frozenset({"keyword", "type"})


class ShellCompleter(Completer):
    """Completes from what was last known; `refresh` gathers it anew in a thread when something changed."""

    def __init__(self, shell: Shell) -> None:
        """Know the commands, and nothing else yet."""
        self._shell = shell
        self._known = Knowledge(commands=COMMAND_INFOS)
        self._seen: Hashable = None
        self._lock = threading.Lock()
        self._gathered = threading.Event()

    @property
    def secrets(self) -> Collection[str]:
        """Return the names of SECRET parameters in lower case."""
        return frozenset(one.name.lower() for one in self._known.parameters if one.secret)

    def refresh(self) -> None:
        """Gather anew if declarations, files or the folder changed; the prompt does not wait for it."""
        threading.Thread(target=self._gather, name="treadle-knowledge", daemon=True).start()

    def _gather(self) -> None:
        workspace = self._shell.workspace
        with self._lock:
            try:
                folder = workspace.folder()
                texts = tuple((one.name, one.text) for one in folder.sources)
                now = (workspace.root, texts, folder.seeds, repr(folder.config.raw), workspace.additions.key, tuple(workspace.frames))
                if now == self._seen:
                    return
                self._known = replace(gather(workspace), commands=COMMAND_INFOS)
                self._seen = now
            except BaseException:  # a workspace that is being closed, an engine's panic: the next statement tells what is wrong
                self._seen = None
            finally:
                self._gathered.set()

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Shown]:
        """Yield completions; while nothing is typed yet, keywords wait until they are asked for."""
        text, cursor = document.text, document.cursor_position
        self._gathered.wait(FIRST_SECONDS)
        for one in complete(text, cursor, self._known):
            if complete_event.completion_requested or one.start < cursor or one.kind not in _QUIET:
                yield Shown(one.text, one.start - cursor, _display(one), display_meta=_meta(one))


def _display(one: Completion) -> str:
    return one.text.rstrip()


def _meta(one: Completion) -> str:
    return one.meta or one.kind
