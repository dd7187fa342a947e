-- Functions in SQL and Python.
PARAM low BIGINT DEFAULT 1 CHECK (low > 0) COMMENT 'least number';

CREATE SOURCE people FROM CSV 'people.csv' COLUMNS (id BIGINT NOT NULL, name VARCHAR, tags VARCHAR)
  OPTIONS (warn_after => INTERVAL '9000 days');

CREATE FUNCTION above(least DOUBLE, kinds VARCHAR DEFAULT 'a')
  RETURNS TABLE (day DATE, amount DOUBLE)
  RETURN
  SELECT day, amount FROM prices WHERE amount >= least AND kind = kinds;

CREATE FUNCTION best(wanted VARCHAR) RETURNS DOUBLE
  RETURN (SELECT max(amount) FROM prices WHERE kind = wanted);

CREATE FUNCTION twice(value DOUBLE) RETURNS DOUBLE IMMUTABLE LANGUAGE PYTHON AS 'geo:twice';
