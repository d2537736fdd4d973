"""Orders and fills the slow way: what must be true from the events alone, and a storm of them.

The model knows nothing of states, links or tables: an order that went out takes each trade once, a
bust takes one back, the position is the sum of what is left, and no id is ever given twice. The
storm draws every kind of event from a seed, sensible or not, and feeds it to any number of stages.
"""

import random
from collections import deque
from typing import Any

from execute_desk import CONFIG

from tickpath.core.codes import Code
from tickpath.core.records import (
    Intent,
    IntentKind,
    OrderState,
    OrderType,
    Report,
    ReportKind,
    Request,
    Side,
)

COUNTED = (Code.OK, Code.EXECUTE_OVERFILL)
RECENT = 120
"""Orders and fills are drawn from this many of the last ones, well inside every memory."""

ENDS = (ReportKind.CANCEL_ACK, ReportKind.EXPIRE, ReportKind.REJECT, ReportKind.CANCEL_REJECT,
        ReportKind.UNKNOWN, ReportKind.REPLACE_ACK)  # fmt: skip


class SlowModel:
    """What went out, what filled, what was taken back."""

    def __init__(self) -> None:
        self.side: dict[int, tuple[int, int]] = {}
        self.fills: dict[tuple[int, int], int] = {}
        self.position = [0, 0, 0]

    def sent(self, order: int, instrument: int, side: int) -> None:
        assert order not in self.side, "an id was given twice"
        self.side[order] = (instrument, 1 if side == Side.BUY else -1)

    def fill(self, order: int, trade: int, lots: int) -> bool:
        """Whether this fill counts; it does once, for an order that went out."""
        if order not in self.side or (order, trade) in self.fills or lots <= 0:
            return False
        instrument, sign = self.side[order]
        self.fills[order, trade] = lots
        self.position[instrument] += sign * lots
        return True

    def bust(self, order: int, trade: int) -> bool:
        """Whether this bust counts; it does once, for a fill that was counted."""
        lots = self.fills.get((order, trade), 0)
        if lots == 0:
            return False
        instrument, sign = self.side[order]
        self.fills[order, trade] = 0
        self.position[instrument] -= sign * lots
        return True

    def forget(self, keep: int) -> None:
        """Drop what no event draws any more; ids are still told apart by their counter."""
        for table in (self.side, self.fills):
            for key in list(table)[:-keep]:
                del table[key]  # type: ignore[arg-type]


