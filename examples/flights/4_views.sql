-- Views: computed where they are used.

CREATE VIEW departures COMMENT 'the flights that this run looks at' AS
  SELECT *
  FROM flights
  WHERE flight_date >= PARAM since AND (PARAM carriers IS NULL OR carrier = ANY(PARAM carriers));

CREATE VIEW late_departures COMMENT 'those that left late' AS
  SELECT * FROM departures WHERE is_late(dep_delay, grace => PARAM grace);

CREATE VIEW routes COMMENT 'each route with its length, as flown and as the crow flies' AS
  SELECT d.origin, d.dest, a.name AS destination, count(*) AS flights, max(d.distance) AS flown,
    round(great_circle(o.lat, o.lon, lat2 => a.lat, lon2 => a.lon)) AS straight
  FROM departures AS d
  JOIN airports AS o ON o.faa = d.origin
  JOIN airports AS a ON a.faa = d.dest
  GROUP BY d.origin, d.dest, a.name, o.lat, o.lon, a.lat, a.lon;

CREATE VIEW departures_in_weather COMMENT 'each departure with the weather of its hour' AS
  SELECT d.flight_date, d.origin, d.carrier, d.dep_delay, w.precip, w.visib, w.wind_speed,
    CASE
      WHEN w.visib < 2 THEN 'fog'
      WHEN w.precip > 0 THEN 'rain'
      WHEN w.wind_speed > 20 THEN 'wind'
      ELSE 'fair'
    END AS sky
  FROM departures AS d
  JOIN weather AS w ON w.origin = d.origin AND w.hour = date_trunc('hour', d.scheduled);

CREATE VIEW worst_day COMMENT 'the worst day of each airport' AS
  SELECT origin, flight_date, avg(dep_delay) AS mean_delay
  FROM departures
  GROUP BY ALL
  QUALIFY row_number() OVER (PARTITION BY origin ORDER BY avg(dep_delay) DESC, flight_date) = 1;

CREATE VIEW fleet COMMENT 'seats by maker, straight from the file' AS
  SELECT p.manufacturer, count(DISTINCT p.tailnum) AS planes, count(*) AS flights,
    sum(p.seats) AS seats_offered
  FROM 'lake/planes.parquet' AS p
  JOIN departures AS d ON d.tailnum = p.tailnum
  GROUP BY p.manufacturer;

CREATE VIEW changes COMMENT 'what was corrected or withdrawn, from the change feed' AS
  SELECT _commit_version AS version, _change_type AS change, flight_date, month, carrier,
    flight_number, origin, dep_delay, arr_delay
  FROM read_delta_cdf('lake/flights', start_version => PARAM changed_since)
  WHERE _change_type <> 'update_preimage';

CREATE VIEW corrections COMMENT 'arrival delays of June before and after the correction' AS
  WITH before AS (SELECT * FROM read_delta('lake/flights', version => PARAM changed_since - 1))
  SELECT f.carrier, avg(b.arr_delay) AS reported, avg(f.arr_delay) AS corrected, count(*) AS flights
  FROM departures AS f
  JOIN before AS b
    ON b.flight_date = f.flight_date
      AND b.carrier = f.carrier
      AND b.flight_number = f.flight_number
      AND b.origin = f.origin
  WHERE f.month = 6 AND b.month = 6
  GROUP BY f.carrier;
