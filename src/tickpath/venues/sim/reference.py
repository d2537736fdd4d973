"""The simulated venue in plain Python: read this first.

Market frames build the venue's own book, requests meet it, reports leave as real bytes.
`native.pyx` does the same without Python; both give the same bytes, fills and counters. The rules:

- A resting order waits behind what is displayed at its price when it arrives. Trades at that price
  shorten the queue in full; a decrease that they do not explain shortens it by the queue model.
- It is filled when a trade passes through its price, when the queue ahead is gone, or when the
  other side crosses its price. What rests beside quantity it has just taken waits until that
  was away.
- A stop waits until a trade at its price or beyond; it is no order of the book before.
- A taking order walks the displayed book. Recorded books are not changed by our orders unless
  self-impact is on; a generated market matches our orders itself.

Worst case: every resting order is touched by every trade.
"""

from collections import Counter, deque
from typing import Any

import numpy as np

from tickpath.core.backend import Backend
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.errors import CapacityError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    BookStatus,
    BookTop,
    EventKind,
    Level,
    MarketEvent,
    OrderType,
    Side,
    TimeInForce,
    Trade,
)
from tickpath.hot.book.reference import Book
from tickpath.hot.feed.reference import Feed
from tickpath.venues.base import source_module
from tickpath.venues.sim import reference_text as text
from tickpath.venues.sim.fifo import Fifo
from tickpath.venues.sim.fills import FILL_DTYPE, WHY
from tickpath.venues.sim.queue import check_queue, queue_advance
from tickpath.venues.sim.rates import CODE_TOO_MANY, OrderRates
from tickpath.venues.sim.reference_place import (
    Best,
    Place,
    fee_units,
    quote_units,
    would_cross,
)
from tickpath.venues.sim.reference_terms import Refusal, SimOrder, Terms

DEPTH_MAX = 256
FILLS_MAX = 65_536
ENDED_MAX = 4096
TAKE, QUEUE, THROUGH, CROSS = range(len(WHY))


