"""Risk in plain Python: the checks of checks/ORDER, one after the other, over every intent."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.records import KILLED, Intent, IntentKind, Side
from tickpath.hot.risk import state
from tickpath.hot.risk.context import NS_PER_S, RiskContext, RiskInput, limits_of

ORDER_FILE = Path(__file__).parent / "checks/ORDER"


def probe() -> Available:
    """Always there."""
    return Available(ok=True, reason="plain Python")


def check_order() -> list[str]:
    """Stems in the order they run."""
    lines = (line.split("#")[0].strip() for line in ORDER_FILE.read_text().splitlines())
    return [line for line in lines if line]


class Risk:
    """Verdicts on batches of intents; owns the kill state and the order tokens."""

    def __init__(self, config: Config) -> None:
        self.instruments = config.instruments
        self.limits = limits_of(config)
        self.checks: list[Callable[[RiskInput], int]] = [
            import_module(f"tickpath.hot.risk.checks.{stem}").check for stem in check_order()
        ]
        self.value_ratios = [i.value_ratio for i in config.instruments]
        self.rate_per_s = config.risk.order_rate_per_s
        self.credit_max = config.risk.order_burst * NS_PER_S
        self.credit = self.credit_max
        self.refilled_ns = 0
        self.killed = False

    def kill(self) -> None:
        """From now on only cancels are allowed."""
        self.killed = True

    def rearm(self) -> None:
        """A person allows orders again."""
        self.killed = False

    def refill(self, now_ns: int) -> None:
        """Token bucket: `rate_per_s` tokens a second up to the burst."""
        elapsed = max(0, now_ns - self.refilled_ns)
        self.credit = min(self.credit_max, self.credit + elapsed * self.rate_per_s)
        self.refilled_ns = max(self.refilled_ns, now_ns)

    def validate(self, intents: Sequence[Intent], context: RiskContext) -> list[int]:
        """A code for every intent, 0 allowed; what is allowed counts for the rest of the batch."""
        self.refill(context.now_ns)
        pending = [[0, 0] for _ in self.instruments]
        verdicts = []
        for intent, replaced_lots in zip(intents, context.replaced_lots, strict=True):
            known = 0 <= intent.instrument < len(self.instruments)
            if intent.kind == IntentKind.CANCEL:
                verdicts.append(int(Code.OK if known else Code.RISK_INSTRUMENT))
                continue
            index = intent.instrument if known else 0
            x = self.input_of(intent, index, known, context, pending[index], replaced_lots)
            code = next((c for check in self.checks if (c := check(x)) != Code.OK), Code.OK)
            if code == Code.OK:
                self.credit -= NS_PER_S
                pending[index][intent.side] += intent.quantity_lots - replaced_lots
            verdicts.append(int(code))
        return verdicts

    def input_of(
        self,
        intent: Intent,
        index: int,
        known: bool,
        context: RiskContext,
        pending: list[int],
        replaced_lots: int,
    ) -> RiskInput:
        instrument = self.instruments[index]
        return RiskInput(
            intent=intent,
            instrument=instrument,
            value_ratio=self.value_ratios[index],
            position=context.positions[index],
            limits=self.limits[index],
            top=context.tops[index],
            bbo=context.bbos[index],
            last_trade_ticks=context.last_trade_ticks[index],
            equity_units=context.equity_units[instrument.settle],
            now_ns=context.now_ns,
            last_market_ns=context.last_market_ns[index],
            pending_buy_lots=pending[Side.BUY],
            pending_sell_lots=pending[Side.SELL],
            tokens=self.credit // NS_PER_S,
            replaced_lots=replaced_lots,
            instrument_known=known,
            flags=KILLED if self.killed else 0,
        )

    def export_state(self) -> bytes:
        return state.pack(self.killed, self.credit, self.refilled_ns)

    def import_state(self, data: bytes) -> None:
        self.killed, self.credit, self.refilled_ns = state.unpack(data, self.credit_max)
