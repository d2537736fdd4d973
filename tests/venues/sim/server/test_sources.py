"""Who moves a market: the generated crowd and recordings."""

import json

import pytest
from support import RECORDINGS, require
from venues.sim.server.rig import SpotRig

from tickpath.backtest.recording import read_recordings
from tickpath.venues.sim.frames import Builder, Recording
from tickpath.venues.sim.server.crowd import Crowd
from tickpath.venues.sim.server.orders import BUY, SELL, Order, Status
from tickpath.venues.sim.server.replay import Replay
from tickpath.venues.sim.server.units import PPM, UNIT, parse

FRAMES = 300


def generated(seed: int, ms: int = 3000, touch_ppm: int = 0) -> list[object]:
    rig = SpotRig()
    crowd = Crowd(
        rig.exchange,
        rig.market,
        seed=seed,
        mid=parse("60000"),
        size_max=parse("2"),
        events_per_s=500,
        touch_ppm=touch_ppm,
    )
    rig.venue.sources.append(crowd)
    rig.venue.start()
    sink = rig.streams("btcusdt@trade", "btcusdt@bookTicker", "btcusdt@depth@100ms")
    for _ in range(3):
        rig.pass_ms(ms // 3)
        bid, _, ask, _ = rig.exchange.books["BTCUSDT"].top()
        assert 0 < bid < ask
        assert abs(bid - parse("60000")) < parse("600")
    return list(sink.frames)


def test_one_seed_makes_one_market() -> None:
    frames = generated(1)
    assert frames == generated(1)
    assert frames != generated(2)
    kinds = [("depthUpdate" in str(f), '"trade"' in str(f)) for f in frames]
    assert kinds.count((True, False)) == 30
    assert 50 < kinds.count((False, True)) < 1000


def test_events_at_the_touch_change_the_best_quantities_alone() -> None:
    """Nearly every event is a frame, sizes stay, and no trade happens."""
    frames = [json.loads(str(f)) for f in generated(1, touch_ppm=PPM)]
    tops = [f for f in frames if "B" in f and "e" not in f]
    assert len(tops) > 1200
    assert len({(f["b"], f["a"]) for f in tops}) == 1
    quantities = [parse(f[side]) for f in tops for side in ("B", "A")]
    assert 0 < min(quantities) < max(quantities) < parse("20")
    assert not any(f.get("e") == "trade" for f in frames)
    assert any(f.get("e") == "depthUpdate" for f in frames)


def test_events_at_the_touch_are_a_share_of_all() -> None:
    none, most = generated(1), generated(1, touch_ppm=900_000)
    assert len(most) > len(none)
    assert any('"trade"' in str(f) for f in most)


def test_an_order_of_an_account_at_the_touch_is_left_alone() -> None:
    rig = SpotRig()
    crowd = Crowd(rig.exchange, rig.market, seed=1, mid=parse("60000"), size_max=parse("2"),
                  events_per_s=500, touch_ppm=PPM)  # fmt: skip
    assert not crowd.resize(), "an empty book"
    mine = [place(rig, BUY, "59999", "1"), place(rig, SELL, "60001", "1")]
    assert not crowd.resize()
    assert [order.quantity for order in mine] == [parse("1")] * 2


def recorded(frames: list[tuple[int, object]]) -> Recording:
    builder = Builder()
    for ms, frame in frames:
        builder.add(ms * 10**6, json.dumps(frame).encode())
    return builder.build("binance-spot", "BTCUSDT")


def depth(bids: list[list[str]], asks: list[list[str]]) -> dict[str, object]:
    return {"e": "depthUpdate", "s": "BTCUSDT", "U": 1, "u": 2, "b": bids, "a": asks}


def trade(price: str, quantity: str, maker_buys: bool) -> dict[str, object]:
    return {"e": "trade", "s": "BTCUSDT", "p": price, "q": quantity, "m": maker_buys}


def replaying(frames: list[tuple[int, object]]) -> tuple[SpotRig, Replay]:
    rig = SpotRig()
    book = {"lastUpdateId": 1, "bids": [["100", "1"], ["99", "2"]], "asks": [["101", "1"]]}
    replay = Replay(rig.exchange, rig.market, recorded([(0, book), *frames]))
    rig.venue.sources.append(replay)
    replay.start(rig.venue.t_ns)
    return rig, replay


def place(rig: SpotRig, side: int, price: str, quantity: str) -> Order:
    order = Order(0, rig.market, side, parse(price), parse(quantity), rig.alice)
    rig.exchange.place(order)
    return order


def test_a_recorded_trade_fills_in_turn() -> None:
    rig, _ = replaying([(10, trade("100", "1.2", True)), (20, trade("99", "1", True))])
    mine = place(rig, BUY, "100", "0.5")
    rig.pass_ms(10)
    assert mine.filled == parse("0.2")
    rig.pass_ms(10)
    assert mine.status is Status.FILLED


def test_more_of_the_crowd_queues_behind_an_order_and_less_leaves_from_behind() -> None:
    rig, _ = replaying(
        [
            (10, depth([["100", "3"]], [])),
            (20, depth([["100", "1.5"]], [])),
            (30, trade("100", "1.6", True)),
        ]
    )
    mine = place(rig, BUY, "100", "0.5")
    rig.pass_ms(10)
    assert rig.exchange.books["BTCUSDT"].top()[1] == parse("3.5")
    rig.pass_ms(10)
    assert rig.exchange.books["BTCUSDT"].top()[1] == parse("2")
    rig.pass_ms(10)
    assert mine.filled == parse("0.5")


def test_a_recorded_level_that_reaches_an_order_trades_with_it() -> None:
    rig, _ = replaying([(10, depth([["100", "0"], ["99", "0"]], [["100", "2"], ["101", "1"]]))])
    mine = place(rig, BUY, "100", "0.5")
    rig.pass_ms(10)
    assert mine.status is Status.FILLED
    assert rig.exchange.books["BTCUSDT"].top() == (0, 0, parse("100"), parse("1.5"))


def test_a_level_that_a_trade_emptied_comes_back() -> None:
    """Also behind an order of an account that stands at the price."""
    rig, replay = replaying(
        [
            (10, trade("101", "1", False)),
            (20, depth([], [["101", "2"]])),
            (30, trade("101", "1.5", False)),
            (40, depth([], [["101", "0.4"]])),
        ]
    )
    rig.pass_ms(10)
    assert rig.exchange.books["BTCUSDT"].best(SELL) == 0
    mine = place(rig, SELL, "101", "0.5")
    rig.pass_ms(10)
    assert rig.exchange.books["BTCUSDT"].top()[2:] == (parse("101"), parse("2.5"))
    rig.pass_ms(10)
    assert mine.status is Status.FILLED
    rig.pass_ms(10)
    assert rig.exchange.books["BTCUSDT"].top()[2:] == (parse("101"), parse("0.4"))
    assert replay.damaged == 0


def test_in_a_halt_a_recording_trades_with_nobody() -> None:
    rig, _ = replaying(
        [
            (10, depth([["100", "0"], ["99", "0"]], [["100", "2"]])),
            (20, trade("100", "1", True)),
            (30, depth([], [["100", "2"]])),
        ]
    )
    mine = place(rig, BUY, "100", "0.5")
    rig.exchange.halt("BTCUSDT")
    rig.pass_ms(20)
    assert mine.filled == 0
    assert rig.exchange.books["BTCUSDT"].top() == (parse("100"), parse("0.5"), parse("101"), UNIT)
    rig.exchange.halt("BTCUSDT", False)
    rig.pass_ms(10)
    assert mine.status is Status.FILLED


def test_a_slow_host_lets_the_market_slip() -> None:
    """Behind its clock a venue leaves events out, and goes on with a recording later."""
    rig, replay = replaying([(10, trade("100", "0.5", True)), (20, trade("100", "0.2", True))])
    crowd = Crowd(
        rig.exchange,
        rig.market,
        seed=1,
        mid=parse("100"),
        size_max=parse("1"),
        events_per_s=100_000,
    )
    crowd.next_ns = rig.venue.t_ns
    rig.venue.sources.append(crowd)
    rig.clock.move(5_000_000_000)
    start = rig.venue.t_ns
    rig.venue.catch_up()
    assert rig.venue.slipped_ns == 5_000_000_000
    assert crowd.next_ns == rig.clock.t_ns
    assert replay.next_ns == start + 5_010_000_000
    rig.venue.sources.remove(crowd)
    rig.pass_ms(20)
    assert replay.position == 3
    rig.venue.catch_up()
    assert rig.venue.slipped_ns == 5_000_000_000


def test_damaged_frames_are_counted() -> None:
    builder = Builder()
    for frame in (b'{"lastUpdateId":1,"bids":[],"asks":[]}', b"{", b'{"e":"depthUpdate"}', b"{}"):
        builder.add(0, frame)
    rig = SpotRig()
    replay = Replay(rig.exchange, rig.market, builder.build("binance-spot", "BTCUSDT"))
    rig.venue.sources.append(replay)
    replay.start(rig.venue.t_ns)
    rig.pass_ms(1)
    assert (replay.damaged, replay.passed, replay.next_ns) == (2, 1, None)


@pytest.mark.recordings
def test_recorded_depth_gives_the_recorded_book() -> None:
    """Every level of both sides, in whole order steps, after FRAMES depth messages."""
    recording = read_recordings([require(RECORDINGS / "spot_btcusdt_20240808.gz")])
    builder, truth = Builder(), ({}, {})  # type: tuple[Builder, tuple[dict[int, int], ...]]
    rig = SpotRig()
    whole = Replay(rig.exchange, rig.market, recording)
    for position in range(whole.first_snapshot(), len(recording)):
        frame = whole.frame(position)
        data = json.loads(frame)
        data = data.get("data", data)
        if data.get("e") != "depthUpdate" and "lastUpdateId" not in data:
            continue
        builder.add(int(recording.t_ns[position]), frame)
        for side, names in enumerate((("bids", "b"), ("asks", "a"))):
            for price, quantity in data.get(names[0], data.get(names[1])):
                truth[side][parse(price)] = parse(quantity) // rig.market.step * rig.market.step
        if len(builder.sizes) == FRAMES:
            break
    depth_only = builder.build("binance-spot", "BTCUSDT")
    replay = Replay(rig.exchange, rig.market, depth_only)
    rig.venue.sources.append(replay)
    rig.venue.start()
    rig.clock.move(int(depth_only.t_ns[-1] - depth_only.t_ns[0]))
    rig.venue.advance()
    assert (replay.next_ns, replay.damaged) == (None, 0)
    book = rig.exchange.books["BTCUSDT"]
    for side in (BUY, SELL):
        assert dict(book.depth(side, 10**6)) == {p: q for p, q in truth[side].items() if q}


@pytest.mark.recordings
def test_a_recording_with_trades_stays_whole() -> None:
    recording = read_recordings([require(RECORDINGS / "spot_btcusdt_20240808.gz")])
    rig = SpotRig()
    replay = Replay(rig.exchange, rig.market, recording)
    rig.venue.sources.append(replay)
    rig.venue.start()
    for _ in range(20):
        rig.pass_ms(1000)
        bid, _, ask, _ = rig.exchange.books["BTCUSDT"].top()
        assert 0 < bid < ask
    assert replay.damaged == 0
    assert rig.exchange.trades["BTCUSDT"]
