"""What a venue says of an account beside what the engine holds there.

Positions are compared exactly. A balance is compared with the one that was found first, plus what
the engine has earned, paid, bought and sold at this venue since. Of derivatives the cost of what is
open is taken off both (`Standing.money`): how much of a gain is realised depends on the order of
the fills, and what was fetched after a lost line was counted later than it happened. Cash of a
trade is rounded to the currency's unit fill by fill, the engine's totals are not, so money may
differ by TOLERANCE; quantities of a base asset may not. An asset in which several venues charge
fees that are not their settle currency cannot be told apart by venue and is left out.
Cold: reads handles of the engine, changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tickpath.core.config import Config, Instrument
from tickpath.core.records import InstrumentKind
from tickpath.engine.statement import GUARD_DECIMALS, guard, units

Balances = Mapping[str, Decimal]
TOLERANCE = Decimal("0.01")
"""Of money in a settle currency."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of a venue that is not the engine's."""

    what: str
    """A symbol or an asset."""
    venue: Decimal
    engine: Decimal

    def __str__(self) -> str:
        venue, engine = self.venue.normalize(), self.engine.normalize()
        return f"{self.what}: the venue has {venue:f}, the engine {engine:f}"


def effect(engine: Any, venue: int) -> dict[str, Decimal]:
    """What the engine's fills and funding have changed of each asset's balance at a venue, less
    what its open positions cost."""
    config: Config = engine.config
    held, paid = engine.stages.execute.positions, engine.stages.execute.money
    own = [i for i in config.instruments if i.venue == venue]
    found: dict[str, Decimal] = {}
    for about in own:
        position = held[about.index]
        settle = config.currencies[about.settle].name
        earned = position.realised_units - position.fee_units - paid.funding_units(about.index)
        cost = guard(config, about.settle, position.entry_value)
        if about.kind == InstrumentKind.INVERSE:
            cost = -cost
        money = units(config, about.settle, earned) - cost
        if about.kind == InstrumentKind.SPOT:
            base = config.currencies[about.base].name
            found[base] = found.get(base, Decimal(0)) + position.position_lots * about.lot_size
        found[settle] = found.get(settle, Decimal(0)) + money
    for asset, paid in _other_fees(engine, own).items():
        found[asset] = found.get(asset, Decimal(0)) - paid
    return found


def _other_fees(engine: Any, own: list[Instrument]) -> dict[str, Decimal]:
    """Fees in currencies that are not the settle currency of the instrument they were paid for,
    for the assets that only these instruments trade."""
    bases, elsewhere = _bases(engine.config, own)
    fees = other_fees(engine)
    return {
        asset: paid for asset, paid in fees.items() if asset in bases and asset not in elsewhere
    }


def other_fees(engine: Any) -> dict[str, Decimal]:
    """Fees paid in currencies that are not the settle currency of the instrument, by currency."""
    config: Config = engine.config
    execute = engine.stages.execute
    held = execute.positions
    found = {}
    for currency, about in enumerate(config.currencies):
        paid = Decimal(execute.ledger(currency)["fees"]).scaleb(-about.decimals - GUARD_DECIMALS)
        settled = sum(held[i.index].fee_units for i in config.instruments if i.settle == currency)
        other = paid - units(config, currency, settled)
        if other:
            found[about.name] = other
    return found


def _bases(config: Config, own: list[Instrument]) -> tuple[set[str], set[str]]:
    """Base assets of these spot instruments, and of the others."""
    sides: tuple[set[str], set[str]] = (set(), set())
    for about in config.instruments:
        if about.kind == InstrumentKind.SPOT:
            sides[about not in own].add(config.currencies[about.base].name)
    return sides


def unclear(engine: Any, venue: int) -> set[str]:
    """Assets whose balance at a venue cannot be told apart from that at another: fees were paid in
    them, and several venues trade them."""
    own = [i for i in engine.config.instruments if i.venue == venue]
    bases, elsewhere = _bases(engine.config, own)
    return bases & elsewhere & set(other_fees(engine))


def positions_differ(engine: Any, venue: int, said: Mapping[str, Decimal]) -> list[Difference]:
    """Positions of derivatives that are not the venue's."""
    held = engine.stages.execute.positions
    differences = []
    for about in engine.config.instruments:
        if about.venue != venue or about.kind == InstrumentKind.SPOT:
            continue
        mine = held[about.index].position_lots * about.lot_size
        theirs = said.get(about.symbol, Decimal(0))
        if mine != theirs:
            differences.append(Difference(about.symbol, theirs, mine))
    return differences


def balances_differ(
    engine: Any, venue: int, said: Mapping[str, Decimal], first: Mapping[str, Decimal]
) -> list[Difference]:
    """Balances that are not those found first plus the engine's effect, for the assets that the
    engine trades there."""
    config: Config = engine.config
    settled = {config.currencies[i.settle].name for i in config.instruments if i.venue == venue}
    differences = []
    left_out = unclear(engine, venue)
    for asset, change in sorted(effect(engine, venue).items()):
        if asset in left_out:
            continue
        mine = first.get(asset, Decimal(0)) + change
        theirs = said.get(asset, Decimal(0))
        allowed = TOLERANCE if asset in settled else Decimal(0)
        if abs(mine - theirs) > allowed:
            differences.append(Difference(asset, theirs, mine))
    return differences


def totals_differ(
    engine: Any,
    said: Mapping[int, Mapping[str, Decimal]],
    first: Mapping[int, Mapping[str, Decimal]],
) -> list[Difference]:
    """Sums over all venues, by venue index, that are not the first ones plus the engine's effect:
    nothing is left out. They must be of one moment."""
    config: Config = engine.config
    mine: dict[str, Decimal] = {}
    theirs: dict[str, Decimal] = {}
    for venue, balances in said.items():
        own = [i for i in config.instruments if i.venue == venue]
        told = _other_fees(engine, own)
        for asset, change in effect(engine, venue).items():
            begun = first[venue].get(asset, Decimal(0))
            mine[asset] = mine.get(asset, Decimal(0)) + begun + change + told.get(asset, 0)
            theirs[asset] = theirs.get(asset, Decimal(0)) + balances.get(asset, Decimal(0))
    for asset, paid in other_fees(engine).items():
        mine[asset] = mine.get(asset, Decimal(0)) - paid
    settled = {config.currencies[i.settle].name for i in config.instruments}
    return [
        Difference(asset, theirs[asset], mine[asset])
        for asset in sorted(theirs)
        if abs(mine[asset] - theirs[asset]) > (TOLERANCE if asset in settled else 0)
    ]
