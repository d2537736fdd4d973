"""What an engine holds and has earned, in exact decimals: for people, reports and notebooks.

Cold: reads the handles of a running or finished engine and changes nothing. Amounts on the ledger
are exact to 10^-9 of the currency's unit; equity is rounded to the unit, half to even.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.limits import LIMITS
from tickpath.core.records import BookStatus
from tickpath.hot.execute.hedge import LEGS

GUARD_DECIMALS = 9
LEG_NAMES = ("long", "short")


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One open or closed position. `side` is "net", "long" or "short"; `entry_price` is the average
    and None when nothing is open."""

    instrument: str
    venue: str
    side: str
    quantity: Decimal
    entry_price: Decimal | None


@dataclass(frozen=True, slots=True)
class ProfitRow:
    """What one instrument has earned, of one strategy or (strategy None) of the account, in
    `currency`. Fees of a strategy are in `Statement.strategy_fees`. `unrealised` is None when the
    amount does not fit."""

    instrument: str
    strategy: str | None
    currency: str
    realised: Decimal
    unrealised: Decimal | None
    funding: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """Positions, profit, ledger and equity at one moment."""

    positions: tuple[PositionRow, ...]
    profits: tuple[ProfitRow, ...]
    strategy_fees: dict[str, dict[str, Decimal]]
    ledger: dict[str, dict[str, Decimal]]
    equity: dict[str, Decimal]
    reporting: str
    total: Decimal | None
    """Equity of all currencies in `reporting`; None without it or without fresh rates."""


def units(config: Config, currency: int, count: int) -> Decimal:
    """Currency units as a decimal."""
    return Decimal(count).scaleb(-config.currencies[currency].decimals)


def guard(config: Config, currency: int, count: int) -> Decimal:
    """Guard units of a currency as a decimal."""
    return Decimal(count).scaleb(-config.currencies[currency].decimals - GUARD_DECIMALS)


def _mids2(engine: Any) -> list[int]:
    """Bid plus ask in ticks of every instrument, 0 while its book cannot be used."""
    tops = [book.top(1) for book in engine.stages.books]
    return [
        t.bid_ticks + t.ask_ticks
        if t.status == BookStatus.OK and t.bid_ticks > 0 and t.ask_ticks > 0
        else 0
        for t in tops
    ]


def _entry_price(config: Config, instrument: int, lots: int, value: int) -> Decimal | None:
    """Average price of a leg, from its cost."""
    about = config.instruments[instrument]
    if lots == 0 or value == 0:
        return None
    num, den = about.value_ratio
    scale = 10**GUARD_DECIMALS
    if about.kind == about.kind.INVERSE:
        return Decimal(lots * num * scale) / Decimal(value * den) * about.tick_size
    return Decimal(value * den) / Decimal(lots * num * scale) * about.tick_size


def _positions(config: Config, money: Any) -> tuple[PositionRow, ...]:
    rows = []
    for about in config.instruments:
        venue = config.venues[about.venue]
        hedging = venue in config.account.hedging
        for k, leg in enumerate(money.legs(about.index)[: LEGS if hedging else 1]):
            price = _entry_price(config, about.index, leg.lots, leg.value)
            side = LEG_NAMES[k] if hedging else "net"
            rows.append(PositionRow(about.symbol, venue, side, leg.lots * about.lot_size, price))
    return tuple(rows)


def _profits(config: Config, money: Any, mids2: list[int]) -> tuple[ProfitRow, ...]:
    rows = []
    for about in config.instruments:
        settle, open_gain = about.settle, money.unrealised_guard(about.index, mids2[about.index])
        rows.append(
            ProfitRow(
                about.symbol,
                None,
                config.currencies[settle].name,
                units(config, settle, money.position(about.index).realised_units),
                None if open_gain is None else guard(config, settle, open_gain),
                units(config, settle, money.funding_units(about.index)),
            )
        )
        for k, strategy in enumerate(config.strategies[: LIMITS["strategies_max"]]):
            realised, gain, funding = money.share_profit(k, about.index, mids2[about.index])
            rows.append(
                ProfitRow(
                    about.symbol,
                    strategy.name,
                    config.currencies[settle].name,
                    guard(config, settle, realised),
                    None if gain is None else guard(config, settle, gain),
                    guard(config, settle, funding),
                )
            )
    return tuple(rows)


def statement(engine: Any) -> Statement:
    """What the engine holds now, marked at the mids of its books (at cost without a book)."""
    config, money, mids2 = engine.config, engine.stages.execute.money, _mids2(engine)
    names = [c.name for c in config.currencies]
    total = None
    if config.account.reporting:
        index = names.index(config.account.reporting)
        code, found = money.equity_in(index, mids2, engine.now_ns)
        total = units(config, index, found) if code == Code.OK else None
    return Statement(
        positions=_positions(config, money),
        profits=_profits(config, money, mids2),
        strategy_fees={
            s.name: {
                name: guard(config, c, paid)
                for c, (name, paid) in enumerate(zip(names, money.strategy_fees(k), strict=True))
            }
            for k, s in enumerate(config.strategies)
        },
        ledger={
            name: {a: guard(config, c, held) for a, held in money.ledger(c).items()}
            for c, name in enumerate(names)
        },
        equity={name: units(config, c, money.equity(c, mids2)) for c, name in enumerate(names)},
        reporting=config.account.reporting,
        total=total,
    )
