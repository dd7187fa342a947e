"""Owns the project that `treadle init` writes: two small CSV files, views, a parameter, a table, tests."""

from __future__ import annotations

from pathlib import Path

from ..dialect.diagnostics import error

_CONFIG = """\
[project]
name = "{name}"
paths = ["views", "tests"]

# Values for parameters; `treadle run -p minimum=100` wins over this.
[parameters]

# `treadle run --env prod` takes what stands here instead.
[env.prod.parameters]
minimum = 0
"""

_SOURCES = """\
-- What this project reads. Paths are relative to the project's root.
CREATE SOURCE orders FROM CSV 'data/orders.csv';

CREATE SOURCE customers FROM CSV 'data/customers.csv';
"""

_VIEWS = """\
-- What this project computes. Views that are not materialised are computed where they are used.
PARAM minimum DOUBLE DEFAULT 20 COMMENT 'smallest order that counts';

CREATE FUNCTION net(amount DOUBLE, discount DOUBLE DEFAULT 0) RETURNS DOUBLE
  RETURN amount * (1 - discount);

CREATE VIEW large_orders COMMENT 'orders that count, with their discount taken off' AS
  SELECT order_id, customer_id, ordered_on, net(amount, discount => discount) AS paid
  FROM orders
  WHERE amount >= PARAM minimum;

CREATE MATERIALIZED VIEW revenue_by_country
  INTO 'lake/revenue_by_country'
  COMMENT 'what each country paid' AS
  SELECT c.country, count(*) AS orders, sum(o.paid) AS revenue
  FROM large_orders AS o
  JOIN customers AS c ON c.customer_id = o.customer_id
  GROUP BY c.country;
"""

_TESTS = """\
-- What the views should make of a few rows. `treadle test` runs these; they read no data but their own.
CREATE TEST small_orders_do_not_count FOR revenue_by_country
  WITH (minimum => 50)
  GIVEN orders (customer_id, amount, discount) AS (
    VALUES (1, 100.0, 0.1), (1, 49.9, 0.0), (2, 50.0, 0.0)
  )
  GIVEN customers (customer_id, country) AS (VALUES (1, 'GB'), (2, 'FR'))
  EXPECT (country, orders, revenue) AS (VALUES ('GB', 1, 90.0), ('FR', 1, 50.0));

CREATE TEST no_orders_no_revenue FOR revenue_by_country
  GIVEN customers (customer_id, country) AS (VALUES (1, 'GB'))
  EXPECT (country) AS (SELECT 'GB' LIMIT 0);
"""

_ORDERS = """\
order_id,customer_id,ordered_on,amount,discount
1,1,2026-01-03,120.0,0.1
2,2,2026-01-03,15.5,0.0
3,1,2026-01-04,48.0,0.0
4,3,2026-01-06,230.0,0.2
5,4,2026-01-06,19.9,0.0
6,2,2026-01-09,75.0,0.05
7,3,2026-01-11,64.0,0.0
"""

_CUSTOMERS = """\
customer_id,name,country
1,Ada,GB
2,Blaise,FR
3,Emmy,DE
4,Srinivasa,IN
"""

_IGNORE = ".treadle/\nlake/\n"


def write_project(root: Path) -> tuple[str, ...]:
    """Write a small project that runs and return the names of its files; raises T7014 and T7019."""
    try:
        if root.exists() and (not root.is_dir() or any(one.name != ".git" for one in root.iterdir())):
            message = f"`{root}` holds something already" if root.is_dir() else f"`{root}` is a file"
            raise error("T7014", message, help="name a new folder: `treadle init DIR`")
        files = _files(root.resolve().name)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
    except OSError as problem:
        raise error("T7019", f"`{root}` can't be written", cause=problem.strerror or str(problem)) from problem
    return tuple(files)


def _files(name: str) -> dict[str, str]:
    return {
        "treadle.toml": _CONFIG.replace("{name}", name.replace("\\", "\\\\").replace('"', '\\"')),
        "views/sources.sql": _SOURCES,
        "views/revenue.sql": _VIEWS,
        "tests/revenue.sql": _TESTS,
        "data/orders.csv": _ORDERS,
        "data/customers.csv": _CUSTOMERS,
        ".gitignore": _IGNORE,
    }
