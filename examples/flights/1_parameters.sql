-- What a run can be asked for. Values come from here, treadle.toml, --env and -p, later ones win.

PARAM since DATE DEFAULT DATE '2013-01-01' NOT NULL
  CHECK (since BETWEEN DATE '2013-01-01' AND DATE '2013-12-31')
  COMMENT 'first day that is read';

PARAM carriers VARCHAR[] DEFAULT NULL
  COMMENT 'airlines to keep, by their two letters; null keeps all';

PARAM grace DOUBLE DEFAULT 15 NOT NULL
  CHECK (grace >= 0)
  COMMENT 'minutes after which a departure counts as late';

PARAM changed_since BIGINT DEFAULT 13 NOT NULL
  CHECK (changed_since >= 1)
  COMMENT 'first version of the flights table whose changes are looked at';

PARAM home VARCHAR DEFAULT NULL
  FILTER flights.origin
  CHECK (home IN ('EWR', 'JFK', 'LGA'))
  COMMENT 'the one airport to look from; null looks from all three';
