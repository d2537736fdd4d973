"""Streams judged by the engine's native risk stage where only the gate's checks can decide.

A world is one configuration: an instrument whose notional is ticks times lots in units of its
currency, one order limit, ceiling, collar and rate, and equity so large against the largest order
that `notional_max` never speaks (the gate has no such check). Orders go to `hot.risk.native` in
batches of one, with the positions, open orders, top, equity and time that the gate has by then;
fills and ends of open lots are those of the native verdicts.
"""

import random
from decimal import Decimal

import numpy as np
from gate_rig import DONE, FILL, Script
from risk_support import context
from support import btcusdt_shipped, config_of

from tickpath.core.codes import Code
from tickpath.core.config import Config, RiskSpec
from tickpath.core.records import INTENT_DTYPE, BookStatus, IntentKind, OrderType, TimeInForce
from tickpath.devices.fpga.gate import LOTS_MAX, NS_PER_S, ROOM_NS_MAX, GateRegisters
from tickpath.hot.risk import native

HUGE = Decimal(10) ** 12
EDGES = (0, 1, 2, 2**24 - 1, 2**32 - 1)
EQUITY_MAX = 2**62
JUDGED = {
    int(code)
    for code in (
        Code.OK, Code.RISK_KILLED, Code.RISK_INTENT, Code.RISK_PRICE_GRID, Code.RISK_QUANTITY_MIN,
        Code.RISK_QUANTITY_MAX, Code.RISK_EQUITY, Code.RISK_COLLAR, Code.RISK_POSITION,
        Code.RISK_RATE,
    )
}  # fmt: skip
"""Every code that both know in their common range."""


