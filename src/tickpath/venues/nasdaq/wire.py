"""MoldUDP64 packets of ITCH 5.0 to `MarketEvent`s: plain Python, the definition of correct.

In: the packets of one source, merged and in order (`mold.py`). Out: events one by one, `decode` the
first of a packet, `decode_next` the others. Every message that changes a book gives the levels it
leaves; an execution gives its trade first. The book order by order stays in `book`.

- A packet: OVERSIZED, TRUNCATED, RANGE as `mold.parse` says; nothing of it is used then, and the
  next one shows the hole. Nothing new: STALE_ID. Heartbeat, end of session, nothing for our
  instruments: CONTROL.
- A hole, or another session, loses every book of the source (GAP, `lost`). A session that was seen
  from its first message on is whole: only in a whole session a directory message (R) begins the
  book of its instrument, as an empty snapshot. Until then its messages are passed over.
- Messages name their instrument by a number (locate) that the directory binds to a symbol.
- A message that would change a book and cannot be used loses the book of its instrument, because
  the book would be wrong: the codes of `itch.check` and `l3.py`, OFF_GRID for a price that is no
  multiple of the tick size. A trade off the grid only loses itself. UNKNOWN_KIND loses nothing.
- Trading resumes (H with state T): the whole book again as a snapshot, so that a book that stood
  crossed in a halt and was thrown away is there again.
- Trades: E, C when printable, P (its side is no aggressor's to be relied on: the venue always sends
  B); crosses (Q) and broken trades (B) give no event.

`t_venue_ns` counts from midnight of the venue's day. Ids: session number * 2**40 + sequence.
"""

from typing import Any

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config, Instrument
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.records import Chain, EventKind, Level, MarketEvent, Side, Trade
from tickpath.venues.base import source_symbols
from tickpath.venues.nasdaq import itch
from tickpath.venues.nasdaq.l3 import Change, L3Book
from tickpath.venues.nasdaq.mold import messages, parse

PRICE_DECIMALS = 4
SYMBOL_BYTES_MAX = 8
EPOCH_SHIFT = 40
TRADE_ID_MASK = 2**63 - 1
BOOK_KINDS = frozenset(b"AFECXDU")

Found = tuple[int, MarketEvent | None]


def probe() -> Available:
    """Always there: plain Python."""
    return Available(ok=True, reason="plain Python")


def tick_units(instrument: Instrument) -> int:
    """The tick size in 10^-4 of a dollar. Raises ConfigError for an instrument that the venue's
    messages cannot be written in."""
    units = instrument.tick_size.scaleb(PRICE_DECIMALS)
    if units != int(units):
        raise ConfigError(
            f"instrument {instrument.symbol}: tick_size {instrument.tick_size} is no multiple of "
            "0.0001, in which ITCH prices are"
        )
    if instrument.lot_size != 1:
        raise ConfigError(
            f"instrument {instrument.symbol}: lot_size {instrument.lot_size}: ITCH counts shares, "
            "write 1"
        )
    if len(instrument.symbol) > SYMBOL_BYTES_MAX:
        raise ConfigError(
            f"instrument {instrument.symbol}: a symbol of ITCH has {SYMBOL_BYTES_MAX} bytes at most"
        )
    return int(units)


