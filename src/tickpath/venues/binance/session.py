"""What of a market-data session is Binance's: streams, control messages, REST snapshots.

Sources: the venue's web-socket-streams page ("Live Subscribing/Unsubscribing to streams", "How to
manage a local order book correctly") and its futures twins. Facts that may change are in spec.toml.
"""

import json
import re
from collections.abc import Mapping

from tickpath.core.errors import ConfigError
from tickpath.venues.binance.weights import used_weights
from tickpath.venues.session_actions import Control, ControlKind, Request, Snapshot
from tickpath.venues.spec import market_spec

STREAMS = ("depth@100ms", "bookTicker", "trade")
STREAMS_PER_MESSAGE = 60
"""Streams that one SUBSCRIBE names: well below any limit on the length of a message."""

NS_PER_HOUR = 3_600_000_000_000
_TRADE = re.compile(rb'\{"e":"trade","E":\d{1,20},"s":"([^"\\]{1,64})","t":(\d{1,19}),')
NO_STREAMS_LEFT = "{market} takes {most} streams on a connection, {wanted} are wanted: use two"


class BinanceMarketDialect:
    """Market data of one Binance market; see `session.MarketDialect`."""

    def __init__(self, venue: str) -> None:
        """Raises ConfigError for a venue that spec.toml does not name."""
        self.spec = market_spec(venue)
        streams = self.spec["streams"]
        self.streams_max: int = streams["per_connection_max"]
        self.messages_per_s_max: int = streams["messages_in_per_s_max"]
        self.lifetime_ns: int | None = streams["connection_hours_max"] * NS_PER_HOUR
        # The pages of the futures markets name no number: the spot market's holds for them.
        spot = market_spec("binance-spot")["streams"]["connections_per_5_min_max"]
        self.connects = [(300 * 10**9, streams.get("connections_per_5_min_max", spot))]

    def line_url(self, url: str) -> str:
        """Raw streams: a frame is not wrapped in the name of its stream."""
        return f"{url}{self.spec['streams']['path']}"

    def subscribe(self, symbols: list[str], number: int) -> list[Request]:
        """Raises ConfigError when one connection does not take so many streams."""
        names = [f"{symbol.lower()}@{stream}" for symbol in symbols for stream in STREAMS]
        if len(names) > self.streams_max:
            raise ConfigError(NO_STREAMS_LEFT.format(
                market=self.spec["venue"], most=self.streams_max, wanted=len(names)))  # fmt: skip
        groups = range(0, len(names), STREAMS_PER_MESSAGE)
        return [
            _message("SUBSCRIBE", names[at : at + STREAMS_PER_MESSAGE], number + k)
            for k, at in enumerate(groups)
        ]

    def control(self, data: bytes) -> Control:
        """A reply to a request, the notice of a shutdown, or neither."""
        if b'"id"' not in data and b'"serverShutdown"' not in data:
            return Control(ControlKind.OTHER)
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            return Control(ControlKind.OTHER)
        if not isinstance(message, dict):
            return Control(ControlKind.OTHER)
        if message.get("e") == "serverShutdown":
            return Control(ControlKind.CLOSING)
        number = message.get("id")
        if not isinstance(number, int) or isinstance(number, bool):
            return Control(ControlKind.OTHER)
        fault = message.get("error", message if "code" in message else None)
        if fault is not None:
            return Control(ControlKind.REFUSED, number, _fault_text(fault))
        if "result" in message and message["result"] is None:
            return Control(ControlKind.ACCEPTED, number)
        return Control(ControlKind.OTHER, number)

    def snapshot(self, symbol: str) -> Snapshot:
        """The book by REST: as deep as the venue gives it."""
        query = f"symbol={symbol}&limit={self.spec['depth_limit']}"
        return Snapshot(self.spec["depth_path"], query, self.spec["depth_weight"])

    def resync(self, symbols: list[str], number: int) -> list[Request]:
        """Nothing: books come by REST."""
        return []

    def ping(self, number: int) -> None:
        """The transport's."""

    def serial(self, data: bytes) -> tuple[str, int] | None:
        """Of trades: depth and best prices have ids that the feed compares."""
        found = _TRADE.match(data)
        return (found[1].decode(errors="replace"), int(found[2])) if found else None

    def snapshot_frame(self, symbol: str, body: bytes) -> bytes:
        """The answer does not name its instrument, so it is wrapped like a combined stream."""
        return b'{"stream":"%s@depth","data":%s}' % (symbol.lower().encode(), body.strip())

    def used(self, headers: Mapping[str, str]) -> list[tuple[int, int]]:
        """The X-MBX-USED-WEIGHT headers."""
        return used_weights(headers)


def _message(method: str, params: list[str], number: int) -> Request:
    text = json.dumps({"method": method, "params": params, "id": number}, separators=(",", ":"))
    return Request(text.encode())


def _fault_text(fault: object) -> str:
    """What a refusal says, cut to a length that fits a line."""
    if isinstance(fault, dict):
        return f"{fault.get('code')}: {fault.get('msg')}"[:200]
    return str(fault)[:200]
