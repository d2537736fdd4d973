"""Seeded streams for the gate: scales of price, lots, equity, edges of every limit, bad words."""

import random

from gate_rig import DONE, FILL, ORDER, REFERENCE, Script

from tickpath.devices.fpga.gate import GateRegisters

EDGES = (0, 1, 2, 2**24 - 1, 2**24, 2**25, 2**31, 2**32 - 1)


def around(rng: random.Random, value: int, most: int = 2**32 - 1) -> int:
    return max(0, min(most, value + rng.randint(-2, 2)))


def settings_of(rng: random.Random, mid: int, loads: bool = False) -> GateRegisters:
    """Settings that let a good part of orders near `mid` pass."""
    lots = rng.choice((5, 1000, 2**16, 2**24 - 1))
    ppm = rng.choice((0, 1, 300, 20_000, 20_001, 10**6, 2**32 - 1))
    part = max(1, min(ppm, 20_000))
    equity = mid * lots * 10**6 // part * rng.choice((1, 3, 30))
    held = rng.choice((0, 7, lots, 2**24 - 1))
    return GateRegisters(
        lots_max=rng.choice((lots, around(rng, lots), 2**24, 2**32 - 1)),
        equity=rng.choice((equity, equity, equity, around(rng, equity, 2**63), 0, 1, 2**64 - 1))
        % 2**64,
        position_ppm=ppm,
        collar_ppm=rng.choice((0, 100, 49_999, 50_000, 50_001, 2**32 - 1)),
        rate_step_ns=rng.choice((0, 10**6, 10**6, 10**6 + 1, 10**7, 2**32 - 1)),
        rate_room_ns=rng.choice((0, 10**6, 10**8, 999_000_000, 999_000_001, 2**32 - 1)),
        position_lots=rng.choice((0, held, -held, -(2**24))) if loads else 0,
        open_buy_lots=rng.choice((0, held)) if loads else 0,
        open_sell_lots=rng.choice((0, held, 2**24) if rng.random() < 0.2 else (0, held))
        if loads
        else 0,
    )


class Stream:
    """Writes a script of random steps around a mid price."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.script = Script()
        self.mid = self.rng.choice((1, 20, 1000, 50_000, 10**6, 15 * 10**6, 2**24 - 3))
        self.lots = self.rng.choice((3, 500, 2**15, 2**23))
        self.now_ns = 0
        self.committed = False

    def order(self) -> None:
        rng = self.rng
        off = rng.choice((0, 0, 0, 1, -1, self.mid // 20, self.mid // 21, -(self.mid // 20)))
        price = around(rng, self.mid + off)
        lots = rng.choice((1, rng.randint(1, self.lots), rng.randint(1, self.lots), self.lots))
        kind, side, words = ORDER, rng.randint(0, 1), 0
        if rng.random() < 0.05:
            price, lots = rng.choice(((rng.choice(EDGES), lots), (price, rng.choice(EDGES))))
        if rng.random() < 0.01:
            side, words = rng.choice(((2, 0), (255, 0), (side, 1), (side, 0x8000)))
        self.script.message(kind, side, lots, price, self.time(), words)

    def report(self) -> None:
        """Mostly ones that fit."""
        rng = self.rng
        lots = rng.choice((0, 1, 1, 2, rng.randint(1, self.lots)))
        kind, side = rng.choice((FILL, FILL, DONE)), rng.randint(0, 1)
        if rng.random() < 0.03:
            kind, side, lots = rng.choice(
                ((4, 0, 0), (255, 1, 1), (FILL, 2, 0), (DONE, 0, 2**32 - 1))
            )
        self.script.message(kind, side, lots, 0, self.time())

    def reference(self) -> None:
        rng = self.rng
        spread = rng.choice((0, 1, 1, 2, self.mid // 50))
        bid, ask = max(1, self.mid - spread), min(2**24 - 1, self.mid + spread + rng.randint(0, 1))
        if rng.random() < 0.1:
            bid, ask = rng.choice(((0, ask), (bid, 0), (2**24, ask), (bid, 2**32 - 1), (ask, bid)))
        self.script.message(REFERENCE, 0, bid, ask, self.time())

    def time(self) -> int:
        rng = self.rng
        step = rng.choice((0, 0, 1, 5, 10**3, 10**6, 10**6 - 1, 10**9))
        self.now_ns += step if rng.random() < 0.3 else 0
        return max(0, self.now_ns - (rng.randint(0, 10**7) if rng.random() < 0.02 else 0))

    def registers(self) -> None:
        """Kill, disarm, arm."""
        if self.committed:
            self.script.idle()
            self.committed = False
        rng, script = self.rng, self.script
        script.pins(rng.random() < 0.7, rng.random() < 0.2)
        if rng.random() < 0.9:
            script.wait(rng.randint(0, 6))
            script.pins(False)
            script.pins(True)

    def commit(self, loads: bool) -> None:
        if self.committed:
            self.script.idle()
        if loads:
            self.script.idle()
            self.script.pins(False)
        self.script.commit(settings_of(self.rng, self.mid, loads))
        self.committed = True
        if loads:
            self.script.idle()
            self.script.pins(True)

    def open(self) -> None:
        """A gate that trades."""
        self.commit(True)
        self.committed = False
        self.reference()

    def write(self, count: int) -> Script:
        """About `count` steps."""
        rng = self.rng
        self.open()
        while len(self.script.steps) < count:
            luck = rng.random()
            if luck < 0.8:
                self.order()
            elif luck < 0.93:
                self.report()
            elif luck < 0.97:
                self.reference()
            elif luck < 0.98:
                self.commit(rng.random() < 0.3)
            elif luck < 0.99:
                self.registers()
            elif luck < 0.995:
                self.script.wait(rng.randint(1, 40))
            elif luck < 0.998 and not self.committed:
                self.script.reset()
                self.now_ns = 0
                self.open()
        return self.script
