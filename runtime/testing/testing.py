"""Owns `run_tests`: a project's tests chosen, run side by side, and reported in the order of its files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...planner.testing import BoundTest
from ..cancel import Cancel
from ..tracing import span
from .choose import choose
from .outcome import Outcome, Report
from .trial import AS_OF, Bench, attempt

if TYPE_CHECKING:
    from ..workspace import Workspace

MOST_JOBS = 8
"""Tests at a time unless asked for; more gain nothing, since planning holds Python's lock."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tests are run, and how.

    Args:
        words: names of tests, patterns, or selectors of views; all tests without one.
        pattern: a part of a test's name.
        fail_fast: whether the first test that does not pass is the last one to run.
        jobs: tests at a time; as many as there are processors when None.
    """

    words: Sequence[str] = ()
    pattern: str | None = None
    fail_fast: bool = False
    jobs: int | None = None


def run_tests(
    workspace: Workspace, wanted: Wanted, *, cancel: Cancel | None = None, done: Callable[[Outcome, int], None] | None = None
) -> Report:
    """Run tests and return what they came to; nothing is written.

    Args:
        workspace: the project.
        wanted: which tests, and how.
        cancel: asks them to stop.
        done: hears of each test that ended, with how many there are, from the threads that run them.

    Raises:
        TreadleError: everything wrong in the project; T7060 without tests; T7015, T7016 for words that mean none.
    """
    started = time.perf_counter()
    token = cancel or Cancel()
    bound = workspace.project({}, tests=True)
    bound.require_sound()
    tests = choose(bound.project, wanted.words, wanted.pattern)
    session, engine = workspace.engine(bound.policies.runtime_profile, bound.policies.rule_overlay)
    as_of = bound.folder.config.tables.test.as_of or AS_OF
    bench = Bench(bound.project, bound.policies, session, engine, workspace.root, bound.places, as_of, token)
    with span("treadle.test", {"treadle.tests": len(tests)}):
        outcomes = tuple(_outcomes(bench, tests, wanted, done))
    return Report(outcomes, time.perf_counter() - started, token.requested)


def _outcomes(bench: Bench, tests: Sequence[BoundTest], wanted: Wanted, done: Callable[[Outcome, int], None] | None) -> Iterator[Outcome]:
    """Yield the outcomes in order; after the first that did not pass, with `fail_fast`, all others are not run."""

    def one(test: BoundTest) -> Outcome:
        outcome = attempt(bench, test)
        if done is not None:
            done(outcome, len(tests))
        return outcome

    stopped = False
    jobs = max(1, min(wanted.jobs or min(os.cpu_count() or 1, MOST_JOBS), len(tests)))
    with ThreadPoolExecutor(jobs, thread_name_prefix="treadle-test") as pool:
        waiting: list[tuple[BoundTest, Future[Outcome]]] = [(test, pool.submit(one, test)) for test in tests]
        for test, future in waiting:
            if stopped:
                future.cancel()
                yield _not_run(test)
                continue
            outcome = future.result()
            stopped = wanted.fail_fast and not outcome.passed
            if stopped:
                for _, other in waiting:
                    other.cancel()
            yield outcome


def _not_run(test: BoundTest) -> Outcome:
    return Outcome(test.name, test.target, "not run", 0.0, test.statement.name.span)
