"""One instrument at the simulated venue, its numbers and its BBO check, in plain Python."""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from tickpath.core.config import Instrument
from tickpath.core.fixed import divide_half_even
from tickpath.core.records import InstrumentKind, Side
from tickpath.hot.book.reference import Book

TICKERS_MAX = 65_536
UNCHECKED_MAX = 4096


def would_cross(side: int, ticks: int, bid: int, ask: int) -> bool:
    """Whether a price takes from the other side; an empty side crosses nothing."""
    return 0 < ask <= ticks if side == Side.BUY else bid > 0 and ticks <= bid


class Best(NamedTuple):
    update_id: int
    bid_ticks: int
    bid_lots: int
    ask_ticks: int
    ask_lots: int


@dataclass(slots=True)
class Place:
    """One instrument at the venue."""

    info: Instrument
    book: Book
    settle: str
    unchecked: deque[Best] = field(default_factory=lambda: deque(maxlen=UNCHECKED_MAX))
    tickers: deque[Best] = field(default_factory=lambda: deque(maxlen=TICKERS_MAX))
    ticker: Best | None = None
    bbo_checked: int = 0
    bbo_equal: int = 0
    snapshots: int = 0
    crossed: int = 0
    position_lots: int = 0
    last_ticks: int = 0
    hedging: bool = False
    legs: dict[str, int] = field(default_factory=lambda: {"LONG": 0, "SHORT": 0})

    def settle_bests(self) -> None:
        """Check every kept best that a bookTicker has passed. Either stream may run ahead."""
        while self.unchecked:
            best = self.unchecked[0]
            while self.tickers and self.tickers[0].update_id <= best.update_id:
                self.ticker = self.tickers.popleft()
            if not self.tickers:
                return
            if self.ticker is not None:
                self.bbo_checked += 1
                self.bbo_equal += self.ticker[1:] == best[1:]
            self.unchecked.popleft()


def quote_units(i: Instrument, ticks: int, lots: int) -> int:
    """Price times quantity in settle units, rounded half to even; 0 for inverse contracts."""
    num, den = i.value_ratio
    return 0 if i.kind == InstrumentKind.INVERSE else divide_half_even(ticks * lots * num, den)


def fee_units(i: Instrument, ticks: int, lots: int, maker: bool) -> int:
    """Fee in settle units, rounded half to even; negative is a rebate."""
    num, den = i.value_ratio
    ppm = i.maker_fee_ppm if maker else i.taker_fee_ppm
    if i.kind == InstrumentKind.INVERSE:
        return divide_half_even(lots * num * ppm, ticks * den * 1_000_000)
    return divide_half_even(ticks * lots * num * ppm, den * 1_000_000)
