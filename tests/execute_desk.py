"""A desk for tests of execute: one backend or both at once, prices, fills, steps."""

from dataclasses import replace
from importlib import import_module
from typing import Any

from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.records import (
    Intent,
    IntentKind,
    LinkRole,
    OrderState,
    OrderType,
    Report,
    ReportKind,
    Request,
    Side,
)

CONFIG = config_of(btcusdt(), btcusdt_linear(), btcusd_inverse())
CODECS = {"reference": "orders", "native": "native_orders"}


def execute_of(backend: str, config: Config = CONFIG) -> Any:
    module = import_module(f"tickpath.venues.binance.{CODECS[backend]}")
    codecs = [module.OrderCodec(config, venue) for venue in range(len(config.venues))]
    return load("execute", Backend(backend)).Execute(config, codecs)


def intent_of(**changes: Any) -> Intent:
    """A sell stop at 90 for 100 lots, unless said otherwise."""
    base = Intent(
        kind=IntentKind.SUBMIT,
        strategy=0,
        instrument=0,
        side=Side.SELL,
        type=OrderType.STOP,
        tag=7,
        quantity_lots=100,
        trigger_ticks=90,
    )
    return replace(base, **changes)


class Desk:
    """Both backends fed alike; every answer and the state after it must be the same."""

    def __init__(self, config: Config = CONFIG) -> None:
        self.stages = [execute_of("reference", config), execute_of("native", config)]
        self.now_ns = 1_000
        self.trade = 0
        self.touch = (0, 0)

    def both(self, call: Any) -> Any:
        found = [call(stage) for stage in self.stages]
        assert found[0] == found[1]
        assert self.stages[0].export_state() == self.stages[1].export_state()
        return found[0]

    def park(self, **changes: Any) -> int:
        """The code, or minus the id of the parked order."""
        code = self.both(lambda stage: stage.park(intent_of(**changes), 1, self.now_ns))
        if code != Code.OK:
            return int(code)
        return -int(self.orders()[-1].client_order_id)

    def parked(self, **changes: Any) -> int:
        found = self.park(**changes)
        assert found < 0, found
        return -found

    def submit(self, **changes: Any) -> int:
        """A live limit order to buy at 100."""
        base = Request(
            kind=IntentKind.SUBMIT, venue=0, instrument=0, strategy=0, side=Side.BUY,
            type=OrderType.LIMIT, time_in_force=0, flags=0, tag=7, price_ticks=100,
            quantity_lots=100,
        )  # fmt: skip
        wanted = replace(base, **changes)
        code = self.both(lambda stage: stage.send(replace(wanted), 1, self.now_ns))
        assert code == Code.OK, code
        order = int(self.orders()[-1].client_order_id)
        self.report(ReportKind.ACK, order)
        return order

    def send(self, kind: IntentKind, order: int, **changes: Any) -> int:
        base = Request(
            kind=kind, venue=0, instrument=0, strategy=0, side=Side.BUY, type=OrderType.LIMIT,
            time_in_force=0, flags=0, tag=7, price_ticks=100, quantity_lots=100,
            client_order_id=order if kind == IntentKind.CANCEL else 0,
            orig_client_order_id=0 if kind == IntentKind.CANCEL else order,
        )  # fmt: skip
        wanted = replace(base, **changes)
        return int(self.both(lambda stage: stage.send(replace(wanted), 1, self.now_ns)))

    def report(self, kind: ReportKind, order: int, **fields: Any) -> Any:
        report = Report(kind=kind, client_order_id=order, **fields)
        return self.both(lambda stage: stage.apply(report, 2, self.now_ns))

    def fill(self, order: int, lots: int, ticks: int = 100, **fields: Any) -> Any:
        self.trade += 1
        return self.report(
            ReportKind.FILL, order, trade_id=self.trade, last_ticks=ticks, last_lots=lots, **fields
        )

    def price(self, last: int = 0, mid2: int = 0, bbo2: int = 0) -> None:
        self.both(lambda stage: stage.on_price(0, last, mid2, bbo2))

    def step(self) -> list[Intent]:
        """What is due, sent without asking risk, acknowledged."""
        intents: list[Intent] = self.both(lambda stage: stage.due(0, self.now_ns, *self.touch))
        for intent in intents:
            code = self.both(
                lambda stage, wanted=intent: stage.send_due(replace(wanted), 3, self.now_ns)
            )
            assert code == Code.OK
        for order in self.orders():
            if order.state == OrderState.PENDING_NEW:
                self.report(ReportKind.ACK, order.client_order_id)
        return intents

    def expire(self, now_ns: int) -> None:
        self.now_ns = now_ns
        self.both(lambda stage: stage.expire(4, now_ns))

    def next_expiry(self) -> int:
        return int(self.both(lambda stage: stage.next_expiry()))

    def orders(self) -> Any:
        return self.both(lambda stage: stage.orders())

    def state(self, order: int) -> OrderState | None:
        found = [o.state for o in self.orders() if o.client_order_id == order]
        return OrderState(found[0]) if found else None

    def notices(self) -> list[tuple[int, int]]:
        """(order, state) of every notice, taken."""
        found: list[tuple[int, int]] = []
        while True:
            update = self.both(lambda stage: stage.pop_notice())
            if update is None:
                return found
            found.append((update.order.client_order_id, update.order.state))

    def position(self) -> Any:
        return self.both(lambda stage: stage.positions)[0]

    def sent(self) -> list[bytes]:
        return [data for _, _, data in self.both(lambda stage: stage.take_out())]

    def bracket(self, lots: int = 100) -> tuple[int, int, int]:
        """Entry to buy at 100, stop at 90, profit taken at 110."""
        entry = self.submit(quantity_lots=lots, link=5, role=LinkRole.ENTRY)
        child = {"link": 5, "role": LinkRole.CHILD, "flags": 1, "quantity_lots": lots}
        stop = self.parked(**child)
        take = self.parked(type=OrderType.LIMIT, price_ticks=110, trigger_ticks=0, **child)
        return entry, stop, take
