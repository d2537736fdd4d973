"""Whether the configured instruments are as Coinbase trades them now.

Another increment would make wrong prices of right numbers, and a least quantity or notional that is
lower than the venue's is refused there. Source: the venue's page on products (Advanced Trade).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tickpath.core.config import Instrument
from tickpath.venues.order_steps import Finding
from tickpath.venues.script_values import decimal_of

FIX = "bring the instruments file up to date"
RESTS = ("is_disabled", "trading_disabled", "view_only", "cancel_only", "post_only", "auction_mode")
"""Marks of a product that does not take every order now."""

Row = Mapping[str, Any]


def compare(rows: Sequence[Row], instruments: Iterable[Instrument]) -> list[Finding]:
    """One finding an instrument, from the rows of products."""
    named = {str(row.get("product_id")): row for row in rows}
    return [_compare(named.get(about.symbol), about) for about in instruments]


def misfits(rows: Sequence[Row], instruments: Iterable[Instrument]) -> str:
    """What makes orders wrong, "" when nothing does; a product that rests for now does not."""
    named = {str(row.get("product_id")): row for row in rows}
    found = []
    for about in instruments:
        row = named.get(about.symbol)
        faults = ["not known to the venue"] if row is None else list(_faults(row, about))
        found += [f"{about.symbol}: {fault}" for fault in faults]
    return "; ".join(found)


def _compare(row: Row | None, about: Instrument) -> Finding:
    if row is None:
        return Finding(False, about.symbol, "not known to the venue", FIX)
    marks = [mark for mark in RESTS if row.get(mark)]
    if marks:
        return Finding(False, about.symbol, f"{', '.join(marks)} now", "wait, or take it out")
    faults = "; ".join(_faults(row, about))
    if faults:
        return Finding(False, about.symbol, faults, FIX)
    step = about.order_step or about.lot_size
    return Finding(True, about.symbol, f"trading; tick {about.tick_size}, step {step}")


def _faults(row: Row, about: Instrument) -> Iterator[str]:
    """What of the product our orders would not fit. Raises ScriptError for what is no number."""
    step = about.order_step or about.lot_size
    tick = decimal_of(row.get("price_increment") or row.get("quote_increment"))
    lot, least = decimal_of(row.get("base_increment")), decimal_of(row.get("base_min_size"))
    most, notional = decimal_of(row.get("base_max_size")), decimal_of(row.get("quote_min_size"))
    if tick <= 0 or about.tick_size % tick:
        yield f"tick {about.tick_size}, the venue's is {tick}"
    if lot <= 0 or step % lot:
        yield f"step {step}, the venue's is {lot}"
    if about.quantity_min < least:
        yield f"smallest quantity {about.quantity_min}, the venue's is {least}"
    if about.quantity_max > most:
        yield f"largest quantity {about.quantity_max}, the venue's is {most}"
    if about.notional_min < notional:
        yield f"smallest notional {about.notional_min}, the venue's is {notional}"
