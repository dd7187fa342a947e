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
