"""Generated markets: the same frames from both backends, one consistent book, clustered flow, and
a price-time queue in which our orders are orders like others."""

import json
from random import Random
from typing import Any

import numpy as np
import pytest
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of

from tickpath.core.config import SimSpec
from tickpath.core.errors import ConfigError
from tickpath.core.ids import to_text
from tickpath.venues.sim import generated_reference, model, reference
from tickpath.venues.sim.generated import GeneratedMarket, compiled_numbers
from tickpath.venues.sim.generator import generate
from tickpath.venues.sim.model import MarketModel
from tickpath.venues.sim.native import SimVenue

MARKETS = {"binance-spot": btcusdt(), "binance-usdm": btcusdt_linear()}


def frames_of(recording: Any) -> list[tuple[int, bytes]]:
    blob = bytes(recording.blob)
    spans = zip(recording.t_ns, recording.offsets, recording.sizes, strict=True)
    return [(int(t), blob[o : o + n]) for t, o, n in spans]


@pytest.mark.parametrize("venue", sorted(MARKETS))
@pytest.mark.parametrize("seed", [0, 2**64 - 1])
def test_both_backends_write_the_same_frames(venue: str, seed: int) -> None:
    native = GeneratedMarket(seed, 4000, venue, "ABCUSDT").record()
    plain = generated_reference.GeneratedMarket(seed, 4000, venue, "ABCUSDT").record()
    assert frames_of(native) == frames_of(plain)
    assert (native.venue, native.symbol) == (venue, "ABCUSDT")


def test_a_seed_is_a_market() -> None:
    one, same, other = (frames_of(generate(seed, 300)) for seed in (1, 1, 2))
    assert one == same
    assert one != other
    assert frames_of(generate(1, 900))[:300] == one[:300]


def test_the_numbers_compiled_in_are_those_of_the_model() -> None:
    for name, value in compiled_numbers().items():
        assert getattr(model, name) == value, name


@pytest.mark.parametrize("venue", sorted(MARKETS))
def test_what_is_published_is_one_consistent_book(venue: str) -> None:
    config = config_of(MARKETS[venue])
    sim = SimVenue(config)
    for t_ns, data in frames_of(generate(5, 20_000, venue=venue)):
        sim.on_market(0, data, t_ns)
    book = sim.book_counters()
    assert (book["gaps"], book["crossed"], book["resyncs"]) == (0, 0, 0)
    assert book["bbo_checked"] == book["bbo_equal"] > 1000
    codes = sim.feed.counters(0)
    assert codes.keys() == {0, 115}, codes


def correlation(values: np.ndarray, lag: int) -> float:
    return float(np.corrcoef(values[:-lag], values[lag:])[0, 1])


def test_the_flow_is_clustered_like_recorded_flow() -> None:
    bests, trades = [], []
    for t_ns, data in frames_of(generate(1, 60_000)):
        if b"@bookTicker" in data[:60]:
            d = json.loads(data)["data"]
            bests.append((t_ns, round(float(d["b"]) * 100), round(float(d["a"]) * 100)))
        elif b"@trade" in data[:60] and (not trades or trades[-1][0] != t_ns):
            trades.append((t_ns, -1 if json.loads(data)["data"]["m"] else 1))
    best, trade = np.array(bests), np.array(trades)
    spread = best[:, 2] - best[:, 1]
    seconds = np.arange(best[0, 0], best[-1, 0], 10**9)
    at = np.searchsorted(best[:, 0], seconds, side="right") - 1
    returns = np.diff((best[at, 1] + best[at, 2]) / 2)
    waits = np.diff(trade[:, 0])
    assert spread.min() >= 1
    assert np.median(spread) <= 3
    assert 1 < spread.mean() < 40
    assert returns.std() > 5
    assert correlation(np.abs(returns), 1) > 0.1
    assert correlation(np.abs(returns), 2) > 0.05
    assert abs(correlation(returns, 1)) < 0.3
    assert correlation(trade[:, 1], 1) > 0.2
    assert correlation(trade[:, 1], 5) > 0.1
    assert waits.std() / waits.mean() > 1.5


# -- orders of ours ------------------------------------------------------------------------------


