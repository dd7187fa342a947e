-- What comes from outside. `treadle check --freshness` looks how old it is.
CREATE SOURCE raw_orders FROM CSV 'data/orders.csv' OPTIONS (warn_after => INTERVAL '30 days');

CREATE SOURCE raw_customers FROM CSV 'data/customers.csv';
