"""What the engine's tests share: one session for a file, forks of it for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from treadle.planner.spec import RuntimeProfile
from treadle.runtime.session import Session, open_session


@pytest.fixture(scope="module")
def opened() -> Iterator[Session]:
    with open_session(RuntimeProfile(threads=2)) as session:
        yield session


@pytest.fixture
def session(opened: Session) -> Iterator[Session]:
    with opened.fork() as fork:
        yield fork
