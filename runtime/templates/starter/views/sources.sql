-- What this project reads. Paths are relative to the project's root.
CREATE SOURCE orders FROM CSV 'data/orders.csv';

CREATE SOURCE customers FROM CSV 'data/customers.csv';
