"""Situations that environments lead to: lakes that collide, tables that would lie elsewhere, production read from beside it."""

from __future__ import annotations

from tests.support.place import Place, Said

VIEWS = """
CREATE MATERIALIZED VIEW v INTO 'lake/v' AS SELECT a FROM read_delta('lake/t');
CREATE MATERIALIZED VIEW w INTO 'lake/w' AS SELECT a FROM v;
"""


def t7030(place: Place) -> Said:
    place.sql(VIEWS)
    place.file("treadle.toml", "[env.dev]\nlake = 'beside'\n[env.ci]\nlake = './beside/ci'\n")
    place.table()
    return place.treadle("check")


def t3030(place: Place) -> Said:
    place.sql(VIEWS)
    place.file("treadle.toml", "[env.dev]\nlake = 'beside'\n[env.dev.locations]\nv = 'lake/v'\n")
    place.table()
    return place.treadle("run", "v", "--env", "dev")


def t3031(place: Place) -> Said:
    place.sql(VIEWS)
    place.file("treadle.toml", "[env.dev]\nlake = 'lake'\n")
    place.table()
    return place.treadle("run", "v", "--env", "dev")


def t3166(place: Place) -> Said:
    place.sql(VIEWS)
    place.file("treadle.toml", "[env.dev]\nlake = 'beside'\n")
    place.table()
    assert place.treadle("run").status == 0
    return place.treadle("run", "w", "--env", "dev")
