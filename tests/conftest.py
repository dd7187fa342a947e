"""What the whole suite shares: `--accept` for expected outputs, and how thorough property tests are."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.accept import expect_text

if TYPE_CHECKING:
    import duckdb

    import treadle

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


@pytest.fixture(scope="session")
def slt_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the lake and the project of the sqllogictest records."""
    from tests.support.slt_lake import build

    return build(tmp_path_factory.mktemp("slt"))


@pytest.fixture(scope="session")
def slt_project(slt_root: Path) -> Iterator[treadle.Project]:
    """The project over that folder, one session for all records."""
    import treadle

    with treadle.open(slt_root) as opened:
        yield opened


@pytest.fixture(scope="session")
def slt_duckdb(slt_root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB over the same files."""
    from tests.support.slt_lake import duckdb_over

    with duckdb_over(slt_root) as connection:
        yield connection
