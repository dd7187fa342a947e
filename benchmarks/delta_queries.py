"""The queries of `benchmarks.delta`, each in the words of every arm."""

from __future__ import annotations

from dataclasses import dataclass

DAY = "2023-05-06"
NEXT = "2023-05-07"
MONTH = 202305
COLUMNS = ("id", "ts", "day", "month", "key", "grp", "amount", "discount", "quantity", "name", "category")
PARTITION = {"plain": "month", "deleted": "month", "month": "month", "day": "day"}
VALUE = {"month": str(MONTH), "day": f"DATE '{DAY}'"}

# What a moment is called: the engine's own SQL, DuckDB's, Polars'.
MOMENTS = {
    "datafusion": "TIMESTAMP '{0} 00:00:00'",
    "duckdb": "TIMESTAMPTZ '{0} 00:00:00+00'",
    "polars": "'{0} 00:00:00+00:00'::timestamptz",
}


@dataclass(frozen=True, slots=True)
class Query:
    """One query.

    Args:
        name: what it is called in tables.
        text: SQL over `t` and `dim`; `{p}` is the layout's partition column, `{v}` one value of it,
            `{id}` the id that is looked up, `{from}` and `{to}` two moments.
        selective: whether most files are of no use to it.
        metadata: whether pruning and metadata decide how long it takes.
        dimension: whether it reads the dimension too.
    """

    name: str
    text: str
    selective: bool = False
    metadata: bool = False
    dimension: bool = False

    def sql(self, layout: str, total: int, words: str = "datafusion") -> str:
        """Return its text for a layout and an arm."""
        moment = MOMENTS[words]
        column = PARTITION[layout]
        places = {"p": column, "v": VALUE[column], "id": str(total // 2 + 12_345), "from": moment.format(DAY), "to": moment.format(NEXT)}
        return self.text.format(**places)


QUERIES = (
    Query("point look-up", "SELECT * FROM t WHERE id = {id}", True, True),
    Query("one day", "SELECT count(*) AS n, sum(amount) AS amount FROM t WHERE ts >= {from} AND ts < {to}", True, True),
    Query("partition filter", "SELECT category, count(*) AS n, sum(quantity) AS q FROM t WHERE {p} = {v} GROUP BY category", True, True),
    Query("latest ten", "SELECT id, ts, key, name FROM t ORDER BY ts DESC LIMIT 10", False, True),
    Query("top ten", "SELECT id, amount, name FROM t ORDER BY amount DESC, id LIMIT 10"),
    Query("count", "SELECT count(*) AS n FROM t", False, True),
    Query("group by", "SELECT category, count(*) AS n, sum(amount) AS amount, avg(quantity) AS q FROM t GROUP BY category"),
    Query("group by partition", "SELECT {p}, count(*) AS n, sum(quantity) AS q FROM t GROUP BY {p}"),
    Query(
        "join",
        "SELECT region, count(*) AS n, sum(quantity) AS q FROM t JOIN dim ON t.key = dim.key WHERE region < 5 GROUP BY region",
        dimension=True,
    ),
    Query(
        "half the columns",
        "SELECT sum(id) AS a, sum(key) AS b, sum(amount) AS c, sum(quantity) AS d, sum(length(name)) AS e, sum(grp) AS f FROM t",
    ),
)
