-- Functions in SQL. They are written into the queries that call them, so they cost nothing.

CREATE FUNCTION is_late(minutes DOUBLE, grace DOUBLE DEFAULT 15) RETURNS BOOLEAN
  COMMENT 'whether a delay is beyond the grace period'
  RETURN minutes > grace;

CREATE FUNCTION share(part BIGINT, whole BIGINT, digits INT DEFAULT 3) RETURNS DOUBLE
  COMMENT 'a part of a whole, between 0 and 1; null when there is no whole'
  RETURN round(CAST(part AS DOUBLE) / nullif(whole, 0), digits);

CREATE FUNCTION great_circle(
  lat1 DOUBLE, lon1 DOUBLE, lat2 DOUBLE, lon2 DOUBLE, radius DOUBLE DEFAULT 3959
) RETURNS DOUBLE
  COMMENT 'distance of two places on the globe, in the unit of its radius (miles)'
  RETURN 2 * radius * asin(
    sqrt(
      power(sin(radians(lat2 - lat1) / 2), 2) + cos(radians(lat1)) * cos(radians(lat2))
        * power(sin(radians(lon2 - lon1) / 2), 2)
    )
  );
