"""What Binance's answers say of the weight that is used."""

import re
from collections.abc import Mapping

_USED_WEIGHT = re.compile(r"x-mbx-used-weight-(\d{1,4})([smhd])")
_INTERVALS_NS = {"s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 24 * 3600 * 10**9}


def used_weights(headers: Mapping[str, str]) -> list[tuple[int, int]]:
    """X-MBX-USED-WEIGHT-1M and its relatives as (interval_ns, weight); one that is no number is
    left out."""
    found = []
    for name, value in headers.items():
        spelt = _USED_WEIGHT.fullmatch(name)
        if spelt and value.isascii() and value.isdigit():
            found.append((int(spelt[1]) * _INTERVALS_NS[spelt[2]], int(value)))
    return found
