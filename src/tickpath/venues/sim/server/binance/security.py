"""Who sends a request: key, time and signature, checked in the venue's order.

A key that was revoked is refused with -2015. `timestamp` may be in ms or us, as sent.
"""

from tickpath.venues.sim.server.accounts import Account, ApiKey
from tickpath.venues.sim.server.binance.errors import (
    AHEAD,
    BAD_SIGNATURE,
    INVALID_KEY,
    KEY_FORMAT,
    OUTSIDE_WINDOW,
    ApiError,
    missing,
)
from tickpath.venues.sim.server.binance.params import Params
from tickpath.venues.sim.server.binance.signing import verify
from tickpath.venues.sim.server.venue import Venue

WINDOW_MS = 5000
WINDOW_MS_MAX = 60_000
AHEAD_MS = 1000
MICROSECONDS_FROM = 10**14


class Security:
    """The keys of a venue."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue

    def key(self, name: str) -> tuple[Account, ApiKey]:
        """The account of a key. Raises ApiError."""
        if not name:
            raise ApiError(*KEY_FORMAT)
        for account in self.venue.exchange.accounts.values():
            found = account.keys.get(name)
            if found is not None and account.can_trade:
                return account, found
        raise ApiError(*INVALID_KEY)

    def check_time(self, params: Params) -> None:
        """Raises ApiError -1021 for a request too old or of the future."""
        stamp = params.integer("timestamp")
        window = params.text("recvWindow", str(WINDOW_MS))
        whole, _, part = window.partition(".")
        if not whole.isdigit() or (part and not part.isdigit()) or len(part) > 3:
            raise ApiError(-1100, "Illegal characters found in parameter 'recvWindow'.")
        if int(whole) > WINDOW_MS_MAX:
            raise ApiError(-1131, "recvWindow must be less than 60000.")
        window_us = int(whole) * 1000 + int(part.ljust(3, "0") or 0)
        stamp_us = stamp if stamp >= MICROSECONDS_FROM else stamp * 1000
        now_us = self.venue.venue_ns() // 1000
        if stamp_us >= now_us + AHEAD_MS * 1000:
            raise ApiError(*AHEAD)
        if now_us // 1000 - stamp_us // 1000 > window_us // 1000:
            raise ApiError(*OUTSIDE_WINDOW)

    def check(self, name: str, params: Params, payload: bytes, signature: str) -> Account:
        """The account of a signed request. Raises ApiError."""
        account, key = self.key(name)
        if not signature:
            raise missing("signature")
        self.check_time(params)
        if not verify(key, payload, signature):
            raise ApiError(*BAD_SIGNATURE)
        return account
