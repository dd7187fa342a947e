"""`PARAM name` with any value of any type returns exactly that value and type, bound or written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.planner.test_literal import same
from tests.support.plans import AS_OF, Lab, open_lab
from tests.support.values import VALUES
from treadle.dialect import parse
from treadle.dialect.source import Source
from treadle.planner.bind import bind
from treadle.planner.plan import plan
from treadle.planner.specify import specify
from treadle.planner.values import Provided, Value
from treadle.runtime.engine.arrow_types import schema
from treadle.runtime.engine.arrow_types import value as plain
from treadle.runtime.run import run


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root: Path = tmp_path_factory.mktemp("parameters")
    with open_lab(root) as found:
        yield found


def returned(lab: Lab, value: Value) -> Value:
    """Return what a query over one parameter hands out for a value."""
    script = parse(Source("<query>", f"PARAM p {value.type.sql()}; SELECT PARAM p AS v"), adhoc=True)
    project = bind([script], lab.engine, lab.lake, provided={"p": Provided(value, "python")})
    assert not [one for one in project.diagnostics if one.severity == "error"], project.diagnostics
    spec = specify(project, outputs=["<query>"], engine=lab.engine, lake=lab.lake, as_of=AS_OF)
    bundle = plan(spec, lab.engine, lab.lake)
    assert bundle.stages[0].schema.fields[0].type == value.type
    table = run(bundle, session=lab.session, lake=lab.lake).results[0].reader().read_all()
    assert schema(table.schema).fields[0].type == value.type
    return plain(table["v"][0])


def holds_null_element(value: Value) -> bool:
    """Say whether a list parameter has a null element, which is refused on purpose."""
    return value.type.name == "LIST" and isinstance(value.value, tuple) and None in value.value


@settings(max_examples=150)
@given(VALUES.filter(lambda value: not holds_null_element(value)))
def test_a_parameter_returns_its_value(shared_lab: Lab, value: Value) -> None:
    assert same(returned(shared_lab, value).value, value.value)
