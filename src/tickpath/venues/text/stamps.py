"""RFC 3339 times as venues write them: "2023-10-06T17:35:55.440295Z", always UTC.

In: the text. Out: ns since 1970, -1 when it is no such text. A fraction has one to nine digits.
`stamps.pxd` does the same for the native decoders.
"""

import re
from datetime import UTC, datetime

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z", flags=re.ASCII)
YEAR_MIN, YEAR_MAX = 1970, 2261
"""64-bit nanoseconds end in 2262."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_ns(text: str) -> int:
    """Nanoseconds since 1970, -1 for anything but a time. The second 60 is none."""
    found = _TIME.fullmatch(text)
    if found is None or not YEAR_MIN <= int(found[1]) <= YEAR_MAX:
        return -1
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    try:
        since = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - EPOCH
    except ValueError:
        return -1
    return (since.days * 86_400 + since.seconds) * 10**9 + int((found[7] or "0").ljust(9, "0"))
