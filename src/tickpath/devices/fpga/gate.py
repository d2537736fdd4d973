"""What `fpga/rtl/risk_gate.sv` must answer, in plain integers.

The gate follows one instrument whose notional is price_ticks times lots (linear or spot; equity is
given in the same unit). Every order is judged by these checks, the first refusal wins:

killed      RISK_KILLED unless armed; a kill while armed, or a report that fits no open order, stops
            orders until the gate is disarmed and armed again
intent      RISK_INTENT for a side that is not 0 or 1, or words that are not 0
price       RISK_PRICE_GRID for price 0
quantity    RISK_QUANTITY_MIN for no lots, RISK_QUANTITY_MAX for more than configured or LOTS_MAX
equity      RISK_EQUITY for equity 0, unless the order only reduces the position
collar      RISK_COLLAR for |2 price - ref2| * 10^6 > ref2 * ppm, ref2 = bid + ask of the last
            reference, or none; then RISK_OVERFLOW for a price past PRICE_MAX
position    worst = position with all open on the order's side and the order. Not above 0: passes.
            RISK_POSITION for worst * max(price, ceil(ref2 / 2)) > floor(equity * ppm / 10^6).
            A worst case past LOTS_MAX is RISK_OVERFLOW where the ceiling would let LOTS_MAX + 1
            pass at the reference.
rate        RISK_RATE when more than the room is owed: an allowed order owes one step, time pays
            (hot/risk/rate.py). Time is what came with the message, never less than before.

Configured values only tighten: position and collar are cut to the compiled ceilings, the rate's
step is at least that of the compiled rate, the room at most a second less one such step. After
reset everything is 0: nothing passes. `hot.risk` gives the same codes wherever its other checks
pass; tests compare both on a million orders.
"""

from dataclasses import dataclass, field

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS

