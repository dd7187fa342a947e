-- A table of ten numbers. `treadle run` writes it, `treadle query "FROM numbers"` reads it.
CREATE MATERIALIZED VIEW numbers INTO 'lake/numbers' AS
  SELECT n.value AS number, n.value * n.value AS square FROM generate_series(1, 10) AS n;

CREATE TEST ten_numbers FOR numbers
  EXPECT (number, square) AS (
    VALUES (1, 1), (2, 4), (3, 9), (4, 16), (5, 25), (6, 36), (7, 49), (8, 64), (9, 81), (10, 100)
  );
