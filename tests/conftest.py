"""What the whole suite shares: `--accept` for expected outputs, and how thorough property tests are."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.accept import expect_text

settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

# Shells start what runs behind them with Ctrl-C ignored, and every process that a test starts would ignore it too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--accept`: expected outputs are rewritten, and each difference is printed."""
    parser.addoption("--accept", action="store_true", help="rewrite expected outputs and print the differences: read them")


@pytest.fixture
def expect(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Return `expect(file, text)`: asserts that the file holds the text, or with `--accept` makes it so."""
    accept = bool(request.config.getoption("--accept"))
    return lambda path, text: expect_text(path, text, accept)
