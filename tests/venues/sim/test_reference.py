"""The native venue and the plain one answer the same bytes to the same frames and requests."""

import json
from random import Random
from typing import Any

import pytest
from support import RECORDINGS, btcusd_inverse, btcusdt, btcusdt_linear, config_of, require

from tickpath.backtest.recording import read_recordings
from tickpath.core.config import Config, SimSpec
from tickpath.core.ids import to_text
from tickpath.core.records import BookStatus
from tickpath.venues.sim import reference
from tickpath.venues.sim.native import SimVenue

MARKETS = (btcusdt(), btcusdt_linear(symbol="BTCUSDT"), btcusd_inverse())
PRICE_DIGITS, QUANTITY_DIGITS = (2, 1, 1), (5, 3, 0)


class Storm:
    """Seeded frames and requests around a price, most of them sound."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.last_id = [10, 10, 10]
        self.ids = 0
        self.live: list[tuple[int, str]] = []

    def price(self, market: int, away: int = 8) -> str:
        ticks = 100 * 10 ** PRICE_DIGITS[market] + self.random.randint(-away, away)
        digits = str(ticks)
        return f"{digits[: -PRICE_DIGITS[market]]}.{digits[-PRICE_DIGITS[market] :]}"

    def quantity(self, market: int, top: int = 9) -> str:
        if QUANTITY_DIGITS[market] == 0:
            return str(self.random.randint(1, top))
        return f"{self.random.uniform(0.2, top):.{QUANTITY_DIGITS[market]}f}"

    def levels(self, market: int, side: int, count: int) -> list[list[str]]:
        rows = []
        for _ in range(count):
            price = float(self.price(market)) + (6 if side else -6) / 10 ** PRICE_DIGITS[market]
            quantity = "0" if self.random.random() < 0.4 else self.quantity(market)
            rows.append([f"{price:.{PRICE_DIGITS[market]}f}", quantity])
        return rows

    def frame(self, market: int) -> bytes:
        """A depth diff mostly; a trade, a bookTicker, seldom a snapshot or a gap."""
        kind = self.random.random()
        symbol = MARKETS[market].symbol
        if kind < 0.35:
            return json.dumps(
                {"e": "trade", "E": 1, "T": 1, "s": symbol, "t": 5, "p": self.price(market, 4),
                 "q": self.quantity(market), "m": self.random.random() < 0.5}
            ).encode()  # fmt: skip
        self.last_id[market] += 1
        last = self.last_id[market]
        if kind < 0.5:
            return json.dumps(
                {"e": "bookTicker", "u": last, "s": symbol, "b": self.price(market, 2),
                 "B": "1", "a": self.price(market, 2), "A": "2", "T": 1, "E": 1}
            ).encode()  # fmt: skip
        bids, asks = (self.levels(market, side, self.random.randint(0, 5)) for side in (0, 1))
        if kind < 0.52:
            return json.dumps({"lastUpdateId": last, "bids": bids, "asks": asks}).encode()
        event = {"e": "depthUpdate", "E": 1, "T": 1, "s": symbol, "U": last, "u": last}
        if market:
            event["pu"] = last - 1 - (self.random.random() < 0.01)
        return json.dumps(event | {"b": bids, "a": asks}).encode()

    def request(self) -> tuple[int, bytes]:
        market = self.random.choice((0, 0, 1, 2))
        self.ids += 1
        own = to_text(0x0001000100000000 + self.ids)
        params: dict[str, Any] = {"symbol": MARKETS[market].symbol}
        old = self.random.choice([i for m, i in self.live if m == market] or [own])
        roll = self.random.random()
        if roll < 0.25:
            body = {"id": "c" + old, "method": "order.cancel"}
            params["origClientOrderId"] = old
            return market, self.bend(json.dumps(body | {"params": params}))
        params |= self.terms(market)
        params["newClientOrderId"] = own if self.random.random() < 0.97 else old
        method = "order.place"
        if roll > 0.7:
            method = "order.cancelReplace"
            params |= {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": old}
        self.live = [*self.live[-12:], (market, own)]
        return market, self.bend(json.dumps({"id": own, "method": method, "params": params}))

    def terms(self, market: int) -> dict[str, Any]:
        pick = self.random.choice
        terms: dict[str, Any] = {
            "side": pick(("BUY", "SELL")),
            "type": pick(
                ("LIMIT", "LIMIT", "LIMIT", "MARKET", "LIMIT_MAKER", "LIMIT_MAKER", "STOP")
            ),
            "quantity": self.quantity(market, 25),
        }
        if terms["type"] != "MARKET":
            terms["price"] = self.price(market)
        if terms["type"] == "LIMIT":
            terms["timeInForce"] = pick(("GTC", "GTC", "GTC", "IOC", "FOK", "GTX", "GTX", "DAY"))
        if self.random.random() < 0.1:
            terms["reduceOnly"] = pick(("true", "false"))
        if self.random.random() < 0.05:
            terms.pop(pick(sorted(terms)))
        return terms

    def bend(self, body: str) -> bytes:
        """Now and then one byte is another, or the end is missing."""
        data = bytearray(body.encode())
        if self.random.random() < 0.15:
            data[self.random.randrange(len(data))] = self.random.choice(b'"{}:,0.1a\\ \0\xc3')
        if self.random.random() < 0.03:
            del data[self.random.randrange(len(data)) :]
        return bytes(data)


class Pair:
    """Both venues, driven alike and compared after every step."""

    def __init__(self, config: Config) -> None:
        self.native, self.plain = SimVenue(config), reference.SimVenue(config)
        self.answers = self.fill_count = 0
        self.reasons: set[int] = set()
        self.codes: set[int] = set()

    def market(self, source: int, data: bytes, t_ns: int) -> None:
        self.native.on_market(source, data, t_ns)
        self.plain.on_market(source, data, t_ns)
        self.compare(data)

    def request(self, venue: int, data: bytes, t_ns: int) -> None:
        self.native.on_request(venue, data, t_ns)
        self.plain.on_request(venue, data, t_ns)
        self.compare(data)

    def compare(self, data: bytes) -> None:
        reports = self.native.take_reports()
        assert reports == self.plain.take_reports(), data
        fills = self.native.take_fills()
        assert fills.tolist() == self.plain.take_fills().tolist(), data
        assert self.native.live_orders() == self.plain.live_orders(), data
        self.answers += len(reports)
        self.fill_count += len(fills)
        self.reasons |= set(fills["why"].tolist())
        for _, _, text in reports:
            self.codes.add(json.loads(text).get("error", {}).get("code", 0))


@pytest.mark.parametrize(
    "sim",
    [
        {"queue_power": 1}, {"queue_power": 4}, {"queue": "pessimistic"},
        {"queue_power": 2, "self_impact": True},
    ],
    ids=str,
)  # fmt: skip
def test_storms_are_answered_alike(sim: dict[str, Any]) -> None:
    pair = Pair(config_of(*MARKETS, sim=SimSpec(**sim)))
    storm = Storm(17)
    for k in range(6000):
        t_ns = k * 7_000_000
        if storm.random.random() < 0.6:
            market = storm.random.choice((0, 0, 1, 2))
            pair.market(market, storm.frame(market), t_ns)
        else:
            pair.request(*storm.request(), t_ns)
    assert pair.native.book_counters() == pair.plain.book_counters()
    assert pair.native.book_counters()["bbo_checked"] > 10
    assert pair.reasons == {0, 1, 2, 3}
    assert {0, -1013, -1135, -2010, -2011, -2021, -2022, -1116, -5022, -1102} <= pair.codes
    assert pair.fill_count > 200


@pytest.mark.recordings
def test_a_recording_fills_alike() -> None:
    recording = read_recordings([require(RECORDINGS / "spot_btcusdt_20240808.gz")])
    instrument = btcusdt(lot_size=btcusdt().lot_size / 10)
    pair, random = Pair(config_of(instrument)), Random(3)
    book = pair.plain.books[0]
    for k in range(3000):
        start, size = int(recording.offsets[k]), int(recording.sizes[k])
        pair.market(0, bytes(recording.blob[start : start + size]), int(recording.t_ns[k]))
        if k % 20 or book.status != BookStatus.OK:
            continue
        side = random.choice((0, 1))
        ticks = (book.sides[side].best() or 0) + random.randint(-3, 3)
        own = to_text(0x0001000100000000 + k)
        params = {
            "symbol": "BTCUSDT", "side": ("BUY", "SELL")[side], "type": "LIMIT",
            "timeInForce": "GTC", "price": f"{ticks // 100}.{ticks % 100:02d}",
            "quantity": "0.01", "newClientOrderId": own,
        }  # fmt: skip
        body = {"id": own, "method": "order.place", "params": params}
        pair.request(0, json.dumps(body).encode(), int(recording.t_ns[k]))
    assert pair.fill_count > 20
