"""What the checks of one order read, brought together: `RiskInput`."""

from collections.abc import Sequence

from tickpath.core.config import Config
from tickpath.core.records import BLOCK_SHIFT, Intent, IntentKind, OrderType, Side
from tickpath.hot.risk.context import RiskContext, RiskInput
from tickpath.hot.risk.exposure import (
    UNITS_MAX,
    Accounts,
    Exposure,
    Pending,
    cost_of,
    part_up,
    sums_of,
    value_of,
)
from tickpath.hot.risk.peers import NONE, Peers, best_own_buy, best_own_sell
from tickpath.hot.risk.values import WORD_MAX, given_back, mark_twice, reach_ticks


def saturated(units: int) -> int:
    return max(-WORD_MAX, min(WORD_MAX, units))


def order_cost(accounts: Accounts, x: RiskInput, given: int, replaced_ticks: int) -> int | None:
    """Cash that a buy needs beside what the order it replaces gives back: `given` lots at the lower
    of the two prices."""
    ticks, lots = reach_ticks(x), x.intent.quantity_lots
    if ticks > WORD_MAX:
        return None
    if ticks <= 0 or lots <= 0:
        return 0
    back = replaced_ticks if 0 <= replaced_ticks < ticks else ticks
    return cost_of(x.instrument, x.value_ratio, ticks * lots - given * back)


class Exposures:
    """Worst cases of all instruments in one context."""

    def __init__(
        self, config: Config, accounts: Accounts, context: RiskContext, pending: Sequence[Pending]
    ) -> None:
        self.accounts = accounts
        self.context = context
        self.pending = pending
        self.marks2 = [
            mark_twice(context.tops[k], context.last_trade_ticks[k])
            for k in range(len(config.instruments))
        ]

    def all(self) -> list[Exposure | None]:
        """Every instrument as it is now."""
        at = self.context
        return [
            self.accounts.value(k, at.positions[k], at.committed[k], self.pending[k], mark2)
            for k, mark2 in enumerate(self.marks2)
        ]

    def with_order(self, now: Exposure, x: RiskInput, replaced_ticks: int) -> Exposure | None:
        """The order's instrument with the order, None when that is not known."""
        index, given = x.intent.instrument, given_back(x)
        pending, mark2 = self.pending[index], self.marks2[index]
        p = self.context.positions[index]
        added = x.intent.quantity_lots - given
        long_units, short_units = now.long_units, now.short_units
        buys = x.intent.side == Side.BUY
        if buys:
            lots = p.position_lots + p.open_buy_lots + pending.buy_lots + added
        else:
            lots = -p.position_lots + p.open_sell_lots + pending.sell_lots + added
        fits = added <= WORD_MAX and -(2**63) <= lots <= WORD_MAX
        units = value_of(x.instrument, x.value_ratio, mark2, lots) if fits else None
        if units is None:
            return None
        long_units, short_units = (units, short_units) if buys else (long_units, units)
        if not x.cash_account:
            most = max(0, long_units, short_units)
            return Exposure(long_units, short_units, part_up(most, self.accounts.margin_ppm), 0)
        reserved = now.reserved_units
        if buys:
            cost = order_cost(self.accounts, x, given, replaced_ticks)
            if cost is None or reserved + cost > UNITS_MAX:
                return None
            reserved += cost
        return Exposure(long_units, short_units, 0, reserved)

    def sample(self, x: RiskInput, replaced_ticks: int) -> int:
        """Fill the sums with the order into `x`; returns the cash that it adds."""
        index, buys = x.intent.instrument, x.intent.side == Side.BUY
        found = self.all()
        x.exposure_unknown = sums_of(self.accounts, index, found).unknown
        now, after = found[index], None
        if now is not None:
            after = self.with_order(now, x, replaced_ticks)
            if after is None:
                x.exposure_unknown += 1
            else:
                found[index] = after
        sums = sums_of(self.accounts, index, found)
        x.gross_units = saturated(sums.gross)
        x.net_units = saturated(sums.net_long if buys else sums.net_short)
        x.group_units = saturated(sums.group)
        self._power(x, buys, sums.margin, sums.cash)
        return 0 if now is None or after is None else after.reserved_units - now.reserved_units

    def _power(self, x: RiskInput, buys: bool, margin: int, cash: int) -> None:
        """What the order and all open ones need, and what there is."""
        index, at = x.intent.instrument, self.context
        if not x.cash_account:
            x.power_needed, x.power_free = saturated(margin), x.equity_units
        elif buys:
            x.power_needed = saturated(cash)
            x.power_free = at.cash_units[x.instrument.settle]
        else:
            wanted = x.position.open_sell_lots + self.pending[index].sell_lots
            x.power_needed = saturated(wanted + x.intent.quantity_lots - given_back(x))
            held = self.accounts.base_lots(index, at.cash_units)
            x.power_free = saturated(x.position.position_lots + saturated(held))


def opposite_own(
    peers: Peers, intent: Intent, context: RiskContext, pending: Sequence[Pending]
) -> int:
    """The best own price of the other side, of all strategies and venues, in ticks of the order's
    instrument; 0: none. Orders that wait in the engine do not count."""
    home = intent.instrument
    if intent.type == OrderType.POST_ONLY or context.probe:
        return 0
    found = [(k, context.committed[k], pending[k]) for k in [home, *peers.others[home]]]
    if intent.side == Side.BUY:
        best = min(peers.sell_in(home, k, best_own_sell(c, p)) for k, c, p in found)
        return 0 if best == NONE else best
    return max(peers.buy_in(home, k, best_own_buy(c, p)) for k, c, p in found)


def is_submit(intent: Intent) -> bool:
    return intent.kind == IntentKind.SUBMIT


def joined_gates(gate: int, other: int, reduce_only: int) -> int:
    """The gates of an instrument and a strategy; only one code fits."""
    return gate | (other & reduce_only if gate >> BLOCK_SHIFT else other)