class SimVenue:
    """One venue in the process. Fills say why: take, queue, through, cross."""

    def __init__(self, config: Config) -> None:
        check_queue(config)
        self.config = config
        wires = [source_module(config, k, Backend.REFERENCE) for k in range(len(config.sources))]
        self.feed = Feed(config, [w.MarketDecoder(config, k) for k, w in enumerate(wires)])
        self.places = [
            Place(i, Book(config, i.index), config.currencies[i.settle].name[:15])
            for i in config.instruments
        ]
        for place in self.places:
            place.hedging = config.venues[place.info.venue] in config.account.hedging
        self.books = [place.book for place in self.places]
        self.orders: list[SimOrder] = []
        self.waiting: list[SimOrder] = []
        self.ended: deque[tuple[SimOrder, str]] = deque(maxlen=ENDED_MAX)
        self.mail: list[tuple[int, int, bytes]] = []
        self.rows: list[tuple[int, ...]] = []
        self.order_id = self.trade_id = self.execution_id = 0
        self.crowd: Any = None
        self.rates = OrderRates(config)
        fifo = config.sim.queue == "fifo"
        self.fifo = Fifo(self, config.sim.fifo_orders) if fifo else None
        self.refused: Counter[int] = Counter()
        self.terms = Terms(self)

    # -- market ------------------------------------------------------------------------------------

    def on_market(self, source: int, data: bytes, t_ns: int) -> None:
        """One frame as the venue lived it."""
        self.expire(t_ns)
        if self.fifo is not None:
            self.fifo.on_frame(source, data, t_ns)
        found: tuple[int, list[MarketEvent]] | None = self.feed.on_frame(source, data, t_ns)
        while found is not None:
            if found[0] == Code.OK:
                self.on_event(found[1], t_ns)
            found = self.feed.on_next()

    def restart(self, source: int) -> int:
        """The recorded connection of a source begins anew: its books wait for a snapshot. Returns
        the feed's code."""
        code = self.feed.restart(source)
        for k in self.feed.lost:
            self.places[k].book.clear(BookStatus.STALE)
        return code

    def on_event(self, events: list[MarketEvent], t_ns: int) -> None:
        """One event of a frame that passed the feed, and what it let out of the buffer."""
        first = events[0]
        place = self.places[first.instrument]
        if first.kind == EventKind.TRADE:
            for trade in first.trades:
                if self.crowd is None:
                    self.on_trade(first.instrument, trade, t_ns)
                self.trigger(place, trade.price_ticks, t_ns)
        elif first.kind == EventKind.BBO:
            place.tickers.append(Best(first.last_id, *first.bids[0], *first.asks[0]))
            place.settle_bests()
        else:
            self.on_book(place, events, t_ns)

    def on_book(self, place: Place, events: list[MarketEvent], t_ns: int) -> None:
        for event in events:
            if event.kind == EventKind.SNAPSHOT:
                place.snapshots += 1
                code = place.book.snapshot(event)
            else:
                code = place.book.apply(event)
            if code != Code.OK:
                self.feed.invalidate(event.instrument)
                place.book.clear(BookStatus.STALE)
                return
        top = place.book.top(1)
        place.crossed += top.status == BookStatus.CROSSED
        if events[0].kind == EventKind.DEPTH:
            best = Best(top.last_id, top.bid_ticks, top.bid_lots, top.ask_ticks, top.ask_lots)
            place.unchecked.append(best)
            place.settle_bests()
        if top.status == BookStatus.OK and self.crowd is None:
            self.on_depth(place, top, t_ns)

    def on_trade(self, instrument: int, trade: Trade, t_ns: int) -> None:
        """A trade meets our orders in order of arrival; what fills one is gone for the next."""
        left = trade.quantity_lots
        if self.fifo is not None:
            if not self.fifo.told:
                self.fifo.trade(instrument, trade.aggressor, trade.price_ticks, left, t_ns)
            return
        for o in self.orders:
            if o.instrument != instrument or trade.aggressor == o.side or trade.quantity_lots <= 0:
                continue
            if o.price_ticks == trade.price_ticks:
                o.traded_lots += trade.quantity_lots
                past = left - o.ahead_lots
                o.ahead_lots = max(0, o.ahead_lots - left)
                if past > 0 and not self.config.sim.partial_fills:
                    past = o.offer_lots
                lots = max(0, min(past, o.offer_lots))
                left -= lots
                self.fill(o, o.price_ticks, lots, True, QUEUE, t_ns)
                if o.clip_filled(lots):
                    self.join(o)
            elif (o.price_ticks > trade.price_ticks) == (o.side == Side.BUY):
                self.fill(o, o.price_ticks, o.leaves_lots, True, THROUGH, t_ns)
        self.drop_done()

    def trigger(self, place: Place, ticks: int, t_ns: int) -> None:
        """A trade sends the stops it reaches, in order of arrival."""
        place.last_ticks = ticks
        for o in [o for o in self.waiting if o.instrument == place.info.index]:
            if o.reached(ticks):
                self.waiting.remove(o)
                o.waits = False
                self.work(o, t_ns)

    def expire(self, t_ns: int) -> None:
        """Orders end at their good-till date, seen with the next thing that happens."""
        for o in [o for o in self.orders if 0 < o.good_till_ms <= t_ns // 1_000_000]:
            self.orders.remove(o)
            if self.crowd is not None:
                self.crowd.remove(o, t_ns)
            self.end(o, "EXPIRED", t_ns)
            self.emit(self.line(o, "EXPIRED", t_ns), t_ns)

    def on_depth(self, place: Place, top: BookTop, t_ns: int) -> None:
        """Queues advance, orders the other side has crossed are filled."""
        for o in self.orders:
            if o.instrument != place.info.index:
                continue
            self.advance(place, o)
            crossed = would_cross(o.side, o.price_ticks, top.bid_ticks, top.ask_ticks)
            if crossed and not o.beside:
                self.fill(o, o.price_ticks, o.leaves_lots, True, CROSS, t_ns)
            o.beside = o.beside and crossed
        self.drop_done()

    def advance(self, place: Place, o: SimOrder) -> None:
        """Explain the change at our price by the trades since, the rest by the queue model."""
        now = place.book.sides[o.side].quantities.get(o.price_ticks, 0)
        shown = max(0, o.shown_lots - o.traded_lots)
        if shown > now:
            o.ahead_lots -= queue_advance(
                self.config.sim.queue, self.config.sim.queue_power, o.ahead_lots, shown,
                shown - now, place.info.quantity_step_units, 10**place.info.quantity_wire_decimals,
            )  # fmt: skip
        o.ahead_lots = max(0, min(o.ahead_lots, now))
        o.shown_lots, o.traded_lots = now, 0

    # -- requests ----------------------------------------------------------------------------------

    def on_request(self, venue: int, data: bytes, t_ns: int) -> None:
        """One request at its arrival."""
        self.expire(t_ns)
        found = text.parse(data[: LIMITS["order_bytes_max"]])
        sent = found or text.Sent()
        try:
            if found is None:
                raise Refusal(-1135, "Invalid JSON Request.")
            if sent.method == b"order.place":
                if self.counted(venue, sent, t_ns):
                    self.place(venue, sent, t_ns)
            elif sent.method == b"order.cancel":
                self.cancel(venue, sent, t_ns)
            elif sent.method == b"order.cancelReplace":
                if venue not in self.rates.spot or self.counted(venue, sent, t_ns):
                    self.replace(venue, sent, t_ns)
            elif sent.method == b"order.status":
                self.query(venue, sent, t_ns)
            else:
                raise Refusal(-1100, "Unknown method.")
        except Refusal as refusal:
            answer = text.reply_error(echo(sent), refusal.code, refusal.message)
            self.refuse(venue, refusal.code, answer, t_ns)

    def counted(self, venue: int, sent: text.Sent, t_ns: int) -> bool:
        """Count a request for a new order; False when a window is full: then it was answered."""
        full = self.rates.full(venue, t_ns)
        if full is not None:
            until_ms = (full.begun(t_ns) + full.length_ns) // 1_000_000
            answer = text.reply_limited(
                echo(sent), CODE_TOO_MANY, full.message, t_ns // 1_000_000, until_ms
            )
            self.refuse(venue, CODE_TOO_MANY, answer, t_ns)
        return full is None

    def refuse(self, venue: int, code: int, answer: str, t_ns: int) -> None:
        """An answer that refuses with a code."""
        self.refused[code] += 1
        self.reply(venue, answer, t_ns)

    def place(self, venue: int, sent: text.Sent, t_ns: int) -> None:
        order = self.terms.order(venue, sent)
        self.terms.check_date(order, t_ns)
        self.terms.check_market(order)
        line = self.accept(order, t_ns)
        self.reply(venue, text.reply_placed(echo(sent), line), t_ns)
        self.match(order, t_ns)

    def cancel(self, venue: int, sent: text.Sent, t_ns: int) -> None:
        instrument = self.terms.instrument(venue, sent)
        line = self.take_out(instrument, sent, b"origClientOrderId", t_ns)
        if line is None:
            raise Refusal(-2011, "Unknown order sent.")
        self.reply(venue, text.reply_cancelled(echo(sent), line), t_ns)
        self.emit(line, t_ns)

    def replace(self, venue: int, sent: text.Sent, t_ns: int) -> None:
        """Fields and filters, then the cancel, then the new order; no cancel, no new order."""
        order = self.terms.replacement(venue, sent)
        old = self.take_out(order.instrument, sent, b"cancelOrigClientOrderId", t_ns)
        if old is None:
            self.refuse(venue, -2011, text.replace_stopped(echo(sent)), t_ns)
            return
        try:
            self.terms.check_market(order)
        except Refusal as refusal:
            answer = text.replace_half(echo(sent), old, refusal.code, refusal.message)
            self.refuse(venue, refusal.code, answer, t_ns)
            self.emit(old, t_ns)
            return
        line = self.accept(order, t_ns)
        self.reply(venue, text.reply_replaced(echo(sent), old, line), t_ns)
        self.emit(old, t_ns)
        self.match(order, t_ns)

    def query(self, venue: int, sent: text.Sent, t_ns: int) -> None:
        """What became of an order; the last `ENDED_MAX` that ended are remembered."""
        instrument = self.terms.instrument(venue, sent)
        order, status = self.standing(self.terms.own_id(sent, b"origClientOrderId"))
        if order is None or order.instrument != instrument:
            raise Refusal(-2013, "Order does not exist.")
        line = self.line(order, status, order.updated_ns)
        self.reply(venue, text.reply_standing(echo(sent), line), t_ns)

    def standing(self, client_order_id: int) -> tuple[SimOrder | None, str]:
        """The newest order of an id, and its status."""
        found = self.find(client_order_id)
        if found is not None:
            return found, "PARTIALLY_FILLED" if found.filled_lots else "NEW"
        for order, status in reversed(self.ended):
            if order.client_order_id == client_order_id:
                return order, status
        return None, ""

    def end(self, o: SimOrder, status: str, t_ns: int) -> None:
        """Remember an order that is no longer open."""
        o.updated_ns = t_ns
        self.ended.append((o, status))

    def accept(self, o: SimOrder, t_ns: int) -> text.Line:
        """Number a new order."""
        self.order_id += 1
        o.order_id, o.created_ns, o.updated_ns = self.order_id, t_ns, t_ns
        return self.line(o, "NEW", t_ns)

    def take_out(self, instrument: int, sent: text.Sent, key: bytes, t_ns: int) -> text.Line | None:
        """The order that a cancel names, out of the market; None when there is none."""
        found = self.find(self.terms.own_id(sent, key))
        if found is None or found.instrument != instrument:
            return None
        (self.waiting if found.waits else self.orders).remove(found)
        self.end(found, "CANCELED", t_ns)
        if self.crowd is not None and not found.waits:
            self.crowd.remove(found, t_ns)
        line = self.line(found, "CANCELED", t_ns)
        line.request = sent.name if line.spot else b""
        return line

    def match(self, o: SimOrder, t_ns: int) -> None:
        """NEW, then a stop waits and anything else works."""
        self.emit(self.line(o, "NEW", t_ns), t_ns)
        if o.waits:
            self.waiting.append(o)
        else:
            self.work(o, t_ns)

    def work(self, o: SimOrder, t_ns: int) -> None:
        """What it takes, then rest or expire."""
        if self.crowd is None:
            self.take(o, t_ns)
        else:
            self.crowd.take(self, o, t_ns)
        if o.leaves_lots == 0:
            return
        if o.time_in_force != TimeInForce.GTC:
            self.end(o, "EXPIRED", t_ns)
            self.emit(self.line(o, "EXPIRED", t_ns), t_ns)
        else:
            o.show_clip()
            (self if self.crowd is None else self.crowd).rest(o)
            self.orders.append(o)

    def reachable(self, o: SimOrder) -> list[Level]:
        """Displayed levels of the other side that the order may take, best first."""
        levels = self.places[o.instrument].book.depth(1 - o.side, DEPTH_MAX)
        if o.type == OrderType.MARKET:
            return levels
        sign = 1 if o.side == Side.BUY else -1
        return [level for level in levels if sign * (level.price_ticks - o.price_ticks) <= 0]

    def take(self, o: SimOrder, t_ns: int) -> None:
        """Fill against the displayed levels; a FOK that they do not cover takes nothing."""
        levels = self.reachable(o)
        total = sum(level.quantity_lots for level in levels)
        if o.time_in_force == TimeInForce.FOK and total < o.quantity_lots:
            return
        for price, shown in levels:
            lots = min(o.leaves_lots, shown)
            self.fill(o, price, lots, False, TAKE, t_ns)
            if self.config.sim.self_impact and lots > 0:
                self.impact(o, Level(price, shown - lots))

    def impact(self, o: SimOrder, level: Level) -> None:
        """Self-impact: what we took is gone until a depth message says otherwise."""
        book = self.places[o.instrument].book
        event = MarketEvent(
            kind=EventKind.DEPTH,
            source=0,
            instrument=o.instrument,
            t_recv_ns=book.t_recv_ns,
            last_id=book.last_id,
        )
        (event.asks if o.side == Side.BUY else event.bids).append(level)
        book.apply(event)

    def rest(self, o: SimOrder) -> None:
        """Join the queue; what rests where it took waits until the other side was away."""
        self.join(o)
        o.beside = would_cross(
            o.side, o.price_ticks, self.best(o.instrument, 0), self.best(o.instrument, 1)
        )

    def join(self, o: SimOrder) -> None:
        """Join the queue at our price, behind all that is displayed there."""
        book = self.places[o.instrument].book
        o.shown_lots = o.ahead_lots = book.sides[o.side].quantities.get(o.price_ticks, 0)
        o.traded_lots = 0
        if self.fifo is not None:
            o.arrival = self.fifo.arrive()

    # -- words of both -----------------------------------------------------------------------------

    def best(self, instrument: int, side: int) -> int:
        """Best price of a side that a new order would meet, 0 when the side is empty."""
        if self.crowd is not None:
            return int(self.crowd.best_ticks(side))
        return self.places[instrument].book.sides[side].best() or 0

    def find(self, client_order_id: int) -> SimOrder | None:
        own = (o for o in (*self.orders, *self.waiting) if o.client_order_id == client_order_id)
        return next(own, None)

    def drop_done(self) -> None:
        self.orders = [o for o in self.orders if o.leaves_lots > 0]

    def fill(self, o: SimOrder, ticks: int, lots: int, maker: bool, why: int, t_ns: int) -> None:
        """One execution: the report's bytes and the record for the run's report."""
        if lots <= 0:
            return
        if len(self.rows) >= FILLS_MAX:
            raise CapacityError("the simulated venue's fill buffer is full: drain it more often")
        place = self.places[o.instrument]
        if o.filled_lots == 0:
            self.rates.give_back(place.info.venue, t_ns)
        o.filled_lots += lots
        o.updated_ns = t_ns
        if o.leaves_lots == 0:
            self.end(o, "FILLED", t_ns)
        signed = lots if o.side == Side.BUY else -lots
        place.position_lots += signed
        if place.hedging:
            place.legs[o.position_side] += signed
        self.trade_id += 1
        line = self.line(o, "TRADE", t_ns)
        line.status = "PARTIALLY_FILLED" if o.leaves_lots else "FILLED"
        line.last_ticks, line.last_lots, line.maker = ticks, lots, maker
        line.trade_id = self.trade_id
        line.last_quote_units = quote_units(place.info, ticks, lots)
        o.quote_units += line.last_quote_units
        line.quote_units = o.quote_units
        line.fee_units = fee_units(place.info, ticks, lots, maker)
        self.emit(line, t_ns)
        self.rows.append(
            (t_ns, o.client_order_id, ticks, lots, line.fee_units, self.trade_id, o.instrument,
             o.side, int(maker), why)
        )  # fmt: skip

    def line(self, o: SimOrder, kind: str, t_ns: int) -> text.Line:
        place = self.places[o.instrument]
        return text.Line(
            instrument=place.info,
            settle=place.settle,
            kind=kind,
            status=kind,
            type=o.type,
            time_in_force=o.time_in_force,
            side=o.side,
            reduce_only=o.reduce_only,
            position_side=o.position_side,
            client_order_id=o.client_order_id,
            order_id=o.order_id,
            price_ticks=o.price_ticks,
            quantity_lots=o.quantity_lots,
            filled_lots=o.filled_lots,
            quote_units=o.quote_units,
            stop_ticks=o.stop_ticks,
            waits=o.waits,
            display_lots=o.display_lots,
            good_till_ms=o.good_till_ms,
            t_ms=t_ns // 1_000_000,
            created_ms=o.created_ns // 1_000_000,
        )

    def emit(self, line: text.Line, t_ns: int) -> None:
        """An execution event of an order."""
        self.execution_id += 1
        line.execution_id = self.execution_id
        self.reply(line.instrument.venue, text.report(line), t_ns)

    def reply(self, venue: int, answer: str, t_ns: int) -> None:
        self.mail.append((t_ns, venue, answer.encode("latin-1")))

    def take_reports(self) -> list[tuple[int, int, bytes]]:
        """(time at the venue, venue, bytes) of every report since the last call."""
        out, self.mail = self.mail, []
        return out

    def check(self) -> None:
        """Nothing is bounded here but the fills, which raise themselves."""

    def take_fills(self) -> np.ndarray:
        """Fills since the last call: an array of FILL_DTYPE."""
        rows, self.rows = self.rows, []
        return np.array(rows, dtype=FILL_DTYPE)

    def live_orders(self) -> int:
        """Open orders, those that rest and those that wait."""
        return len(self.orders) + len(self.waiting)

    def refusals(self) -> dict[int, int]:
        """Requests refused, by the venue's code."""
        return dict(self.refused)

    def book_counters(self) -> dict[str, int]:
        """Book health over all instruments, as a report shows it."""
        places = self.places
        gaps = (self.feed.counters(k).get(Code.FEED_GAP, 0) for k in range(len(places)))
        found = {
            "gaps": sum(gaps),
            "resyncs": sum(max(0, p.snapshots - 1) for p in places),
            "crossed": sum(p.crossed for p in places),
            "checksum_ok": sum(p.book.checksum_ok for p in places),
            "checksum_bad": sum(p.book.checksum_bad for p in places),
            "bbo_checked": sum(p.bbo_checked for p in places),
            "bbo_equal": sum(p.bbo_equal for p in places),
        }
        return found if self.fifo is None else found | self.fifo.counters()


def echo(sent: text.Sent) -> str:
    """The request's id as it was written."""
    return sent.id.decode("latin-1")
