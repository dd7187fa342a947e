"""Owns `Shell`: a session that executes statements and dot commands, one after the other, and says what became of each.

In: text. Out: results on the screen or in a file, diagnostics on stderr. The prompt (`prompt.py`)
and scripts (`batch.py`) are two ways of handing it text.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...dialect.diagnostics import TreadleError, error
from ...dialect.scan import scan
from ...dialect.source import Source
from ...dialect.statements.maintenance import MaintenanceStatement
from ...dialect.statements.query import DescribeStatement, QueryStatement
from ...planner.known import unavailable
from ..cancel import Cancel, Cancelled, interruptible, wakeably
from ..cli.console import Console
from ..cli.progress import TerminalProgress
from ..workspace import Workspace
from . import declarations
from .inputs import Piece, split
from .settings import Settings
from .stops import Failed
from .timing import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Shell:
    """A session.

    Args:
        console: where it writes.
        workspace: the project or folder that is open.
        open_place: opens another one by its path, for `.open`.
        interactive: whether a person types at a prompt; then Ctrl-C ends a statement and not the session.
        settings: how results are shown.
        last: the last statement that was executed, for `.edit`.
        draft: text that the next prompt begins with.
        failed: whether anything went wrong so far.
        told: the code of the last error that was told, for `.explain`.
        depth: how many files are being read inside each other.
    """

    console: Console
    workspace: Workspace
    open_place: Callable[[str], Workspace]
    interactive: bool = False
    settings: Settings = field(default_factory=Settings)
    last: str = ""
    draft: str = ""
    failed: bool = False
    told: str = ""
    depth: int = 0

    def execute(self, text: str, *, whole: bool = False, keep_going: bool = False) -> bool:
        """Execute the statements of a text, up to the first that fails, or all; return whether all went well.

        Args:
            text: statements and dot commands.
            whole: whether places are told as those in the whole text rather than in a statement.
            keep_going: whether what follows a failed statement is executed.

        Raises:
            Quit: `.quit` was among them.
            KeyboardInterrupt: Ctrl-C, when nobody types at a prompt.
        """
        fine = True
        for piece in split(text):
            fine = self._step(piece, piece.padded(text) if whole else piece.text) and fine
            if not fine and not keep_going:
                break
        return fine

    def _step(self, piece: Piece, text: str) -> bool:
        """Execute one statement or command, say what is wrong with it, and return whether it went well."""
        try:
            with self._watched() as cancel:
                if piece.is_command:
                    self._command(text, cancel)
                else:
                    self.last = piece.text
                    self.statement(text, cancel)
            return True
        except Failed:
            self.failed = True
        except TreadleError as problem:
            self.console.report(problem.diagnostics)
            self.told = problem.diagnostics[0].code
        except (Cancelled, KeyboardInterrupt):
            if not self.interactive:
                raise KeyboardInterrupt from None
            self.console.say("\ncancelled")  # the terminal has written ^C
        self.failed = True
        return False

    @contextmanager
    def _watched(self) -> Iterator[Cancel]:
        with interruptible() if self.interactive else nullcontext(Cancel()) as cancel:
            yield cancel

    def _command(self, line: str, cancel: Cancel) -> None:
        from .commands import run_command

        run_command(self, line, cancel)

    def statement(self, text: str, cancel: Cancel) -> None:
        """Execute one statement; raises what is wrong with it, and `Cancelled`."""
        first = next((one for one in scan(text) if one.kind != "comment"), None)
        if first is not None and first.word == "DROP":
            self._drop(text)
        elif first is not None and first.word == "EXPLAIN":
            self.plan(text[: first.start] + " " * 7 + text[first.end :])
        else:
            script = declarations.script_of(text)
            kind = script.statements[0] if script.statements else None
            if isinstance(kind, QueryStatement | DescribeStatement):
                self.query(text, cancel)
            elif isinstance(kind, MaintenanceStatement):
                raise unavailable("maintenance", kind.verb.lower(), kind.span)
            elif len(script.statements) != 1:
                raise error("T7024", "there is no statement in this text", Source("<shell>", text).span(0, len(text)))
            else:
                new, replaced = declarations.declare(self.workspace, script)
                self.console.say(f"{'replaced' if replaced else 'created'} {new.kind} {new.name}")

    def _drop(self, text: str) -> None:
        gone = declarations.drop(self.workspace, text)
        self.console.say(f"dropped {gone.kind} {gone.name}")

    def query(self, text: str, cancel: Cancel) -> None:
        """Ask a query and show its rows; raises what is wrong with it, and `Cancelled`."""
        from .showing import show

        watch, workspace = Stopwatch(), self.workspace
        with TerminalProgress(self.console) as progress:
            result = wakeably(lambda: workspace.query(text, {}, progress, cancel), cancel, "treadle-query")
            with result:
                show(self.console, self.settings, result, watch, self.interactive and not self.depth, progress.hide)

    def plan(self, query: str) -> None:
        """Show what a query would read and compute."""
        from ..cli.plan_page import show_plan

        show_plan(self.console, self.workspace.plan_query(query))
