"""Control of risk in plain Python: the definition of correct for native.pxd."""

from collections.abc import Sequence
from typing import Any

from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.records import BLOCK_SHIFT, REDUCE_ONLY_ALL
from tickpath.hot.risk.control import state
from tickpath.hot.risk.control.plan import Plan, plans_of, rule_module
from tickpath.hot.risk.control.spec import (
    NO_OPINION,
    NS_MAX,
    Breaker,
    BreakerState,
    ControlEvent,
    On,
    later,
)
from tickpath.hot.risk.control.state import SWEEP_CANCEL, SWEEP_HELD, SWEEP_NONE
from tickpath.hot.risk.drawdown import (
    DAY_NS,
    LEVEL_HALT,
    LEVEL_REDUCE,
    UNITS_MAX,
    Drawdown,
    StrategyCell,
    limits_strategy,
    limits_total,
)

WATCH_TOTAL = 32
WATCH_STRATEGIES = 64
WATCH_PORTFOLIO = 128
AT_ONCE = -(2**63)


class Control:
    """Breakers, drawdowns and pauses over the risk handle whose gates it writes."""

    def __init__(self, config: Config, risk: Any) -> None:
        self.config = config
        self.risk = risk
        self._plans = plans_of(config)
        self._breakers: list[list[Breaker]] = [_breakers(k, p) for k, p in enumerate(self._plans)]
        self._total, self._by_strategy = limits_total(config), limits_strategy(config)
        n_instruments, n_strategies = len(config.instruments), len(config.strategies)
        self._opening = [config.balance_units(c) for c in range(len(config.currencies))]
        self._drawdowns = [
            [Drawdown(units, units, units) for units in self._opening]
            for _ in range(1 + n_strategies)
        ]
        self._cells = [[StrategyCell() for _ in range(n_instruments)] for _ in range(n_strategies)]
        self._paused, self._sweep = [0] * n_instruments, [SWEEP_NONE] * n_instruments
        self._paused_strategies = [0] * n_strategies
        self._sweep_strategies = [SWEEP_NONE] * n_strategies
        self._limits_version = self._slot_version = 0
        self._tick_ns = AT_ONCE
        self.wants = 0
        for plan in self._plans:
            self.wants |= int(plan.rule.on)
        if self._total.watched or self.wants & On.MONEY:
            self.wants |= WATCH_TOTAL
        if self._by_strategy.watched:
            self.wants |= WATCH_STRATEGIES
        if config.portfolio.grid_ns > 0:
            self.wants |= WATCH_PORTFOLIO
        self._gates()

    @property
    def tick_ns(self) -> int:
        """`tick` has nothing to do before."""
        return self._tick_ns

    @property
    def pending(self) -> bool:
        """Whether the walk has something to cancel."""
        return any(self._sweep) or any(self._sweep_strategies)

    @property
    def limits_version(self) -> int:
        """How many changes of a limit were accepted."""
        return self._limits_version

    @property
    def slot_version(self) -> int:
        """Version of the limits slot that was applied last."""
        return self._slot_version

    # -- what is closed -----------------------------------------------------------------------

    def _ask_sweep(self, instrument: int, kind: int) -> None:
        """The walk cancels in the input in hand; instrument -1: everywhere."""
        for k in range(len(self._sweep)):
            if instrument in (-1, k):
                self._sweep[k] = max(self._sweep[k], kind)
        self._tick_ns = AT_ONCE

    def sweep_all(self) -> None:
        """Everything that is open is to be cancelled: the kill switch."""
        self._ask_sweep(-1, SWEEP_CANCEL)

    def sweeps(self) -> tuple[list[int], list[int]]:
        """What the walk is to do, by instrument and by strategy."""
        return list(self._sweep), list(self._sweep_strategies)

    def swept(self, instrument: int, strategy: int) -> None:
        """One of them is done; -1: not that kind."""
        if instrument >= 0:
            self._sweep[instrument] = SWEEP_NONE
        if strategy >= 0:
            self._sweep_strategies[strategy] = SWEEP_NONE

    def _gates(self) -> None:
        """All gates anew: pause, then breakers in their order, then drawdown."""
        for i, instrument in enumerate(self.config.instruments):
            codes = [Code.RISK_PAUSED] if self._paused[i] else []
            for plan, breakers in zip(self._plans, self._breakers, strict=True):
                for b in breakers:
                    if b.state != BreakerState.ARMED and (plan.wide or b.instrument == i):
                        codes.append(plan.rule.code)
            levels = [self._drawdowns[0][instrument.settle].level]
            self.risk.set_gate(i, _gate(codes, levels))
        for s, paused in enumerate(self._paused_strategies):
            levels = [d.level for d in self._drawdowns[1 + s]]
            self.risk.set_strategy_gate(s, _gate([Code.RISK_PAUSED] if paused else [], levels))

    # -- breakers -----------------------------------------------------------------------------

    def _due(self, t_ns: int) -> None:
        self._tick_ns = min(self._tick_ns, t_ns)

    def _cool(self, b: Breaker, now_ns: int) -> None:
        b.state = BreakerState.COOLING
        b.until_ns = later(now_ns, self._plans[b.plan].spec.cooling_ns)
        self._due(b.until_ns)

    def _trip(self, b: Breaker) -> None:
        """To TRIPPED; the sweep it asks for also brings the next tick."""
        plan = self._plans[b.plan]
        b.state = BreakerState.TRIPPED
        b.trips += 1
        if plan.rule.forgets:
            b.words = [0] * plan.words
            b.over = 0
        kind = SWEEP_CANCEL if plan.spec.cancel else SWEEP_HELD
        self._ask_sweep(-1 if plan.wide else b.instrument, kind)

    def _judge(self, b: Breaker, over: int, now_ns: int) -> bool:
        """What a rule said of an event becomes state; whether the state changed."""
        if b.deadline_ns:
            self._due(b.deadline_ns)
        if over == NO_OPINION:
            return False
        b.over = over
        if over and b.state != BreakerState.TRIPPED:
            self._trip(b)
            return True
        if not over and b.state == BreakerState.TRIPPED and not self._plans[b.plan].spec.manual:
            self._cool(b, now_ns)
            return True
        return False

    def event(self, x: ControlEvent) -> None:
        """One event to the breakers that ask for its kind."""
        changed = False
        for plan, breakers in zip(self._plans, self._breakers, strict=True):
            at = plan.place(x.instrument) if plan.rule.on & x.on else -1
            if at >= 0:
                b = breakers[at]
                changed |= self._judge(b, _step(b, x), x.now_ns)
        if changed:
            self._gates()

    def _expire(self, b: Breaker, now_ns: int) -> bool:
        """What time alone does to a breaker; whether its state changed."""
        changed = False
        if b.deadline_ns and b.deadline_ns <= now_ns and b.state != BreakerState.TRIPPED:
            x = ControlEvent(On.TIMER, b.instrument, now_ns)
            changed = self._judge(b, _step(b, x), now_ns)
        manual = self._plans[b.plan].spec.manual
        if b.state == BreakerState.TRIPPED and not b.over and not manual:
            self._cool(b, now_ns)
            changed = True
        if b.state == BreakerState.COOLING and b.until_ns <= now_ns:
            b.state = BreakerState.ARMED
            changed = True
        return changed

    def tick(self, now_ns: int) -> None:
        """Deadlines, the end of cooling, the day: at the entry of an input, before all else."""
        every = [b for breakers in self._breakers for b in breakers]
        changed = [self._expire(b, now_ns) for b in every]
        self._tick_ns = AT_ONCE if self.pending else NS_MAX
        for b in every:
            if b.state == BreakerState.COOLING:
                self._due(b.until_ns)
            if b.state != BreakerState.TRIPPED and b.deadline_ns:
                self._due(b.deadline_ns)
        if self._total.daily:
            changed += [d.roll(self._total, now_ns) for d in self._drawdowns[0] if d.day >= 0]
            self._due(later(now_ns - (now_ns - self._total.day_start_ns) % DAY_NS, DAY_NS))
        if any(changed):
            self._gates()

    def next_timer(self) -> int:
        """When a rule wants to see silence, 2**63 - 1 when none does."""
        every = [b for breakers in self._breakers for b in breakers]
        waiting = [b.deadline_ns for b in every if b.deadline_ns and b.state != 1]
        return min(waiting, default=NS_MAX)

    # -- money --------------------------------------------------------------------------------

    def total(self, instrument: int, equity_units: int, now_ns: int) -> None:
        """Equity of the settle currency of an instrument, marked."""
        d = self._drawdowns[0][self.config.instruments[instrument].settle]
        if d.mark(self._total, equity_units, now_ns):
            self._gates()
        if self.wants & On.MONEY:
            self.event(
                ControlEvent(
                    On.MONEY,
                    instrument,
                    now_ns,
                    peak_units=d.peak_units,
                    equity_units=equity_units,
                )
            )

    def _profit(self, strategy: int, currency: int) -> int:
        """Opening equity of a currency with the marked profit of one strategy, fees paid."""
        rows = zip(self.config.instruments, self._cells[strategy], strict=True)
        profit = sum(c.pnl_units - c.fee_units for i, c in rows if i.settle == currency)
        return max(-UNITS_MAX, min(UNITS_MAX, self._opening[currency] + profit))

    def _mark(self, strategy: int, instrument: int, mid2: int, now_ns: int) -> None:
        entry = self.config.instruments[instrument]
        self._cells[strategy][instrument].mark(entry, mid2)
        d = self._drawdowns[1 + strategy][entry.settle]
        if d.mark(self._by_strategy, self._profit(strategy, entry.settle), now_ns):
            self._gates()

    def marked(self, instrument: int, mid2: int, now_ns: int) -> None:
        """A new mid: every strategy that holds the instrument."""
        for s, cells in enumerate(self._cells):
            if cells[instrument].lots:
                self._mark(s, instrument, mid2, now_ns)

    def filled(
        self,
        strategy: int,
        instrument: int,
        lots: int,
        ticks: int,
        fee_units: int,
        mid2: int,
        now_ns: int,
    ) -> None:
        """A fill of a strategy, `lots` signed; marked at the mid, at its own price without one."""
        if not 0 <= strategy < len(self._cells):
            return
        entry = self.config.instruments[instrument]
        self._cells[strategy][instrument].fill(entry, lots, ticks, fee_units)
        self._mark(strategy, instrument, mid2 if mid2 > 0 else later(ticks, ticks), now_ns)

    # -- commands -----------------------------------------------------------------------------

    def pause(self, strategies: bool, index: int, on: bool) -> int:
        """Pause or resume an instrument or strategy; a pause cancels what is open there."""
        paused = self._paused_strategies if strategies else self._paused
        if not 0 <= index < len(paused):
            return int(Code.ENGINE_COMMAND)
        paused[index] = int(on)
        if on and strategies:
            self._sweep_strategies[index] = SWEEP_CANCEL
            self._tick_ns = AT_ONCE
        elif on:
            self._ask_sweep(index, SWEEP_CANCEL)
        self._gates()
        return int(Code.OK)

    def rearm(self, plan: int, now_ns: int) -> int:
        """A person re-arms a configured breaker, -1: all; it still cools."""
        if not -1 <= plan < len(self._plans):
            return int(Code.ENGINE_COMMAND)
        for breakers in self._breakers if plan == -1 else [self._breakers[plan]]:
            for b in breakers:
                if b.state == BreakerState.TRIPPED:
                    self._cool(b, now_ns)
        self._tick_ns = AT_ONCE
        self._gates()
        return int(Code.OK)

    def reset(self, strategy: int) -> int:
        """A person resets the drawdown of a strategy, -1: of the currencies as a whole."""
        if not -1 <= strategy < len(self._cells):
            return int(Code.ENGINE_COMMAND)
        for d in self._drawdowns[1 + strategy]:
            d.reset(self._total if strategy == -1 else self._by_strategy)
        self._gates()
        return int(Code.OK)

    def set_limit(self, limit: int, instrument: int, value: int) -> int:
        """A limit of an instrument, -1: of all; ENGINE_LIMIT outside 0 to the ceiling."""
        code = int(self.risk.set_limit(limit, instrument, value))
        self._limits_version += code == Code.OK
        return code

    def set_limits(self, version: int, values: Sequence[int]) -> list[int]:
        """What the limits slot says, for all instruments; -1 leaves a limit as it is."""
        self._slot_version = version
        return [self.set_limit(k, -1, value) for k, value in enumerate(values) if value != -1]

    # -- state --------------------------------------------------------------------------------

    def export_state(self) -> bytes:
        """Canonical bytes, see state.py."""
        image = state.Image(
            limits_version=self._limits_version,
            slot_version=self._slot_version,
            limits=self.risk.limits(),
            paused=self._paused,
            sweep=self._sweep,
            paused_strategies=self._paused_strategies,
            sweep_strategies=self._sweep_strategies,
            breakers=[
                (b.state, b.over, b.until_ns, b.deadline_ns, b.trips, b.words)
                for breakers in self._breakers
                for b in breakers
            ],
            drawdowns=[
                (
                    d.peak_units, d.equity_units, d.day_open_units, d.day, d.halted, d.day_halted,
                    d.level,
                )
                for row in self._drawdowns
                for d in row
            ],
            cells=[
                (c.lots, c.fee_units, c.pnl_units, c.broken, c.cost)
                for row in self._cells
                for c in row
            ],
        )  # fmt: skip
        return state.pack(image, len(self._opening))

    def import_state(self, data: bytes) -> None:
        """Raises DataError for a state of another configuration, or a forged one."""
        counts = (len(self._paused), len(self._paused_strategies), len(self._opening))
        image = state.unpack(data, *counts, self._plans)
        self._limits_version, self._slot_version = image.limits_version, image.slot_version
        for i, limits in enumerate(image.limits):
            for k, value in enumerate(limits):
                self.risk.set_limit(k, i, value)
        self._paused, self._sweep = image.paused, image.sweep
        self._paused_strategies = image.paused_strategies
        self._sweep_strategies = image.sweep_strategies
        rows = iter(image.breakers)
        for breakers in self._breakers:
            for b in breakers:
                b.state, b.over, b.until_ns, b.deadline_ns, b.trips, b.words = next(rows)
        drawdowns = iter(image.drawdowns)
        self._drawdowns = [[Drawdown(*next(drawdowns)) for _ in row] for row in self._drawdowns]
        cells = iter(image.cells)
        self._cells = [[StrategyCell(*next(cells)) for _ in row] for row in self._cells]
        self._tick_ns = AT_ONCE
        self._gates()


def _breakers(number: int, plan: Plan) -> list[Breaker]:
    spec = plan.spec
    return [
        Breaker(
            spec.rule, number, i, spec.limit, spec.window_ns, spec.count, [0] * plan.words
        )
        for i in plan.watched
    ]  # fmt: skip


def _step(b: Breaker, x: ControlEvent) -> int:
    return int(rule_module(b.rule).step(b, x))


def _gate(codes: list[Code], levels: list[int]) -> int:
    """Flags of a risk input: the first code that closes, and whether orders may only reduce."""
    if LEVEL_HALT in levels:
        codes = [*codes, Code.RISK_DRAWDOWN_HALT]
    closed = codes[0] << BLOCK_SHIFT if codes else 0
    return closed | (REDUCE_ONLY_ALL if LEVEL_REDUCE in levels else 0)
