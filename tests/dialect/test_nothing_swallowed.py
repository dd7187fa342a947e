"""Nothing that is written is passed over in silence: a token too many, too few or out of place is told, or says something else.

Every mistake of the whole corpus, a quarter of an hour: `SWALLOWED=all pytest tests/dialect/test_nothing_swallowed.py`.
"""

from __future__ import annotations

import os

import pytest

from tests.support.spoilt_tokens import corpus, said, some_spoilt, spoilt, swallowed

SEED, COUNT = 11, 3000
WRONG = """
VALUES (1) (2)
VALUES (1 a)
SELECT AS a
SELECT DISTINCT AS ON (a) a FROM t
SELECT a FROM .t
SELECT a FROM s..t
SELECT a FROM t *
SELECT a FROM t GROUP BY DISTINCT a
SELECT a FROM t JOIN u
SELECT a FROM t LEFT JOIN u
SELECT a FROM t CROSS JOIN u ON t.a = u.a
SELECT a FROM t JOIN u ON WHERE a > 1
SELECT a FROM t JOIN u USING ()
SELECT a FROM t JOIN u USING (t.a)
SELECT a FROM t, WHERE a > 1
SELECT a FROM t,, u
SELECT sum(a) OVER (PARTITION BY) FROM t
SELECT * EXCLUDE () FROM t
SELECT * COLUMNS(*) FROM t
SELECT a FROM t ORDER BY a ASC DESC
SELECT 1 .a AS b
SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t
WITH AS a AS (SELECT 1) SELECT 1
SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING) FROM t
WITH a AS (SELECT 1 AS b) WITH c AS (SELECT 2 AS d) SELECT b FROM a
SELECT sum(a) OVER (ORDER BY a ROWS 1 PRECEDING AND CURRENT ROW) FROM t
SELECT 1 NATURAL UNION SELECT 2
SELECT count(ALL)
SELECT {NOT 'a': 1}
SELECT {t.a: 1} FROM t
SELECT EXISTS (ALL SELECT 1)
PIVOT t ON a USING GROUP BY b
SELECT * FROM t PIVOT (sum(x) FOR n IN ('a' AS b.c))
SELECT * FROM t PIVOT (sum(x) FOR n IN ('a' AS, 'b'))
SELECT * FROM t PIVOT (sum(x) FOR n IN ('a')) AS p u
SELECT a FROM t LIMIT 1 WHERE a > 1
SELECT a FROM t WHERE a JOIN u ON b
SELECT a FROM t VERSION AS OF
SELECT a FROM t VERSION AS OF WHERE a > 1
SELECT a FROM t VERSION AS OF FROM 1 TO 3
SELECT a FROM t VERSION AS OF AS OF 3
SELECT a FROM t VERSION AS OF ALL
SELECT a FROM t TIMESTAMP AS OF, u
SELECT a FROM t FETCH FIRST 3 ROWS
SELECT a FROM t FETCH ROW ONLY
SELECT a FROM t f(1, 2) WITH ORDINALITY AS g(a, n)
SELECT a FROM f(1) AS t WITH ORDINALITY AS g(a, n)
""".strip().splitlines()


@pytest.mark.parametrize("text", WRONG)
def test_what_was_once_passed_over_is_told(text: str) -> None:
    assert said(text) is None


def test_a_column_named_all_is_no_order_by_all() -> None:
    assert said('SELECT "all", b FROM t ORDER BY "all"') != said('SELECT "all", b FROM t ORDER BY ALL')


def test_one_token_wrong_is_told_or_says_something_else() -> None:
    texts = corpus()
    every = os.environ.get("SWALLOWED") == "all"
    pairs = ((text, one) for text in texts for one in spoilt(text)) if every else some_spoilt(texts, SEED, COUNT)
    found = [what for text, one in pairs if (what := swallowed(text, one))]
    assert not found, f"{len(found)}\n" + "\n".join(found[:200])
