-- What is read: a Delta table with a history and a change feed, and plain files of three kinds.

CREATE SOURCE flights FROM DELTA 'lake/flights' COMMENT 'every flight that left New York in 2013';

CREATE SOURCE weather FROM PARQUET 'lake/weather/*.parquet'
  COMMENT 'the weather at the three airports, hour by hour';

CREATE SOURCE airports FROM CSV 'lake/airports.csv'
  OPTIONS (header => TRUE)
  COMMENT 'where the airports are';

CREATE SOURCE airlines FROM JSON 'lake/airlines.json' COMMENT 'the airlines by their two letters';