PRICE_MAX = 2**24 - 1
LOTS_MAX = 2**24 - 1
NOTIONAL_MAX = 2**48 - 1
PPM = 1_000_000
NS_PER_S = 1_000_000_000
STEP_NS_MIN = -(-NS_PER_S // LIMITS["order_rate_per_s_max"])
ROOM_NS_MAX = NS_PER_S - STEP_NS_MIN
BUY, SELL = 0, 1


@dataclass(frozen=True, slots=True)
class GateRegisters:
    """Registers of the gate: unsigned 32-bit words, `equity` 64 bits in ticks times lots."""

    lots_max: int = 0
    equity: int = 0
    position_ppm: int = 0
    collar_ppm: int = 0
    rate_step_ns: int = 0
    rate_room_ns: int = 0
    position_lots: int = 0
    """These three are taken while the gate is disarmed only."""
    open_buy_lots: int = 0
    open_sell_lots: int = 0


@dataclass(slots=True)
class Gate:
    """The state; one method for every message and register."""

    settings: GateRegisters = field(default_factory=GateRegisters)
    position_lots: int = 0
    open_lots: list[int] = field(default_factory=lambda: [0, 0])
    """Of buys, of sells."""
    ref2: int = 0
    """Twice the reference price, 0: none."""
    debt_ns: int = 0
    latest_ns: int = 0
    armed: bool = False
    killed: bool = False
    stopped: bool = False
    """Until disarmed: after a kill or a wrong report while armed, or a reset with arm high."""
    errors: int = 0
    commit_error: bool = False

    def pins(self, arm: bool, kill: bool) -> None:
        """The levels of the arm and the kill register from now on."""
        self.armed, self.killed = arm, kill
        self.stopped = arm and (self.stopped or kill)

    def reset(self) -> "Gate":
        """The gate after a reset: nothing is left but the levels of the registers' pins."""
        return Gate(armed=self.armed, killed=self.killed, stopped=self.armed)

    def commit(self, settings: GateRegisters) -> bool:
        """Take settings; while disarmed the position too. False: one is too wide, none is taken."""
        opens = [settings.open_buy_lots, settings.open_sell_lots]
        loads = not self.armed
        held_ok = -LOTS_MAX - 1 <= settings.position_lots <= LOTS_MAX and max(opens) <= LOTS_MAX
        self.commit_error = loads and not held_ok
        if self.commit_error:
            return False
        self.settings = settings
        if loads:
            self.position_lots, self.open_lots = settings.position_lots, opens
        return True

    def reference(self, bid_ticks: int, ask_ticks: int, side: int = 0, words: int = 0) -> None:
        """Best prices; one that is 0 or too wide counts as an error, and there is no reference."""
        good = 0 < bid_ticks <= PRICE_MAX and 0 < ask_ticks <= PRICE_MAX
        if good and side <= 1 and words == 0:
            self.ref2 = bid_ticks + ask_ticks
        else:
            self.ref2 = 0
            self.errors += 1

    def fill(self, side: int, lots: int, words: int = 0) -> bool:
        """Open lots become position. False: refused, and orders stop."""
        if not self.done(side, lots, words):
            return False
        self.position_lots += lots if side == BUY else -lots
        return True

    def done(self, side: int, lots: int, words: int = 0) -> bool:
        """Open lots are no more. False: refused, and orders stop."""
        if side > 1 or words or lots > self.open_lots[side]:
            self.wrong()
            return False
        self.open_lots[side] -= lots
        return True

    def wrong(self) -> None:
        """A report that fits no open order, or a message of no known kind."""
        self.errors += 1
        self.stopped = self.stopped or self.armed

    def pass_time(self, now_ns: int) -> None:
        """The time of a message: what is owed to the rate is paid."""
        passed_ns = max(0, now_ns - self.latest_ns)
        self.latest_ns += passed_ns
        self.debt_ns = max(0, self.debt_ns - passed_ns)

    def order(self, side: int, lots: int, price_ticks: int, words: int = 0) -> int:
        """The code of an order, 0 allowed; an allowed one is open."""
        code = int(self.judge(side, lots, price_ticks, words))
        if code == Code.OK:
            self.open_lots[side] += lots
            self.debt_ns += max(self.settings.rate_step_ns, STEP_NS_MIN)
        return code

    def judge(self, side: int, lots: int, price_ticks: int, words: int = 0) -> Code:
        """All checks in their order; changes nothing."""
        s = self.settings
        if not self.armed or self.killed or self.stopped:
            return Code.RISK_KILLED
        if side > 1 or words:
            return Code.RISK_INTENT
        if price_ticks < 1:
            return Code.RISK_PRICE_GRID
        if lots < 1:
            return Code.RISK_QUANTITY_MIN
        if lots > min(s.lots_max, LOTS_MAX):
            return Code.RISK_QUANTITY_MAX
        worst = self.worst(side, lots)
        if s.equity == 0 and worst > 0:
            return Code.RISK_EQUITY
        if self.outside(price_ticks):
            return Code.RISK_COLLAR
        if price_ticks > PRICE_MAX:
            return Code.RISK_OVERFLOW
        code = self.position(worst, price_ticks)
        if code == Code.OK and self.debt_ns > min(s.rate_room_ns, ROOM_NS_MAX):
            return Code.RISK_RATE
        return code

    def worst(self, side: int, lots: int) -> int:
        """Position in the order's direction when all open there and the order fill."""
        held = self.position_lots if side == BUY else -self.position_lots
        return held + self.open_lots[side] + lots

    def outside(self, price_ticks: int) -> bool:
        """Whether the price is outside the collar; without a reference every price is."""
        ppm = min(self.settings.collar_ppm, LIMITS["price_collar_ppm_max"])
        return self.ref2 == 0 or abs(2 * price_ticks - self.ref2) * PPM > self.ref2 * ppm

    def position(self, worst: int, price_ticks: int) -> Code:
        """The worst case against its part of equity."""
        ppm = min(self.settings.position_ppm, LIMITS["position_ceiling_ppm"])
        ceiling = min(self.settings.equity * ppm // PPM, NOTIONAL_MAX)
        reference = (self.ref2 + 1) // 2
        if worst > LOTS_MAX and ceiling >= (LOTS_MAX + 1) * reference:
            return Code.RISK_OVERFLOW
        over = worst > 0 and worst * max(price_ticks, reference) > ceiling
        return Code.RISK_POSITION if over else Code.OK
