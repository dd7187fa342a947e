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
