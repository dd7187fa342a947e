-- Relations that the engine lacks.
CREATE VIEW pivoted AS
  SELECT day, a, b FROM prices PIVOT (sum(amount) FOR kind IN ('a' AS a, 'b' AS b));

CREATE VIEW unpivoted AS SELECT day, kind, amount FROM pivoted UNPIVOT (amount FOR kind IN (a, b));

CREATE VIEW unnested AS
  SELECT p.id, u.part, u.place
  FROM people AS p, UNNEST([p.name, p.tags]) WITH ORDINALITY AS u(part, place);

CREATE VIEW ranked AS
  SELECT p.id, best(p.tags) AS best, l.most
  FROM people AS p,
    LATERAL (SELECT max(q.amount) AS most FROM prices AS q WHERE q.amount > p.id) AS l;

CREATE VIEW counted AS
  SELECT f.day, f.amount, list_transform([f.amount, 1.0], x -> x + PARAM low) AS more
  FROM above(1.0, kinds => 'a') AS f
  WHERE f.amount >= ALL (SELECT q.amount FROM prices AS q WHERE q.day < f.day)
  ORDER BY ALL;
