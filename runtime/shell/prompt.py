"""Owns the prompt: lines read from a terminal with history, highlighting, completion, and handed to the shell.

Ctrl-C at the prompt clears it, Ctrl-D on an empty one leaves; Enter runs a statement that is whole.
"""

from __future__ import annotations

import os

from prompt_toolkit import PromptSession
from prompt_toolkit.application.current import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.shortcuts import CompleteStyle

from ... import __version__
from ...dialect.diagnostics import TreadleError
from .completer import ShellCompleter
from .highlight import SqlLexer, style
from .history import history
from .inputs import is_whole
from .shell import Shell
from .stops import Quit

MENU_ROWS = 8


def converse(shell: Shell) -> int:
    """Read statements from the terminal and execute them until the person leaves; return the exit status.

    The status is 0: whatever failed was told when it did.
    """
    from ..cli.fault import tell

    shell.interactive = True
    _greet(shell)
    completer = ShellCompleter(shell)
    session = _session(shell, completer)
    try:
        while True:
            completer.refresh()
            text = _read(session, shell)
            if text is None:
                break
            try:
                shell.execute(text)
            except (Quit, EOFError):
                break
            except BaseException as problem:  # an engine's panic is no Exception, and no reason to end the session
                tell(shell.console, problem, ["shell"])
    finally:
        if shell.settings.sink is not None:
            shell.settings.sink.close()
        shell.workspace.close()
    return 0


def _greet(shell: Shell) -> None:
    place = shell.workspace.folder().name if shell.workspace.has_project else f"{shell.workspace.root} (no project)"
    console = shell.console
    console.say(f"{console.out('bold', 'treadle')} {__version__}  {place}")
    console.say(console.out("dim", "`.help` lists commands, Tab completes, `;` ends a statement, Ctrl-D leaves"))


def _read(session: PromptSession[str], shell: Shell) -> str | None:
    """Return what was typed; empty after Ctrl-C, None at Ctrl-D."""
    draft, shell.draft = shell.draft, ""
    try:
        return session.prompt(_message(shell), default=draft)
    except KeyboardInterrupt:
        return ""
    except EOFError:
        return None


def _session(shell: Shell, completer: ShellCompleter) -> PromptSession[str]:
    return PromptSession(
        prompt_continuation=_continuation,
        multiline=True,
        lexer=SqlLexer(),
        style=style(),
        completer=completer,
        complete_in_thread=True,
        complete_while_typing=True,
        complete_style=CompleteStyle.COLUMN,
        reserve_space_for_menu=MENU_ROWS,
        history=history(lambda: completer.secrets),
        auto_suggest=AutoSuggestFromHistory(),
        key_bindings=_keys(),
        enable_open_in_editor=True,
        include_default_pygments_style=False,
        color_depth=ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None,
    )


def _message(shell: Shell) -> StyleAndTextTuples:
    """Return the prompt: the folder's name, and the environment in use."""
    workspace = shell.workspace
    name = workspace.root.name or "treadle"
    try:
        environment = workspace.environment(workspace.folder().config)
    except TreadleError:
        environment = None  # the next statement tells what is wrong
    return [
        ("class:prompt", name),
        ("class:prompt.environment", f"[{environment}]" if environment else ""),
        ("class:prompt", "> "),
    ]


def _continuation(width: int, line: int, wraps: int) -> StyleAndTextTuples:
    return [("class:prompt.continuation", ("" if wraps else "· ").rjust(width))]


def _keys() -> KeyBindings:
    keys = KeyBindings()
    typing = has_focus(DEFAULT_BUFFER)

    @Condition
    def choosing() -> bool:
        state = get_app().current_buffer.complete_state
        return state is not None and state.current_completion is not None

    @keys.add("enter", filter=typing & choosing)
    def accept(event: KeyPressEvent) -> None:
        """Take the chosen completion."""
        event.current_buffer.complete_state = None

    @keys.add("enter", filter=typing & ~choosing)
    def enter(event: KeyPressEvent) -> None:
        """Run what is whole; begin a new line otherwise, or inside of lines that no semicolon ends."""
        buffer = event.current_buffer
        text, behind = buffer.text.strip(), buffer.document.text_after_cursor.strip()
        if is_whole(buffer.text) and (not behind or "\n" not in text or text.endswith(";")):
            buffer.text = buffer.text.rstrip()
            buffer.cursor_position = len(buffer.text)
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n" + _indent(buffer.document.current_line_before_cursor))

    @keys.add("escape", "enter", filter=typing)
    def newline(event: KeyPressEvent) -> None:
        """Begin a new line whatever stands there."""
        event.current_buffer.insert_text("\n")

    return keys


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
