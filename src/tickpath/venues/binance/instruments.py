"""Whether the configured instruments are as Binance trades them now.

A filter of the venue that is stricter than ours would refuse orders; another tick or step would
make wrong prices of right numbers. Source: the venue's filters and exchangeInfo pages.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tickpath.core.config import Instrument
from tickpath.venues.order_steps import Finding

FIX = "bring the instruments file up to date"
Filters = Mapping[str, Mapping[str, Any]]


def compare(content: Mapping[str, Any], instruments: Iterable[Instrument]) -> list[Finding]:
    """One finding an instrument from the answer of exchangeInfo."""
    rows = {str(row["symbol"]): row for row in content["symbols"]}
    return [_compare(rows.get(about.symbol), about) for about in instruments]


def _compare(row: Mapping[str, Any] | None, about: Instrument) -> Finding:
    if row is None:
        return Finding(False, about.symbol, "not known to the venue", FIX)
    if row.get("status", row.get("contractStatus")) != "TRADING":
        return Finding(False, about.symbol, "not trading now", "wait, or take it out")
    filters = {str(entry["filterType"]): entry for entry in row["filters"]}
    faults = [text for text in _faults(filters, about) if text]
    if faults:
        return Finding(False, about.symbol, "; ".join(faults), FIX)
    step = about.order_step or about.lot_size
    return Finding(True, about.symbol, f"trading; tick {about.tick_size}, step {step}")


def _faults(filters: Filters, about: Instrument) -> Iterable[str]:
    """What of the filters our orders would not pass."""
    step = about.order_step or about.lot_size
    price, lot = filters.get("PRICE_FILTER", {}), filters.get("LOT_SIZE", {})
    yield _grid("tick", about.tick_size, _number(price, "tickSize"))
    yield _grid("step", step, _number(lot, "stepSize"))
    least, most = _number(lot, "minQty"), _number(lot, "maxQty")
    if about.quantity_min < least:
        yield f"smallest quantity {about.quantity_min}, the venue's is {least}"
    if most and about.quantity_max > most:
        yield f"largest quantity {about.quantity_max}, the venue's is {most}"
    notional = filters.get("NOTIONAL", filters.get("MIN_NOTIONAL", {}))
    wanted = _number(notional, "minNotional" if "minNotional" in notional else "notional")
    if about.notional_min < wanted:
        yield f"smallest notional {about.notional_min}, the venue's is {wanted}"


def _grid(name: str, ours: Decimal, theirs: Decimal) -> str:
    """Ours must be on the venue's grid; 0 there means any."""
    fits = not theirs or ours % theirs == 0
    return "" if fits else f"{name} {ours}, the venue's is {theirs}"


def _number(entry: Mapping[str, Any], key: str) -> Decimal:
    """A number of a filter, 0 when there is none. Raises ValueError for what is none."""
    try:
        found = Decimal(str(entry.get(key, 0)))
    except InvalidOperation:
        raise ValueError(f"{key} is no number") from None
    if not found.is_finite():
        raise ValueError(f"{key} is not finite")
    return found
