-- Tables with constraints, and tests of them.
CREATE MATERIALIZED VIEW daily
  INTO 'lake/daily'
  PRIMARY KEY (day, kind) CHECKED
  CONSTRAINT positive EXPECT (total > 0) ON VIOLATION DROP
  CONSTRAINT known EXPECT REFERENCES kinds(kind) ON VIOLATION WARN
  CONSTRAINT enough EXPECT (count(*) > 0) AS
  SELECT day, kind, sum(twice(amount)) AS total
  FROM prices
  WHERE amount >= PARAM low
  GROUP BY day, kind;

CREATE VIEW kinds AS SELECT DISTINCT kind FROM prices;

CREATE TEST sums_are_doubled FOR daily
  WITH (low => 2)
  GIVEN prices (day, kind, amount) AS (
    VALUES (DATE '2026-01-01', 'a', 3.0), (DATE '2026-01-01', 'a', 1.0)
  )
  EXPECT (day, kind, total) AS (VALUES (DATE '2026-01-01', 'a', 6.0));
