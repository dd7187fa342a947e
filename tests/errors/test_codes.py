"""Every code of `grammar/errors.toml` is raised through the command line: by its example, or by a scenario named after it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from tests import errors as folder
from tests.support.place import Place, Said
from treadle.dialect.diagnostics import codes

Scenario = Callable[[Place], Said]
MODULES = tuple(import_module(f"tests.errors.{one.name}") for one in iter_modules(folder.__path__) if one.name.startswith("scenarios_"))
SCENARIOS: dict[str, Scenario] = {
    name.upper(): function
    for module in MODULES
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if name.upper() in codes()
}
EXAMPLES = {code.code: code.example for code in codes().values() if code.example}
#: Faults of a folder, a command or a machine, which no line of a project's files is to blame for.
PLACELESS = {
    "T1015", "T3165", "T6041", "T6042", "T6043", "T6044", "T6045", "T6055", "T6063", "T7004", "T7013", "T7014", "T7015", "T7016", "T7017",
    "T7019", "T7021", "T7023", "T7025", "T7026", "T7027", "T7040", "T7045", "T7046", "T7053", "T7060", "T7070",
    "T7080",
}  # fmt: skip


def test_every_code_has_an_example_or_a_scenario() -> None:
    assert set(codes()) == set(EXAMPLES) | set(SCENARIOS)
    assert not set(EXAMPLES) & set(SCENARIOS), "one of the two is enough"


def test_scenarios_have_the_names_of_codes() -> None:
    named = {name for module in MODULES for name in vars(module) if name.startswith("t") and name[1:].isdigit()}
    assert {name.upper() for name in named} == set(SCENARIOS)


@pytest.mark.parametrize("code", EXAMPLES)
def test_example(code: str, tmp_path: Path) -> None:
    """The example raises its code and nothing else, in `check` or, where only rows show it, in `run`."""
    place = Place(tmp_path)
    place.file("flights.csv", "carrier\nUA\n")
    place.sql(EXAMPLES[code])
    said = place.treadle("check")
    if not said.codes:
        said = place.treadle("run")
    assert said.codes == {code}, said
    assert all(one["file"] == "views.sql" and one["line"] for one in said.diagnostics), said
    assert said.status == (1 if said.errors else 0)


@pytest.mark.parametrize("code", SCENARIOS)
def test_scenario(code: str, tmp_path: Path) -> None:
    """The situation raises its code and nothing else; errors end with status 1, warnings with 0."""
    said = SCENARIOS[code](Place(tmp_path))
    assert said.codes == {code}, said
    assert said.status == (1 if said.errors else 0), said
    for one in said.diagnostics:
        assert one["file"] or code in PLACELESS, f"{code} has no place"
        assert one["help"] or one["cause"] or one["severity"] == "warning", f"{code} shows no way out"
