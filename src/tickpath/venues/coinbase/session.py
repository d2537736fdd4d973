"""What of a market-data session is Coinbase's: channels of Advanced Trade and of the Exchange feed.

A subscription brings the book; its changes carry no ids. Advanced Trade numbers the frames of a
connection: a number that is missing loses every book of the source, which are then subscribed to
again. The Exchange feed numbers nothing: what is lost inside a connection does not show. Replies
name no request; they come in the order of these.
Sources: docs.cdp.coinbase.com (websocket-channels, exchange/websocket-feed). Facts that may change
are in spec.toml.
Worst case: a snapshot of the past, which nothing shows at this venue.
"""

import json
from collections.abc import Mapping
from typing import Any

from tickpath.venues.session_actions import OLDEST, Control, ControlKind, Request
from tickpath.venues.spec import market_spec
from tickpath.venues.streamed import StreamedBooks

PRODUCTS_PER_MESSAGE = 100
MARKS = (b'"subscriptions"', b'"error"')
"""A message without any of them is market data or a heartbeat."""


class CoinbaseMarketDialect(StreamedBooks):
    """Market data of one Coinbase market; see `session_actions.MarketDialect`."""

    lifetime_ns: int | None = None

    def __init__(self, venue: str) -> None:
        """Raises ConfigError for a venue that spec.toml does not name."""
        self.spec = market_spec(venue)
        self.numbered: bool = self.spec["connection_sequence"]
        streams = self.spec["streams"]
        self.channels: Mapping[str, str] = streams["channels"]
        self.messages_per_s_max: int = streams["messages_out_per_s_max"]
        self.connects = [(10**9, streams["connections_per_s_max"])]

    def line_url(self, url: str) -> str:
        """The endpoint itself."""
        return url

    def subscribe(self, symbols: list[str], number: int) -> list[Request]:
        """Books, trades and the beat without which an idle subscription ends."""
        named = [self.channels["book"], self.channels["trades"]]
        found = self._requests("subscribe", named, symbols)
        beat = self.channels["beat"]
        if self.numbered:
            return [*found, _request("subscribe", {"channel": beat})]
        return found + self._requests("subscribe", [beat], symbols)

    def resync(self, symbols: list[str], number: int) -> list[Request]:
        """The books of these products anew; the others and the other channels go on."""
        book = [self.channels["book"]]
        gone = self._requests("unsubscribe", book, symbols)
        return gone + self._requests("subscribe", book, symbols)

    def _requests(self, method: str, channels: list[str], symbols: list[str]) -> list[Request]:
        """Advanced Trade takes one channel a message, the Exchange feed several."""
        found = []
        for at in range(0, len(symbols), PRODUCTS_PER_MESSAGE):
            products = {"product_ids": symbols[at : at + PRODUCTS_PER_MESSAGE]}
            if self.numbered:
                found += [_request(method, products | {"channel": name}) for name in channels]
            else:
                found.append(_request(method, products | {"channels": channels}))
        return found

    def ping(self, number: int) -> Request | None:
        """None: the beat comes every second."""
        return None

    def control(self, data: bytes) -> Control:
        """The subscriptions there are now, which answers a request, an error, or neither."""
        if not any(mark in data for mark in MARKS):
            return Control(ControlKind.OTHER)
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            return Control(ControlKind.OTHER)
        if not isinstance(message, dict):
            return Control(ControlKind.OTHER)
        if message.get("type") == "error":
            text = f"{message.get('message')} {message.get('reason', '')}".strip()[:200]
            return Control(ControlKind.REFUSED, OLDEST, text)
        if "subscriptions" in (message.get("channel"), message.get("type")):
            return Control(ControlKind.ACCEPTED, OLDEST)
        return Control(ControlKind.OTHER)


def _request(method: str, fields: Mapping[str, Any]) -> Request:
    return Request(json.dumps({"type": method, **fields}, separators=(",", ":")).encode())
