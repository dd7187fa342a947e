"""Situations of sources: loaded too long ago."""

from __future__ import annotations

from tests.support.place import Place, Said

LIMITED = "CREATE SOURCE t FROM DELTA 'lake/t' OPTIONS (warn_after => INTERVAL '1 day', error_after => INTERVAL '3 days');"


def _checked(place: Place, as_of: str) -> Said:
    place.table()
    place.sql(LIMITED)
    return place.treadle("check", "--freshness", "--as-of", as_of)


def t4050(place: Place) -> Said:
    place.table("lake/u", {"a": [1]})
    place.sql("CREATE SOURCE u FROM DELTA 'lake/u' OPTIONS (warn_after => INTERVAL '1 day');")
    return place.treadle("check", "--freshness", "--as-of", "9000-01-01")


def t4051(place: Place) -> Said:
    return _checked(place, "9000-01-01")


SEED = "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT code FROM airports;"
TYPES = '[seeds.airports]\ncolumns = { code = "VARCHAR NOT NULL", lat = "DOUBLE" }\n'


def _seeded(place: Place, text: str, toml: str = TYPES) -> Said:
    place.file("seeds/airports.csv", text)
    place.file("treadle.toml", toml)
    place.sql(SEED)
    return place.treadle("check")


def t4060(place: Place) -> Said:
    return _seeded(place, "code,lat\nJFK,40.6\nLGA,north\n")


def t4061(place: Place) -> Said:
    return _seeded(place, "code,lon\nJFK,-73.8\n")


def t4062(place: Place) -> Said:
    return _seeded(place, "code,lat\n,40.6\n")


def t7031(place: Place) -> Said:
    return _seeded(place, "code,lat\nJFK,40.6\n", TYPES.replace("airports", "airport"))


def t7032(place: Place) -> Said:
    place.file("seeds/old/airports.csv", "code,lat\n")
    return _seeded(place, "code,lat\nJFK,40.6\n")


def t7033(place: Place) -> Said:
    return _seeded(place, "code,lat\nJFK,40.6\n", "")
