SELECT a, b + 1 AS c FROM t WHERE a > 1 AND NOT b IS NULL
SELECT t.a, u.c FROM t JOIN u ON t.a = u.a
SELECT t.a, u.c FROM t LEFT JOIN u ON t.a = u.a AND u.c <> 'x'
SELECT a, c FROM t FULL OUTER JOIN u USING (a)
SELECT a, s FROM t NATURAL JOIN u
SELECT t.a FROM t LEFT SEMI JOIN u ON t.a = u.a
SELECT t.a FROM t LEFT ANTI JOIN u ON t.a = u.a
SELECT t.a, u.c FROM t CROSS JOIN u
SELECT t.a, u.c FROM t, u WHERE t.a = u.a
SELECT x.a FROM (t AS x JOIN u ON x.a = u.a)
SELECT count(*) AS n, sum(a) AS s, min(s) AS m, count(DISTINCT b) AS d FROM t
SELECT b, sum(a) FILTER (WHERE a > 1) AS s FROM t GROUP BY b
SELECT b, s, count(*) AS n, grouping(b) AS g FROM t GROUP BY GROUPING SETS ((b, s), b, ())
SELECT b, count(*) AS n FROM t GROUP BY ROLLUP (b)
SELECT b, s, count(*) AS n FROM t GROUP BY CUBE (b, s)
SELECT b, count(*) AS n FROM t GROUP BY ALL
SELECT b, count(*) AS n FROM t GROUP BY b HAVING count(*) > 1
SELECT a, row_number() OVER (PARTITION BY b ORDER BY a DESC) AS r FROM t
SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY b ORDER BY a) = 1
SELECT sum(a) OVER w AS x FROM t WINDOW w AS (PARTITION BY b ORDER BY a)
SELECT a, sum(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS x FROM t
SELECT a, sum(a) OVER (ORDER BY a RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) AS x FROM t
SELECT a, sum(a) OVER (ORDER BY a GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING) AS x FROM t
SELECT a, first_value(b) IGNORE NULLS OVER (ORDER BY a) AS x FROM t
SELECT a, lag(s, 1, 'none') OVER (ORDER BY a) AS x FROM t
SELECT array_agg(s ORDER BY a DESC) AS x, string_agg(s, ',' ORDER BY s) AS y FROM t
SELECT array_agg(DISTINCT s ORDER BY s) AS x FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a DESC) AS p FROM t
SELECT a, b FROM t ORDER BY b, a DESC LIMIT 3 OFFSET 1
SELECT b FROM t ORDER BY b DESC
SELECT b FROM t ORDER BY b ASC NULLS FIRST
SELECT DISTINCT b FROM t
SELECT DISTINCT ON (b) b, a FROM t ORDER BY b, a
SELECT * EXCLUDE (s) FROM u
SELECT * REPLACE (a + 1 AS a) FROM u
SELECT a FROM t UNION SELECT a FROM u
SELECT a FROM t UNION ALL SELECT a FROM u ORDER BY a LIMIT 4
SELECT a, s FROM t UNION ALL BY NAME SELECT s, a FROM u
SELECT a FROM t EXCEPT SELECT a FROM u INTERSECT SELECT 2
(SELECT a FROM t ORDER BY a LIMIT 1) UNION ALL (SELECT 9)
WITH x AS (SELECT a FROM t), y(z) AS (SELECT a + 1 FROM x) SELECT z FROM y
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 4) SELECT n FROM r
SELECT * FROM (VALUES (1, 'x'), (2, 'y')) AS v(p, q)
SELECT (SELECT max(a) FROM u) AS m, a FROM t
SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)
SELECT a FROM t WHERE a IN (SELECT a FROM u) AND a NOT IN (7, 8)
SELECT a FROM t WHERE a NOT IN (SELECT a FROM u WHERE a IS NOT NULL)
SELECT a FROM t WHERE a = ANY([1, 2])
SELECT a BETWEEN 1 AND 2 AS x, a NOT BETWEEN 1 AND 2 AS y FROM t
SELECT s LIKE 'x%' AS p, s NOT LIKE '%y' AS q, s ILIKE 'X' AS r, s LIKE '\%' ESCAPE '\' AS v FROM t
SELECT s ~ 'x' AS p, s ~* 'X' AS q, s !~ 'x' AS r, s SIMILAR TO 'x|y' AS v FROM t
SELECT b IS NULL AS p, b IS NOT NULL AS q, (a > 1) IS TRUE AS r, (a > 1) IS NOT TRUE AS v FROM t
SELECT b IS DISTINCT FROM a AS p, b IS NOT DISTINCT FROM a AS q FROM t
SELECT CASE WHEN a > 1 THEN 'big' WHEN a = 1 THEN 'one' END AS x, CASE b WHEN 1 THEN 2 ELSE 3 END AS y FROM t
SELECT CAST(a AS VARCHAR) AS p, a::DOUBLE AS q, TRY_CAST(s AS INT) AS r, CAST(a AS DECIMAL(10, 2)) AS v FROM t
SELECT DATE '2013-01-01' AS d, DATE '2013-01-01' + INTERVAL '1 day' AS e, INTERVAL '1' MONTH AS f
SELECT -a AS p, - -a AS q, -(-a) AS r, a - -1 AS v FROM t
SELECT a + b * 2 - 7 / 2 % 3 AS x, (a + b) * 2 AS y, a - (b - 1) AS z, 5 / 2 AS w FROM t
SELECT s || '-' || a AS x FROM t
SELECT a & 1 & 3 AS p, a | 2 AS q, a ^ 1 AS r, a << 2 AS v, a >> 1 AS w FROM t
SELECT [1, 2, 3] AS p, [a, b][1] AS q, [1, 2, 3][1:2] AS r, make_array(1, 2)[-1] AS v FROM t
SELECT {'x': a, 'y': s} AS p, {'x': a}['x'] AS q, MAP {'k': a} AS r FROM t
SELECT st.x AS p, st['y'] AS q, l[1] AS r, m['k'] AS v FROM n
SELECT unnest(l) AS x FROM n
SELECT * FROM unnest([1, 2]) AS q(z)
SELECT * FROM generate_series(1, 3) AS g(x)
SELECT extract(year FROM d) AS p, extract('month' FROM d) AS q, date_part('day', d) AS r FROM n
SELECT position('b' IN 'abc') AS p, substring('abcdef' FROM 2 FOR 3) AS q, substring('abc', 2) AS r, substring('abc' FOR 2) AS v
SELECT trim('  a ') AS p, trim(BOTH 'x' FROM 'xax') AS q, trim(LEADING 'x' FROM 'xa') AS r, trim(TRAILING 'x' FROM 'ax') AS v, trim('xax', 'x') AS w
SELECT overlay('abcdef' PLACING 'XX' FROM 2 FOR 3) AS p, overlay('abc' PLACING 'X' FROM 1) AS q
SELECT left('abc', 2) AS p, right('abc', 2) AS q, replace('abc', 'b', 'x') AS r, concat('a', NULL, 'b') AS v, coalesce(NULL, 1) AS w
SELECT to_char(d, '%Y-%m') AS p, date_trunc('month', d) AS q, date_bin(INTERVAL '1 day', ts) AS r FROM n
SELECT ts AT TIME ZONE 'UTC' AS p FROM n
SELECT a, "Weird Col" FROM w
SELECT 'it''s' AS p, 'back\slash' AS q, X'1F' AS r, 1e5 AS v, .5 AS w, 'é😀' AS x
SELECT (a, b) = (1, 2) AS p FROM t
SELECT a > 1 = true AS p, NOT a > 1 AS q, a = 1 OR a = 2 AND b = 3 AS r FROM t
SELECT nullif(a, 1) AS p, greatest(a, b, 2) AS q, least(a, 1) AS r, abs(-a) AS v, round(1.25, 1) AS w FROM t
SELECT named_struct('p', a, 'q', s) AS x, struct(a, s) AS y, array_length(l) AS z FROM t CROSS JOIN n
SELECT arrow_typeof(CAST(a AS TINYINT)) AS p, arrow_typeof(CAST(a AS SMALLINT)) AS q, arrow_typeof(CAST(a AS BIGINT UNSIGNED)) AS r FROM t
SELECT [1, 2] @> [1] AS p, [1] <@ [1, 2] AS q
SELECT a FROM t ORDER BY a LIMIT 1 + 1
SELECT sum(x.n) AS s FROM (SELECT count(*) AS n FROM t GROUP BY b) AS x
