"""The native venue and the plain one answer the same bytes to the same frames and requests."""

import json
from random import Random
from typing import Any

import pytest
from support import RECORDINGS, btcusdt, config_of, require
from venues.sim.storm import MARKETS, Storm

from tickpath.backtest.recording import read_recordings
from tickpath.core.config import Config, SimSpec
from tickpath.core.ids import to_text
from tickpath.core.records import BookStatus
from tickpath.venues.sim import reference
from tickpath.venues.sim.native import SimVenue


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
        {"queue_power": 1}, {"queue": "pessimistic"}, {"queue_power": 2, "self_impact": True},
        {"queue": "power3", "partial_fills": False},
        *(pytest.param(sim, marks=pytest.mark.slow) for sim in (
            {"queue_power": 4}, {"queue": "power2", "queue_power": 3}, {"queue": "log"},
            {"queue": "log2"},
        )),
    ],
    ids=str,
)  # fmt: skip
def test_storms_are_answered_alike(sim: dict[str, Any]) -> None:
    pair = Pair(config_of(*MARKETS, sim=SimSpec(**sim)))
    storm = Storm(17)
    for k in range(9000):
        t_ns = k * 150_000_000
        storm.now_ms = t_ns // 1_000_000
        if storm.random.random() < 0.6:
            market = storm.random.choice((0, 0, 1, 2))
            pair.market(market, storm.frame(market), t_ns)
        else:
            pair.request(*storm.request(), t_ns)
    assert pair.native.book_counters() == pair.plain.book_counters()
    assert pair.native.book_counters()["bbo_checked"] > 10
    assert pair.reasons == {0, 1, 2, 3}
    wanted = {0, -1013, -1135, -2010, -2011, -2013, -2021, -2022, -1116, -5022, -1102}
    assert wanted | {-1106, -1130} <= pair.codes
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
