"""Situations of locks: none there, damaged, of another project, and pins that nobody can read any more."""

from __future__ import annotations

import shutil

from tests.support.place import Place, Said


def _locked(place: Place) -> None:
    place.table()
    place.file("treadle.toml")
    place.sql("CREATE SOURCE t FROM DELTA 'lake/t'; CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a FROM t;")
    assert place.treadle("lock").status == 0


def t4017(place: Place) -> Said:
    _locked(place)
    shutil.rmtree(place.root / "lake/t")
    place.table()
    return place.treadle("run", "--locked")


def t7080(place: Place) -> Said:
    place.file("treadle.toml")
    place.sql("CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT CAST(1 AS BIGINT) AS a;")
    return place.treadle("run", "--locked")


def t7081(place: Place) -> Said:
    _locked(place)
    path = place.root / "treadle.lock"
    path.write_text(path.read_text().replace("version = 0", "version = 'first'"))
    return place.treadle("check")


def t7082(place: Place) -> Said:
    _locked(place)
    place.table("lake/u")
    place.sql("CREATE SOURCE t FROM DELTA 'lake/u'; CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a FROM t;")
    return place.treadle("run", "--locked")


def t3168(place: Place) -> Said:
    _locked(place)
    path = place.root / "treadle.lock"
    path.write_text(path.read_text().replace('deltalake = "', 'deltalake = "0.'))
    return place.treadle("run", "--locked")
