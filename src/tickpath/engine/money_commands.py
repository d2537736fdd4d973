"""Commands about money: funding, transfers, exchange rates, the ledger's proof.

The functions named like the commands take exact decimals and give what `Engine.on_command` wants:
(command, argument, words). `apply_money` is what both engines do with them.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError, GridError
from tickpath.core.fixed import units_of
from tickpath.engine.commands import Command
from tickpath.hot.execute.funding import SCALE

WORD_MAX = 2**63 - 1
INDEX_MAX = 2**31 - 1
WORDS = {
    Command.FUNDING: 3,
    Command.TRANSFER: 1,
    Command.FX_RATE: 3,
    Command.LEDGER_CHECK: 0,
    Command.INSTRUMENT_RESUME: 0,
}
"""The commands of this file, and how many words each carries behind its argument."""

Words = tuple[Command, int, tuple[int, ...]]


def _fits(what: str, *values: int) -> tuple[int, ...]:
    if any(abs(value) > WORD_MAX for value in values):
        raise GridError(f"{what} does not fit 64 bits: give fewer digits or less")
    return values


def _currency(config: Config, name: str) -> int:
    for index, currency in enumerate(config.currencies):
        if currency.name == name:
            return index
    known = ", ".join(c.name for c in config.currencies)
    raise ConfigError(f"no currency {name!r}; known: {known}; add it to [account] currencies")


def funding(config: Config, instrument: int, rate: Decimal, mark: Decimal) -> Words:
    """A funding payment at `rate` (0.0001 is one hundredth of a percent; longs pay a positive rate)
    and mark price `mark`."""
    scaled = Fraction(rate) * SCALE
    if scaled.denominator != 1:
        raise GridError(f"funding rate {rate} has more than 12 decimals: round it first")
    ticks = Fraction(mark) / Fraction(config.instruments[instrument].tick_size)
    if ticks <= 0:
        raise GridError(f"mark price {mark} is not positive")
    words = _fits("funding", scaled.numerator, ticks.numerator, ticks.denominator)
    return Command.FUNDING, instrument, words


def transfer(config: Config, currency: str, quantity: Decimal) -> Words:
    """A deposit, or a withdrawal when negative."""
    index = _currency(config, currency)
    units = units_of(quantity, config.currencies[index].decimals)
    return Command.TRANSFER, index, _fits("transfer", units)


def fx_rate(config: Config, first: str, second: str, rate: Decimal) -> Words:
    """One `first` is worth `rate` of `second`."""
    source, target = _currency(config, first), _currency(config, second)
    shift = config.currencies[target].decimals - config.currencies[source].decimals
    ratio = Fraction(rate) * Fraction(10) ** shift
    if source == target or ratio <= 0:
        raise GridError(f"rate {first} to {second} is {rate}: two currencies, a positive rate")
    words = _fits("rate", target, ratio.numerator, ratio.denominator)
    return Command.FX_RATE, source, words


def apply_money(
    money: Any, command: Command, argument: int, words: Sequence[int], now_ns: int
) -> int:
    """Carry out one of these commands on the engine's money. Returns a code."""
    if not 0 <= argument <= INDEX_MAX or len(words) != WORDS[command]:
        return Code.EXECUTE_MONEY_COMMAND
    if command == Command.LEDGER_CHECK:
        return int(money.check())
    if command == Command.FUNDING:
        return int(money.funding(argument, *words))
    if command == Command.TRANSFER:
        return int(money.transfer(argument, *words))
    if command == Command.INSTRUMENT_RESUME:
        return int(money.resume(argument))
    if not 0 <= words[0] <= INDEX_MAX:
        return Code.EXECUTE_MONEY_COMMAND
    return int(money.fx_rate(argument, *words, now_ns))
