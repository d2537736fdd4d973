"""RFC 3339 times of Kraken: "2023-10-06T17:35:55.440295Z", always UTC.

In: the text. Out: ns since 1970, -1 when it is no such text. A fraction has one to nine digits.
`wire_time.pxd` does the same for the native decoders.
"""

import re

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z", flags=re.ASCII)
YEAR_MIN, YEAR_MAX = 1970, 2261
"""64-bit nanoseconds end in 2262."""

_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_of(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms")."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (9 if month <= 2 else -3)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def time_ns(text: str) -> int:
    """Nanoseconds since 1970, -1 for anything but a time. The second 60 is none; the 29th of
    February is taken in every year."""
    found = _TIME.fullmatch(text)
    if found is None:
        return -1
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    if not (YEAR_MIN <= year <= YEAR_MAX and 1 <= month <= 12):
        return -1
    if not 1 <= day <= _MONTH_DAYS[month - 1] or hour > 23 or minute > 59 or second > 59:
        return -1
    seconds = days_of(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    return seconds * 10**9 + int((found[7] or "0").ljust(9, "0"))
