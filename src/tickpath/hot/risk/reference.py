"""Risk in plain Python: the checks of checks/ORDER, one after the other, over every intent."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.errors import CapacityError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    BLOCK_SHIFT,
    KILLED,
    REDUCE_ONLY_ALL,
    Intent,
    IntentKind,
    PortfolioFigures,
    Side,
)
from tickpath.hot.risk import state
from tickpath.hot.risk.context import NS_PER_S, RiskContext, RiskInput, limits_of
from tickpath.hot.risk.limits import LIMIT_FIELDS, ceilings
from tickpath.hot.risk.values import added_lots

ORDER_FILE = Path(__file__).parent / "checks/ORDER"


def probe() -> Available:
    """Always there."""
    return Available(ok=True, reason="plain Python")


def check_order() -> list[str]:
    """Stems in the order they run."""
    lines = (line.split("#")[0].strip() for line in ORDER_FILE.read_text().splitlines())
    return [line for line in lines if line]


CHECKS: tuple[Callable[[RiskInput], int], ...] = tuple(
    import_module(f"tickpath.hot.risk.checks.{stem}").check for stem in check_order()
)


def verdict(x: RiskInput) -> int:
    """The code that all checks in order give one input; decides nothing, changes nothing."""
    return int(next((code for check in CHECKS if (code := check(x)) != Code.OK), Code.OK))


class Risk:
    """Verdicts on batches of intents; owns the kill state and the order tokens."""

    def __init__(self, config: Config) -> None:
        self._instruments = config.instruments
        self._limits = limits_of(config)
        self._value_ratios = [i.value_ratio for i in config.instruments]
        self._rate_per_s = config.risk.order_rate_per_s
        self._credit_max = config.risk.order_burst * NS_PER_S
        self._credit = self._credit_max
        self._refilled_ns = 0
        self._killed = False
        self.portfolio = PortfolioFigures()
        self._pending = [[0, 0] for _ in config.instruments]
        self._gates = [0] * len(config.instruments)
        self._strategy_gates = [0] * LIMITS["strategies_max"]

    def kill(self) -> None:
        """From now on only cancels are allowed."""
        self._killed = True

    def rearm(self) -> None:
        """A person allows orders again."""
        self._killed = False

    @property
    def killed(self) -> bool:
        """Whether the kill switch is set."""
        return self._killed

    def set_gate(self, instrument: int, flags: int) -> None:
        """What control closed for an instrument."""
        self._gates[instrument] = flags

    def set_strategy_gate(self, strategy: int, flags: int) -> None:
        """What control closed for a strategy."""
        self._strategy_gates[strategy] = flags

    def set_limit(self, limit: int, instrument: int, value: int) -> int:
        """A limit of an instrument, -1: of all; ENGINE_LIMIT outside 0 to the ceiling. Rate and
        burst are of the engine."""
        if not 0 <= limit < len(LIMIT_FIELDS) or not 0 <= value <= ceilings()[limit]:
            return int(Code.ENGINE_LIMIT)
        if not -1 <= instrument < len(self._limits):
            return int(Code.ENGINE_LIMIT)
        name = LIMIT_FIELDS[limit]
        if name == "order_rate_per_s":
            self._rate_per_s, instrument = value, -1
        elif name == "order_burst":
            self._credit_max, instrument = value * NS_PER_S, -1
            self._credit = min(self._credit, self._credit_max)
        for limits in self._limits if instrument == -1 else [self._limits[instrument]]:
            setattr(limits, name, value)
        return int(Code.OK)

    def limits(self) -> list[list[int]]:
        """Limits by instrument in the order of LIMIT_FIELDS."""
        return [[getattr(limits, name) for name in LIMIT_FIELDS] for limits in self._limits]

    def _flags(self, intent: Intent) -> int:
        """What is closed for an order: kill switch, gate of its instrument, of its strategy."""
        gate, other = self._gates[intent.instrument], 0
        if 0 <= intent.strategy < len(self._strategy_gates):
            other = self._strategy_gates[intent.strategy]
        if gate >> BLOCK_SHIFT:
            other &= REDUCE_ONLY_ALL
        return gate | other | (KILLED if self._killed else 0)

    def validate(self, intents: Sequence[Intent], context: RiskContext) -> list[int]:
        """A code for every intent, 0 allowed; what is allowed counts for the rest of the batch."""
        if len(intents) > LIMITS["intents_max"]:
            raise CapacityError(
                f"{len(intents)} intents in one input: at most {LIMITS['intents_max']}"
            )
        self._refill(context.now_ns)
        self._pending = [[0, 0] for _ in self._instruments]
        verdicts = []
        for intent, replaced_lots in zip(intents, context.replaced_lots, strict=True):
            if intent.kind != IntentKind.CANCEL:
                verdicts.append(self._one(intent, context, replaced_lots))
            elif 0 <= intent.instrument < len(self._instruments):
                verdicts.append(int(Code.OK))
            else:
                verdicts.append(int(Code.RISK_INSTRUMENT))
        return verdicts

    def validate_moved(self, allowed: Intent, moved: Intent, context: RiskContext) -> int:
        """The code of a SUBMIT, allowed in the batch in hand, that route moved to another
        instrument. Its first token and pending lots are returned before; RISK_INTENT when the
        batch has none such. The context's positions are those the batch was validated with: ask
        before any of it is sent."""
        if moved.kind != IntentKind.SUBMIT or not self._take_back(allowed):
            return int(Code.RISK_INTENT)
        return self._one(moved, context, 0)

    def validate_children(
        self, allowed: Sequence[Intent], children: Sequence[Intent], context: RiskContext
    ) -> list[int]:
        """Codes of SUBMITs that route made of others allowed in the batch in hand (an order, or
        children of an earlier try): what was allowed is taken back, then every child passes all
        checks, each beside those before it. RISK_INTENT for all when one of `allowed` is not there
        to take back."""
        taken = [self._take_back(intent) for intent in allowed]
        if not all(taken):
            return [int(Code.RISK_INTENT)] * len(children)
        return [
            self._one(child, context, 0)
            if child.kind == IntentKind.SUBMIT
            else int(Code.RISK_INTENT)
            for child in children
        ]

    def _take_back(self, allowed: Intent) -> bool:
        """Return the token and the pending lots of a SUBMIT allowed in the batch in hand; False
        when the batch has none such."""
        known = 0 <= allowed.instrument < len(self._instruments)
        if not known or allowed.kind != IntentKind.SUBMIT:
            return False
        side = Side.BUY if allowed.side == Side.BUY else Side.SELL
        if not 0 < allowed.quantity_lots <= self._pending[allowed.instrument][side]:
            return False
        self._pending[allowed.instrument][side] -= allowed.quantity_lots
        self._credit = min(self._credit_max, self._credit + NS_PER_S)
        return True

    def _refill(self, now_ns: int) -> None:
        """Token bucket: `rate_per_s` tokens a second up to the burst."""
        elapsed_ns = max(0, now_ns - self._refilled_ns)
        self._credit = min(self._credit_max, self._credit + elapsed_ns * self._rate_per_s)
        self._refilled_ns = max(self._refilled_ns, now_ns)

    def _one(self, intent: Intent, context: RiskContext, replaced_lots: int) -> int:
        """All checks on one intent; what is allowed counts for the rest of the batch."""
        if not 0 <= intent.instrument < len(self._instruments):
            return int(Code.RISK_INSTRUMENT)
        x = self._input(intent, context, replaced_lots)
        code = verdict(x)
        if code == Code.OK:
            self._credit -= NS_PER_S
            self._pending[intent.instrument][intent.side] += added_lots(x)
        return code

    def _input(self, intent: Intent, context: RiskContext, replaced_lots: int) -> RiskInput:
        index = intent.instrument
        instrument = self._instruments[index]
        return RiskInput(
            intent=intent,
            instrument=instrument,
            value_ratio=self._value_ratios[index],
            position=context.positions[index],
            limits=self._limits[index],
            top=context.tops[index],
            bbo=context.bbos[index],
            portfolio=self.portfolio,
            last_trade_ticks=context.last_trade_ticks[index],
            equity_units=context.equity_units[instrument.settle],
            now_ns=context.now_ns,
            last_market_ns=context.last_market_ns[index],
            pending_buy_lots=self._pending[index][Side.BUY],
            pending_sell_lots=self._pending[index][Side.SELL],
            tokens=self._credit // NS_PER_S,
            replaced_lots=replaced_lots,
            instrument_known=True,
            flags=self._flags(intent),
        )

    def export_state(self) -> bytes:
        """Canonical state, see state.py."""
        return state.pack(self._killed, self._credit, self._refilled_ns)

    def import_state(self, data: bytes) -> None:
        """Raises DataError for a state that is not one of this stage and its limits."""
        self._killed, self._credit, self._refilled_ns = state.unpack(data, self._credit_max)
