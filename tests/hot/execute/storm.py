"""A storm of random events for any number of execute stages and the slow model.

Every kind of event is drawn from a seed, sensible or not. The first stage tells what happened, the
others must agree. After each event the first stage's money proves itself (every currency sums to
zero, legs and shares agree) and its positions are the model's; now and then everything else is
compared; every `CHECKPOINT` events each stage goes on from the exported state of another.
"""

import hashlib
import random
from collections import deque
from typing import Any

from slow_model import SlowModel

from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    FEE_NOT_REPORTED,
    POSITION_LONG,
    POSITION_SHORT,
    Intent,
    IntentKind,
    OrderState,
    OrderType,
    Report,
    ReportKind,
    Request,
    Side,
)
from tickpath.hot.execute.layout import unpack

COUNTED = (Code.OK, Code.EXECUTE_OVERFILL)
RECENT = 120
"""Orders and fills are drawn from this many of the last ones, well inside every memory."""

LOOK = 512
CHECKPOINT = 16_384
REMEMBERED = 20_000

ENDS = (ReportKind.CANCEL_ACK, ReportKind.EXPIRE, ReportKind.REJECT, ReportKind.CANCEL_REJECT,
        ReportKind.UNKNOWN, ReportKind.REPLACE_ACK)  # fmt: skip
REFUSALS = (Code.RISK_RATE, Code.RISK_POSITION)


