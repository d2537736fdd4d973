"""Order limits of the simulated venue: windows, the venue's words, both twins, a whole run."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import btcusdt, btcusdt_linear, config_of
from venues.sim.desk import IDS, Desk
from venues.sim.storm import MARKETS, Storm
from venues.sim.test_reference import Pair

from tickpath.backtest.report import summary_rows
from tickpath.backtest.result import Result
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.config import SimSpec
from tickpath.core.config_sim import sim_of
from tickpath.core.errors import ConfigError
from tickpath.core.records import ReportKind
from tickpath.core.toml_table import TomlTable
from tickpath.venues.sim import GeneratedMarket, reference
from tickpath.venues.sim.native import SimVenue
from tickpath.venues.sim.rates import NS, OrderRates

BOTH = pytest.mark.parametrize("make", [SimVenue, reference.SimVenue], ids=["native", "plain"])
STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(("new", "new", "new", "fill")),
              st.integers(0, 8 * NS)),
    max_size=60,
)  # fmt: skip


def kept(events: list[tuple[str, int]], length_ns: int, now_ns: int) -> int:
    """Orders and fills of the interval of now, added up from its beginning."""
    count = 0
    for kind, t_ns in events:
        if t_ns // length_ns == now_ns // length_ns:
            count = count + 1 if kind == "new" else max(0, count - 1)
    return count


@settings(max_examples=80, deadline=None)
@given(steps=STEPS, limits=st.tuples(*[st.integers(0, 5)] * 2), start=st.integers(0, 10**18))
def test_windows_count_as_a_list_of_everything_does(
    steps: list[tuple[int, str, int]], limits: tuple[int, int], start: int
) -> None:
    config = config_of(*MARKETS, sim=SimSpec(orders_per_10s=limits[0], orders_per_min=limits[1]))
    rates, now_ns = OrderRates(config), start
    events: dict[int, list[tuple[str, int]]] = {0: [], 1: [], 2: []}
    lengths = [(n, k) for n, k in zip((10 * NS, 60 * NS), limits, strict=True) if k]
    for venue, kind, wait_ns in steps:
        now_ns += wait_ns
        mine = events[venue]
        if kind == "fill":
            rates.give_back(venue, now_ns)
            mine += [(kind, now_ns)] * (venue == 0)
            continue
        full = [n for n, limit in lengths if kept(mine, n, now_ns) >= limit]
        found = rates.full(venue, now_ns)
        assert (found.length_ns if found else None) == (full[0] if full else None)
        mine += [(kind, now_ns)] * (not full)


@BOTH
def test_a_full_window_refuses_in_the_venues_words_until_it_ends(make: Any) -> None:
    desk = Desk(make, orders_per_10s=2)
    desk.t_ns = 1_700_000_003 * NS
    for k in range(2):
        desk.place(k, "BUY", "99.99", "1")
    desk.venue.on_request(0, wanted(5), 1_700_000_009 * NS + 999_999_999)
    answer = json.loads(desk.venue.take_reports()[0][2])
    assert answer == {
        "id": IDS[5],
        "status": 429,
        "error": {
            "code": -1015,
            "msg": "Too many new orders; current limit is 2 orders per 10 SECOND.",
            "data": {"serverTime": 1_700_000_009_999, "retryAfter": 1_700_000_010_000},
        },
    }
    assert desk.venue.refusals() == {-1015: 1}
    desk.t_ns = 1_700_000_010 * NS - 1_000_000
    assert desk.place(6, "BUY", "99.98", "1")[0].kind == ReportKind.ACK


@BOTH
def test_cancels_are_free_replaces_count_and_a_first_fill_gives_one_back(make: Any) -> None:
    desk = Desk(make, orders_per_day=3)
    desk.place(0, "BUY", "99.99", "1")
    desk.place(1, "BUY", "100.02", "2")
    assert desk.fills() == [(200_000, "take")]
    desk.place(2, "BUY", "99.98", "0.000001")  # refused by a filter: it counts all the same
    asked = desk.send("order.status", "q" + IDS[0], origClientOrderId=IDS[0])
    assert asked[0].kind == ReportKind.ACK
    again = {
        "side": "BUY", "type": "LIMIT_MAKER", "quantity": "1", "price": "99.97",
        "cancelReplaceMode": "STOP_ON_FAILURE",
    }  # fmt: skip
    desk.send(
        "order.cancelReplace", IDS[3], cancelOrigClientOrderId=IDS[9], newClientOrderId=IDS[3],
        **again,
    )  # fmt: skip
    full = desk.send(
        "order.cancelReplace", IDS[4], cancelOrigClientOrderId=IDS[0], newClientOrderId=IDS[4],
        **again,
    )  # fmt: skip
    assert [(r.kind, r.code) for r in full] == [(ReportKind.REJECT, -1015)]
    assert desk.venue.live_orders() == 1  # the cancel was not tried
    desk.send("order.cancel", "c" + IDS[0], origClientOrderId=IDS[0])
    assert desk.venue.live_orders() == 0
    assert desk.venue.refusals() == {-1013: 1, -2011: 1, -1015: 1}


@BOTH
def test_futures_give_nothing_back_and_venues_are_counted_apart(make: Any) -> None:
    markets = (btcusdt(), btcusdt_linear(symbol="BTCUSDT"))
    desk = Desk(make, markets, orders_per_min=1)
    frame = b'{"lastUpdateId":5,"bids":[["100.0","9"]],"asks":[["100.2","9"]]}'
    desk.venue.on_market(1, frame, desk.t_ns)
    for k, (venue, code) in enumerate([(0, 0), (0, 0), (1, 0), (1, -1015)]):
        desk.venue.on_request(venue, wanted(k, "MARKET"), desk.t_ns)
        answer = json.loads(desk.venue.take_reports()[0][2])
        assert answer.get("error", {}).get("code", 0) == code, k
    assert len(desk.fills()) == 3


def wanted(k: int, kind: str = "LIMIT") -> bytes:
    """A request for an order."""
    params = {
        "symbol": "BTCUSDT", "side": "BUY", "type": kind, "quantity": "1",
        "newClientOrderId": IDS[k],
    }  # fmt: skip
    if kind == "LIMIT":
        params |= {"price": "99.99", "timeInForce": "GTC"}
    body = {"id": IDS[k], "method": "order.place", "params": params}
    return json.dumps(body, separators=(",", ":")).encode()


def test_a_storm_over_the_limits_is_answered_alike() -> None:
    sim = SimSpec(orders_per_10s=4, orders_per_min=15, orders_per_day=400)
    pair = Pair(config_of(*MARKETS, sim=sim))
    storm = Storm(23)
    for k in range(4000):
        t_ns = k * 700_000_000 - 5 * 10**11
        storm.now_ms = t_ns // 1_000_000
        if storm.random.random() < 0.3:
            market = storm.random.choice((0, 0, 1, 2))
            pair.market(market, storm.frame(market), t_ns)
        else:
            pair.request(*storm.request(), t_ns)
    assert pair.native.refusals() == pair.plain.refusals()
    assert pair.native.refusals()[-1015] > 100
    assert pair.fill_count > 50


def run_of(sim: dict[str, int], **options: Any) -> Result:
    """A run in a generated market."""
    market = GeneratedMarket(8, 1200)
    config = config_for(market, strategy="imbalance_maker")
    config = replace(config, sim=replace(config.sim, **sim))
    return Backtest(config, market, Options(measure=False, **options)).run()


def test_a_run_over_a_tight_limit_goes_on_with_rejected_orders() -> None:
    free, tight = run_of({}), {"orders_per_10s": 1}
    assert "-1015" not in free.venue_rejects
    result = run_of(tight)
    assert result.venue_rejects["-1015"] > 2
    assert result.to_json()["venue_rejects"] == result.venue_rejects
    assert "-1015 " in str(dict(summary_rows(result))["refused by the venue"])
    assert result.decisions_hash != free.decisions_hash
    assert result.exit_code == 0
    for other in (run_of(tight, direct_orders=True), run_of(tight, engine="reference")):
        assert other.decisions_hash == result.decisions_hash
        assert other.state_hash == result.state_hash
        assert other.venue_rejects == result.venue_rejects


def test_limits_come_from_the_table() -> None:
    with pytest.raises(ConfigError, match="orders_per_10s"):
        from_table({"orders_per_10s": -1})
    sim = from_table({"orders_per_10s": 50, "orders_per_min": 0, "orders_per_day": 160_000})
    assert (sim.orders_per_10s, sim.orders_per_min, sim.orders_per_day) == (50, 0, 160_000)


def from_table(values: dict[str, Any]) -> SimSpec:
    """The table [sim] with some keys."""
    return sim_of(TomlTable(values, "x.toml: [sim]"), Path())
