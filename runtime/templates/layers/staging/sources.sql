-- What comes from outside. `treadle check --freshness` looks how old it is.
CREATE SOURCE raw_orders FROM CSV 'data/orders.csv' COLUMNS (
  order_id BIGINT NOT NULL, customer_id BIGINT NOT NULL, ordered_on DATE, status VARCHAR,
    cents BIGINT
)
  OPTIONS (warn_after => INTERVAL '30 days');
