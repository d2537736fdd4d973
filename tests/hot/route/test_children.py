"""Children of split orders through random lives: the sums hold and the backends agree.

After every step each parent's filled, open and dropped units sum to its order. One storm drives
both backends and compares their states; the other drives the native one only, so that it can be
long: TICKPATH_ROUTE_INTENTS sets its number of orders (1 000 000 have been run).
"""

import os
from decimal import Decimal
from random import Random
from typing import Any

from route_support import BACKENDS, at, book, split_config, take

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.records import (
    BookStatus,
    BookTop,
    Intent,
    OpenOrder,
    OrderState,
    OrderType,
    OrderUpdate,
    ReportKind,
    Side,
    TimeInForce,
)

INTENTS = int(os.environ.get("TICKPATH_ROUTE_INTENTS", "4000"))
LIVE = OrderState.LIVE
ENDED = (
    (ReportKind.CANCEL_ACK, OrderState.CANCELLED),
    (ReportKind.EXPIRE, OrderState.EXPIRED),
    (ReportKind.REJECT, OrderState.REJECTED),
    (ReportKind.REJECT, OrderState.REJECTED),
)


def storm_config() -> Config:
    """Four venues of unlike grids, and one that trades something else."""
    return split_config(
        at(0, lot_size=Decimal("0.1"), maker_fee_ppm=-100, taker_fee_ppm=400),
        at(1, lot_size=Decimal("0.1"), order_step=Decimal("0.5"), quantity_min=Decimal(1)),
        at(2, tick_size=Decimal("0.5"), lot_size=Decimal("0.2"), notional_min=Decimal(500)),
        at(3, quantity_max=Decimal(40), taker_fee_ppm=1000),
        at(4, base=2),
        split_resting=True,
        fok="send",
    )


