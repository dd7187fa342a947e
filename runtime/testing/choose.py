"""Owns which tests the words after `treadle test` mean: names of tests, patterns of them, or selectors of the views they look at."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from ...dialect.diagnostics import Problems, TreadleError, did_you_mean, error
from ...dialect.source import Source
from ...planner.project import Project
from ...planner.testing import BoundTest
from ..selectors import select


def choose(project: Project, words: Sequence[str], pattern: str | None = None) -> tuple[BoundTest, ...]:
    """Return the tests that are meant, in the order of the project's files; all without words and pattern.

    Args:
        project: bound, with its tests.
        words: names or patterns of tests, or selectors of views; several mean all that any of them means.
        pattern: a part of a test's name, or a pattern such as `late_*`; of those that the words mean.

    Raises:
        TreadleError: T7060 when there is no test, T7015 and T7016 for words that mean none.
    """
    if not project.tests:
        help_line = "write one with CREATE TEST; the project of `treadle init` has two"
        raise error("T7060", "this project has no tests", help=help_line)
    problems = Problems()
    chosen: set[int] = set(range(len(project.tests))) if not words else set()
    for word in words:
        try:
            chosen |= _meant(project, word)
        except TreadleError as problem:
            problems.catch(problem)
    problems.raise_if_errors()
    found = tuple(test for at, test in enumerate(project.tests) if at in chosen and (pattern is None or _like(test.name, pattern)))
    if not found:
        assert pattern is not None
        raise _none(project, pattern, "the pattern")
    return found


def _meant(project: Project, word: str) -> set[int]:
    named = {at for at, test in enumerate(project.tests) if fnmatchcase(test.name.lower(), word.lower())}
    if named and "+" not in word and ":" not in word:
        return named
    try:
        views = set(select(project, (word,)))
    except TreadleError as problem:
        if any(one.code != "T7015" for one in problem.diagnostics) or "+" in word or ":" in word:
            raise
        raise _none(project, word, "the name") from problem
    found = {at for at, test in enumerate(project.tests) if test.target in views}
    if not found:
        looked_at = ", ".join(f"`{one}`" for one in sorted({test.target for test in project.tests})[:8])
        source = Source("<selector>", word)
        raise error("T7015", f"no test looks at `{word}`", source.span(0, len(word)), help=f"tests look at {looked_at}")
    return found


def _like(name: str, pattern: str) -> bool:
    name, pattern = name.lower(), pattern.lower()
    return fnmatchcase(name, pattern) if any(sign in pattern for sign in "*?[") else pattern in name


def _none(project: Project, word: str, what: str) -> TreadleError:
    names = [test.name for test in project.tests]
    shown = ", ".join(f"`{name}`" for name in names[:8]) + (", …" if len(names) > 8 else "")
    known = [*names, *project.views]
    source = Source("<selector>", word)
    message = f"no test or view has {what} `{word}`" if what == "the name" else f"no test that is selected has `{word}` in its name"
    parts = [name for name in names if word.lower() in name.lower()]
    meant = f"`-k {word}` selects tests by a part of their name" if parts else did_you_mean(word, known)
    return error("T7015", message, source.span(0, len(word)), help=meant or f"tests are {shown}")
