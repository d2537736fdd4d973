"""A recording that nobody's orders move: fills of a backtest, frames as they were recorded."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from venues.sim.server.rig import LINEAR, SpotRig, UsdmRig
from venues.sim.server.test_sources import recorded

from tickpath.core.config import SimSpec
from tickpath.core.config_load import config_from
from tickpath.core.errors import ConfigError
from tickpath.core.records import TimeInForce
from tickpath.venues.sim.frames import Builder, Recording
from tickpath.venues.sim.generator import generate
from tickpath.venues.sim.reference import SimVenue
from tickpath.venues.sim.reference_terms import SimOrder
from tickpath.venues.sim.server.faults import Fault
from tickpath.venues.sim.server.orders import (
    BUY,
    SELL,
    Force,
    Kind,
    Order,
    RefusedError,
    Status,
    Why,
)
from tickpath.venues.sim.server.queued import Queued
from tickpath.venues.sim.server.units import UNIT, parse

MS = 1_000_000
MARKET = generate(seed=11, frames=3000)
BOOK = {
    "lastUpdateId": 5,
    "bids": [["100", "1"], ["99", "2"]],
    "asks": [["101", "1"], ["102", "3"]],
}


def queued(recording: Recording, rig: SpotRig | None = None, **sim: Any) -> tuple[SpotRig, Queued]:
    rig = rig or SpotRig()
    market = Queued(
        rig.exchange, rig.market, recording, SimSpec(**sim), rig.protocol.streams
    )  # fmt: skip
    rig.venue.sources.append(market)
    market.start(rig.venue.t_ns)
    return rig, market


def depth(number: int, bids: list[list[str]], asks: list[list[str]]) -> dict[str, object]:
    return {"e": "depthUpdate", "E": 1, "s": "BTCUSDT", "U": number, "u": number,
            "b": bids, "a": asks}  # fmt: skip


def trade(number: int, price: str, quantity: str, maker_buys: bool) -> dict[str, object]:
    return {"e": "trade", "E": 1, "s": "BTCUSDT", "t": number, "p": price, "q": quantity, "T": 1,
            "m": maker_buys, "M": True}  # fmt: skip


def linear_trade(price: str) -> dict[str, object]:
    return {"e": "trade", "E": 1, "T": 1, "s": "BTCUSDT", "t": 9, "p": price, "q": "1",
            "X": "MARKET", "m": False}  # fmt: skip


def place(rig: SpotRig, side: int, price: str, quantity: str, **more: Any) -> Order:
    order = Order(
        0, rig.market, side, parse(price), parse(quantity), more.pop("account", rig.alice), **more
    )
    rig.exchange.place(order)
    return order


class Asked:
    """The same orders at a simulated venue by itself."""

    def __init__(self, sim: SimSpec) -> None:
        self.venue = SimVenue(replace(config_from("binance-spot", ["BTCUSDT"], ()), sim=sim))

    def place(self, order: Order, t_ns: int) -> None:
        about = self.venue.config.instruments[0]
        immediate = order.force in (Force.IOC, Force.FOK)
        self.venue.work(
            SimOrder(
                instrument=0,
                client_order_id=order.id,
                side=order.side,
                time_in_force=TimeInForce[order.force] if immediate else TimeInForce.GTC,
                price_ticks=order.price // int(about.tick_size * UNIT),
                quantity_lots=order.quantity // int(about.lot_size * UNIT),
            ),
            t_ns,
        )

    def cancel(self, number: int) -> None:
        self.venue.orders = [o for o in self.venue.orders if o.client_order_id != number]


@pytest.mark.parametrize(
    "sim", [{}, {"queue": "pessimistic"}, {"queue": "log", "partial_fills": False}]
)
def test_fills_are_those_of_a_backtest(sim: dict[str, Any]) -> None:
    """Orders of every force at random places and times, cancels among them, over 3 000 frames."""
    rig, market = queued(MARKET, **sim)
    rig.alice.balance("USDT").free = rig.alice.balance("BTC").free = parse("100000000")
    asked, chance = Asked(SimSpec(**sim)), random.Random(4)
    for k in range(market.position):
        asked.venue.on_market(0, market.frame(k), int(MARKET.t_ns[k]))
    mine: list[Order] = []
    while market.next_ns is not None:
        before = market.position
        rig.clock.t_ns = market.next_ns
        rig.venue.advance()
        for k in range(before, market.position):
            asked.venue.on_market(0, market.frame(k), rig.clock.t_ns)
        bid, ask = market.best(BUY), market.best(SELL)
        if not bid or not ask or chance.random() < 0.7:
            continue
        if mine and chance.random() < 0.3:
            gone = chance.choice(mine)
            if gone.open:
                rig.exchange.cancel(gone)
                asked.cancel(gone.id)
            continue
        side = chance.choice((BUY, SELL))
        away = chance.randrange(-3, 4) * rig.market.tick
        price = (bid if side == BUY else ask) + away
        order = Order(
            0, rig.market, side, price, parse("0.01") * chance.randrange(1, 50), rig.alice,
            force=chance.choice([Force.GTC] * 4 + [Force.IOC, Force.FOK]),
        )  # fmt: skip
        rig.exchange.place(order)
        mine.append(order)
        asked.place(order, rig.clock.t_ns)
    theirs = asked.venue.take_fills()
    assert len(theirs) > 150
    about = asked.venue.config.instruments[0]
    tick, lot = int(about.tick_size * UNIT), int(about.lot_size * UNIT)
    assert [(f.order.id, f.price, f.quantity, f.maker) for f in rig.alice.fills] == [
        (int(row["client_order_id"]), int(row["price_ticks"]) * tick,
         int(row["quantity_lots"]) * lot, bool(row["maker"]))
        for row in theirs
    ]  # fmt: skip
    assert (market.damaged, set(rig.exchange.settlement.totals())) == (0, {"USDT", "BTC"})
    book, known = rig.exchange.books["BTCUSDT"], market.fills.books[0]
    for side in (BUY, SELL):
        there = {ticks * tick: lots * lot for ticks, lots in known.depth(side, 10**6)}
        assert dict(book.depth(side, 10**6)) == there
    assert book.id == known.last_id


def test_orders_change_nothing_of_the_market() -> None:
    """What was taken is there for the next, and neither fill nor order is published."""
    rig, _ = queued(recorded([(0, BOOK), (10, trade(1, "100", "0.5", True))]))
    sink = rig.streams("btcusdt@trade", "btcusdt@bookTicker", "btcusdt@depth@100ms")
    first = place(rig, BUY, "101", "0.9")
    second = place(rig, BUY, "101", "0.9", account=rig.bob)
    rests = place(rig, BUY, "100.5", "2")
    assert (first.status, second.status, rests.status) == (Status.FILLED, Status.FILLED, Status.NEW)
    assert rig.exchange.books["BTCUSDT"].top() == (parse("100"), UNIT, parse("101"), UNIT)
    rig.pass_ms(200)
    assert [frame["e"] for frame in sink.take()] == ["trade"]


def test_frames_are_the_recorded_ones_at_the_time_of_the_venue() -> None:
    first = 50_093_239_218
    best = {"u": 7, "s": "BTCUSDT", "b": "100", "B": "3", "a": "101", "A": "1"}
    frames: list[tuple[int, object]] = [
        (0, {**BOOK, "lastUpdateId": first}),
        (7, depth(first + 1, [["100", "3"]], [])),
        (9, trade(77, "101", "0.25", False)),
        (12, {"stream": "btcusdt@bookTicker", "data": best}),
    ]
    rig, market = queued(recorded(frames))
    names = ("btcusdt@trade", "btcusdt@bookTicker", "btcusdt@depth@100ms", "btcusdt@depth")
    sink, every, start = rig.streams(*names), rig.streams("!bookTicker"), rig.venue.t_ns
    rig.pass_ms(220)
    found = sink.take()
    assert every.take() == [best]
    assert [f.get("e", "bookTicker") for f in found] == [
        "depthUpdate", "depthUpdate", "trade", "bookTicker",
    ]  # fmt: skip
    assert found[0] == {**depth(first + 1, [["100", "3"]], []), "E": (start + 7 * MS) // MS}
    assert (found[2]["t"], found[2]["E"], found[2]["T"]) == (77, *[(start + 9 * MS) // MS] * 2)
    assert found[3] == best
    assert market.next_ns is None
    rest = rig.get("/api/v3/depth", symbol="BTCUSDT", limit=5)
    assert rest["lastUpdateId"] == first + 1
    assert rest["bids"][0] == ["100.00000000", "3.00000000"]
    assert rig.get("/api/v3/trades", symbol="BTCUSDT")[-1]["price"] == "101.00000000"


def test_a_request_met_the_frames_with_its_stamp_or_an_earlier_one() -> None:
    """Frames are due on whole milliseconds of the venue's clock, which may be skewed."""
    builder = Builder()
    for t_ns, frame in ((1_250_000, BOOK), (4_900_000, depth(6, [["100", "3"]], []))):
        builder.add(t_ns, json.dumps(frame).encode())
    rig = SpotRig()
    rig.clock.t_ns += 700_000
    rig.venue.advance()
    rig.venue.skew_ns = 5 * MS
    _, market = queued(builder.build("binance-spot", "BTCUSDT"), rig)
    sink = rig.streams("btcusdt@depth")
    due_ns = market.due(1)
    assert due_ns % MS == 0
    rig.clock.t_ns = due_ns - 1
    rig.venue.advance()
    assert market.position == 1
    rig.clock.t_ns = due_ns
    rig.venue.advance()
    assert sink.take()[0]["E"] == due_ns // MS + 5
    assert place(rig, BUY, "100", "1").created_ns // MS == due_ns // MS + 5


