-- `treadle test` runs these; they read no data but their own.
CREATE TEST returned_orders_bring_nothing FOR revenue_by_day
  GIVEN raw_orders (ordered_on, status, cents) AS (
    VALUES (DATE '2026-02-01', 'done', 1050), (DATE '2026-02-01', 'returned', 9900)
  )
  EXPECT (ordered_on, orders, revenue) AS (VALUES (DATE '2026-02-01', 1, 10.5));

CREATE TEST customers_without_orders_stay FOR customers
  GIVEN raw_customers (customer_id, name, country) AS (VALUES (1, ' Ada ', 'gb'))
  EXPECT (name, country, orders, revenue) AS (VALUES ('Ada', 'GB', 0, 0.0));