class World:
    """One configuration, its native risk stage and the script for the gate."""

    def __init__(self, seed: int) -> None:
        rng = self.rng = random.Random(seed)
        self.script = Script()
        self.codes: list[int] = []
        """Of the native stage, by order."""
        self.mid = rng.choice((3, 50, 1000, 40_000, 10**6, 7 * 10**6))
        self.price_max = rng.choice((2 * self.mid, 2**32 - 1))
        self.lots_max = rng.choice((10, 3000, 2**16, 2**22))
        least = 50 * self.lots_max * max(self.price_max, 2 * self.mid)
        self.equity = min(EQUITY_MAX, least * rng.choice((1, 1, 2, 1000)))
        self.lots_max = min(self.lots_max, self.equity // (least // self.lots_max))
        worst = self.mid * self.lots_max * rng.choice((1, 3, 20))
        self.position_ppm = min(20_000, max(1, worst * 10**6 // self.equity))
        if self.equity * self.position_ppm // 10**6 // (self.mid // 2 + 1) > LOTS_MAX:
            self.lots_max = min(self.lots_max, 2000)  # no worst case leaves the gate's bits
        self.collar_ppm = rng.choice((50_000, 50_000, 49_999, 1000, 0))
        self.rate = rng.choice((1000, 1000, 999, 70, 3))
        step_ns = -(-NS_PER_S // self.rate)
        self.burst = rng.randint(1, min(999, ROOM_NS_MAX // step_ns + 1))
        self.equity *= rng.random() > 0.08
        config = self.config()
        self.risk = native.Risk(config)
        self.context = context(config, now_ns=NS_PER_S)
        self.position, self.top = self.context.positions[0], self.context.tops[0]
        self.open_lots = [0, 0]
        self.now_ns = self.seen_ns = NS_PER_S
        self.dirty = True
        self.intent = np.zeros(1, INTENT_DTYPE)
        self.code = np.zeros(1, np.int32)
        self.top.bid_ticks = self.top.ask_ticks = 0
        self.context.last_trade_ticks = [0]
        self.context.equity_units = [self.equity] * 3
        self.context.cash_units = [EQUITY_MAX] * 3
        self.intent["kind"], self.intent["type"] = IntentKind.SUBMIT, OrderType.LIMIT
        self.intent["time_in_force"] = TimeInForce.GTC
        self.position.position_lots = rng.choice((0, 0, 0, self.lots_max, -self.lots_max))
        self.begin(step_ns)

    def config(self) -> Config:
        lot = btcusdt_shipped().lot_size
        instrument = btcusdt_shipped()
        changes = {"quantity_min": lot, "quantity_max": lot * 2**40, "notional_min": Decimal(0)}
        spec = RiskSpec(
            order_quantity_max=lot * self.lots_max, order_notional_max=HUGE,
            gross_exposure_max=HUGE, net_exposure_max=HUGE,
            position_ceiling_ppm=self.position_ppm, price_collar_ppm=self.collar_ppm,
            order_rate_per_s=self.rate, order_burst=self.burst,
        )  # fmt: skip
        made = type(instrument)(
            **{name: getattr(instrument, name) for name in instrument.__slots__}
            | changes | {"order_step": lot}
        )  # fmt: skip
        return config_of(made, risk=spec)

    def begin(self, step_ns: int) -> None:
        """A fresh gate with the settings of the native stage."""
        self.script.reset()
        self.script.pins(False)
        self.script.commit(
            GateRegisters(
                lots_max=self.lots_max, equity=self.equity, position_ppm=self.position_ppm,
                collar_ppm=self.rng.choice((self.collar_ppm, 2**32 - 1))
                if self.collar_ppm == 50_000
                else self.collar_ppm,
                rate_step_ns=step_ns, rate_room_ns=(self.burst - 1) * step_ns,
                position_lots=self.position.position_lots,
            )
        )  # fmt: skip
        self.script.idle()
        self.script.pins(True)

    def order(self) -> None:
        rng, mid = self.rng, self.mid
        lots = rng.randint(1, self.lots_max) if rng.random() < 0.9 else self.lots_max
        price = mid + rng.choice((0, 0, 1, -1, mid // 20, mid // 21, -(mid // 20), mid // 50))
        if rng.random() < 0.04:
            price, lots = rng.choice(((rng.choice(EDGES), lots), (price, rng.choice(EDGES))))
        price = max(0, min(self.price_max, price + rng.randint(-1, 1)))
        side = rng.randint(0, 1) if rng.random() < 0.995 else 2
        self.script.order(side, lots, price, self.now_ns)
        self.judge(side, lots, price)

    def judge(self, side: int, lots: int, price: int) -> None:
        """The native verdict; what is allowed is open."""
        if self.dirty or self.seen_ns - self.context.last_market_ns[0] > NS_PER_S:
            self.load()
        intent = self.intent[0]
        intent["side"], intent["quantity_lots"], intent["price_ticks"] = side, lots, price
        if self.risk.validate_batch(self.intent, self.code, self.seen_ns):
            self.open_lots[side] += lots
            self.dirty = True
        self.codes.append(int(self.code[0]))

    def load(self) -> None:
        p = self.position
        p.open_buy_lots, p.open_sell_lots = self.open_lots
        self.context.last_market_ns = [self.seen_ns]
        self.risk.load(self.context)
        self.dirty = False

    def report(self) -> None:
        """A fill or an end of what is open on one side."""
        side = self.rng.randint(0, 1)
        if self.open_lots[side]:
            kind = self.rng.choice((FILL, FILL, DONE))
            lots = self.rng.randint(1, self.open_lots[side])
            self.script.message(kind, side, lots, 0, self.now_ns)
            self.open_lots[side] -= lots
            if kind == FILL:
                self.position.position_lots += -lots if side else lots
            self.dirty = True

    def reference(self) -> None:
        rng = self.rng
        move = rng.choice((0, 1, -1, self.mid // 100, -(self.mid // 100)))
        mid = max(2, min(2**23, self.mid + move))
        spread = rng.randint(0, max(1, mid // 200))
        self.top.bid_ticks, self.top.ask_ticks = mid - min(spread, mid - 1), mid + spread
        self.top.status = BookStatus.OK
        self.script.reference(self.top.bid_ticks, self.top.ask_ticks, self.now_ns)
        self.dirty = True

    def time(self) -> None:
        """On by any step; now and then a stamp steps back, which counts as the latest."""
        step = self.rng.choice((1, 1000, 10**6, 10**6 - 1, 30 * 10**6, 10**9))
        self.seen_ns += step
        back = self.rng.randint(0, 10**6) if self.rng.random() < 0.1 else 0
        self.now_ns = self.seen_ns - back if back else self.seen_ns
        if back:
            self.script.message(DONE, 0, 0, 0, self.seen_ns)

    def switch(self) -> None:
        """Killed for a few orders, then armed again."""
        self.script.wait(400)
        self.script.pins(True, True)
        self.risk.kill()
        for _ in range(5):
            self.order()
        self.script.wait(400)
        self.script.pins(False)
        self.script.pins(True)
        self.risk.rearm()

    def write(self, orders: int) -> Script:
        """A script with so many orders, first without a reference."""
        for _ in range(3):
            self.order()
        while len(self.codes) < orders:
            luck = self.rng.random()
            if luck < 0.8:
                self.order()
            elif luck < 0.88:
                self.report()
            elif luck < 0.92 or self.top.ask_ticks == 0:
                self.reference()
            elif luck < 0.9995:
                self.time()
            else:
                self.switch()
        return self.script
