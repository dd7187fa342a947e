"""Situations that raise the codes of `treadle test`: tests that fail, that can't run, that aren't there."""

from __future__ import annotations

from tests.support.place import Place, Said

VIEW = "CREATE SOURCE f FROM CSV 'flights.csv'; CREATE VIEW v AS SELECT carrier, 1 / seats AS s FROM f;"


def tested(place: Place, test: str) -> Said:
    """Run one test of a view over a file."""
    place.file("flights.csv", "carrier,seats\nUA,3\n")
    place.sql(f"{VIEW}\nCREATE TEST t FOR v {test};")
    return place.treadle("test")


def t6080(place: Place) -> Said:
    return tested(place, "GIVEN f (carrier, seats) AS (VALUES ('UA', 1)) EXPECT (carrier, s) AS (VALUES ('UA', 2))")


def t6081(place: Place) -> Said:
    return tested(place, "GIVEN f (carrier, seats) AS (VALUES ('UA', 1)) EXPECT ERROR T6050")


def t6082(place: Place) -> Said:
    return tested(place, "GIVEN f (carrier, seats) AS (VALUES ('UA', 0)) EXPECT ERROR T6051")


def t6083(place: Place) -> Said:
    return tested(place, "GIVEN f (carrier, seats) AS (VALUES ('UA', 1), ('AA', 1.5)) EXPECT (s) AS (VALUES (1))")


def t7060(place: Place) -> Said:
    place.sql("CREATE VIEW v AS SELECT 1 AS a;")
    return place.treadle("test")
