-- What people read. Constraints hold before anything is written.
CREATE FUNCTION counts(status VARCHAR, returned BOOLEAN DEFAULT FALSE) RETURNS BOOLEAN
  RETURN status = 'done' OR (returned AND status = 'returned');

CREATE MATERIALIZED VIEW customers
  INTO 'lake/customers'
  PRIMARY KEY (customer_id) CHECKED
  COMMENT 'every customer with what they ordered'
  TAGS (daily) AS
  SELECT c.customer_id, c.name, c.country, count(o.order_id) AS orders,
    coalesce(sum(o.amount), 0) AS revenue
  FROM stg_customers AS c
  LEFT JOIN stg_orders AS o ON o.customer_id = c.customer_id AND counts(o.status)
  GROUP BY c.customer_id, c.name, c.country;

CREATE MATERIALIZED VIEW revenue_by_day
  INTO 'lake/revenue_by_day'
  COMMENT 'what each day brought'
  TAGS (daily)
  CONSTRAINT positive EXPECT (revenue >= 0)
  CONSTRAINT one_row_a_day EXPECT UNIQUE (ordered_on) AS
  SELECT ordered_on, count(*) AS orders, sum(amount) AS revenue
  FROM stg_orders
  WHERE counts(status)
  GROUP BY ordered_on;
