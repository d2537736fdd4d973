"""Risk in plain Python: the checks of checks/ORDER, one after the other, over every intent."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.errors import CapacityError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    KILLED,
    POSITION_LONG,
    POSITION_SHORT,
    REDUCE_ONLY_ALL,
    VENUE_CLOSED,
    Intent,
    IntentKind,
    OrderType,
    PortfolioFigures,
    Position,
    Side,
    TimeInForce,
)
from tickpath.hot.risk import state
from tickpath.hot.risk.batch import intent_of, refuse_arrays
from tickpath.hot.risk.context import RiskContext, RiskInput, empty_context, limits_of
from tickpath.hot.risk.exposure import Accounts, Pending
from tickpath.hot.risk.limits import LIMIT_FIELDS, RATE_FIELDS, SHARED_FIELDS, ceilings
from tickpath.hot.risk.peers import Peers
from tickpath.hot.risk.rate import Buckets
from tickpath.hot.risk.recent import empty_ring, recent_age, recent_of
from tickpath.hot.risk.sample import (
    Exposures,
    is_submit,
    joined_gates,
    opposite_own,
    order_cost,
)
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


def position_seen(intent: Intent, context: RiskContext) -> Position:
    """The position that an order moves: the leg it names, else the net one."""
    legs = context.legs[intent.instrument] if context.legs else ()
    if not legs or not intent.flags & (POSITION_LONG | POSITION_SHORT):
        return context.positions[intent.instrument]
    return legs[0 if intent.flags & POSITION_LONG else 1]


class Risk:
    """Verdicts on batches of intents; owns the kill state, the buckets of the rate limits and what
    was accepted last."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._instruments = config.instruments
        self._limits = limits_of(config)
        self._value_ratios = [i.value_ratio for i in config.instruments]
        self._accounts = Accounts(config)
        self._peers = Peers(config)
        self._buckets = Buckets(LIMITS["venues_max"])
        self._now_ns = 0
        self._set_rates()
        self._killed = False
        self.portfolio = PortfolioFigures()
        self._venues_down: set[int] = set()
        self._pending = [Pending() for _ in config.instruments]
        self._recent = [empty_ring() for _ in config.instruments]
        self._reference_ticks = [0] * len(config.instruments)
        self._loaded = empty_context(config)
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

    def set_venue(self, venue: int, up: bool) -> None:
        """A venue is up or down."""
        (self._venues_down.discard if up else self._venues_down.add)(venue)

    def set_reference(self, instrument: int, ticks: int) -> int:
        """The price that orders are compared with, 0: none. ENGINE_COMMAND outside the tables."""
        if not 0 <= instrument < len(self._instruments) or not 0 <= ticks < 2**62:
            return int(Code.ENGINE_COMMAND)
        self._reference_ticks[instrument] = ticks
        return int(Code.OK)

    def tokens(self, venue: int, now_ns: int) -> int:
        """Orders that may go to a venue at once."""
        both = (self._buckets.orders, self._buckets.venue_orders[venue])
        return min(bucket.tokens(now_ns) for bucket in both)

    def set_limit(self, limit: int, instrument: int, value: int) -> int:
        """A limit of an instrument, -1: of all; ENGINE_LIMIT outside 0 to the ceiling. Rates and
        bursts are of all."""
        if not 0 <= limit < len(LIMIT_FIELDS) or not 0 <= value <= ceilings()[limit]:
            return int(Code.ENGINE_LIMIT)
        if not -1 <= instrument < len(self._limits):
            return int(Code.ENGINE_LIMIT)
        name = LIMIT_FIELDS[limit]
        alone = instrument != -1 and name not in SHARED_FIELDS
        for limits in [self._limits[instrument]] if alone else self._limits:
            setattr(limits, name, value)
        if name in SHARED_FIELDS:
            self._set_rates()
        return int(Code.OK)

    def _set_rates(self) -> None:
        for (rate, burst), group in zip(RATE_FIELDS, self._buckets.groups(), strict=True):
            for bucket in group:
                first = self._limits[0]
                bucket.set(getattr(first, rate), getattr(first, burst), self._now_ns)

    def limits(self) -> list[list[int]]:
        """Limits by instrument in the order of LIMIT_FIELDS."""
        return [[getattr(limits, name) for name in LIMIT_FIELDS] for limits in self._limits]

    def _flags(self, intent: Intent) -> int:
        """What is closed for an order: kill switch, its venues, gates of instrument, strategy."""
        other = 0
        if 0 <= intent.strategy < len(self._strategy_gates):
            other = self._strategy_gates[intent.strategy]
        flags = joined_gates(self._gates[intent.instrument], other, REDUCE_ONLY_ALL)
        same = [intent.instrument, *self._peers.others[intent.instrument]]
        if all(self._instruments[k].venue in self._venues_down for k in same):
            flags |= VENUE_CLOSED
        return flags | (KILLED if self._killed else 0)

    def validate(self, intents: Sequence[Intent], context: RiskContext) -> list[int]:
        """A code for every intent, 0 allowed; what is allowed counts for the rest of the batch. A
        cancel of a known instrument is always allowed; it is a message all the same."""
        if len(intents) > LIMITS["intents_max"]:
            raise CapacityError(
                f"{len(intents)} intents in one input: at most {LIMITS['intents_max']}"
            )
        return self._batch(intents, context)

    def _batch(self, intents: Sequence[Intent], context: RiskContext) -> list[int]:
        self._now_ns = max(self._now_ns, context.now_ns)
        self._pending = [Pending() for _ in self._instruments]
        verdicts = []
        for k, intent in enumerate(intents):
            if intent.kind != IntentKind.CANCEL:
                verdicts.append(self._one(intent, context, k, context.repeats))
            elif 0 <= intent.instrument < len(self._instruments):
                self._buckets.take_message(self._instruments[intent.instrument].venue, self._now_ns)
                verdicts.append(int(Code.OK))
            else:
                verdicts.append(int(Code.RISK_INSTRUMENT))
        return verdicts

    def load(self, context: RiskContext) -> None:
        """Positions, books, equity and cash that `validate_batch` reads from now on."""
        self._loaded = context

    def validate_batch(self, intents: np.ndarray, codes: np.ndarray, now_ns: int) -> int:
        """Codes of an array of intents into an array of int32, in place; how many are allowed."""
        refuse_arrays(intents, codes)
        count = len(intents)
        at = replace(
            self._loaded, now_ns=now_ns, replaced_lots=[0] * count, replaced_ticks=[0] * count,
        )  # fmt: skip
        codes[:count] = self._batch([intent_of(record) for record in intents], at)
        return int((codes[:count] == Code.OK).sum())

    def validate_moved(self, allowed: Intent, moved: Intent, context: RiskContext) -> int:
        """The code of a SUBMIT, allowed in the batch in hand, that route moved to another
        instrument. Its first tokens and pending lots are returned before; RISK_INTENT when the
        batch has none such. The context's positions are those the batch was validated with: ask
        before any of it is sent."""
        if moved.kind != IntentKind.SUBMIT or not self._take_back(allowed, context):
            return int(Code.RISK_INTENT)
        return self._one(moved, context, -1, True)

    def validate_children(
        self, allowed: Sequence[Intent], children: Sequence[Intent], context: RiskContext
    ) -> list[int]:
        """Codes of SUBMITs that route made of others allowed in the batch in hand (an order, or
        children of an earlier try): what was allowed is taken back, then every child passes all
        checks, each beside those before it. RISK_INTENT for all when one of `allowed` is not there
        to take back."""
        taken = [self._take_back(intent, context) for intent in allowed]
        if not all(taken):
            return [int(Code.RISK_INTENT)] * len(children)
        return [
            self._one(child, context, -1, True)
            if child.kind == IntentKind.SUBMIT
            else int(Code.RISK_INTENT)
            for child in children
        ]

    def _take_back(self, allowed: Intent, context: RiskContext) -> bool:
        """Return the tokens and the pending lots of a SUBMIT allowed in the batch in hand; False
        when the batch has none such. Its price stays among the pending ones."""
        known = 0 <= allowed.instrument < len(self._instruments)
        if not known or allowed.kind != IntentKind.SUBMIT:
            return False
        pending = self._pending[allowed.instrument]
        buys = allowed.side == Side.BUY
        lots = pending.buy_lots if buys else pending.sell_lots
        if not 0 < allowed.quantity_lots <= lots or pending.orders <= 0:
            return False
        if buys:
            if pending.cost_units:
                x = self._input(allowed, context, -1)
                cost = order_cost(self._accounts, x, 0, 0) or 0
                pending.cost_units = max(0, pending.cost_units - cost)
            pending.buy_lots -= allowed.quantity_lots
        else:
            pending.sell_lots -= allowed.quantity_lots
        pending.orders -= 1
        self._buckets.give_order(self._instruments[allowed.instrument].venue)
        return True

    def _one(self, intent: Intent, context: RiskContext, place: int, repeats: bool) -> int:
        """All checks on one intent; what is allowed counts for the rest of the batch."""
        if not 0 <= intent.instrument < len(self._instruments):
            return int(Code.RISK_INSTRUMENT)
        x = self._input(intent, context, place)
        window_ns = x.limits.duplicate_ns if is_submit(intent) and not repeats else 0
        if window_ns > 0:
            ring = self._recent[intent.instrument]
            x.duplicate_age_ns = recent_age(ring, intent, self._now_ns, window_ns)
        exposures = Exposures(self._config, self._accounts, context, self._pending)
        replaced_ticks = context.replaced_ticks[place] if place >= 0 else 0
        cost_units = exposures.sample(x, replaced_ticks)
        code = self._verdict(x)
        if code == Code.OK:
            self._accept(x, cost_units)
            if window_ns > 0:
                self._recent[intent.instrument].append(recent_of(intent, self._now_ns))
        return code

    def _verdict(self, x: RiskInput) -> int:
        """What decides one order; a gate beside the checks asks here too."""
        return verdict(x)

    def _accept(self, x: RiskInput, cost_units: int) -> None:
        intent = x.intent
        pending = self._pending[intent.instrument]
        self._buckets.take_order(x.instrument.venue, self._now_ns)
        pending.orders += is_submit(intent)
        pending.cost_units += cost_units
        rests = intent.type != OrderType.MARKET and intent.time_in_force == TimeInForce.GTC
        if intent.side == Side.BUY:
            pending.buy_lots += added_lots(x)
            if rests:
                pending.best_buy = max(pending.best_buy, intent.price_ticks)
        else:
            pending.sell_lots += added_lots(x)
            if rests:
                lowest = pending.best_sell or intent.price_ticks
                pending.best_sell = min(lowest, intent.price_ticks)

    def _input(self, intent: Intent, context: RiskContext, place: int) -> RiskInput:
        """What the checks read, but for the exposures."""
        index = intent.instrument
        instrument, pending = self._instruments[index], self._pending[index]
        buckets, now_ns = self._buckets, self._now_ns
        return RiskInput(
            intent=intent,
            instrument=instrument,
            value_ratio=self._value_ratios[index],
            position=position_seen(intent, context),
            limits=self._limits[index],
            top=context.tops[index],
            bbo=context.bbos[index],
            portfolio=self.portfolio,
            last_trade_ticks=context.last_trade_ticks[index],
            equity_units=context.equity_units[instrument.settle],
            now_ns=context.now_ns,
            last_market_ns=context.last_market_ns[index],
            pending_buy_lots=pending.buy_lots,
            pending_sell_lots=pending.sell_lots,
            replaced_lots=context.replaced_lots[place] if place >= 0 else 0,
            order_room_ns=buckets.orders.room(now_ns),
            venue_order_room_ns=buckets.venue_orders[instrument.venue].room(now_ns),
            message_room_ns=buckets.messages.room(now_ns),
            venue_message_room_ns=buckets.venue_messages[instrument.venue].room(now_ns),
            reference_ticks=self._reference_ticks[index],
            duplicate_age_ns=-1,
            own_opposite_ticks=opposite_own(self._peers, intent, context, self._pending),
            open_orders=context.positions[index].open_order_count
            + pending.orders
            + is_submit(intent),
            gross_units=0,
            net_units=0,
            group_units=0,
            power_needed=0,
            power_free=0,
            exposure_unknown=0,
            cash_account=self._accounts.cash[index],
            instrument_known=True,
            flags=self._flags(intent),
        )

    def export_state(self) -> bytes:
        """Canonical state, see state.py."""
        image = state.Image(
            killed=self._killed,
            now_ns=self._now_ns,
            venues_down=sum(1 << venue for venue in self._venues_down),
            full_ns=[bucket.full_ns for bucket in self._buckets.all()],
            reference_ticks=list(self._reference_ticks),
            recent=[list(ring) for ring in self._recent],
        )
        return state.pack(image)

    def import_state(self, data: bytes) -> None:
        """Raises DataError for a state that is not one of this stage and its limits."""
        image = state.unpack(data, len(self._instruments))
        self._killed, self._now_ns = image.killed, image.now_ns
        self._venues_down = {
            venue for venue in range(LIMITS["venues_max"]) if image.venues_down >> venue & 1
        }
        for bucket, full_ns in zip(self._buckets.all(), image.full_ns, strict=True):
            bucket.full_ns = full_ns
        self._reference_ticks = image.reference_ticks
        for ring, entries in zip(self._recent, image.recent, strict=True):
            ring.clear()
            ring.extend(entries)