def test_diffs_before_the_snapshot_count() -> None:
    """A book that was asked for while diffs came in: the first of them is newer than it."""
    rig, market = queued(
        recorded(
            [
                (0, depth(6, [["100", "7"]], [])),
                (2, BOOK),
                (4, depth(7, [], [["101", "4"]])),
            ]
        )
    )
    rig.pass_ms(5)
    assert market.open
    assert rig.exchange.books["BTCUSDT"].top() == (
        parse("100"), parse("7"), parse("101"), parse("4"),
    )  # fmt: skip


def test_an_iceberg_queues_again_for_each_clip() -> None:
    trades = [(5, trade(1, "100", "1.2", True)), (9, trade(2, "100", "0.5", True))]
    rig, market = queued(recorded([(0, BOOK), *trades]))
    mine = place(rig, BUY, "100", "0.6", clip=parse("0.2"))
    rig.pass_ms(6)
    assert mine.filled == parse("0.2")
    assert market.orders[mine.id][1].ahead_lots * market.lot == parse("1")
    rig.pass_ms(6)
    assert mine.filled == parse("0.2")


def test_what_an_order_may_not() -> None:
    rig, market = queued(recorded([(0, BOOK)]))
    for price, quantity, post_only, why in (
        ("101", "1", True, Why.CROSSES),
        ("100", "5000", False, Why.FUNDS),
    ):
        with pytest.raises(RefusedError) as refused:
            place(rig, BUY, price, quantity, post_only=post_only)
        assert refused.value.why is why
    rig.exchange.halt("BTCUSDT")
    with pytest.raises(RefusedError):
        place(rig, BUY, "100", "1")
    rig.exchange.halt("BTCUSDT", False)
    market.fills.restart(0)
    with pytest.raises(RefusedError) as refused:
        place(rig, BUY, "100", "1")
    assert refused.value.why is Why.CLOSED


