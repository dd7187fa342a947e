"""What is written instead of functions that treadle has not: it names functions that there are, and no name is hinted at and taken."""

from __future__ import annotations

import re

import pytest

from treadle.planner.functions.aliases import RENAMED
from treadle.planner.functions.built_ins import described
from treadle.planner.functions.hints import FOREIGN, FOREIGN_TABLES
from treadle.planner.functions.packs import pack_functions, renamed
from treadle.planner.functions.tables import table_functions

TAKEN = {*RENAMED, *renamed(), *pack_functions(), *described(), *table_functions(), "date_diff", "datediff", "dateadd"}
WORDS = {"cast", "try_cast", "typeof", "list_transform", "list_filter", "expect", "order", "over", "unnest", "decimal", "timestamp"}
WORDS |= {"values", "f", "in", "t", "from", "since_last_run"}


@pytest.mark.parametrize("table", [FOREIGN, FOREIGN_TABLES], ids=["functions", "tables"])
def test_hints_name_functions_that_there_are(table: dict[str, str]) -> None:
    missing = {
        (name, word)
        for name, text in table.items()
        for word in re.findall(r"\b([a-z_][a-z0-9_]*)\(", re.sub(r"'[^']*'", "''", text))
        if word not in TAKEN | WORDS
    }
    assert not missing


def test_no_function_is_hinted_at_that_is_taken() -> None:
    assert not set(FOREIGN) & (TAKEN - {"decode", "sequence"})


def test_other_names_mean_functions_that_there_are() -> None:
    engine = set(described())
    assert {meant for meant in RENAMED.values()} <= engine | set(pack_functions())
    assert {meant for meant in renamed().values()} <= engine | set(pack_functions())
    assert not set(renamed()) & set(pack_functions())
