-- One row an order, with names and types that the rest of the project relies on.
PARAM since DATE DEFAULT DATE '2026-01-01' COMMENT 'first day of orders that count';

CREATE VIEW stg_orders COMMENT 'orders, cleaned' TAGS (staging) AS
  SELECT order_id, customer_id, ordered_on, status, cents / 100.0 AS amount
  FROM raw_orders
  WHERE ordered_on >= PARAM since;

CREATE VIEW stg_customers COMMENT 'customers, cleaned' TAGS (staging) AS
  SELECT customer_id, trim(name) AS name, upper(country) AS country FROM raw_customers;