class Storm:
    """Random orders and reports for any number of backends, which must answer alike."""

    def __init__(self, seed: int, routes: list[Any]) -> None:
        self.rng = Random(seed)
        self.routes = routes
        self.now_ns = 0
        self.next_id = 1
        self.live: dict[int, list[int]] = {}
        self.ended: list[int] = []
        self.tops = [BookTop() for _ in range(5)]
        self.counts = {"plans": 0, "split": 0, "moved": 0, "dropped": 0}

    def ask(self, name: str, *args: Any) -> Any:
        """What every backend answers."""
        answers = [getattr(route, name)(*args) for route in self.routes]
        assert all(a == answers[0] for a in answers), (name, args, answers)
        return answers[0]

    def side(self, side: int, tick: int) -> list[tuple[int, int]]:
        rng = self.rng
        price = 100 * tick + (1 if side else -1) * rng.randrange(0, 3)
        levels = []
        for _ in range(rng.randrange(0, 11)):
            levels.append((price, rng.randrange(1, 300)))
            price += (1 if side else -1) * rng.randrange(1, 3)
        return levels

    def refresh(self) -> None:
        """Another book, health, token count or trade for one venue."""
        rng, k = self.rng, self.rng.randrange(5)
        tick = 2 if k == 2 else 1
        self.tops[k] = book(asks=self.side(1, tick), bids=self.side(0, tick))
        if rng.random() < 0.1:
            self.tops[k].status = rng.choice(list(BookStatus))
        if rng.random() < 0.1:
            self.ask("set_health", k, rng.random() < 0.7)
        if rng.random() < 0.1:
            self.ask("set_tokens", k, rng.choice([-1, 0, 1, 3, 50]))
        self.ask("on_trade", k, rng.randrange(2), rng.randrange(1, 500), self.now_ns)

    def order(self) -> Intent:
        rng = self.rng
        home = rng.choice([0, 0, 0, 1, 2, 3])
        intent = take(
            rng.randrange(1, 1200), 100 * (2 if home == 2 else 1) + rng.randrange(-3, 4),
            side=rng.choice(list(Side)), instrument=home, tag=rng.randrange(9),
        )  # fmt: skip
        intent.type = rng.choice(list(OrderType))
        intent.time_in_force = rng.choice(list(TimeInForce))
        return intent

    def submit(self) -> None:
        """Plan, give verdicts, open the row and send."""
        intent, rng = self.order(), self.rng
        code, plan = self.ask("plan", intent, self.tops, self.now_ns)
        if plan is None:
            assert code in range(700, 710)
            return
        lot_units = {0: 1, 1: 1, 2: 2, 3: 10}[intent.instrument]
        assert sum(plan.units) == plan.total_units == intent.quantity_lots * lot_units
        assert all(c.quantity_lots > 0 for c in plan.children)
        assert len({c.venue for c in plan.children}) == len(plan.children)
        self.counts["plans"] += 1
        self.counts["split"] += len(plan.children) > 1
        verdicts = [rng.choice([0] * 12 + [609]) for _ in plan.children]
        row = self.ask("open_parent", intent, plan, verdicts)
        if row < 0:
            return
        for k, (child, verdict) in enumerate(zip(plan.children, verdicts, strict=True)):
            if verdict == Code.OK:
                order_id = 0 if rng.random() < 0.03 else self.next_id
                self.ask("sent", row, k, order_id)
                if order_id:
                    self.live[order_id] = [child.quantity_lots, 0]
                    self.next_id += rng.choice([1, 1, 1, 2])

    def report(self) -> None:
        """One report for a live order, or a late or unknown one."""
        rng = self.rng
        late = bool(self.ended) and rng.random() < 0.15
        order_id = rng.choice(self.ended[-40:]) if late else rng.choice(list(self.live))
        lots, filled = self.live.get(order_id, [9, 0])
        draw, code, fill, kind, state = rng.random(), 0, 0, ReportKind.ACK, LIVE
        if draw < 0.45:
            fill, kind = (
                rng.choice([1, max(1, lots // 2), lots - filled, lots + 3]),
                ReportKind.FILL,
            )
            filled += fill
            state = OrderState.FILLED if filled >= lots else LIVE
        elif draw < 0.85:
            kind, state = rng.choice(ENDED)
            code = 0 if rng.random() < 0.9 else Code.EXECUTE_STATE
        elif draw < 0.95:
            kind, state = ReportKind.UNKNOWN, OrderState.UNKNOWN
        if late and kind != ReportKind.FILL:
            code, state = Code.EXECUTE_DUPLICATE, OrderState.CANCELLED
        shown = OpenOrder(order_id, 0, max(0, lots - filled), 0, state, 0)
        place = self.ask("on_update", OrderUpdate(code, 0, 0, kind, shown, 100 * bool(fill), fill))
        if order_id in self.live:
            self.live[order_id][1] = filled
            if state not in (LIVE, OrderState.UNKNOWN):
                del self.live[order_id]
                self.ended.append(order_id)
        if place is not None:
            self.move(*place)

    def move(self, row: int, k: int) -> None:
        """A refused child goes elsewhere when a venue can take all of it."""
        order, units, refused = self.ask("move_intent", row, k)
        assert units > 0
        assert refused
        _, plan = self.ask("plan", order, self.tops, self.now_ns, refused, units)
        if plan is None or self.rng.random() < 0.1:
            self.ask("drop", row, k)
            self.counts["dropped"] += 1
            return
        assert len(plan.children) == 1
        assert plan.units == [units]
        assert not refused >> plan.children[0].venue & 1
        self.ask("moved", row, k, plan, self.next_id)
        self.live[self.next_id] = [plan.children[0].quantity_lots, 0]
        self.next_id += 1
        self.counts["moved"] += 1

    def step(self) -> None:
        self.now_ns += self.rng.randrange(0, 10**9)
        if self.rng.random() < 0.3:
            self.refresh()
        if not self.live or self.rng.random() < 0.4:
            self.submit()
        else:
            self.report()
        if len(self.live) > 600:
            for order_id in list(self.live)[:300]:
                self.ask("end", order_id)
                del self.live[order_id]
                self.ended.append(order_id)
        del self.ended[:-200]

    def check(self) -> None:
        """filled + open + dropped = total in every row."""
        for _, total, filled, open_units, dropped in self.ask("parents"):
            assert total == filled + open_units + dropped
            assert min(filled, open_units, dropped) >= 0


def test_backends_agree_through_random_lives() -> None:
    config = storm_config()
    routes = [load("route", Backend(b)).Route(config) for b in BACKENDS]
    storm = Storm(3, routes)
    for number in range(2500):
        storm.step()
        if number % 10 == 0:
            storm.check()
            states = [route.export_state() for route in routes]
            assert states[0] == states[1], number
        if number % 500 == 0:
            left, right = (route.export_state() for route in routes)
            routes[0].import_state(right)
            routes[1].import_state(left)
    assert min(storm.counts.values()) > 5, storm.counts


def test_totals_are_exact_over_many_intents() -> None:
    storm = Storm(17, [load("route", Backend.NATIVE).Route(storm_config())])
    number = 0
    while storm.counts["plans"] < INTENTS:
        storm.step()
        number += 1
        if number % 50 == 0:
            storm.check()
    storm.check()
    assert storm.counts["split"] > INTENTS // 10
