"""Orders as records say the same as orders as text: reports, fills, refusals, decisions."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from support import config_of
from venues.sim.storm import MARKETS, Storm

from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.config import Config, ExecuteSpec, SimSpec
from tickpath.core.records import IntentKind, OrderType, Request
from tickpath.hot.execute import EncodeError
from tickpath.venues.binance.native_orders import OrderCodec
from tickpath.venues.sim import GeneratedMarket
from tickpath.venues.sim.direct import DirectCodec
from tickpath.venues.sim.native import SimVenue

NAMED = (IntentKind.CANCEL, IntentKind.QUERY)


class Side:
    """One venue with its codec, driven by requests."""

    def __init__(self, config: Config, codec: Any) -> None:
        self.venue = SimVenue(config)
        self.codecs = [codec(config, k) for k in range(len(config.venues))]

    def ask(self, request: Request, t_ns: int) -> list[Any]:
        """What the codec or the venue says to a request."""
        try:
            data = self.codecs[request.venue].encode(request, t_ns)
        except EncodeError as error:
            return [("refused", error.code)]
        self.venue.on_request(request.venue, data, t_ns)
        return self.heard()

    def heard(self) -> list[Any]:
        found: list[Any] = [("fill", row) for row in self.venue.take_fills().tolist()]
        for t_ns, venue, data in self.venue.take_reports():
            code, reports = self.codecs[venue].decode(data)
            found += [(t_ns, venue, code, report) for report in reports]
        return found


def request(random: Random, k: int, live: list[tuple[int, int]], now_ns: int) -> Request:
    """Mostly sound; one field in ten is off."""
    market = random.choice((0, 0, 1, 2))
    kind = random.choice(
        (IntentKind.SUBMIT,) * 4 + (IntentKind.CANCEL, IntentKind.REPLACE, IntentKind.QUERY)
    )
    old = random.choice([i for m, i in live if m == market] or [99])
    scale = (100, 10, 10)[market]
    made = Request(
        kind=kind, venue=market, instrument=market, strategy=0, side=random.choice((0, 1)),
        type=random.choice((0, 0, 0, 1, 2, 2, 3, 4)), time_in_force=random.choice((0, 0, 0, 1, 2)),
        flags=random.choice((0, 0, 0, 1)), tag=0,
        price_ticks=100 * scale + random.randint(-8, 8),
        quantity_lots=random.randint(1, 25) * (100_000, 1000, 1)[market],
        client_order_id=old if kind in NAMED else 0x0001000100000000 + k,
        orig_client_order_id=old if kind == IntentKind.REPLACE else 0,
    )  # fmt: skip
    if made.type in (OrderType.STOP, OrderType.STOP_LIMIT):
        made.trigger_ticks = 100 * scale + random.randint(-5, 5)
        made.time_in_force = 0
    elif random.random() < 0.2:
        made.display_lots = made.quantity_lots // random.choice((1, 2, 5, 12))
    made.expire_ns = random.choice((0, (now_ns // 10**9 + 602) * 10**9))
    if random.random() < 0.1:
        name = random.choice(("side", "type", "time_in_force", "price_ticks", "quantity_lots",
                              "instrument", "kind", "client_order_id"))  # fmt: skip
        setattr(made, name, random.choice((3, 7, 2**36, 2**62, 2**63 - 1)))
        if name in ("side", "type", "time_in_force", "instrument", "kind"):
            setattr(made, name, random.choice((-1, 0, 3, 7)))
    elif kind not in NAMED:
        live[:] = [*live[-12:], (market, made.client_order_id)]
    return made


@pytest.mark.parametrize("queue_power", [1, 3])
def test_a_storm_is_answered_alike(queue_power: int) -> None:
    made = ExecuteSpec(venue_orders=("binance-usdm:gtd",))
    config = config_of(*MARKETS, sim=SimSpec(queue_power=queue_power), execute=made)
    direct = replace(config, sim=replace(config.sim, direct_orders=True))
    sides = (Side(config, OrderCodec), Side(direct, DirectCodec))
    storm, random = Storm(5), Random(6)
    live: list[tuple[int, int]] = []
    seen: set[Any] = set()
    for k in range(6000):
        t_ns = k * 150_000_000
        if random.random() < 0.5:
            market = random.choice((0, 0, 1, 2))
            frame = storm.frame(market)
            answers = []
            for side in sides:
                side.venue.on_market(market, frame, t_ns)
                answers.append(side.heard())
        else:
            asked = request(random, k, live, t_ns)
            answers = [side.ask(asked, t_ns) for side in sides]
        assert answers[0] == answers[1], k
        seen |= {a[1] if a[0] == "refused" else a[-1].kind for a in answers[0] if a[0] != "fill"}
        seen |= {a[-1].code for a in answers[0] if len(a) == 4}
    assert {1, 2, 3, 5, 6, 7, -1013, -2010, -2011, -2013, -2022, -5022} <= seen


def test_a_record_of_another_size_is_refused() -> None:
    config = config_of(sim=SimSpec(direct_orders=True))
    with pytest.raises(ValueError, match="bytes: 3"):
        SimVenue(config).on_request(0, b"abc", 0)
    codec = DirectCodec(config, 0)
    for data in (b"x", bytes(103), bytes(8 * 1024)):
        code, reports = codec.decode(data)
        assert code != 0
        assert reports == []


@pytest.mark.parametrize(
    "engine", ["native", pytest.param("reference", marks=pytest.mark.slow), "mixed"]
)
@pytest.mark.parametrize("venue", ["binance-spot", "binance-usdm"])
def test_a_run_decides_alike(engine: str, venue: str) -> None:
    found = []
    for direct in (False, True):
        market = GeneratedMarket(8, 6000, venue)
        config = config_for(market, strategy="imbalance_maker")
        options = Options(engine=engine, direct_orders=direct, measure=False)
        result = Backtest(config, market, options).run()
        assert result.orders > 0
        found.append((result.decisions_hash, result.state_hash, result.fill_rows.tolist()))
    assert found[0] == found[1]
