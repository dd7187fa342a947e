"""Trees and texts: what is read is written back equal, every node has its place, and no argument is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlglot import exp

from treadle.dialect import parse_expression, parse_query, span_of, to_engine_sql, to_sql
from treadle.dialect.diagnostics import Bug, TreadleError
from treadle.dialect.nodes import Clock, Param, clone
from treadle.dialect.source import Source

CASES = Path(__file__).parents[1] / "cases"
QUERIES = (CASES / "parse" / "queries.sql").read_text("utf-8").splitlines()
ENGINE_QUERIES = (CASES / "engine" / "same.sql").read_text("utf-8").splitlines()


@pytest.mark.parametrize("text", [*QUERIES, *ENGINE_QUERIES])
def test_what_is_written_is_read_back_equal(text: str) -> None:
    tree = parse_query(text)
    written = to_sql(tree)
    assert "\n" not in written
    assert parse_query(written) == tree
    assert to_sql(parse_query(written)) == written


@pytest.mark.parametrize("text", QUERIES)
def test_every_node_has_its_place_inside_of_its_parents(text: str) -> None:
    source = Source("a", text)
    for node in parse_query(text).walk():
        span = node.meta.get("span")
        assert 0 <= span_of(node, source).start < span_of(node, source).end <= len(text)
        around = node.parent.meta.get("span") if node.parent is not None else None
        if span and around:
            assert around[0] <= span[0] and span[1] <= around[1], (text, type(node), text[span[0] : span[1]])


@pytest.mark.parametrize("text", QUERIES)
def test_names_calls_and_literals_stand_where_their_places_say(text: str) -> None:
    for node in parse_query(text).walk():
        span = node.meta.get("span")
        if span and isinstance(node, exp.Identifier):
            assert node.name.replace('"', '""') in text[span[0] : span[1]]
        if span and isinstance(node, exp.Anonymous) and text[span[0]] not in "eEtTpP":
            assert text[span[0] : span[1]].lower().startswith(node.name.lower())


def test_places_of_operators_and_clauses() -> None:
    text = (
        "SELECT  a + b  * (c - 1) AS x, NOT (a = CASE WHEN b THEN cast(c AS int) END) FROM (SELECT 1) AS s WHERE f(a) OVER (ORDER BY b) > 1"
    )
    tree = parse_query(text)
    shown = {type(node).__name__: text[slice(*node.meta["span"])] for node in tree.walk() if node.meta.get("span")}
    assert shown["Add"] == "a + b  * (c - 1)"
    assert shown["Sub"] == "(c - 1)"
    assert shown["Not"] == "NOT (a = CASE WHEN b THEN cast(c AS int) END)"
    assert shown["Case"] == "CASE WHEN b THEN cast(c AS int) END"
    assert shown["Cast"] == "cast(c AS int)"
    assert shown["DataType"] == "int"
    assert shown["Subquery"] == "(SELECT 1) AS s"
    assert shown["Window"] == "f(a) OVER (ORDER BY b)"
    assert shown["Where"] == "WHERE f(a) OVER (ORDER BY b) > 1"


def test_aliases_without_as_are_marked() -> None:
    items = parse_query("SELECT a b, c AS d, e FROM t").expressions
    assert [bool(i.meta.get("implicit")) for i in items] == [True, False, False]


def test_lambdas_that_may_be_extractions_carry_both_readings() -> None:
    call = parse_expression("f(a -> 'k' = 'v', (x) -> x)")
    assert call.expressions[0].meta["otherwise"] == parse_expression("(a -> 'k') = 'v'")
    assert "otherwise" not in call.expressions[1].meta


def test_parameters_and_the_clock_are_nodes() -> None:
    tree = parse_expression("PARAM since + $since + PARAM \"Odd\" + run_clock('date')")
    assert [p.this.name for p in tree.find_all(Param)].count("since") == 2
    written = to_engine_sql(tree, {"since": "$p1", "Odd": "$p2"}, "$as_of")
    assert written == "$p1 + $p1 + $p2 + CAST($as_of AS DATE)"
    assert len(list(tree.find_all(Clock))) == 1
    with pytest.raises(Bug):
        to_engine_sql(tree, {}, "$as_of")


def test_long_chains_are_read_copied_and_written_without_recursion() -> None:
    text = "SELECT a FROM t WHERE " + " AND ".join(f"a <> {i}" for i in range(2000))
    tree = parse_query(text)
    assert clone(tree) == tree
    assert to_sql(tree) == text
    union = parse_query(" UNION ALL ".join(f"SELECT {i} AS a" for i in range(500)))
    assert parse_query(to_sql(union)) == union


# Arguments that say nothing: sqlglot's marks for other systems, and what follows from other arguments.
REDUNDANT = {
    *(("Div", "typed"), ("Div", "safe"), ("DPipe", "safe"), ("Window", "over"), ("Pivot", "columns"), ("Pivot", "pivot_column_naming")),
    ("Identifier", "quoted"),  # names are always quoted for the engine, and where they must be for people
    *(("Array", "bracket_notation"), ("DataType", "nested"), ("Ordered", "desc"), ("Join", "pivots"), ("Subquery", "pivots")),
}


READ_AS_A_WHOLE = (exp.DataTypeParam, exp.Dot, exp.Interval, exp.Kwarg, exp.Pivot, exp.PropertyEQ, exp.DataType, exp.ColumnDef, Param)


def _tried(node: exp.Expr, key: str) -> bool:
    """Say whether an argument stands for itself: not redundant, and not part of a type or name that is read as a whole."""
    whole = isinstance(node, (exp.DataTypeParam, exp.DataType, exp.ColumnDef)) or (
        isinstance(node, (exp.Identifier, exp.Literal, exp.Var)) and isinstance(node.parent, READ_AS_A_WHOLE)
    )
    return (type(node).__name__, key) not in REDUNDANT and not (whole and key != "this")


def _arguments(tree: exp.Expr) -> Iterator[tuple[exp.Expr, str]]:
    for node in list(tree.walk()):
        for key, value in list(node.args.items()):
            if value not in (None, False, [], "") and _tried(node, key):
                yield node, key


def _written(tree: exp.Expr, engine: bool) -> str:
    names = {str(p.this.name): f"$p{i}" for i, p in enumerate(tree.find_all(Param)) if isinstance(p.this, exp.Identifier)}
    try:
        return to_engine_sql(tree, names, "now()") if engine else to_sql(tree)
    except (TreadleError, Bug, AttributeError, TypeError, KeyError, AssertionError) as refused:
        return f"{type(refused).__name__}: {refused}"  # a tree broken on purpose may fail, but not pass for the whole one


@pytest.mark.parametrize("engine", [False, True], ids=["own", "engine"])
def test_no_argument_is_lost(engine: bool) -> None:
    seen: set[tuple[str, str]] = set()
    for text in (*QUERIES, *ENGINE_QUERIES):
        tree = parse_query(text)
        whole = _written(tree, engine)
        for node, key in _arguments(tree):
            pair = (type(node).__name__, key)
            if pair in seen or whole.startswith("TreadleError"):
                continue
            kept, node.args[key] = node.args[key], None
            assert _written(tree, engine) != whole, f"{pair} is not written: {text}"
            node.args[key] = kept
            seen.add(pair)
    assert len(seen) > 90


@pytest.mark.parametrize("engine", [False, True], ids=["own", "engine"])
def test_an_argument_that_appears_is_written_or_refused(engine: bool) -> None:
    tried = 0
    for text in QUERIES:
        tree = parse_query(text)
        if _written(tree, engine).startswith("TreadleError"):
            continue
        for node in list(tree.walk()):
            for key in set(type(node).arg_types) - {k for k, v in node.args.items() if v}:
                if not _tried(node, key):
                    continue
                before = node.args.get(key)
                node.args[key] = [exp.var("MARK")] if key in ("expressions", "pivots", "joins") else exp.var("MARK")
                found = _written(tree, engine)
                assert "MARK" in found or "Error" in found or found != _without(tree, node, key, before, engine), (text, type(node), key)
                node.args[key] = before
                tried += 1
    assert tried > 500


def _without(tree: exp.Expr, node: exp.Expr, key: str, before: object, engine: bool) -> str:
    marked, node.args[key] = node.args[key], before
    try:
        return _written(tree, engine)
    finally:
        node.args[key] = marked


def test_what_the_engine_lacks_is_refused_at_its_place() -> None:
    refused = {
        "SELECT a // b FROM t": "a // b",
        "SELECT a -> 'k' FROM t": "a -> 'k'",
        "SELECT a FROM t VERSION AS OF 3": "VERSION AS OF 3",
        "SELECT * FROM t ASOF JOIN u ON t.a = u.a": "ASOF JOIN u ON t.a = u.a",
        "SELECT * FROM 'a.parquet' AS f": "'a.parquet' AS f",
        "SELECT * RENAME (a AS b) FROM t": "* RENAME (a AS b)",
        "SELECT * FROM t PIVOT (sum(a) FOR b IN (1))": "PIVOT (sum(a) FOR b IN (1))",
        "SELECT 1 AS a EXCEPT ALL SELECT 2": "SELECT 1 AS a EXCEPT ALL SELECT 2",
        "SELECT f(a => 1) FROM t": "a => 1",
        "SELECT a FROM t ORDER BY ALL": "ALL",
        "WITH a AS MATERIALIZED (SELECT 1 AS x) SELECT x FROM a": "a AS MATERIALIZED (SELECT 1 AS x)",
    }
    for text, place in refused.items():
        with pytest.raises(TreadleError) as caught:
            assert not to_engine_sql(parse_query(text), {}, "now()", Source("a", text)), "this was written"
        (found,) = caught.value.diagnostics
        assert found.code in ("T3100", "T3101", "T3102") and found.span is not None
        assert found.span.text == place, text
    with pytest.raises(Bug, match="no alias"):
        to_engine_sql(parse_query("SELECT * FROM (SELECT 1 AS a)"), {}, "now()")
