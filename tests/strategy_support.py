"""Shared by the tests of strategies: views, a stream of events with own orders, both backends."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from board_support import ready
from support import config_of

from tickpath.core.backend import load
from tickpath.core.config import Config, Instrument, StrategySpec
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    Bbo,
    BookStatus,
    BookTop,
    EventKind,
    Intent,
    IntentKind,
    Level,
    OpenOrder,
    OrderState,
    OrderType,
    Side,
    TimeInForce,
    Trade,
    View,
)

TOYS = Path(__file__).parent / "hot/strategy/toys"
BACKENDS = ("reference", "native")
VIEW_ORDERS = LIMITS["view_orders"]
EVENTS = (EventKind.DEPTH, EventKind.BBO, EventKind.TRADE)


def spec_of(name: str, instruments: tuple[int, ...] = (0,), **params: Any) -> StrategySpec:
    """A shipped strategy, or a toy of tests/hot/strategy/toys."""
    path = TOYS / f"{name}.py"
    return StrategySpec(
        name=str(path) if path.exists() else name, instruments=instruments, params=params
    )


def stage_of(backend: str, config: Config) -> Any:
    """The stage, with the columns it asks for."""
    strategies = load("strategy", ready(backend)).Strategies
    return strategies(config, strategies.required_features(config))


def stage_with(backend: str, *specs: StrategySpec, **changes: Any) -> Any:
    """The stage of these strategies on spot BTCUSDT."""
    return stage_of(backend, config_of(strategies=specs, **changes))


def top_of(
    bid_ticks: int = 6_200_000, spread_ticks: int = 2, bid_lots: int = 500, ask_lots: int = 300
) -> BookTop:
    """A book that is OK, three levels a side."""
    ask_ticks = bid_ticks + spread_ticks
    return BookTop(
        bid_ticks=bid_ticks,
        bid_lots=bid_lots,
        ask_ticks=ask_ticks,
        ask_lots=ask_lots,
        last_id=7,
        t_recv_ns=1,
        status=BookStatus.OK,
        bids=[Level(bid_ticks - k, bid_lots + 10 * k) for k in range(3)],
        asks=[Level(ask_ticks + k, ask_lots + 7 * k) for k in range(3)],
    )


def view_of(event: int = EventKind.DEPTH, now_ns: int = 1000, **changes: Any) -> View:
    """What the engine hands to the stage."""
    base = View(
        strategy=0,
        instrument=0,
        event=event,
        now_ns=now_ns,
        seq=1,
        top=top_of(),
        bbo=Bbo(update_id=1, bid_ticks=6_200_000, bid_lots=1, ask_ticks=6_200_001, ask_lots=1),
        trade=Trade(1, 6_200_001, 5, 0),
        position_lots=0,
        open_buy_lots=0,
        open_sell_lots=0,
        orders=[],
        features=[],
        score=None,
        timer_tag=0,
        order=None,
        fill_ticks=0,
        fill_lots=0,
        params_i=[],
        params_f=[],
        random=0,
    )
    return replace(base, **changes)


def shorten(intents: Sequence[Intent]) -> list[tuple[int, ...]]:
    """(kind, strategy, side, price, lots, tag, client order id) of each."""
    return [
        (i.kind, i.strategy, i.side, i.price_ticks, i.quantity_lots, i.tag, i.client_order_id)
        for i in intents
    ]


class ToyVenue:
    """Own orders of one strategy on one instrument: acks, fills and cancels by a seeded rule."""

    def __init__(self, seed: int, instrument: Instrument) -> None:
        self.random = random.Random(seed)
        self.instrument = instrument
        self.orders: list[OpenOrder] = []
        self.position_lots = 0
        self.next_id = 1
        self.fills = 0
        self.ioc: set[int] = set()

    def take(self, intents: Sequence[Intent]) -> None:
        """Enter what the strategy asked for; orders stay in flight until `step`."""
        for intent in intents:
            mine = {o.client_order_id: o for o in self.orders}
            if intent.kind != IntentKind.SUBMIT and intent.client_order_id in mine:
                mine[intent.client_order_id].state = OrderState.PENDING_CANCEL
            if intent.kind in (IntentKind.SUBMIT, IntentKind.REPLACE):
                assert intent.quantity_lots >= self.instrument.quantity_lots_min
                state = OrderState.PENDING_NEW
                tag = intent.type
                self.orders.append(
                    OpenOrder(
                        self.next_id, intent.price_ticks, intent.quantity_lots, intent.side,
                        state, tag,
                    )
                )  # fmt: skip
                if intent.time_in_force == TimeInForce.IOC:
                    self.ioc.add(self.next_id)
                self.next_id += 1

    def step(self, top: BookTop) -> tuple[OpenOrder, int] | None:
        """One order moves on: the order as it is after it, and the lots filled."""
        if not self.orders:
            return None
        order = self.random.choice(self.orders)
        filled = 0
        crosses = (
            order.price_ticks >= top.ask_ticks
            if order.side == Side.BUY
            else order.price_ticks <= top.bid_ticks
        )
        if order.state == OrderState.PENDING_CANCEL:
            order.state = OrderState.CANCELLED
        elif order.client_order_id in self.ioc and not crosses:
            order.state = OrderState.EXPIRED
        elif order.state == OrderState.PENDING_NEW and not crosses:
            order.state = OrderState.LIVE
        elif crosses and order.tag == OrderType.POST_ONLY and order.state != OrderState.LIVE:
            order.state = OrderState.REJECTED
        elif crosses or self.random.random() < 0.3:
            filled = self.random.randint(1, order.leaves_lots)
            order.leaves_lots -= filled
            order.state = OrderState.LIVE if order.leaves_lots else OrderState.FILLED
            self.position_lots += filled if order.side == Side.BUY else -filled
            self.fills += 1
            if order.client_order_id in self.ioc and order.leaves_lots:
                order.state = OrderState.EXPIRED
        alive = (OrderState.PENDING_NEW, OrderState.LIVE, OrderState.PENDING_CANCEL)
        self.orders = [o for o in self.orders if o.state in alive]
        return replace(order), filled


def market(seed: int, count: int, start_ticks: int) -> Iterator[tuple[EventKind, BookTop]]:
    """A random walk of the book; now and then it is crossed or stale for an event."""
    dice = random.Random(seed)
    bid = start_ticks
    for _ in range(count):
        bid += dice.randint(-30, 30)
        top = top_of(bid, dice.randint(1, 5), dice.randint(1, 900), dice.randint(1, 900))
        if dice.random() < 0.03:
            top.status = dice.choice([BookStatus.CROSSED, BookStatus.STALE])
        yield dice.choice(EVENTS), top


def drive(
    backend: str | Any, config: Config, seed: int, count: int, start_ticks: int = 6_200_000
) -> SimpleNamespace:
    """The first strategy of a backend, or of a stage, on the first instrument against a toy venue:
    everything it did."""
    stage = stage_of(backend, config) if isinstance(backend, str) else backend
    columns = type(stage).required_features(config)[0]
    venue = ToyVenue(seed, config.instruments[0])
    dice = random.Random(seed + 1)
    found = SimpleNamespace(stage=stage, venue=venue, intents=[], codes=[], states=[], peak_lots=0)
    for k, (event, top) in enumerate(market(seed, count, start_ticks)):
        row = [
            dice.randrange(11) / 2 if c.indicator == "spread" else top.bid_ticks + dice.gauss(0, 40)
            for c in columns
        ]
        now_ns = 1_000_000 * (k + 1)
        view = view_of(event, now_ns, seq=k, top=top, position_lots=venue.position_lots)
        found.intents.append(feed(found, view, row))
        for _ in range(2):
            moved = venue.step(top)
            if moved is not None:
                order, filled = moved
                view = view_of(
                    EventKind.ORDER, now_ns, seq=k, top=top, order=order, fill_lots=filled,
                    fill_ticks=order.price_ticks if filled else 0,
                    position_lots=venue.position_lots,
                )  # fmt: skip
                found.intents.append(feed(found, view, row, only=0))
        found.peak_lots = max(found.peak_lots, abs(venue.position_lots))
        if k % 64 == 0:
            found.states.append(stage.export_state())
    found.states.append(stage.export_state())
    return found


def feed(found: SimpleNamespace, view: View, row: list[float], only: int = -1) -> list[Intent]:
    """One event into the stage, its intents to the venue."""
    own = [[replace(o) for o in found.venue.orders[:VIEW_ORDERS]]]
    code, intents = found.stage.evaluate(view, row, own, only)
    found.codes.append(code)
    found.venue.take(intents)
    return list(intents)