def test_in_a_halt_nothing_is_filled() -> None:
    rig, _ = queued(recorded([(0, BOOK), (5, trade(1, "99", "3", True)),
                              (9, trade(2, "99", "3", True))]))  # fmt: skip
    mine = place(rig, BUY, "100", "0.5")
    rig.exchange.halt("BTCUSDT")
    rig.pass_ms(6)
    assert mine.filled == 0
    rig.exchange.halt("BTCUSDT", False)
    rig.pass_ms(6)
    assert mine.status is Status.FILLED


def test_less_of_an_order_keeps_its_place_and_another_price_does_not() -> None:
    rig, market = queued(
        recorded(
            [
                (0, BOOK),
                (5, trade(1, "100", "1", True)),
                (9, trade(2, "100", "1", True)),
                (13, trade(3, "99", "2.5", True)),
            ]
        )
    )
    mine = place(rig, BUY, "100", "2")
    rig.pass_ms(6)
    rig.exchange.amend(mine, parse("0.5"))
    rig.pass_ms(4)
    assert mine.status is Status.FILLED
    moved = place(rig, BUY, "100", "0.5")
    rig.exchange.amend(moved, parse("0.5"), parse("99"))
    assert market.orders[moved.id][1].ahead_lots * market.lot == parse("2")
    rig.pass_ms(4)
    assert moved.filled == parse("0.5")
    assert not market.orders


