"""Listen keys of USD-M: an account's user events on a stream of its own, alive for an hour.

A key that is not kept alive expires and says so. Source: the venue's derivatives pages
User-Data-Streams, Start-/Keepalive-/Close-User-Data-Stream.
"""

import random
import string
from collections.abc import Callable

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.binance.errors import ApiError
from tickpath.venues.sim.server.clock import SECOND
from tickpath.venues.sim.server.venue import Venue

ALIVE_NS = 3600 * SECOND
KEY_LENGTH = 64


class ListenKeys:
    """One key an account; starting again keeps it and its time anew."""

    def __init__(self, venue: Venue, expired: Callable[[Account, str], None]) -> None:
        self.venue, self.expired = venue, expired
        self.random = random.Random(f"listen:{venue.seed}")
        self.keys: dict[str, tuple[Account, int]] = {}
        """Key to its account and end."""
        self.of: dict[str, str] = {}

    def start(self, account: Account) -> str:
        """The account's key, alive for an hour from now."""
        key = self.of.get(account.name)
        if key is None:
            letters = string.ascii_letters + string.digits
            key = "".join(self.random.choices(letters, k=KEY_LENGTH))
            self.of[account.name] = key
        self.keys[key] = (account, self.venue.t_ns + ALIVE_NS)
        self.venue.timers.at(self.venue.t_ns + ALIVE_NS, lambda: self.end(account))
        return key

    def keep(self, account: Account) -> str:
        """Another hour. Raises ApiError without a key."""
        if account.name not in self.of:
            raise ApiError(-1125, "This listenKey does not exist.")
        return self.start(account)

    def close(self, account: Account) -> None:
        """The key is no more."""
        key = self.of.pop(account.name, None)
        if key is not None:
            del self.keys[key]

    def end(self, account: Account) -> None:
        """Its time may be over."""
        key = self.of.get(account.name)
        if key is not None and self.keys[key][1] <= self.venue.t_ns:
            self.close(account)
            self.expired(account, key)

    def account(self, key: str) -> Account | None:
        """Whose key it is."""
        found = self.keys.get(key)
        return found[0] if found is not None else None
