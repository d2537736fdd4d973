"""Kraken's words: numbers without quotes, times, ids, names of assets and pairs."""

import datetime
from functools import lru_cache
from typing import Any

from msgspec import Raw
from msgspec.json import encode

from tickpath.venues.sim.server.orders import Market
from tickpath.venues.sim.server.units import fixed, plain

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ALT = {"BTC": "XBT", "DOGE": "XDG"}
LEGACY = {
    "XBT": "XXBT",
    "ETH": "XETH",
    "XDG": "XXDG",
    "LTC": "XLTC",
    "XRP": "XXRP",
    "USD": "ZUSD",
    "EUR": "ZEUR",
    "GBP": "ZGBP",
}


def number(units: int, decimals: int = 8) -> Raw:
    """A number of a message, with all its decimals."""
    return Raw(fixed(units, decimals))


def short(units: int) -> Raw:
    """Without zeros at the end."""
    return Raw(plain(units))


def dump(value: Any) -> str:
    """JSON with exact numbers."""
    return encode(value).decode()


@lru_cache(maxsize=64)
def second(s: int) -> str:
    """RFC 3339 without a zone."""
    return f"{datetime.datetime.fromtimestamp(s, datetime.UTC):%Y-%m-%dT%H:%M:%S}"


def stamp(ns: int) -> str:
    """RFC 3339 with microseconds."""
    return f"{second(ns // 10**9)}.{ns % 10**9 // 1000:06d}Z"


def seconds(ns: int) -> float:
    """Times of REST: a number of seconds; its digits below 100 us are not exact."""
    return round(ns / 10**9, 4)


def txid(first: str, value: int) -> str:
    """An id as the venue writes them: letter, then 5-5-6 letters and digits."""
    text = ""
    for _ in range(16):
        value, digit = divmod(value, 32)
        text = LETTERS[digit] + text
    return f"{first}{text[:5]}-{text[5:10]}-{text[10:]}"


def alt(asset: str) -> str:
    """REST's short name of an asset."""
    return ALT.get(asset, asset)


def legacy(asset: str) -> str:
    """REST's name of an asset in balances."""
    return LEGACY.get(alt(asset), alt(asset))


def pair_names(market: Market) -> tuple[str, str, str]:
    """(key, altname, wsname) of a market on REST."""
    base, quote = alt(market.base), alt(market.quote)
    key = base + quote
    if base in LEGACY and quote in LEGACY:
        key = LEGACY[base] + LEGACY[quote]
    return key, base + quote, f"{base}/{quote}"
