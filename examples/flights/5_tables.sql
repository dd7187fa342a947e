-- Materialised views: each is a Delta table that `treadle run` brings up to date.

CREATE MATERIALIZED VIEW late_by_day
  INTO 'out/late_by_day'
  OVERWRITE
  PARTITION BY (month)
  COMMENT 'late departures of each day'
  TAGS (daily) AS
  SELECT d.month, d.flight_date, count(*) AS flights,
    count(*) FILTER (WHERE is_late(d.dep_delay, grace => PARAM grace)) AS late,
    share(count(*) FILTER (WHERE is_late(d.dep_delay, grace => PARAM grace)), count(*))
      AS late_share, avg(d.dep_delay) AS mean_delay
  FROM departures AS d
  GROUP BY d.month, d.flight_date;

CREATE MATERIALIZED VIEW carriers_by_month
  INTO 'out/carriers_by_month'
  REPLACE PARTITIONS
  PARTITION BY (month)
  COMMENT 'each airline, month by month; months that this run does not look at keep their rows'
  TAGS (monthly) AS
  SELECT d.month, d.carrier, a.name AS airline, count(*) AS flights,
    share(part => count(l.flight_number), whole => count(*), digits => 4) AS late_share
  FROM departures AS d
  JOIN airlines AS a ON a.carrier = d.carrier
  LEFT JOIN late_departures AS l
    ON l.flight_date = d.flight_date
      AND l.carrier = d.carrier
      AND l.flight_number = d.flight_number
      AND l.origin = d.origin
  GROUP BY d.month, d.carrier, a.name;

CREATE MATERIALIZED VIEW weather_report
  INTO 'out/weather_report'
  OVERWRITE
  COMMENT 'what the sky does to departures'
  TAGS (monthly) AS
  SELECT origin, sky, count(*) AS flights, avg(dep_delay) AS mean_delay
  FROM departures_in_weather
  GROUP BY origin, sky;

CREATE MATERIALIZED VIEW recent_worst_days
  INTO 'out/worst_days'
  REPLACE WHERE (flight_date >= PARAM since)
  COMMENT 'the worst day of each airport since the first day; earlier ones stay'
  TAGS (daily) AS
  SELECT w.origin, w.flight_date, w.mean_delay, d.late
  FROM worst_day AS w
  JOIN late_by_day AS d ON d.flight_date = w.flight_date;

CREATE MATERIALIZED VIEW withdrawn
  INTO 'out/withdrawn'
  OVERWRITE
  COMMENT 'flights that were withdrawn, month by month, months without any included'
  TAGS (monthly) AS
  SELECT CAST(m.value AS INT) AS month, count(c.flight_number) AS flights
  FROM generate_series(1, 12) AS m
  LEFT JOIN changes AS c ON c.month = m.value AND c.change = 'delete'
  GROUP BY m.value;
