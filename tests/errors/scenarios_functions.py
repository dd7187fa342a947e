"""Situations of functions in Python: code that is missing, wrong, changed meanwhile, or raises while rows go through it."""

from __future__ import annotations

from tests.errors.scenarios_python import raising
from tests.support.place import Place, Said


def _query(place: Place, code: str, *arguments: str) -> Said:
    """Declare `f`, written in `code.py`, and call it over three rows."""
    place.file("treadle.toml")
    place.file("code.py", code)
    place.sql("CREATE FUNCTION f(x BIGINT) RETURNS BIGINT LANGUAGE PYTHON AS 'code:f';")
    return place.treadle("query", *arguments, "SELECT f(value) AS y FROM generate_series(1, 3)")


def _run(place: Place, code: str) -> Said:
    """Declare `f`, written in `code.py`, and write a table with what it gives for three rows."""
    place.file("code.py", code)
    place.sql(
        "CREATE FUNCTION f(x BIGINT) RETURNS BIGINT LANGUAGE PYTHON AS 'code:f';"
        "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT f(value) AS y FROM generate_series(1, 3);"
    )
    return place.treadle("run")


def t2122(place: Place) -> Said:
    return _query(place, "def f(x:\n")


def t3040(place: Place) -> Said:
    return _query(place, "def f(x):\n    return x\n", "--safe")


def t3041(place: Place) -> Said:
    place.file("code.py", "def f(x):\n    return x\n")
    place.sql(
        "CREATE FUNCTION f(x BIGINT) RETURNS BIGINT LANGUAGE PYTHON AS 'code:f';"
        "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT f(value) AS y FROM generate_series(1, 3);"
    )
    spec = place.spec()
    place.file("code.py", "def f(x):\n    return x.cast('int64')\n")
    return place.run_spec(spec)


def t6120(place: Place) -> Said:
    return _run(place, "def f(x):\n    raise ValueError(x.type)\n")


def t6121(place: Place) -> Said:
    return _run(place, "def f(x):\n    return x.slice(1)\n")


def t6122(place: Place) -> Said:
    return _run(place, "def f(x):\n    return x.cast('string')\n")


def t6123(place: Place) -> Said:
    return _run(place, "import no_such_package\ndef f(x):\n    return x\n")


def t6125(place: Place) -> Said:
    return _run(place, "import treadle\ndef f(x):\n    return treadle.connect().query('SELECT 1 AS a').to_arrow().column(0)\n")


def t7070(place: Place) -> Said:
    import treadle

    return raising(lambda: treadle.connect().register_function(lambda x: x, name="f"))