class Storm:
    """Random events for the stages; the first one tells what happened, the others must agree."""

    def __init__(self, seed: int, stages: list[Any]) -> None:
        self.random = random.Random(seed)
        self.stages = stages
        self.model = SlowModel()
        self.recent: deque[int] = deque(maxlen=RECENT)
        self.seen: deque[Report] = deque(maxlen=RECENT)
        self.newest = 0
        self.trade = 0
        self.now_ns = 1
        self.went_out = self.counted = self.busted = 0
        self.verbs = (
            [self.fill] * 8 + [self.ack] * 5 + [self.end] * 5 + [self.new] * 4 + [self.park] * 3
            + [self.price] * 3 + [self.step] * 4 + [self.cancel] * 3 + [self.swap, self.again]
            + [self.bust, self.expire, self.stranger, self.notices]
        )  # fmt: skip

    def all(self, call: Any) -> Any:
        found = call(self.stages[0])
        for stage in self.stages[1:]:
            assert call(stage) == found
        return found

    def run(self, count: int) -> None:
        """`count` events; the books are checked now and then and at the end."""
        draw, verbs = self.random.random, self.verbs
        size = len(verbs)
        for k in range(count):
            verbs[int(draw() * size)]()
            if k % 512 == 511:
                self.check()
                if k % 65536 == 65535:
                    self.model.forget(20_000)
                    self.all(lambda stage: stage.drop_held())
        self.check()

    def check(self) -> None:
        """Positions are the model's, the ledger sums to zero, what is open is reserved."""
        positions = self.stages[0].positions
        assert [p.position_lots for p in positions] == self.model.position
        reserved = [[0, 0] for _ in positions]
        for order in self.stages[0].orders():
            if order.state != OrderState.PARKED:
                leaves = max(0, order.quantity_lots - order.filled_lots)
                reserved[order.instrument][order.side] += leaves
        assert [[p.open_buy_lots, p.open_sell_lots] for p in positions] == reserved
        for currency in range(len(CONFIG.currencies)):
            assert sum(self.stages[0].ledger(currency).values()) == 0
        for stage in self.stages:
            stage.take_decisions()

    def collect(self, side_of: Any) -> None:
        """Orders that went out in this event; ids only grow."""
        out = self.all(lambda stage: stage.take_out())
        for venue, order, data in out:
            if b"order.place" in data or b"cancelReplace" in data:
                side = Side.BUY if b'"side":"BUY"' in data else Side.SELL
                self.model.sent(order, venue, side)
                self.went_out += 1
                self.recent.append(order)

    def lots(self) -> int:
        return int(self.random.random() * 50) + 1

    def order(self) -> int:
        """One that went out lately."""
        return self.random.choice(self.recent) if self.recent else 1

    def any_order(self) -> int:
        """Any that is open, at the venue or not: without ends of old ones the lists stay full and
        nothing goes out any more."""
        draw = self.random.random
        own = self.stages[0].own(int(draw() * 2), int(draw() * 3)) if draw() < 0.5 else []
        return int(self.random.choice(own).client_order_id) if own else self.order()

    # -- ways out -------------------------------------------------------------------------------

    def request(self, kind: IntentKind, order: int) -> Request:
        draw = self.random.random
        instrument = int(draw() * 3)
        link = int(draw() * 4)
        return Request(
            kind, instrument, instrument, int(draw() * 2), int(draw() * 2), int(draw() * 3), 0, 0,
            int(draw() * 9), int(draw() * 1000) + 1, self.lots(),
            order if kind == IntentKind.CANCEL else 0, order if kind == IntentKind.REPLACE else 0,
            self.now_ns + int(draw() * 1000) if draw() < 0.1 else 0, link, int(draw() * 2),
        )  # fmt: skip

    def send(self, request: Request) -> None:
        fields = [getattr(request, name) for name in Request.__slots__]
        self.all(lambda stage: stage.send(Request(*fields), 1, self.now_ns))
        self.collect(request)

    def new(self) -> None:
        self.send(self.request(IntentKind.SUBMIT, 0))

    def cancel(self) -> None:
        self.send(self.request(IntentKind.CANCEL, self.any_order()))

    def swap(self) -> None:
        """A replace of an order that may be anything by now."""
        order = self.order()
        request = self.request(IntentKind.REPLACE, order)
        found = self.model.side.get(order)
        if found is not None:
            request.instrument = request.venue = found[0]
            request.side = Side.BUY if found[1] > 0 else Side.SELL
        self.send(request)

    def park(self) -> None:
        draw = self.random.random
        kind = int(draw() * 6)
        stop = kind >= OrderType.STOP
        intent = Intent(
            kind=IntentKind.SUBMIT if draw() < 0.9 else IntentKind.REPLACE,
            strategy=int(draw() * 2), instrument=int(draw() * 3), side=int(draw() * 2),
            type=kind if stop else 2 * int(draw() * 2), tag=3, flags=int(draw() * 6),
            price_ticks=int(draw() * 1000), quantity_lots=self.lots() - int(draw() < 0.02) * 50,
            client_order_id=self.order() + 1, trigger_ticks=int(draw() * 500) if stop else 0,
            expire_ns=self.now_ns + int(draw() * 3000) if draw() < 0.2 else 0,
            display_lots=0 if stop or draw() < 0.5 else int(draw() * 12),
            link=int(draw() * 4), role=int(draw() * 3) if stop or draw() < 0.5 else 0,
        )  # fmt: skip
        self.all(lambda stage: stage.park(intent, self.now_ns))

    # -- what makes orders due ------------------------------------------------------------------

    def price(self) -> None:
        draw = self.random.random
        instrument, last, mid2 = int(draw() * 3), int(draw() * 500), int(draw() * 1000)
        self.all(lambda stage: stage.on_price(instrument, last, mid2, mid2 // 2))

    def step(self) -> None:
        """What is due is sent, or refused by some check."""
        instrument = int(self.random.random() * 3)
        for intent in self.all(lambda stage: stage.due(instrument)):
            code = Code.OK
            if self.random.random() < 0.1:
                code = self.random.choice((Code.RISK_RATE, Code.RISK_POSITION))
            if code == Code.OK:
                code = self.all(lambda stage, i=intent: stage.send_due(i, 1, self.now_ns))
                self.collect(intent)
            if code != Code.OK:
                self.all(lambda stage, i=intent, c=code: stage.refuse(i, c))

    def expire(self) -> None:
        self.now_ns = max(self.now_ns + 700, self.now_ns)
        if self.random.random() < 0.01:
            self.now_ns = max(self.now_ns, self.stages[0].next_expiry() % 2**62)
        self.all(lambda stage: stage.expire(1, self.now_ns))
        self.collect(None)

    def notices(self) -> None:
        for _ in range(4):
            if self.all(lambda stage: stage.pop_notice()) is None:
                break

    # -- reports --------------------------------------------------------------------------------

    def report(self, report: Report) -> Any:
        update = self.all(lambda stage: stage.apply(report, 1, self.now_ns))
        self.collect(report)
        return update

    def ack(self) -> None:
        self.report(Report(ReportKind.ACK, client_order_id=self.order(), venue_order_id=7))

    def end(self) -> None:
        order = self.any_order()
        self.report(
            Report(self.random.choice(ENDS), client_order_id=order, orig_client_order_id=order - 1)
        )

    def fill(self) -> None:
        self.trade += 1
        draw = self.random.random
        report = Report(
            ReportKind.FILL, maker=int(draw() * 2), client_order_id=self.order(),
            trade_id=self.trade, last_ticks=int(draw() * 999) + 1,
            last_lots=self.lots() if draw() < 0.98 else -3,
        )  # fmt: skip
        self.seen.append(report)
        self.count(report)

    def count(self, report: Report) -> None:
        wanted = self.model.fill(report.client_order_id, report.trade_id, report.last_lots)
        code = self.report(report).code
        assert (code in COUNTED) == wanted, (report, code)
        self.counted += wanted

    def again(self) -> None:
        """A report that was seen before, in any order."""
        if self.seen:
            self.count(self.random.choice(self.seen))

    def bust(self) -> None:
        if not self.seen:
            return
        seen = self.random.choice(self.seen)
        wanted = self.model.bust(seen.client_order_id, seen.trade_id)
        report = Report(
            ReportKind.BUST, client_order_id=seen.client_order_id, trade_id=seen.trade_id
        )
        update = self.report(report)
        assert (update.code == Code.OK) == wanted, (report, update)
        self.busted += wanted
        if update.code == Code.EXECUTE_BUST:
            assert not self.all(lambda stage: stage.money.may_send(update.instrument))
            self.all(lambda stage: stage.money.resume(update.instrument))

    def stranger(self) -> None:
        """A report for an order that is not ours."""
        report = Report(ReportKind.FILL, client_order_id=2**60 + 5, trade_id=1, last_ticks=1,
                        last_lots=1)  # fmt: skip
        assert self.report(report).code == Code.EXECUTE_UNKNOWN_ORDER