def test_what_an_order_no_longer_wants_is_there_for_the_next() -> None:
    trades = [(5, trade(1, "100", "1", True)), (9, trade(2, "100", "1", True))]
    rig, _ = queued(recorded([(0, BOOK), *trades]))
    first, second = place(rig, BUY, "100", "2"), place(rig, BUY, "100", "1", account=rig.bob)
    rig.exchange.amend(first, parse("0.5"))
    rig.pass_ms(10)
    assert (first.filled, second.filled) == (parse("0.5"), parse("0.5"))


def test_a_stop_goes_at_a_recorded_trade() -> None:
    rig, _ = queued(recorded([(0, BOOK), (5, trade(1, "101", "0.1", False))]))
    stop = place(rig, BUY, "103", "0.4", kind=Kind.STOP_LIMIT, stop_price=parse("101"))
    assert stop.waiting
    rig.pass_ms(6)
    assert stop.status is Status.FILLED
    assert rig.alice.fills[-1].price == parse("101")


@pytest.mark.parametrize(("side", "money"), [(BUY, "202"), (SELL, "150")])
def test_money_is_spent_on_what_is_displayed(side: int, money: str) -> None:
    rig, _ = queued(recorded([(0, BOOK)]))
    order = Order(0, rig.market, side, 0, 0, rig.alice, kind=Kind.MARKET, spend=parse(money))
    rig.exchange.place(order)
    assert order.status is Status.FILLED
    assert parse(money) - order.paid < parse("0.01")
    prices = [fill.price for fill in rig.alice.fills]
    assert prices == [parse(p) for p in (("101", "102") if side == BUY else ("100", "99"))]


def test_a_reducing_order_ends_with_its_position() -> None:
    book = {**BOOK, "bids": [["100", "5"]], "asks": [["101", "5"]]}
    recording = replace(recorded([(0, book), (5, linear_trade("103.0"))]), venue="binance-usdm")
    rig, _ = queued(recording, UsdmRig())
    assert rig.market is LINEAR
    place(rig, BUY, "101", "2", force=Force.IOC)
    closing = [place(rig, SELL, "102", "2", reduce_only=True) for _ in range(2)]
    rig.pass_ms(6)
    assert [order.status for order in closing] == [Status.FILLED, Status.EXPIRED]
    assert rig.alice.position(LINEAR).quantity == 0


def test_a_gap_on_command_is_a_gap() -> None:
    rig, _ = queued(recorded([(0, BOOK), *((k, depth(5 + k, [["100", "3"]], [])) for k in (1, 2))]))
    sink = rig.streams("btcusdt@depth@100ms")
    rig.venue.fault(Fault(kind="gap"))
    rig.pass_ms(5)
    assert [frame["u"] for frame in sink.take()] == [7]


def test_what_cannot_be_replayed_is_refused() -> None:
    rig = SpotRig()
    coarse = replace(rig.market, tick=parse("0.1"))
    with pytest.raises(ConfigError, match="tick_size and lot_size are not those"):
        Queued(rig.exchange, coarse, recorded([(0, BOOK)]), SimSpec(), rig.protocol.streams)
    without = recorded([(0, depth(6, [], []))])
    with pytest.raises(ConfigError, match="no snapshot of the book"):
        Queued(rig.exchange, rig.market, without, SimSpec(), rig.protocol.streams)
    assert rig.exchange.queued == {}


def test_damaged_frames_are_counted() -> None:
    rig, market = queued(recorded([(0, BOOK), (1, {"e": "depthUpdate"}), (2, {}), (3, [1])]))
    rig.pass_ms(5)
    assert (market.damaged, market.passed) == (2, 1)
    assert json.loads(market.frame(3)) == [1]
    assert rig.exchange.books["BTCUSDT"].best(BUY) == parse("100")
