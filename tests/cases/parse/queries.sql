SELECT 1 AS a
SELECT a, b.c, "Quoted Name", x.y.z FROM t AS b, u x
SELECT * FROM t WHERE a = 1 AND NOT b OR c IS NOT NULL
SELECT t.* FROM t
SELECT * EXCLUDE (a, b) FROM t
SELECT * EXCEPT (a) REPLACE (a + 1 AS c) FROM t
SELECT * RENAME (a AS b) FROM t
FROM t
FROM t SELECT a WHERE b > 1
SELECT DISTINCT a FROM t
SELECT DISTINCT ON (a, b) a, c FROM t ORDER BY a
SELECT ALL a FROM t
SELECT a b, c AS d FROM t
SELECT a, FROM t
SELECT count(*), Count(DISTINCT a), sum(b) FILTER (WHERE c > 1) FROM t GROUP BY ALL
SELECT a, b, count(*) AS n FROM t GROUP BY GROUPING SETS ((a, b), a, ())
SELECT a, count(*) AS n FROM t GROUP BY ROLLUP (a, b), CUBE (c)
SELECT a FROM t GROUP BY a HAVING count(*) > 1
SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY b ORDER BY c DESC) = 1
SELECT sum(a) OVER w, rank() OVER (w ORDER BY a) FROM t WINDOW w AS (PARTITION BY b)
SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM t
SELECT sum(a) OVER (ORDER BY b RANGE BETWEEN INTERVAL '1 day' PRECEDING AND UNBOUNDED FOLLOWING) FROM t
SELECT sum(a) OVER (ORDER BY b groups 1 preceding) FROM t
SELECT first_value(a) IGNORE NULLS OVER (ORDER BY b), last_value(a RESPECT NULLS) OVER () FROM t
SELECT array_agg(a ORDER BY b DESC NULLS LAST, c), string_agg(DISTINCT a, ',' ORDER BY a) FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a DESC) FROM t
SELECT a FROM t ORDER BY a, b DESC, c NULLS FIRST LIMIT 10 OFFSET 5
SELECT a FROM t ORDER BY ALL
SELECT a FROM t FETCH FIRST 3 ROWS ONLY
SELECT a FROM t OFFSET 3
SELECT * FROM t JOIN u ON t.a = u.a LEFT JOIN v USING (b, c) CROSS JOIN w NATURAL JOIN x
SELECT * FROM t LEFT SEMI JOIN u ON t.a = u.a
SELECT * FROM t ANTI JOIN u ON t.a = u.a
SELECT * FROM t FULL OUTER JOIN u ON t.a = u.a RIGHT JOIN v ON v.b = u.b
SELECT * FROM t ASOF JOIN u ON t.a = u.a AND t.ts >= u.ts
SELECT * FROM t ASOF LEFT JOIN u AS v MATCH_CONDITION (t.ts >= v.ts AND v.ts >= t.ts - 5) ON t.a = v.a
SELECT * FROM t ASOF JOIN u MATCH_CONDITION (t.ts < u.ts ORDER BY u.a DESC, u.b TOLERANCE INTERVAL '5 minutes') USING (a, b)
SELECT tolerance, match_condition AS tolerance FROM t AS tolerance
SELECT * FROM (t JOIN u ON t.a = u.a) LEFT JOIN v ON v.a = t.a
SELECT * FROM t, u WHERE t.a = u.a
SELECT * FROM (SELECT a FROM t) AS s
SELECT * FROM (SELECT a FROM t) s(x), LATERAL (SELECT 1) AS l
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(x, y)
VALUES (1, 2), (3, 4)
WITH a AS (SELECT 1 AS x), b(y) AS (SELECT x FROM a) SELECT * FROM b
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 10) SELECT n FROM r
WITH a AS (VALUES (1)) SELECT * FROM a
SELECT 1 UNION SELECT 2 UNION ALL SELECT 3
SELECT 1 UNION ALL BY NAME SELECT 2
SELECT 1 EXCEPT SELECT 2 INTERSECT SELECT 3
(SELECT 1 INTERSECT SELECT 2) UNION (SELECT 3 EXCEPT SELECT 4)
SELECT 1 EXCEPT (SELECT 2 EXCEPT SELECT 3)
(SELECT a FROM t ORDER BY a LIMIT 1) UNION ALL (SELECT 2 LIMIT 1) ORDER BY 1
SELECT 1 UNION ALL SELECT 2 ORDER BY 1 LIMIT 5
SELECT (SELECT max(a) FROM t) AS m, EXISTS (SELECT 1 FROM u WHERE u.a = t.a) FROM t
SELECT a IN (1, 2), a NOT IN (SELECT b FROM u), (a, b) IN ((1, 2)) FROM t
SELECT a = ANY([1, 2]), a > ALL (SELECT 1), a = SOME (SELECT 1), carrier = ANY(PARAM carriers) FROM t
SELECT a BETWEEN 1 AND 2 + 3, a NOT BETWEEN 1 AND 2 FROM t
SELECT a LIKE 'x%', a NOT ILIKE 'y', a LIKE '!%' ESCAPE '!', a SIMILAR TO 'x', a ~ 'x', a ~* 'x', a !~ 'x', a !~* 'x' FROM t
SELECT a IS TRUE, a IS NOT FALSE, a IS NULL, a ISNULL, a NOTNULL, a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b FROM t
SELECT a = b IS TRUE, NOT a = b, NOT a IS NULL, (a AND b) IS NOT TRUE FROM t
SELECT CASE WHEN a > 1 THEN 'x' ELSE 'y' END, CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 END FROM t
SELECT CAST(a AS INT), TRY_CAST(b AS DECIMAL(10, 2)), c::VARCHAR::DATE, d::INT[] FROM t
SELECT DATE '2013-01-01', TIMESTAMP '2013-01-01 00:00:00', TIME '10:00', TIMESTAMP WITH TIME ZONE '2013-01-01', DATE '2013-01-01'::VARCHAR
SELECT INTERVAL '1 day', INTERVAL '2' DAY, INTERVAL 3 HOURS, ts + INTERVAL '1 month' - INTERVAL '2 hours 3 minutes' FROM t
SELECT a + b * c - (d - e) / f % g, -a, -(-a), - 5, (a + b) * c FROM t
SELECT a - (b - c), (a - b) - c, a / (b / c), a AND (b AND c), (a OR b) AND c FROM t
SELECT a || b || 'x', a + 1 || 'y', a & b & c, (a | b) & c, a << 2, a >> 1, ~a, (a ^ b) FROM t
SELECT a // b FROM t
SELECT [1, 2, 3], ARRAY[1, 2], [], {'a': 1, b: 'x'}, MAP {'k': 1, 'l': 2}, map([1], [2]) FROM t
SELECT a[1], a[1:2], a['k'], a[1][2], s.x.y.z.w, (s).x, (s).x.y, f(a).x FROM t
SELECT a -> 'k', a ->> 'k', a #> 'x', a #>> 'y', a.b -> 'c' -> 'd', a @> b, a <@ b FROM t
SELECT list_transform(a, x -> x + 1), reduce(a, (x, y) -> x + y), f(a -> 'k'), f(a -> 'k' = 'v') FROM t
SELECT f(x, grace => 30), g(a => 1, b => [1, 2]) FROM read_delta('p', version => 3) AS r
SELECT * FROM read_delta_cdf('lake/flights', start_version => 3, end_version => PARAM last) AS c(a, b)
SELECT extract(year FROM d), extract('month' FROM d), position('a' IN s), substring(s FROM 2 FOR 3), substring(s, 2), substring(s FOR 2) FROM t
SELECT trim(s), trim(BOTH 'x' FROM s), trim(LEADING FROM s), trim('x' FROM s), trim(s, 'x'), overlay(s PLACING 'a' FROM 1 FOR 2) FROM t
SELECT current_date, current_timestamp, now(), current_date() FROM t
SELECT PARAM since, $since, PARAM "Since", $"Since" + 1, param, t.param, param(1), 1 AS param FROM t AS param
SELECT * FROM t VERSION AS OF 3 AS x, u TIMESTAMP AS OF '2013-01-01'
SELECT * FROM t VERSION AS OF PARAM v WHERE a = 1
SELECT * FROM 'file.parquet' AS f JOIN 'dir/*.csv' ON true
SELECT * FROM staging.flights f
SELECT * FROM generate_series(1, 10) AS g(x), unnest([1, 2]) AS u(y)
SELECT unnest(a) FROM t
SELECT * FROM t PIVOT (sum(a) AS s FOR b IN ('x', 'y' AS z)) AS p
SELECT * FROM t UNPIVOT (v FOR k IN (a, b))
PIVOT t ON b USING sum(a) GROUP BY c
UNPIVOT t ON a, b INTO NAME k VALUE v
SELECT e'a\tb\'c\\', E'\u00e9', $$it's$$, 'it''s', X'1F', 1e5, .5, 1.5 FROM t
SELECT a AT TIME ZONE 'UTC', (a AT TIME ZONE 'UTC') AT TIME ZONE 'CET' FROM t
SELECT date, time, map, list, text, first, row, range, left(a, 1), right(b, 2), if(a, 1, 2), replace(a, 'b', 'c') FROM t
SELECT a AS "select", c AS end FROM t
SELECT run_clock('now'), run_clock('date')
SELECT é, "ü" AS straße FROM tabelle WHERE é = '😀'
SELECT a /* comment */ -- other
SELECT (a, b) = (1, 2), (1,), () FROM t
SELECT CAST(a AS STRUCT(x INT, "y z" VARCHAR[])), CAST(b AS MAP(VARCHAR, INT)), CAST(c AS TIMESTAMP(3) WITH TIME ZONE), CAST(d AS BIGINT UNSIGNED) FROM t
PIVOT t ON kind IN ('a', 'b'), y IN (2020) USING sum(x) AS s, count(*) GROUP BY k ORDER BY k LIMIT 3
WITH p AS (PIVOT t ON kind IN ('a') USING sum(x)) SELECT * FROM p
SELECT * FROM t AS a PIVOT (sum(x) FOR kind IN ('a' AS b, 'c') GROUP BY k) AS p(k, b, c) JOIN u ON u.k = p.k
SELECT * FROM (SELECT a FROM t) AS s PIVOT (sum(x) AS n FOR kind IN ('a')) AS p
UNPIVOT t ON (a, b) AS first, (c, d) INTO NAME n VALUE v, w
UNPIVOT t ON COLUMNS(* EXCLUDE (k)) INTO NAME n VALUE v
SELECT * FROM t UNPIVOT INCLUDE NULLS ((v, w) FOR n IN ((a, b) AS 'x', (c, d))) AS u
SELECT * FROM t CROSS JOIN unnest(t.l, t.m) WITH ORDINALITY AS u(x, y, n)
SELECT * FROM t LEFT JOIN unnest(t.l) AS u(x) ON TRUE
SELECT * FROM t, LATERAL unnest(t.l) WITH ORDINALITY AS u(x, n)
SELECT * FROM t LATERAL VIEW explode(l) u AS x LATERAL VIEW OUTER posexplode(m) AS p, y WHERE x > 1
SELECT * FROM t CROSS JOIN LATERAL (SELECT max(a) AS m FROM u WHERE u.k = t.k) AS l
SELECT * FROM t LEFT JOIN LATERAL (SELECT a FROM u LIMIT 1) AS l(b) ON TRUE
SELECT s.*, (t.s).*, min(COLUMNS('a.*')) AS m FROM t
SELECT a FROM t WHERE (a, b) NOT IN (SELECT c, d FROM u) AND a > ALL (SELECT c FROM u) AND (a, b) < (c, d)
