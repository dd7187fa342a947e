"""Owns the pack `times`: parts of dates and times, and ways to make, move and cut them, as neighbouring systems have them."""

from __future__ import annotations

from collections.abc import Callable

from ....dialect.diagnostics import did_you_mean
from .base import Function, Given, Pack, RewriteRefused, function

_AT = "TIMESTAMP '2024-02-29 13:05:07.25'"
_DAY = "DATE '2024-02-29'"
_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS = "CASE lower(left(day, 2)) " + " ".join(f"WHEN '{one[:2].lower()}' THEN {n}" for n, one in enumerate(_NAMES, 1)) + " END"
_MONTHS = ("month", "quarter", "year", "decade", "century")


def _since_1970(unit: str) -> Callable[[Given], str]:
    """Return the count of a unit since 1970, cut towards the past, for whatever unit the type counts in."""

    def rewrite(given: Given) -> str:
        kind = given.type("time")
        own = 0 if kind is None or kind.precision is None else kind.precision
        plain = kind is not None and kind.name == "TIMESTAMP"
        count = "CAST(time AS BIGINT)" if plain else "CAST(CAST(time AS TIMESTAMP) AS BIGINT)"
        digits = _DIGITS[unit] - (own if plain else 6)
        if digits >= 0:
            return f"{count} * {10**digits}" if digits else count
        return f"CAST(floor({count} / CAST({10**-digits} AS DECIMAL(10, 0))) AS BIGINT)"

    return rewrite


def _time_bucket(given: Given) -> str:
    """Return `date_bin` from a Monday, or from the first of a year for widths in months, as DuckDB and TimescaleDB have it."""
    width = given.literal("width")
    own = given.types["origin"][0] if given.types["origin"] else None
    kind = given.type("time")
    back = "" if kind is None or kind.name != "TIMESTAMP" else kind.sql()
    if own is None or own.name == "NULL":
        if width is None:
            raise RewriteRefused("width", "a width that is computed needs an origin", "write time_bucket(width, time, origin)")
        origin = f"TIMESTAMP '2000-01-0{1 if any(word in width.lower() for word in _MONTHS) else 3}'"
    else:
        origin = "CAST(origin AS TIMESTAMP)"
    made = f"date_bin(width, time, {origin})"
    return f"CAST({made} AS {back or 'DATE' if kind is not None and kind.name == 'DATE' and _in_days(width) else back or 'TIMESTAMP'})"


def _in_days(width: str | None) -> bool:
    return width is not None and any(word in width.lower() for word in (*_MONTHS, "day", "week"))


def _weekday(given: Given) -> None:
    written = given.literal("day")
    if written is not None and written[:2].lower() not in {one[:2].lower() for one in _NAMES}:
        raise RewriteRefused("day", f"`{written}` is no day of the week", did_you_mean(written, _NAMES) or "write 'Monday', 'Tue' or 'We'")


def _next(given: Given) -> str:
    _weekday(given)
    return f"CAST(date + (({_DAYS} - date_part('isodow', date) + 6) % 7 + 1) * INTERVAL '1 day' AS DATE)"


def _previous(given: Given) -> str:
    _weekday(given)
    return f"CAST(date - ((date_part('isodow', date) - {_DAYS} + 6) % 7 + 1) * INTERVAL '1 day' AS DATE)"


def _part(name: str, field: str, doc: str, gives: str, returns: str = "INT") -> Function:
    return function(f"{name}(time TIME) -> {returns}", f"date_part('{field}', time)", doc, f"{name}(time => {_AT})", gives)


def _span(name: str, unit: str, factor: int = 1) -> Function:
    word = unit if factor == 1 else f"{factor} {unit}"
    number = "NUMBER" if unit in ("second", "minute", "hour") else "INTEGER"
    rewrite = f"n * INTERVAL '{factor} {unit}'"
    doc = f"An interval of so many times {word}{'s' if factor > 1 else ''}."
    return function(f"{name}(n {number}) -> INTERVAL", rewrite, doc, f"{name}(n => 2)", f"INTERVAL '{2 * factor} {unit}'")


_SAME_DAY = "date_part('day', later) = date_part('day', earlier)"
_LAST = "date_part('day', {0} + INTERVAL '1 day') = 1"
_WHOLE = "(date_part('year', later) - date_part('year', earlier)) * 12 + date_part('month', later) - date_part('month', earlier)"

