-- Tests: what views make of a few rows. `treadle test` runs them without the lake's data.

CREATE TEST only_chosen_carriers FOR late_by_day
  WITH (since => DATE '2013-01-01', carriers => ['UA'])
  GIVEN flights (month, flight_date, carrier, dep_delay) AS (
    VALUES (1, DATE '2013-01-02', 'UA', 31.0),
      (1, DATE '2013-01-02', 'UA', 5.0),
      (1, DATE '2013-01-02', 'AA', 90.0)
  )
  EXPECT (flight_date, flights, late, late_share, mean_delay) AS (
    VALUES (DATE '2013-01-02', 2, 1, 0.5, 18.0)
  );

-- A delay that is not known is not late, but the flight counts.
CREATE TEST unknown_delays_count FOR late_by_day
  GIVEN departures (month, flight_date, dep_delay) AS (
    VALUES (1, DATE '2013-01-02', NULL), (1, DATE '2013-01-02', 20.0)
  )
  EXPECT (flights, late, mean_delay) AS (VALUES (2, 1, 20.0));

CREATE TEST the_grace_period_is_on_time FOR late_departures
  WITH (grace => 30)
  GIVEN flights (flight_date, flight_number, dep_delay) AS (
    VALUES (DATE '2013-03-01', 1, 30.0), (DATE '2013-03-01', 2, 30.5)
  )
  EXPECT (flight_number) AS (VALUES (2));

CREATE TEST home_filters_the_flights FOR worst_day
  WITH (home => 'JFK')
  GIVEN flights (origin, flight_date, dep_delay) AS (
    VALUES ('JFK', DATE '2013-05-01', 1.0),
      ('JFK', DATE '2013-05-02', 2.0),
      ('EWR', DATE '2013-05-02', 500.0)
  )
  EXPECT AS (SELECT 'JFK' AS origin, DATE '2013-05-02' AS flight_date, 2.0 AS mean_delay);

CREATE TEST only_the_three_airports FOR worst_day WITH (home => 'SFO') EXPECT ERROR T2109;
