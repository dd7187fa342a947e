"""Situations that raise the codes of specification files: read, changed as a person would by hand, and run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

from tests.support.place import Place, Said

READS = "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a FROM read_delta('lake/t');"


def _changed(place: Place, change: Callable[[dict[str, Any]], object], text: str = READS) -> Said:
    if not (place.root / "lake").exists():
        place.table()
    place.sql(text)
    spec = place.spec()
    change(spec)
    return place.run_spec(spec)


def t3006(place: Place) -> Said:
    return _changed(place, lambda spec: spec["outputs"][0].update(view="w"))


def t3009(place: Place) -> Said:
    place.table("out/v", {"a": [1]})
    place.sql("CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a + 1 AS a FROM read_delta('out/v');")
    return place.treadle("check")


def t3012(place: Place) -> Said:
    return _changed(place, lambda spec: spec["views"][0].update(sql='SELECT "w"."a" AS "a" FROM "w" AS "w"'))


def t3013(place: Place) -> Said:
    return _changed(place, lambda spec: (spec["pins"].clear(), spec["sources"][0]["columns"].append(["b", "BIGINT", True])))


def t3014(place: Place) -> Said:
    def recreate(spec: dict[str, Any]) -> None:
        shutil.rmtree(place.root / "lake")
        place.table()

    return _changed(place, recreate)


def t3015(place: Place) -> Said:
    def divide(spec: dict[str, Any]) -> None:
        spec["pins"].clear()
        spec["sources"][0]["arguments"]["version"] = "1 / 0"

    return _changed(place, divide)


def t3020(place: Place) -> Said:
    """The binder would have refused the call; a view that was changed by hand has not been there."""
    return _changed(place, lambda spec: spec["views"][0].update(sql='SELECT upper("t"."a", 1, 2) AS "a" FROM "v#1" AS "t"'))


def t3021(place: Place) -> Said:
    text = (
        "CREATE MATERIALIZED VIEW v INTO 'out/v' AS"
        " WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a + 1 AS a FROM t WHERE a < 3) SELECT a FROM t;"
    )
    return _changed(place, lambda spec: spec["views"][0].update(sql=spec["views"][0]["sql"].replace("+ 1", "+ 0.5")), text)


def t3102(place: Place) -> Said:
    text = (
        "CREATE MATERIALIZED VIEW v INTO 'out/v' AS"
        " SELECT a FROM read_delta('lake/t') EXCEPT ALL SELECT a FROM read_delta('lake/t', version => 0);"
    )
    place.file("treadle.toml", "[rules]\nexclude = ['except_all']\n")
    return _changed(place, lambda spec: None, text)


def t7018(place: Place) -> Said:
    return _changed(place, lambda spec: spec.update(ouputs=[]))


def t7026(place: Place) -> Said:
    def remember(spec: dict[str, Any]) -> None:
        spec["pins"].clear()
        spec["sources"][0].update(kind="memory", arguments={"path": "'frame'"})

    return _changed(place, remember)


def t3024(place: Place) -> Said:
    text = "PARAM n BIGINT DEFAULT 1 CHECK (n > 0); CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT PARAM n AS n;"
    return _changed(place, lambda spec: spec["typed_parameters"][0]["value"].update(value="-1"), text)


def t3045(place: Place) -> Said:
    place.file("treadle.toml", "[rules]\nadd = ['checked_arithmetic']\n")
    place.sql("CREATE VIEW v AS SELECT list_transform([1, 2], x -> x + 1) AS l;")
    return place.treadle("query", "SELECT * FROM v")
