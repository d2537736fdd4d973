"""What of a market-data session is Kraken's: channels of WebSocket v2, replies, notices, resync.

A subscription brings the book; its changes carry a checksum and no ids. A book whose checksum does
not match is subscribed to again, alone: unsubscribe, subscribe, a snapshot comes. Every request has
one reply a symbol. Sources: docs.kraken.com, spot-websocket-v2 (book, trade, ticker, status, ping).
Facts that may change are in spec.toml. Worst case: a stale snapshot shows at the next change only.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tickpath.core.errors import ConfigError
from tickpath.venues.kraken import requests
from tickpath.venues.kraken.request_ids import SESSION_FIRST
from tickpath.venues.kraken.subscription import DEPTH_DEFAULT, DEPTHS
from tickpath.venues.session_actions import Control, ControlKind, Request
from tickpath.venues.spec import market_spec
from tickpath.venues.streamed import StreamedBooks

MESSAGES_PER_S = 10
"""No page of the venue states a limit for subscriptions; this is low enough for any."""

SYMBOLS_PER_MESSAGE = 50
MARKS = (b'"method"', b'"status"', b'"error"')
"""A message without any of them is market data or a heartbeat."""


class KrakenMarketDialect(StreamedBooks):
    """Market data of Kraken spot; see `session_actions.MarketDialect`."""

    messages_per_s_max: int = MESSAGES_PER_S
    lifetime_ns: int | None = None

    def __init__(self, venue: str = "kraken-spot", depth: int = 0) -> None:
        """`depth` is that of the source, 0 for the venue's default. Raises ConfigError."""
        if depth not in (0, *DEPTHS):
            raise ConfigError(f"depth {depth}: Kraken offers {', '.join(map(str, DEPTHS))}")
        self.spec = market_spec(venue)
        self.depth = depth or DEPTH_DEFAULT
        most = self.spec["streams"]["connections_per_10_min_max"]
        self.connects = [(600 * 10**9, most)]

    def line_url(self, url: str) -> str:
        """The endpoint itself."""
        return url

    def subscribe(self, symbols: list[str], number: int) -> list[Request]:
        """Books of the depth, best prices at every change, trades without those of the past."""
        trigger = self.spec["streams"]["ticker_trigger"]
        found: list[Request] = []
        for channel, options in (
            ("book", {"depth": self.depth}),
            ("ticker", {"event_trigger": trigger}),
            ("trade", {"snapshot": False}),
        ):
            found += _requests(requests.subscribe, channel, symbols, number + len(found), options)
        return found

    def resync(self, symbols: list[str], number: int) -> list[Request]:
        """The books of these symbols anew; the others and the other channels go on."""
        options = {"depth": self.depth}
        gone = _requests(requests.unsubscribe, "book", symbols, number, options)
        return gone + _requests(requests.subscribe, "book", symbols, number + len(gone), options)

    def ping(self, number: int) -> Request:
        """Answered by a pong."""
        return Request(requests.ping(SESSION_FIRST + number))

    def control(self, data: bytes) -> Control:
        """A reply, a status other than online, or neither."""
        if not any(mark in data for mark in MARKS):
            return Control(ControlKind.OTHER)
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            return Control(ControlKind.OTHER)
        if not isinstance(message, dict):
            return Control(ControlKind.OTHER)
        if message.get("channel") == "status":
            return _status(message)
        known = message.get("req_id")
        number = known - SESSION_FIRST if type(known) is int else -1
        if message.get("success") is False:
            text = f"{message.get('error')} {message.get('symbol', '')}".strip()[:200]
            if number >= 0:
                return Control(ControlKind.REFUSED, number, text)
            return Control(ControlKind.NOTICE, text=text)
        if number >= 0 and (message.get("success") is True or message.get("method") == "pong"):
            return Control(ControlKind.ACCEPTED, number)
        return Control(ControlKind.OTHER)


def _requests(
    make: Callable[..., bytes], channel: str, symbols: list[str], number: int,
    options: Mapping[str, Any],
) -> list[Request]:  # fmt: skip
    """One channel of these symbols, in messages of a bounded length."""
    groups = [
        symbols[at : at + SYMBOLS_PER_MESSAGE] for at in range(0, len(symbols), SYMBOLS_PER_MESSAGE)
    ]
    return [
        Request(make(channel, group, SESSION_FIRST + number + k, **options), len(group))
        for k, group in enumerate(groups)
    ]


def _status(message: dict[str, Any]) -> Control:
    """What the venue says of itself: only "online" is nothing to tell."""
    rows = message.get("data")
    first = rows[0] if isinstance(rows, list) and rows else None
    system = first.get("system") if isinstance(first, dict) else None
    if system == "online":
        return Control(ControlKind.OTHER)
    return Control(ControlKind.NOTICE, text=f"the venue's status is {str(system)[:40]}")
