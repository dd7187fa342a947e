-- What the views should make of a few rows. `treadle test` runs these; they read no data but their own.
CREATE TEST small_orders_do_not_count FOR revenue_by_country
  WITH (minimum => 50)
  GIVEN orders (customer_id, amount, discount) AS (
    VALUES (1, 100.0, 0.1), (1, 49.9, 0.0), (2, 50.0, 0.0)
  )
  GIVEN customers (customer_id, country) AS (VALUES (1, 'GB'), (2, 'FR'))
  EXPECT (country, orders, revenue) AS (VALUES ('GB', 1, 90.0), ('FR', 1, 50.0));

CREATE TEST no_orders_no_revenue FOR revenue_by_country
  GIVEN customers (customer_id, country) AS (VALUES (1, 'GB'))
  EXPECT (country) AS (SELECT 'GB' LIMIT 0);
