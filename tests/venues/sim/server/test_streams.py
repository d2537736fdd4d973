"""Market streams of spot: consistent with snapshots, controlled as the venue has it."""

import json
import random
from typing import Any

import pytest
from venues.sim.server.rig import SpotRig

from tickpath.venues.sim.server.binance.limits import LimitSpec
from tickpath.venues.sim.server.crowd import Crowd
from tickpath.venues.sim.server.orders import BUY, SELL
from tickpath.venues.sim.server.units import parse


class Follower:
    """A book built as the venue tells its clients to build one."""

    def __init__(self, snapshot: Any) -> None:
        self.id = snapshot["lastUpdateId"]
        self.sides = [{parse(p): parse(q) for p, q in snapshot[name]} for name in ("bids", "asks")]

    def apply(self, diff: Any) -> None:
        if diff["u"] <= self.id:
            return
        assert diff["U"] <= self.id + 1 <= diff["u"]
        for side, rows in zip(self.sides, (diff["b"], diff["a"]), strict=True):
            for price, quantity in rows:
                side[parse(price)] = parse(quantity)
        self.id = diff["u"]

    def best(self) -> tuple[int, int, int, int]:
        bids, asks = ({p: q for p, q in side.items() if q} for side in self.sides)
        bid, ask = max(bids), min(asks)
        return bid, bids[bid], ask, asks[ask]


def test_diffs_on_a_snapshot_are_the_book_at_both_speeds() -> None:
    rig = SpotRig()
    crowd = Crowd(
        rig.exchange, rig.market, seed=1, mid=parse("60000"), size_max=parse("1"), events_per_s=500
    )
    rig.venue.sources.append(crowd)
    crowd.start(rig.venue.t_ns)
    fast = rig.streams("btcusdt@depth@100ms", "btcusdt@bookTicker")
    slow = rig.streams("btcusdt@depth")
    chance = random.Random(5)
    rig.pass_ms(350)
    book = Follower(rig.get("/api/v3/depth", symbol="BTCUSDT", limit=5000))
    other = Follower(rig.get("/api/v3/depth", symbol="BTCUSDT", limit=5000))
    tickers: list[Any] = []
    checked = 0
    for _ in range(40):
        rig.pass_ms(chance.randrange(1, 400))
        for message in fast.take():
            if "e" not in message:
                tickers.append(message)
                continue
            book.apply(message)
            known = [t for t in tickers if t["u"] <= book.id]
            if known and message["u"] == book.id:
                last = known[-1]
                shown = tuple(parse(last[name]) for name in "bBaA")
                assert book.best() == shown
                checked += 1
        for message in slow.take():
            other.apply(message)
    crowd.next_ns = None
    rig.pass_ms(1000)
    for message in [m for m in fast.take() if "e" in m]:
        book.apply(message)
    for message in slow.take():
        other.apply(message)
    assert checked > 20
    assert book.best() == other.best() == rig.exchange.books["BTCUSDT"].top()


def test_trades_and_tickers() -> None:
    rig = SpotRig()
    rig.fill_book()
    sink = rig.streams("btcusdt@trade", "btcusdt@bookTicker")
    rig.exchange.crowd_take(rig.market, SELL, parse("0.5"))
    trade, ticker = sink.take()
    assert trade["e"] == "trade"
    assert (trade["p"], trade["q"], trade["m"]) == ("60000.00000000", "0.50000000", True)
    assert list(ticker) == ["u", "s", "b", "B", "a", "A"]
    assert (ticker["b"], ticker["B"]) == ("60000.00000000", "0.50000000")


def test_a_combined_stream_is_wrapped_and_may_be_in_microseconds() -> None:
    rig = SpotRig()
    rig.fill_book()
    _, sink = rig.connect("/stream", "streams=btcusdt@aggTrade/btcusdt@depth5&timeUnit=MICROSECOND")
    rig.exchange.crowd_take(rig.market, BUY, parse("1"))
    rig.pass_ms(1000)
    aggregate, partial = sink.take()
    assert aggregate["stream"] == "btcusdt@aggTrade"
    assert aggregate["data"]["T"] == rig.clock.t_ns // 1000 - 10**6
    assert partial["stream"] == "btcusdt@depth5"
    assert len(partial["data"]["bids"]) == 5
    assert len(partial["data"]["asks"]) == 4


def ask(rig: SpotRig, link: Any, sink: Any, message: Any) -> Any:
    text = message if isinstance(message, str) else json.dumps(message)
    rig.venue.receive(link, text)
    return sink.take()[-1]


def test_control_messages() -> None:
    rig = SpotRig(LimitSpec(messages_per_s=0))
    rig.fill_book()
    link, sink = rig.connect("/ws")
    names = ["btcusdt@trade", "btcusdt@depth"]
    subscribe = {"method": "SUBSCRIBE", "params": names, "id": 1}
    assert ask(rig, link, sink, subscribe) == {"result": None, "id": 1}
    listed = {"method": "LIST_SUBSCRIPTIONS", "id": "x"}
    assert ask(rig, link, sink, listed) == {"result": names, "id": "x"}
    drop = {"method": "UNSUBSCRIBE", "params": names[:1], "id": None}
    assert ask(rig, link, sink, drop) == {"result": None, "id": None}
    assert ask(rig, link, sink, listed)["result"] == names[1:]
    combined = {"method": "SET_PROPERTY", "params": ["combined", True], "id": 5}
    assert ask(rig, link, sink, combined) == {"result": None, "id": 5}
    known = {"method": "GET_PROPERTY", "params": ["combined"], "id": 6}
    assert ask(rig, link, sink, known) == {"result": True, "id": 6}
    rig.exchange.crowd_take(rig.market, BUY, parse("1"))
    rig.pass_ms(1000)
    assert [m["stream"] for m in sink.take()] == ["btcusdt@depth"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", 3),
        ("[]", 2),
        ({"method": "NONE", "id": 1}, 2),
        ({"method": "SUBSCRIBE", "params": "x", "id": 1}, 2),
        ({"method": "SUBSCRIBE", "params": ["a"], "id": 1.5}, 2),
        ({"method": "GET_PROPERTY", "params": ["other"], "id": 1}, 0),
        ({"method": "SET_PROPERTY", "params": ["combined", 1], "id": 1}, 1),
    ],
)
def test_bad_control_messages(message: Any, code: int) -> None:
    rig = SpotRig()
    link, sink = rig.connect("/ws")
    assert ask(rig, link, sink, message)["code"] == code


def test_too_many_messages_end_the_connection() -> None:
    rig = SpotRig()
    link, sink = rig.connect("/ws")
    for number in range(5):
        ask(rig, link, sink, {"method": "LIST_SUBSCRIPTIONS", "id": number})
    rig.venue.receive(link, json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 6}))
    assert sink.closed is not None
    assert link.number not in rig.venue.links
    assert not rig.protocol.streams.wanted


def test_too_many_connections_are_refused() -> None:
    rig = SpotRig(LimitSpec(connections_per_5_min=2))
    for _ in range(2):
        rig.connect("/ws")
    with pytest.raises(AssertionError, match="429"):
        rig.connect("/ws")