class MarketDecoder:
    """Decodes the packets of one source."""

    def __init__(self, config: Config, source: int) -> None:
        self.source = source
        self.instruments = list(source_symbols(config, source).values())
        self.units = [tick_units(i) for i in self.instruments]
        self.symbols = {i.symbol: k for k, i in enumerate(self.instruments)}
        self.book = L3Book(len(self.instruments))
        self.session = b""
        self.epoch = 0
        self.next = 1
        self.whole = False
        self.locates: dict[int, int] = {}
        self.live = [False] * len(self.instruments)
        self.sequence = -1
        """Frames are not counted on their connection: messages are, here."""
        self._left: list[tuple[int, bytes]] = []
        self._pending: list[Found] = []

    def decode(self, data: bytes) -> Found:
        """(0, event), or (code, None or an event of kind NONE that names what it is about)."""
        self._left, self._pending = [], []
        code, session, sequence, count = parse(data)
        if code != Code.OK:
            return int(code), None
        lost = False
        if session != self.session:
            lost = self.session != b""
            self._begin(session)
        lost |= self._place(sequence, max(count, 0), data)
        if lost:
            return int(Code.FEED_GAP), self._event(EventKind.NONE, -1, lost=1)
        if count > 0 and not self._left:
            return int(Code.FEED_STALE_ID), None
        return self.decode_next() or (int(Code.FEED_CONTROL), None)

    def decode_next(self) -> Found | None:
        """The next event of the packet decoded last."""
        while self._left and not self._pending:
            sequence, message = self._left.pop(0)
            self._pending = self._message(sequence, message)
        return self._pending.pop(0) if self._pending else None

    def _begin(self, session: bytes) -> None:
        """Nothing of another session is good for this one."""
        self.session, self.next, self.whole = session, 1, True
        self.epoch += 1
        self.locates = {}
        self._lose_all()

    def _lose_all(self) -> None:
        self.live = [False] * len(self.live)
        self.book.clear()

    def _place(self, sequence: int, count: int, data: bytes) -> bool:
        """Which messages of a packet are new; whether there is a hole before them."""
        hole = sequence > self.next
        if hole:
            self.whole = False
            self._lose_all()
            self.next = sequence
        if count and sequence + count > self.next:
            numbered = list(enumerate(messages(data) or [], sequence))
            self._left = numbered[self.next - sequence :]
            self.next = sequence + count
        return hole

    def _event(self, kind: EventKind, local: int, **fields: Any) -> MarketEvent:
        index = self.instruments[local].index if local >= 0 else -1
        return MarketEvent(
            kind=kind, source=self.source, instrument=index, t_recv_ns=0, **fields
        )  # fmt: skip

    def _refused(self, code: int, local: int, *, lost: bool = False) -> list[Found]:
        """A message that cannot be used; a book that would be wrong without it goes."""
        if lost and local >= 0:
            self.live[local] = False
            self.book.drop(local)
        elif lost:
            self._lose_all()
        elif local < 0:
            return [(int(code), None)]
        return [(int(code), self._event(EventKind.NONE, local, lost=int(lost)))]

    def _message(self, sequence: int, data: bytes) -> list[Found]:
        local = self.locates.get(int.from_bytes(data[1:3], "big"), -1) if len(data) > 2 else -1
        code = itch.check(data)
        if code == Code.FEED_UNKNOWN_KIND:
            return self._refused(code, local)
        if code != Code.OK:
            if len(data) < 3:
                return self._refused(code, -1, lost=True)
            book = local >= 0 and self.live[local] and data[0] in BOOK_KINDS
            return self._refused(code, local, lost=book)
        message = itch.read(data)
        ids = (self.epoch << EPOCH_SHIFT) + sequence
        if message.kind == "R":
            return self._directory(message, ids)
        if local < 0 or not self.live[local]:
            return []
        if message.kind == "H":
            return self._resumed(message, local, ids)
        if message.kind == "P":
            return self._trade(message, local, int(message.fields["price"]), Side.SELL)
        if data[0] not in BOOK_KINDS:
            return []
        return self._change(message, local, ids)

    def _directory(self, message: itch.Message, ids: int) -> list[Found]:
        local = self.symbols.get(str(message.fields["stock"]), -1)
        if local < 0:
            return []
        self.locates[message.locate] = local
        if not self.whole or self.live[local]:
            return []
        self.live[local] = True
        self.book.drop(local)
        return self._snapshot(message, local, ids)

    def _resumed(self, message: itch.Message, local: int, ids: int) -> list[Found]:
        if message.fields["state"] != "T":
            return []
        sides = [self.book.depth(local, side) for side in (0, 1)]
        if max(map(len, sides)) > LIMITS["levels_per_frame_max"]:
            return self._refused(Code.FEED_LEVELS, local, lost=True)
        return self._snapshot(message, local, ids)

    def _snapshot(self, message: itch.Message, local: int, ids: int) -> list[Found]:
        units = self.units[local]
        bids, asks = (
            [Level(price // units, shares) for price, shares in self.book.depth(local, side)]
            for side in (0, 1)
        )
        event = self._event(
            EventKind.SNAPSHOT, local, t_venue_ns=message.t_ns, last_id=ids,
            chained=Chain.NONE, bids=bids, asks=asks,
        )  # fmt: skip
        return [(int(Code.OK), event)]

    def _change(self, message: itch.Message, local: int, ids: int) -> list[Found]:
        """A message of one order: its trade, if any, and the levels it leaves."""
        kind, f = message.kind, message.fields
        numbers = {name: int(value) for name, value in f.items() if isinstance(value, int)}
        if kind in "AFU" and numbers["price"] % self.units[local]:
            return self._refused(Code.FEED_OFF_GRID, local, lost=True)
        order = self.book.find(numbers["reference"])
        if kind not in "AF" and (order is None or order.instrument != local):
            return self._refused(Code.FEED_UNKNOWN_ORDER, local, lost=True)
        side, price = (order.side, order.price) if order else (0, 0)
        code, changes = self._apply(kind, local, f["side"] == "S" if kind in "AF" else 0, numbers)
        if code != Code.OK:
            return self._refused(code, local, lost=True)
        found: list[Found] = []
        aggressor = Side.BUY if side else Side.SELL
        if kind == "E" or (kind == "C" and f["printable"] == "Y"):
            found = self._trade(message, local, numbers.get("price", price), aggressor)
        return [*found, (int(Code.OK), self._depth(message, local, ids, changes))]

    def _apply(
        self, kind: str, local: int, sell: int | bool, numbers: dict[str, int]
    ) -> tuple[int, list[Change]]:
        reference, book = numbers["reference"], self.book
        if kind in "AF":
            return book.add(reference, local, int(sell), numbers["shares"], numbers["price"])
        if kind in "ECX":
            return book.reduce(reference, numbers["shares"])
        if kind == "D":
            return book.delete(reference)
        return book.replace(
            reference, numbers["reference_new"], numbers["shares"], numbers["price"]
        )

    def _depth(
        self, message: itch.Message, local: int, ids: int, changes: list[Change]
    ) -> MarketEvent:
        units = self.units[local]
        levels: list[list[Level]] = [[], []]
        for side, price, shares in changes:
            levels[side].append(Level(price // units, shares))
        return self._event(
            EventKind.DEPTH, local, t_venue_ns=message.t_ns, first_id=ids, last_id=ids,
            chained=Chain.NONE, bids=levels[0], asks=levels[1],
        )  # fmt: skip

    def _trade(self, message: itch.Message, local: int, price: int, aggressor: Side) -> list[Found]:
        shares = int(message.fields["shares"])
        if shares == 0 or price == 0:
            return self._refused(Code.FEED_RANGE, local)
        if price % self.units[local]:
            return self._refused(Code.FEED_OFF_GRID, local)
        trade_id = int(message.fields["match"]) & TRADE_ID_MASK
        trade = Trade(trade_id, price // self.units[local], shares, int(aggressor))
        event = self._event(
            EventKind.TRADE, local, t_venue_ns=message.t_ns, first_id=trade_id, last_id=trade_id,
            trades=[trade],
        )  # fmt: skip
        return [(int(Code.OK), event)]
