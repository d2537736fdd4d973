"""Whether the configured instruments are as Kraken trades them now.

Another tick or lot would make wrong prices of right numbers, and a least quantity or cost that is
lower than the venue's is refused there. Source: the venue's page AssetPairs.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from tickpath.core.config import Instrument
from tickpath.venues.kraken.assets import pair_of
from tickpath.venues.order_steps import Finding
from tickpath.venues.script_values import decimal_of

FIX = "bring the instruments file up to date"
ONLINE = "online"


def compare(content: Mapping[str, Any], instruments: Iterable[Instrument]) -> list[Finding]:
    """One finding an instrument from the result of AssetPairs."""
    rows = {str(row["altname"]): row for row in content.values()}
    return [_compare(rows.get(pair_of(about.symbol)), about) for about in instruments]


def misfits(content: Mapping[str, Any], instruments: Iterable[Instrument]) -> str:
    """What makes orders wrong, "" when nothing does; a pair that rests for now does not."""
    rows = {str(row["altname"]): row for row in content.values()}
    found = []
    for about in instruments:
        row = rows.get(pair_of(about.symbol))
        faults = ["not known to the venue"] if row is None else list(_faults(row, about))
        found += [f"{about.symbol}: {fault}" for fault in faults]
    return "; ".join(found)


def _compare(row: Mapping[str, Any] | None, about: Instrument) -> Finding:
    if row is None:
        return Finding(False, about.symbol, "not known to the venue", FIX)
    if row.get("status", ONLINE) != ONLINE:
        return Finding(False, about.symbol, f"{row['status']} now", "wait, or take it out")
    faults = "; ".join(_faults(row, about))
    if faults:
        return Finding(False, about.symbol, faults, FIX)
    return Finding(True, about.symbol, f"trading; tick {about.tick_size}, lot {about.lot_size}")


def _faults(row: Mapping[str, Any], about: Instrument) -> Iterator[str]:
    """What of the pair our orders would not fit. Raises ScriptError for what is no number."""
    tick, lot = decimal_of(row["tick_size"]), Decimal(10) ** -int(row["lot_decimals"])
    least, cost = decimal_of(row["ordermin"]), decimal_of(row["costmin"])
    if tick <= 0 or about.tick_size % tick:
        yield f"tick {about.tick_size}, the venue's is {tick}"
    if about.lot_size % lot:
        yield f"lot {about.lot_size}, the venue's is {lot}"
    if about.quantity_min < least:
        yield f"smallest quantity {about.quantity_min}, the venue's is {least}"
    if about.notional_min < cost:
        yield f"smallest notional {about.notional_min}, the venue's is {cost}"