class Floor:
    """A market, the venue attached to it, and short words to trade in it."""

    def __init__(self, market: Any, venue: Any) -> None:
        self.market, self.venue, self.ids = market, venue, 0
        market.attach(venue)
        self.frames: list[bytes] = []
        self.now_ns = 0

    def until_open(self) -> None:
        while not any(b"lastUpdateId" in f for f in self.frames):
            self.step()

    def step(self) -> None:
        self.now_ns = self.market.next_ns()
        self.market.advance(self.venue)
        self.publish()

    def publish(self) -> None:
        for t_ns, data in self.market.take_frames():
            self.venue.on_market(0, data, t_ns)
            self.frames.append(data)

    def send(self, method: str, **params: Any) -> list[dict[str, Any]]:
        self.ids += 1
        own = to_text(0x0001000100000000 + self.ids)
        params = {"symbol": "BTCUSDT", **params}
        if method != "order.cancel":
            params["newClientOrderId"] = own
        body = json.dumps({"id": own, "method": method, "params": params})
        self.venue.on_request(0, body.encode(), self.now_ns)
        self.publish()
        return self.reports()

    def place(self, side: str, price: float, quantity: str, **more: Any) -> list[dict[str, Any]]:
        terms = {"type": "LIMIT", "timeInForce": "GTC", "price": f"{price:.2f}"}
        return self.send("order.place", side=side, quantity=quantity, **(terms | more))

    def reports(self) -> list[dict[str, Any]]:
        return [json.loads(data) for _, _, data in self.venue.take_reports()]

    def best(self, name: str) -> tuple[float, float]:
        """Best price and quantity of the last bookTicker: `b` or `a`."""
        ticker = next(f for f in reversed(self.frames) if b"bookTicker" in f[:60])
        data = json.loads(ticker)["data"]
        return float(data[name]), float(data[name.upper()])


def floor_of(backend: str, **sim: Any) -> Floor:
    config = config_of(btcusdt(), sim=SimSpec(**sim))
    if backend == "native":
        floor = Floor(GeneratedMarket(9, 10**6), SimVenue(config))
    else:
        market = generated_reference.GeneratedMarket(9, 10**6)
        floor = Floor(market, reference.SimVenue(config))
    floor.until_open()
    return floor


@pytest.fixture(params=["native", "reference"])
def floor(request: pytest.FixtureRequest) -> Floor:
    return floor_of(request.param)


def test_what_we_take_is_gone_and_published(floor: Floor) -> None:
    price, quantity = floor.best("a")
    seen = len(floor.frames)
    reports = floor.place("BUY", price, f"{quantity:.5f}", timeInForce="IOC")
    assert reports[-1]["event"]["X"] == "FILLED"
    kinds = [json.loads(f)["stream"].split("@")[1] for f in floor.frames[seen:]]
    assert kinds[:-1] == ["trade"] * (len(kinds) - 1)
    assert kinds[-1] == "bookTicker"
    assert floor.best("a")[0] > price
    trades = [json.loads(f)["data"] for f in floor.frames[seen:-1]]
    assert [t["m"] for t in trades] == [False] * len(trades)
    fills = floor.venue.take_fills()
    assert [t["t"] for t in trades] == fills["trade_id"].tolist()
    assert set(fills["why"].tolist()) == {0}


def test_our_order_shows_in_the_book_and_leaves_it(floor: Floor) -> None:
    price, quantity = floor.best("b")
    floor.place("BUY", price, "1.5")
    assert floor.best("b") == (price, pytest.approx(quantity + 1.5))
    own = to_text(0x0001000100000000 + floor.ids)
    gone = floor.send("order.cancel", origClientOrderId=own)
    assert gone[0]["result"]["status"] == "CANCELED"
    assert floor.best("b") == (price, pytest.approx(quantity))


def test_first_come_first_served(floor: Floor) -> None:
    """Our bid is hit only after all that was there before it, and in order of arrival."""
    price, ahead = floor.best("b")
    floor.place("BUY", price, "0.5")
    floor.place("BUY", price, "0.25")
    floor.venue.take_fills()
    ids = [0x0001000100000000 + floor.ids - 1, 0x0001000100000000 + floor.ids]
    hits: list[tuple[int, int]] = []
    traded = 0.0
    for _ in range(200_000):
        seen = len(floor.frames)
        floor.step()
        for data in floor.frames[seen:]:
            if b"@trade" in data[:60]:
                trade = json.loads(data)["data"]
                traded += float(trade["q"]) if float(trade["p"]) == price else 0
        fills = floor.venue.take_fills()
        hits += [(int(f["client_order_id"]), int(f["why"])) for f in fills]
        if floor.venue.live_orders() == 0:
            break
    order = [own for own, _ in hits]
    assert order == sorted(order)
    assert set(order) == set(ids)
    assert {why for _, why in hits} == {1}
    assert traded >= 0.75
    assert ahead > 0


