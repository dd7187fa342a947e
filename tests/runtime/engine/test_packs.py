"""Treadle's own functions: every example gives what its entry says, by name and by position, and every null rule holds."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from sqlglot import exp

import treadle
from tests.runtime.engine.test_functions_file import ROWS, treadle_dialect
from treadle.dialect import parse_expression, to_sql
from treadle.planner.bind.families import FAMILIES
from treadle.planner.functions.packs import PACKS, pack_functions
from treadle.planner.functions.packs.base import NULL_GIVES_NULL, Function
from treadle.runtime.api import Connection

ENTRIES = {f"{one.name}/{n}": one for forms in pack_functions().values() for n, one in enumerate(forms)}
SCALARS = {name: one for name, one in ENTRIES.items() if one.kind == "scalar"}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """Treadle with the table that examples of aggregates and windows read."""
    with treadle.connect(tmp_path_factory.mktemp("packs")) as made:
        made.register("t", ROWS)
        yield made


def _given(connection: Connection, entry: Function, call: str) -> pa.Table:
    if entry.kind == "window":
        return connection.query(f"SELECT {call} OVER (ORDER BY n) AS r FROM t ORDER BY n").to_arrow()
    return connection.query(f"SELECT {call} AS r" + (" FROM t" if entry.kind == "aggregate" else "")).to_arrow()


def _wanted(connection: Connection, entry: Function) -> list[object]:
    if entry.kind == "window":
        return connection.query(f"SELECT unnest({entry.gives}) AS r").to_arrow()["r"].to_pylist()  # type: ignore[no-any-return]
    return connection.query(f"SELECT {entry.gives} AS r").to_arrow()["r"].to_pylist()  # type: ignore[no-any-return]


def _call(entry: Function) -> exp.Anonymous:
    call = parse_expression(entry.example)
    assert isinstance(call, exp.Anonymous) and str(call.this) == entry.name, entry.example
    return call


@pytest.mark.parametrize("name", [name for name, one in ENTRIES.items() if one.not_run is None])
def test_an_example_gives_its_value_by_name_and_by_position(name: str, connection: Connection) -> None:
    entry = ENTRIES[name]
    call = _call(entry)
    variadic = any(p.variadic for p in entry.parameters)
    named = [one for one in call.expressions if isinstance(one, exp.Kwarg)]
    assert variadic or len(named) == len(call.expressions), "examples name every argument"
    assert {str(one.this.name) for one in named} <= {p.name for p in entry.parameters}
    wanted = _wanted(connection, entry)
    assert _given(connection, entry, entry.example)["r"].to_pylist() == wanted
    in_order = [str(one.this.name) for one in named] == [p.name for p in entry.parameters][: len(named)]
    if in_order and not variadic:
        plain = ", ".join(entry.example[slice(*one.expression.meta["span"])] for one in named)
        assert _given(connection, entry, f"{entry.name}({plain})")["r"].to_pylist() == wanted


@pytest.mark.parametrize("name", [name for name, one in SCALARS.items() if one.nulls == NULL_GIVES_NULL and one.parameters])
def test_null_in_any_argument_gives_null(name: str, connection: Connection) -> None:
    entry = ENTRIES[name]
    for at, one in enumerate(_call(entry).expressions):
        changed = _call(entry)
        value = one.expression if isinstance(one, exp.Kwarg) else one
        text = value.sql(dialect=treadle_dialect())
        empty = parse_expression(f"nullif({text}, {text})")
        if isinstance(one, exp.Kwarg):
            changed.expressions[at].set("expression", empty)
        else:
            changed.set("expressions", [*changed.expressions[:at], empty, *changed.expressions[at + 1 :]])
        found = _given(connection, entry, changed.sql(dialect=treadle_dialect()))
        assert found["r"].to_pylist() == [None], to_sql(changed)


@pytest.mark.parametrize("name", [name for name, one in ENTRIES.items() if one.not_run is None])
def test_an_example_has_the_type_that_its_entry_says(name: str, connection: Connection) -> None:
    entry = ENTRIES[name]
    over = " OVER (ORDER BY n)" if entry.kind == "window" else ""
    found = connection.query(f"SELECT typeof({entry.example}{over}) AS r" + (" FROM t" if entry.kind != "scalar" else ""))
    kind = found.to_arrow()["r"][0].as_py()
    if entry.returns.startswith("like "):
        return
    if entry.returns in FAMILIES:
        from treadle.dialect import parse_type

        assert FAMILIES[entry.returns](parse_type(kind)), kind
    else:
        assert kind == entry.returns


def test_every_entry_is_told() -> None:
    for pack in PACKS:
        assert pack.doc.endswith(".") and pack.functions
        for one in pack.functions:
            assert one.name == one.name.lower() and one.doc.endswith(".") and one.example and one.gives and one.nulls
            names = [p.name for p in one.parameters]
            assert len(set(names)) == len(names) and not any(p.variadic for p in one.parameters[:-1])
            assert one.parameters == () or isinstance(one.rewrite, str) or callable(one.rewrite)


def test_names_in_a_rewrite_mean_its_parameters() -> None:
    for entry in ENTRIES.values():
        if isinstance(entry.rewrite, str):
            body = parse_expression(entry.rewrite)
            known = {p.name for p in entry.parameters}
            known |= {str(name.this) for one in body.find_all(exp.Lambda) for name in one.expressions}
            parts = [
                [c.args[k] for k in ("catalog", "db", "table", "this") if c.args.get(k) is not None] for c in body.find_all(exp.Column)
            ]
            assert {str(one[0].this) for one in parts} <= known, entry.shown