PACK = Pack(
    "times",
    "Dates, times and intervals. `date_diff`, `datediff`, `dateadd` and their kin take a unit in any place and are told of in"
    " [the language](language.md); TIME stands for DATE, TIMESTAMP, TIME and INTERVAL.",
    (
        _part("year", "year", "The year.", "2024"),
        _part("quarter", "quarter", "The quarter, 1 to 4.", "1"),
        _part("month", "month", "The month, 1 to 12.", "2"),
        _part("week", "week", "The week of ISO 8601, 1 to 53.", "9"),
        _part("day", "day", "The day of the month.", "29"),
        _part("dayofyear", "doy", "The day of the year, from 1.", "60"),
        _part("isodow", "isodow", "The day of the week by ISO 8601: Monday is 1, Sunday 7.", "4"),
        _part("isoyear", "isoyear", "The year that a week of ISO 8601 belongs to.", "2024"),
        _part("hour", "hour", "The hour, 0 to 23.", "13"),
        _part("minute", "minute", "The minute, 0 to 59.", "5"),
        _part("second", "second", "The second, 0 to 59, without its fraction.", "7"),
        _part("millisecond", "millisecond", "The milliseconds since the minute began.", "7250"),
        _part("microsecond", "microsecond", "The microseconds since the minute began.", "7250000"),
        _part("epoch", "epoch", "The seconds since 1970, with their fraction; of an interval its length.", "1709211907.25", "DOUBLE"),
        function(
            "yearweek(time TIME) -> BIGINT",
            "CAST(date_part('isoyear', time) * 100 + date_part('week', time) AS BIGINT)",
            "Year and week of ISO 8601 in one number.",
            f"yearweek(time => {_DAY})",
            "202409",
        ),
        function(
            "decade(time TIME) -> BIGINT",
            "CAST(floor(date_part('year', time) / 10.0) AS BIGINT)",
            "The year by ten, without a fraction.",
            f"decade(time => {_DAY})",
            "202",
        ),
        function(
            "century(time TIME) -> BIGINT",
            "CAST(ceil(date_part('year', time) / 100.0) AS BIGINT)",
            "The century; the 21st began in 2001. Years before 1 have none.",
            f"century(time => {_DAY})",
            "21",
        ),
        function(
            "millennium(time TIME) -> BIGINT",
            "CAST(ceil(date_part('year', time) / 1000.0) AS BIGINT)",
            "The millennium; the third began in 2001. Years before 1 have none.",
            f"millennium(time => {_DAY})",
            "3",
        ),
        function("dayname(time TIME) -> VARCHAR", "to_char(time, '%A')", "A day's English name.", f"dayname(time => {_DAY})", "'Thursday'"),
        function(
            "monthname(time TIME) -> VARCHAR", "to_char(time, '%B')", "A month's English name.", f"monthname(time => {_DAY})", "'February'"
        ),
        function(
            "last_day(time TIME) -> DATE",
            "CAST(date_trunc('month', time) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE)",
            "The last day of the month.",
            "last_day(time => DATE '2024-02-03')",
            _DAY,
        ),
        function(
            "days_in_month(time TIME) -> INT",
            "date_part('day', date_trunc('month', time) + INTERVAL '1 month' - INTERVAL '1 day')",
            "How many days the month has.",
            "days_in_month(time => DATE '2024-02-03')",
            "29",
        ),
        function(
            "add_months(date TIME, n INTEGER) -> DATE",
            "CAST(date + n * INTERVAL '1 month' AS DATE)",
            "The same day so many months later, or the last day of that month where it is shorter.",
            "add_months(date => DATE '2024-01-31', n => 1)",
            _DAY,
        ),
        function(
            "months_between(later DATE, earlier DATE) -> DOUBLE",
            f"CASE WHEN {_SAME_DAY} OR {_LAST.format('later')} AND {_LAST.format('earlier')} THEN CAST({_WHOLE} AS DOUBLE) ELSE"
            f" round(CAST({_WHOLE} AS DOUBLE) + (date_part('day', later) - date_part('day', earlier)) / 31.0, 8) END",
            "The months from one day to another, whole ones between equal days of the month and between last days of months, else with a"
            " fraction in 31sts, to 8 places.",
            "months_between(later => DATE '2024-03-15', earlier => DATE '2024-01-15')",
            "CAST(2 AS DOUBLE)",
        ),
        function(
            "next_day(date DATE, day VARCHAR) -> DATE",
            _next,
            "The first day after a date that is a day of the week, named in English by its first two letters at least.",
            f"next_day(date => {_DAY}, day => 'Thursday')",
            "DATE '2024-03-07'",
            nulls="null in any argument gives null, and so does a name that is none",
        ),
        function(
            "previous_day(date DATE, day VARCHAR) -> DATE",
            _previous,
            "The last day before a date that is a day of the week.",
            f"previous_day(date => {_DAY}, day => 'Mon')",
            "DATE '2024-02-26'",
            nulls="null in any argument gives null, and so does a name that is none",
        ),
        function(
            "time_bucket(width INTERVAL, time TIME, origin TIME?) -> TIME",
            _time_bucket,
            "The start of the bucket that a time lies in: buckets of that width follow each other from the origin, without one from Monday,"
            " 3 January 2000, or for widths in months from 1 January 2000.",
            "time_bucket(width => INTERVAL '1 week', time => TIMESTAMP '2024-02-29 13:05:00')",
            "TIMESTAMP '2024-02-26 00:00:00'",
            nulls="null in `time` gives null",
        ),
        function(
            "make_timestamp(year INTEGER, month INTEGER, day INTEGER, hour INTEGER, minute INTEGER, second NUMBER) -> TIMESTAMP",
            "CAST(make_date(year, month, day) + make_time(hour, minute, CAST(floor(second) AS INT)) AS TIMESTAMP)"
            " + CAST(round((second - floor(second)) * 1000000) AS BIGINT) * INTERVAL '1 microsecond'",
            "A timestamp of its parts; parts that make none are an error when the query runs.",
            "make_timestamp(year => 2024, month => 2, day => 29, hour => 13, minute => 5, second => 7.25)",
            _AT,
        ),
        function(
            "make_timestamp(micros INTEGER) -> TIMESTAMP",
            "CAST(CAST(micros AS BIGINT) AS TIMESTAMP)",
            "The timestamp so many microseconds after 1970 began.",
            "make_timestamp(micros => 1709211907250000)",
            _AT,
        ),
        *(
            function(
                f"epoch_{unit}(time TIME) -> BIGINT",
                _since_1970(unit),
                f"The {word}seconds since 1970, cut towards the past.",
                f"epoch_{unit}(time => {_AT})",
                f"{1709211907250 * 10 ** (_DIGITS[unit] - 3)}",
            )
            for unit, word in (("ms", "milli"), ("us", "micro"), ("ns", "nano"))
        ),
        function(
            "epoch_ms(ms INTEGER) -> TIMESTAMP",
            "CAST(CAST(ms AS BIGINT) * 1000 AS TIMESTAMP)",
            "The timestamp so many milliseconds after 1970 began.",
            "epoch_ms(ms => 1709211907250)",
            _AT,
        ),
        function(
            "unix_seconds(time TIME) -> BIGINT",
            _since_1970("s"),
            "The whole seconds since 1970, cut towards the past.",
            f"unix_seconds(time => {_AT})",
            "1709211907",
        ),
        function(
            "unix_date(date DATE) -> BIGINT",
            "date - DATE '1970-01-01'",
            "The days since 1970.",
            "unix_date(date => DATE '1970-01-11')",
            "10",
        ),
        function(
            "date_from_unix_date(days INTEGER) -> DATE",
            "CAST(DATE '1970-01-01' + days * INTERVAL '1 day' AS DATE)",
            "The day so many days after 1970 began.",
            "date_from_unix_date(days => 10)",
            "DATE '1970-01-11'",
        ),
        function(
            "timestamp_seconds(n INTEGER) -> TIMESTAMP",
            "CAST(CAST(n AS BIGINT) * 1000000 AS TIMESTAMP)",
            "The timestamp so many seconds after 1970 began, in UTC.",
            "timestamp_seconds(n => 10)",
            "TIMESTAMP '1970-01-01 00:00:10'",
        ),
        function(
            "strptime(text VARCHAR, format VARCHAR) -> TIMESTAMP",
            "CAST(to_timestamp(text, format) AS TIMESTAMP)",
            "The timestamp that a text says in a format such as '%Y-%m-%d'; a text that says none is an error when the query runs.",
            "strptime(text => '29.02.2024', format => '%d.%m.%Y')",
            "TIMESTAMP '2024-02-29'",
        ),
        function(
            "curdate() -> DATE",
            "current_date()",
            "The day of the run's clock, in UTC.",
            "curdate()",
            "current_date()",
            volatility="stable",
        ),
        _span("to_years", "year"),
        _span("to_quarters", "month", 3),
        _span("to_months", "month"),
        _span("to_weeks", "day", 7),
        _span("to_days", "day"),
        _span("to_hours", "hour"),
        _span("to_minutes", "minute"),
        _span("to_seconds", "second"),
        _span("to_milliseconds", "millisecond"),
        _span("to_microseconds", "microsecond"),
        _span("to_decades", "year", 10),
        _span("to_centuries", "year", 100),
        _span("to_millennia", "year", 1000),
    ),
    renamed={
        "weekofyear": "week", "weekiso": "week", "dayofmonth": "day", "dayofweek_iso": "isodow", "dayofweekiso": "isodow",
        "yearofweekiso": "isoyear", "unix_millis": "epoch_ms", "unix_micros": "epoch_us", "timestamp_micros": "make_timestamp",
        "timestamp_millis": "epoch_ms", "timestamp_from_parts": "make_timestamp", "date_from_parts": "make_date",
        "time_from_parts": "make_time", "datefromparts": "make_date", "timefromparts": "make_time",
        "timestampfromparts": "make_timestamp", "timestamp_ntz_from_parts": "make_timestamp", "timestampntzfromparts": "make_timestamp",
        "make_timestamp_ntz": "make_timestamp", "make_timestamp_ms": "epoch_ms", "yearofweek": "isoyear",
    },
)  # fmt: skip
