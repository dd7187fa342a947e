"""What is asked of JSON text, lists and maps is what Python finds there, and the same with the planner `nested` and without it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.planner_pair import planner_pair
from treadle.dialect.types import quote
from treadle.planner.literal import quote_text
from treadle.runtime.api import Project

KEYS = ["a", "b", "0", 'é \\ "', ""]
CHEAP = settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
STEPS = st.sampled_from([*KEYS, 0, 1, -1])
MISSING = object()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Project]]:
    lists = [[1, 2], [2, None], [], None, [None], [3, 3, 7]]
    texts = [["a", "b"], ["b"], [], None, ["z", None], ["a"]]
    given = pa.table({"n": range(6), "l": lists, "s": texts, "k": ["a", "b", None, "z", "", "a"], "i": [1, 2, None, 7, -1, 0]})
    with planner_pair(tmp_path_factory.mktemp("nested"), ("nested",), {"t": given}) as made:
        yield made


def walked(value: Any, path: list[str | int]) -> Any:
    """Return what stands at a path, or `MISSING`."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step, MISSING)
        elif isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return MISSING
    return value


def _written(step: str | int) -> str:
    return quote_text(step) if isinstance(step, str) else str(step)


@CHEAP
@given(st.lists(VALUES, min_size=1, max_size=8), st.lists(st.lists(STEPS, min_size=1, max_size=3), min_size=1, max_size=4), st.booleans())
def test_paths_into_json(pair: tuple[Project, Project], values: list[Any], paths: list[list[str | int]], spaced: bool) -> None:
    texts = [json.dumps(one, ensure_ascii=spaced, indent=1 if spaced else None) for one in values]
    table = pa.table({"n": range(len(texts) + 1), "j": pa.array([*texts, None], pa.string())})
    arrows = [
        (path, kind, "".join(f" -> {_written(step)}" for step in path[:-1]) + f" {kind} {_written(path[-1])}")
        for path in paths
        for kind in ("->", "->>")
    ]
    items = ", ".join(f"j{text} AS {quote(f'c{at}')}" for at, (_, _, text) in enumerate(arrows))
    found = []
    for project in pair:
        project.register("docs", table)
        found.append(project.query(f"SELECT {items} FROM docs ORDER BY n").to_arrow())
    assert found[0].equals(found[1])
    for at, (path, kind, _) in enumerate(arrows):
        for value, got in zip(values, found[0].column(at).to_pylist(), strict=False):
            wanted = walked(value, path)
            if wanted is MISSING or kind == "->>" and wanted is None:
                assert got is None
            elif kind == "->>" and isinstance(wanted, str):
                assert got == wanted
            else:
                assert json.loads(got) == wanted and type(json.loads(got)) is type(wanted)
        assert found[0].column(at)[len(values)].as_py() is None


def holds(whole: Any, part: Any, top: bool = True) -> bool:
    """Say what `jsonb @>` says, from its description."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and holds(whole[key], value, False) for key, value in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        return all(any(holds(one, wanted, False) for one in whole) for wanted in part)
    if isinstance(whole, list) and top and not isinstance(part, dict):
        return any(one == part and type(one) is type(part) for one in whole)
    return type(whole) is type(part) and not isinstance(whole, list | dict) and whole == part


@CHEAP
@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=20))
def test_containment(pair: tuple[Project, Project], values: list[tuple[Any, Any]]) -> None:
    both = [*values, *((a, a) for a, _ in values), *(([a], a) for a, _ in values)]
    pair[0].register("two", pa.table({"n": range(len(both)), "a": [json.dumps(a) for a, _ in both], "b": [json.dumps(b) for _, b in both]}))
    found = pair[0].query("SELECT a @> b AS c FROM two ORDER BY n").to_arrow()["c"].to_pylist()
    assert found == [holds(a, b) for a, b in both]


FORMS = [
    *(
        "array_has_any(l, [{i}])",
        "array_has_all(l, [{i}])",
        "l @> [{i}]",
        "[{i}] <@ l",
        "array_has_any([{i}], l)",
        "array_has_all(s, ['{k}'])",
    ),
    *(
        "array_has_all([1, {i}], [i])",
        "array_has_any([{i}, 7], [i])",
        "['a', '{k}'] @> [k]",
        "array_has_all([1.5], [i])",
        "array_has_any(l, [NULL])",
    ),
    *(
        "MAP {{'a': {i}, '{k}x': 2, 'b': NULL}}[k]",
        "MAP {{1: 'x', 7: '{k}'}}[i]",
        "MAP {{'{k}': 1}} -> k",
        "MAP {{'a': 1, 'q{k}': 2.5}}[k]",
    ),
]


@CHEAP
@given(
    st.lists(
        st.tuples(st.sampled_from(FORMS), st.sampled_from([0, 1, 2, 7]), st.sampled_from(["a", "b", "", "zz"]), st.booleans()),
        min_size=8,
        max_size=8,
    )
)
def test_lists_and_maps(pair: tuple[Project, Project], given: list[tuple[str, int, str, bool]]) -> None:
    texts = [form.format(i=i, k=k) for form, i, k, _ in given]
    items = ", ".join(f"({text}) IS NULL AS n{at}, {text} AS c{at}" for at, text in enumerate(texts))
    on, off = (project.query(f"SELECT {items} FROM t ORDER BY n").to_arrow() for project in pair)
    assert on.equals(off), texts