def test_post_only_fok_and_prices_out_of_reach(floor: Floor) -> None:
    ask, _ = floor.best("a")
    crossing = floor.send(
        "order.place", side="BUY", type="LIMIT_MAKER", price=f"{ask:.2f}", quantity="1"
    )
    assert crossing[0]["error"]["code"] == -2010
    seen = len(floor.frames)
    all_or_nothing = floor.place("BUY", ask, "8000", timeInForce="FOK")
    assert all_or_nothing[-1]["event"]["X"] == "EXPIRED"
    assert len(floor.frames) == seen
    assert floor.place("BUY", 1000, "1")[0]["error"]["code"] == -1013
    swept = floor.send("order.place", side="BUY", type="MARKET", quantity="8000")
    assert swept[-1]["event"]["X"] == "EXPIRED"
    assert len(swept) > 100
    assert floor.send("order.place", side="BUY", type="MARKET", quantity="1")[-1]["event"]["z"] == (
        "0.00000000"
    )
    for _ in range(3000):
        floor.step()
    assert floor.best("a")[0] > floor.best("b")[0]
    book = floor.venue.book_counters()
    assert book["bbo_equal"] > 0
    assert book["bbo_checked"] - book["bbo_equal"] <= 1  # an empty side has no bookTicker


def test_we_may_trade_with_ourselves_and_both_sides_hear_of_it(floor: Floor) -> None:
    bid, _ = floor.best("b")
    ask, _ = floor.best("a")
    if ask - bid < 0.015:
        floor.place("BUY", ask, "100", timeInForce="IOC")
        floor.venue.take_fills()
        ask, _ = floor.best("a")
    floor.place("SELL", ask - 0.01, "0.3")
    reports = floor.place("BUY", ask - 0.01, "0.3", timeInForce="IOC")
    fills = floor.venue.take_fills()
    assert fills["maker"].tolist() == [0, 1]
    assert len(set(fills["trade_id"].tolist())) == 1
    assert [r["event"]["X"] for r in reports[-2:]] == ["FILLED", "FILLED"]
    assert floor.venue.live_orders() == 0


def test_a_storm_of_ours_is_answered_alike() -> None:
    native, plain = floor_of("native"), floor_of("reference")
    random, live, fills = Random(4), [], 0
    for _ in range(2500):
        if random.random() < 0.6:
            for floor in (native, plain):
                floor.step()
        else:
            side = random.choice(("BUY", "SELL"))
            near = native.best("b" if side == "BUY" else "a")[0]
            price = near + random.randint(-6, 6) / 100
            terms: dict[str, Any] = {"timeInForce": random.choice(("GTC", "GTC", "IOC", "FOK"))}
            quantity = f"{random.uniform(0.001, 3):.5f}"
            if live and random.random() < 0.3:
                old = live.pop(random.randrange(len(live)))
                got = [f.send("order.cancel", origClientOrderId=old) for f in (native, plain)]
            else:
                got = [f.place(side, price, quantity, **terms) for f in (native, plain)]
                live.append(to_text(0x0001000100000000 + native.ids))
            assert got[0] == got[1]
        assert native.frames == plain.frames
        native.frames, plain.frames = native.frames[-50:], plain.frames[-50:]
        rows = native.venue.take_fills()
        assert rows.tolist() == plain.venue.take_fills().tolist()
        assert native.reports() == plain.reports()
        fills += len(rows)
    assert fills > 100
    assert native.venue.live_orders() == plain.venue.live_orders() > 10
    assert native.venue.book_counters() == plain.venue.book_counters()


def test_a_market_is_refused_where_it_does_not_fit() -> None:
    market = GeneratedMarket(1, 10)
    for instruments in ((btcusdt(), btcusdt_linear()), (btcusdt_linear(),), (btcusd_inverse(),)):
        with pytest.raises(ConfigError):
            market.attach(SimVenue(config_of(*instruments)))
    with pytest.raises(ConfigError, match="tick"):
        market.attach(SimVenue(config_of(btcusdt(tick_size=btcusdt().tick_size * 10))))
    market.attach(SimVenue(config_of(btcusdt())))
    with pytest.raises(ConfigError, match="used up"):
        market.attach(SimVenue(config_of(btcusdt())))
    with pytest.raises(ConfigError, match="binance-coinm"):
        GeneratedMarket(1, 10, "binance-coinm")


def test_a_model_of_ones_own() -> None:
    calm = GeneratedMarket(1, 2000, model=MarketModel(busy_rate=1, requote=0)).record()
    assert frames_of(calm) != frames_of(generate(1, 2000))