class Storm:
    """Random events for the stages."""

    def __init__(self, seed: int, config: Config, stages: list[Any]) -> None:
        self.random = random.Random(seed)
        self.config = config
        self.stages = stages
        self.model = SlowModel(config)
        self.lots_held = stages[0].money.position_array()["position_lots"]
        self.recent: deque[int] = deque(maxlen=RECENT)
        self.seen: deque[Report] = deque(maxlen=RECENT)
        self.trade = 0
        self.now_ns = 1
        self.events = self.counted = self.busted = self.refused = self.overlapping = 0
        self.hashes: list[str] = []
        self.verbs = (
            [self.fill] * 16 + [self.ack] * 10 + [self.end] * 10 + [self.new] * 8 + [self.park] * 6
            + [self.price] * 6 + [self.step] * 8 + [self.cancel] * 6 + [self.swap, self.again] * 2
            + [self.bust, self.expire, self.stranger, self.notices] * 2 + [self.pay, self.totals]
            + [self.totals, self.fees]
        )  # fmt: skip

    @property
    def went_out(self) -> int:
        return len(self.model.ids)

    def all(self, call: Any) -> Any:
        found = call(self.stages[0])
        for stage in self.stages[1:]:
            assert call(stage) == found
        return found

    def run(self, count: int) -> None:
        """`count` events; the last one is followed by everything that is ever compared."""
        draw, verbs, size = self.random.random, self.verbs, len(self.verbs)
        check, held, model = self.stages[0].money.check, self.lots_held, self.model.position
        for _ in range(count):
            verbs[int(draw() * size)]()
            self.events += 1
            assert check() == Code.OK
            assert held.tolist() == model
            if self.events % LOOK == 0:
                self.look()
                if self.events % CHECKPOINT == 0:
                    self.checkpoint()
        self.look()
        self.checkpoint()

    def look(self) -> None:
        """Money is the model's, what is open is reserved, decisions are alike."""
        self.model.check_money(self.stages[0])
        for kept, said in zip(self.reserved(), self.stages[0].positions, strict=True):
            assert said.open_buy_lots >= kept[0]
            assert said.open_sell_lots >= kept[1]
        self.all(lambda stage: stage.take_decisions().tobytes())
        for k, hedged in enumerate(self.model.hedged):
            legs = self.all(lambda stage, k=k: stage.leg_positions(k))
            assert [leg.position_lots for leg in legs] == (self.model.legs[k] if hedged else [])
            assert all(min(leg.open_buy_lots, leg.open_sell_lots) >= 0 for leg in legs)

    def reserved(self) -> list[list[int]]:
        """Leaves of what is at the venue, by instrument and side."""
        found = [[0, 0] for _ in self.config.instruments]
        for order in self.stages[0].orders():
            if order.state != OrderState.PARKED:
                found[order.instrument][order.side] += max(
                    0, order.quantity_lots - order.filled_lots
                )
        return found

    def checkpoint(self) -> None:
        """Same state to the byte; open lots are leaves and awaited fills; everyone restarts."""
        state = self.all(lambda stage: stage.export_state())
        self.hashes.append(hashlib.blake2b(state, digest_size=8).hexdigest())
        reserved = self.reserved()
        sizes = (len(reserved), len(self.config.currencies), len(self.config.algorithms))
        for ended in unpack(state, *sizes).ended:
            reserved[ended.order.instrument][ended.order.side] += ended.awaited_lots
        positions = self.stages[0].positions
        assert [[p.open_buy_lots, p.open_sell_lots] for p in positions] == reserved
        for stage in self.stages:
            stage.import_state(state)
            assert stage.export_state() == state
        self.all(lambda stage: stage.drop_held())
        self.model.forget(REMEMBERED)

    def collect(self) -> None:
        """Orders that went out in this event."""
        for venue, order, data in self.all(lambda stage: stage.take_out()):
            if b"order.place" in data or b"cancelReplace" in data:
                sign = 1 if b'"side":"BUY"' in data else -1
                self.model.sent(order, venue, sign, b'"positionSide":"SHORT"' in data)
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

    def leg_flags(self, instrument: int) -> int:
        """A position side where the account wants one, now and then where it does not."""
        draw = self.random.random()
        if self.model.hedged[instrument] == (draw < 0.98):
            return POSITION_LONG if draw * 1000 % 2 < 1 else POSITION_SHORT
        return 0

    # -- ways out -------------------------------------------------------------------------------

    def request(self, kind: IntentKind, order: int) -> Request:
        draw = self.random.random
        instrument = int(draw() * 3)
        link = int(draw() * 4)
        return Request(
            kind, instrument, instrument, int(draw() * 2), int(draw() * 2), int(draw() * 3), 0,
            self.leg_flags(instrument), int(draw() * 9), int(draw() * 1000) + 1, self.lots(),
            order if kind == IntentKind.CANCEL else 0, order if kind == IntentKind.REPLACE else 0,
            self.now_ns + int(draw() * 1000) if draw() < 0.1 else 0, link, int(draw() * 2),
        )  # fmt: skip

    def send(self, request: Request) -> None:
        fields = [getattr(request, name) for name in Request.__slots__]
        self.all(lambda stage: stage.send(Request(*fields), 1, self.now_ns))
        self.collect()

    def new(self) -> None:
        self.send(self.request(IntentKind.SUBMIT, 0))

    def cancel(self) -> None:
        self.send(self.request(IntentKind.CANCEL, self.any_order()))

    def swap(self) -> None:
        """A replace of an order that may be anything by now."""
        order = self.order()
        request = self.request(IntentKind.REPLACE, order)
        found = self.model.orders.get(order)
        if found is not None:
            request.instrument = request.venue = found.instrument
            request.side = Side.BUY if found.sign > 0 else Side.SELL
            request.flags = (POSITION_LONG, POSITION_SHORT)[found.leg]
            request.flags *= self.model.hedged[found.instrument]
        self.send(request)

    def park(self) -> None:
        draw = self.random.random
        kind = int(draw() * 6)
        stop = kind >= OrderType.STOP
        instrument = int(draw() * 3)
        intent = Intent(
            kind=IntentKind.SUBMIT if draw() < 0.9 else IntentKind.REPLACE,
            strategy=int(draw() * 2), instrument=instrument, side=int(draw() * 2),
            type=kind if stop else 2 * int(draw() * 2), tag=3,
            flags=int(draw() * 6) | self.leg_flags(instrument),
            price_ticks=int(draw() * 1000), quantity_lots=self.lots() - int(draw() < 0.02) * 50,
            client_order_id=self.order() + 1, trigger_ticks=int(draw() * 500) if stop else 0,
            expire_ns=self.now_ns + int(draw() * 3000) if draw() < 0.2 else 0,
            display_lots=0 if stop or draw() < 0.5 else int(draw() * 12),
            link=int(draw() * 4), role=int(draw() * 3) if stop or draw() < 0.5 else 0,
        )  # fmt: skip
        self.all(lambda stage: stage.park(intent, 1, self.now_ns))
        self.collect()

    # -- what makes orders due ------------------------------------------------------------------

    def price(self) -> None:
        draw = self.random.random
        instrument, last, mid2 = int(draw() * 3), int(draw() * 500), int(draw() * 1000)
        self.all(lambda stage: stage.on_price(instrument, last, mid2, mid2 // 2))

    def step(self) -> None:
        """What is due is sent, or refused by some check."""
        instrument = int(self.random.random() * 3)
        for intent in self.all(lambda stage: stage.due(instrument)):
            code = Code.OK if self.random.random() < 0.9 else self.random.choice(REFUSALS)
            if code == Code.OK:
                code = self.all(lambda stage, i=intent: stage.send_due(i, 1, self.now_ns))
                self.collect()
            if code != Code.OK:
                self.all(lambda stage, i=intent, c=code: stage.refuse(i, c))

    def expire(self) -> None:
        self.now_ns += 700
        if self.random.random() < 0.01:
            self.now_ns = max(self.now_ns, self.all(lambda stage: stage.next_expiry()) % 2**62)
        self.all(lambda stage: stage.expire(1, self.now_ns))
        self.collect()

    def notices(self) -> None:
        for _ in range(4):
            if self.all(lambda stage: stage.pop_notice()) is None:
                break

    # -- reports --------------------------------------------------------------------------------

    def report(self, report: Report) -> Any:
        update = self.all(lambda stage: stage.apply(report, 1, self.now_ns))
        self.collect()
        return update

    def ack(self) -> None:
        self.report(Report(ReportKind.ACK, client_order_id=self.order(), venue_order_id=7))

    def end(self) -> None:
        """An end, sometimes of an order whose fills have not all been seen."""
        order = self.any_order()
        kind, said = self.random.choice(ENDS), self.lots() if self.random.random() < 0.2 else -1
        self.report(
            Report(
                kind, client_order_id=order, orig_client_order_id=order - 1, cumulative_lots=said
            )
        )

    def fill(self) -> None:
        self.trade += 1
        draw = self.random.random
        fee = int(draw() * 90) - 9 if draw() < 0.3 else FEE_NOT_REPORTED
        report = Report(
            ReportKind.FILL, maker=int(draw() * 2), client_order_id=self.order(),
            trade_id=self.trade, last_ticks=int(draw() * 999) + 1, fee_units=fee,
            last_lots=self.lots() if draw() < 0.98 else -3, fee_currency=int(draw() * 4) - 1,
        )  # fmt: skip
        self.seen.append(report)
        self.count(report)

    def totals(self) -> None:
        """A fill without a trade id: the filled total tells what of it is known."""
        order = self.random.choice(self.seen).client_order_id if self.seen else self.order()
        filled = self.model.orders[order].filled if order in self.model.orders else 0
        lots, draw = self.lots(), self.random.random
        told = filled + self.random.choice((0, lots, int(draw() * lots) + 1))
        report = Report(
            ReportKind.FILL, client_order_id=order, last_ticks=int(draw() * 999) + 1,
            last_lots=lots, cumulative_lots=told, fee_currency=int(draw() * 4) - 1,
            fee_units=int(draw() * 90) - 9 if draw() < 0.3 else FEE_NOT_REPORTED,
        )  # fmt: skip
        self.overlapping += filled > told - lots >= 0 and told > filled
        self.count(report)

    def fees(self) -> None:
        """Fees of fills that came without."""
        draw = self.random.random
        report = Report(
            ReportKind.FILL, client_order_id=self.order(),
            fee_units=int(draw() * 90) - 9, fee_currency=int(draw() * 4) - 1,
        )  # fmt: skip
        assert (self.report(report).code == Code.OK) == self.model.fees_alone(report)

    def count(self, report: Report) -> None:
        wanted, refused = self.model.fill(report)
        code = self.report(report).code
        assert (code in COUNTED) == wanted, (report, code)
        self.counted += wanted
        if refused:
            self.halted(self.model.orders[report.client_order_id].instrument, code)

    def halted(self, instrument: int, code: int) -> None:
        """The leg would have gone through zero: nothing changed, the instrument waits."""
        assert code == Code.EXECUTE_POSITION_SIDE
        self.refused += 1
        self.wake(instrument)

    def wake(self, instrument: int) -> None:
        assert not self.all(lambda stage: stage.money.may_send(instrument))
        self.all(lambda stage: stage.money.resume(instrument))

    def again(self) -> None:
        """A report that was seen before, in any order."""
        if self.seen:
            self.count(self.random.choice(self.seen))

    def bust(self) -> None:
        if not self.seen:
            return
        seen = self.random.choice(self.seen)
        wanted, refused = self.model.bust(seen.client_order_id, seen.trade_id)
        report = Report(
            ReportKind.BUST, client_order_id=seen.client_order_id, trade_id=seen.trade_id
        )
        update = self.report(report)
        assert (update.code == Code.OK) == wanted, (report, update)
        self.busted += wanted
        if refused:
            self.halted(self.model.orders[seen.client_order_id].instrument, update.code)
        elif update.code == Code.EXECUTE_BUST:
            self.wake(update.instrument)

    def stranger(self) -> None:
        """A report for an order that is not ours."""
        report = Report(ReportKind.FILL, client_order_id=2**60 + 5, trade_id=1, last_ticks=1,
                        last_lots=1)  # fmt: skip
        assert self.report(report).code == Code.EXECUTE_UNKNOWN_ORDER

    # -- money without orders -------------------------------------------------------------------

    def pay(self) -> None:
        """Funding, a transfer, a rate."""
        draw = self.random.random
        first, second, third = int(draw() * 2), int(draw() * 100) + 1, int(draw() * 9) + 1
        self.all(lambda stage: stage.money.fx_rate(2, first, second, third, self.now_ns))
        units = int(draw() * 1000) - 500
        self.all(lambda stage: stage.money.transfer(first, units))
        self.model.moved[first] += units
        instrument, rate = 1 + first, int(draw() * 2000) * 10**6 - 10**9
        self.all(lambda stage: stage.money.funding(instrument, rate, second, third))
        self.model.fund(instrument, rate, second, third)
        self.model.postings += 1


assert RECENT < LIMITS["bust_fills_max"] < LIMITS["fills_remembered_max"] < REMEMBERED
