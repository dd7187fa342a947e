"""Owns `Script`: the statements of one source, in order, and what was wrong in it."""

from __future__ import annotations

from dataclasses import dataclass

from .broken import Broken
from .diagnostics import Diagnostic
from .source import Source
from .statements.base import Statement


@dataclass(frozen=True, slots=True)
class Script:
    """What `dialect.parse` makes of a source: every statement that parsed, every error found.

    `broken` holds what the statements that did not parse would have declared.
    """

    source: Source
    statements: tuple[Statement, ...]
    diagnostics: tuple[Diagnostic, ...]
    broken: tuple[Broken, ...] = ()
