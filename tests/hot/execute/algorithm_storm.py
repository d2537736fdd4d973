"""A storm of events for orders that algorithms work, and what must be true of them from the events
alone.

The model knows the clips that went out for a parent, what of them filled or was busted, and what
the market traded while the parent was at work. It knows nothing of rows, awaited lots or links.
Exact sums, the share of the market and the schedule are its own arithmetic, in fractions.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from execute_desk import CONFIG
from storm import RECENT, Storm

from tickpath.core.codes import Code
from tickpath.core.config import AlgorithmSpec
from tickpath.core.records import (
    Intent,
    IntentKind,
    OrderState,
    OrderType,
    Report,
    ReportKind,
    algorithm_flags,
)
from tickpath.hot.execute.layout import Image, unpack
from tickpath.hot.execute.order_table import Wait

PPM = 1_000_000
KEPT = 400
ALGORITHMS = (
    AlgorithmSpec(name="a", kind="twap", slices=5, price="cross"),
    AlgorithmSpec(name="b", kind="twap", slices=3, price="rest", clip_max_ppm=150_000),
    AlgorithmSpec(name="c", kind="vwap", slices=4, curve=(4, 1, 0, 3), participation_ppm=400_000),
    AlgorithmSpec(name="d", kind="pov", participation_ppm=120_000, rest_ns=900),
    AlgorithmSpec(name="e", kind="twap", slices=2, clip_min_ppm=100_000, clip_max_ppm=250_000),
)
SHARES = ((1, 2, 3, 4, 5), (1, 2, 3), (4, 5, 5, 8), (1,), (1, 2))
"""What each slice asks for, over the last number."""

STORM_CONFIG = replace(CONFIG, algorithms=ALGORITHMS)


@dataclass(slots=True)
class Parent:
    """What the model remembers of an order that an algorithm works."""

    algorithm: int
    instrument: int
    quantity: int
    start_ns: int
    end_ns: int
    market: int = 0
    paused: bool = False
    busted: int = 0


class AlgorithmStorm(Storm):
    """Orders of algorithms among all others."""

    def __init__(self, seed: int, stages: list[Any]) -> None:
        super().__init__(seed, STORM_CONFIG, stages)
        self.parents: dict[int, Parent] = {}
        self.clip_parent: dict[int, int] = {}
        self.clips_of: dict[int, list[int]] = {}
        self.owed: dict[int, int] = {}
        self.taken_back: dict[int, int] = {}
        self.clips = self.pauses = self.whole = self.short = 0
        self.told: set[int] = set()
        self.verbs += (
            [self.work] * 5 + [self.trade_of_market] * 5 + [self.step] * 10 + [self.answer] * 10
        )
        self.verbs += [self.pause, self.amend, self.cancel_parent]

    def image(self) -> Image:
        data = self.stages[0].export_state()
        return unpack(data, len(CONFIG.instruments), len(CONFIG.currencies), len(ALGORITHMS))

    def open_parents(self) -> list[int]:
        return [o.client_order_id for o in self.stages[0].orders()
                if o.state == OrderState.PARKED and o.client_order_id in self.parents]  # fmt: skip

    # -- verbs ----------------------------------------------------------------------------------

    def intent(self, algorithm: int, **fields: Any) -> Intent:
        draw = self.random.random
        start = self.now_ns + int(draw() * 2_000)
        end = start + 1 + int(draw() * 20_000)
        limit = int(draw() * 400) if draw() < 0.5 else 0
        base = Intent(
            kind=IntentKind.SUBMIT, strategy=int(draw() * 2), instrument=int(draw() * 3),
            side=int(draw() * 2), type=OrderType.LIMIT if limit else OrderType.MARKET,
            flags=algorithm_flags(algorithm), tag=4, price_ticks=limit,
            quantity_lots=1 + int(draw() ** 3 * 900), at_ns=start if draw() < 0.8 else 0,
            expire_ns=0 if algorithm == 3 and draw() < 0.5 else end,
            link=int(draw() * 4) if draw() < 0.1 else 0, role=int(draw() * 2),
        )  # fmt: skip
        return replace(base, **fields)

    def work(self) -> None:
        """A new order for an algorithm."""
        wanted = self.intent(int(self.random.random() * (len(ALGORITHMS) + 1)))
        algorithm = (wanted.flags >> 16) - 1
        if self.all(lambda stage: stage.park(replace(wanted), 1, self.now_ns)) == Code.OK:
            made = self.stages[0].orders()[-1].client_order_id
            self.parents[made] = Parent(
                algorithm, wanted.instrument, wanted.quantity_lots,
                max(wanted.at_ns, self.now_ns), wanted.expire_ns,
            )  # fmt: skip
            self.clips_of[made] = []

    def amend(self) -> None:
        found = self.open_parents()
        if not found:
            return
        made = self.random.choice(found)
        parent = self.parents[made]
        (row,) = [r for r in self.image().rows if r.order.client_order_id == made]
        wanted = self.intent(
            parent.algorithm, kind=IntentKind.REPLACE, client_order_id=made, side=row.order.side,
            strategy=row.order.strategy, instrument=row.order.instrument, link=0, role=0,
        )  # fmt: skip
        if self.all(lambda stage: stage.park(replace(wanted), 1, self.now_ns)) == Code.OK:
            parent.quantity = wanted.quantity_lots + parent.busted
            parent.end_ns = wanted.expire_ns

    def pause(self) -> None:
        found = self.open_parents()
        made = self.random.choice(found) if found else 5
        paused = self.random.random() < 0.4
        if self.all(lambda stage: stage.pause(made, paused)) == Code.OK:
            self.parents[made].paused = paused
            self.pauses += 1

    def cancel_parent(self) -> None:
        found = self.open_parents()
        if found and self.random.random() < 0.3:
            made = self.random.choice(found)
            self.all(lambda stage: stage.send(self.cancel_of(made), 1, self.now_ns))
            self.collect()

    def cancel_of(self, order: int) -> Any:
        return replace(self.request(IntentKind.CANCEL, order), expire_ns=0, link=0)

    def trade_of_market(self) -> None:
        instrument, lots = int(self.random.random() * 3), 1 + int(self.random.random() * 400)
        self.all(lambda stage: stage.on_trade(instrument, lots, self.now_ns))
        for made in self.open_parents():
            parent = self.parents[made]
            if parent.instrument != instrument or parent.paused or self.now_ns < parent.start_ns:
                continue
            parent.market += lots

    def answer(self) -> None:
        """The venue on an open clip, or late on one that has gone: fills in parts, ends early or
        with lots that it has counted and still owes."""
        draw = self.random.random
        late = draw() < 0.1
        open_orders = self.stages[0].orders()
        found = list(self.clip_parent)[-30:] if late else [
            o.client_order_id for o in open_orders if o.client_order_id in self.clip_parent
        ]  # fmt: skip
        if not found:
            return
        clip = self.random.choice(found)
        leaves = self.stages[0].leaves(clip)
        if late or draw() < 0.6:
            self.trade += 1
            lots = leaves if leaves and draw() < 0.5 else 1 + int(draw() * max(5, leaves))
            fill = Report(
                ReportKind.FILL, client_order_id=clip, trade_id=self.trade, last_ticks=50,
                last_lots=lots,
            )  # fmt: skip
            self.seen.append(fill)
            self.count(fill)
            return
        cumulative = -1
        if draw() < 0.5:
            quantity = next(o.quantity_lots for o in open_orders if o.client_order_id == clip)
            cumulative = quantity - int(draw() * (leaves + 1))
        kind = ReportKind.EXPIRE if draw() < 0.5 else ReportKind.CANCEL_ACK
        self.report(Report(kind, client_order_id=clip, cumulative_lots=cumulative))

    def step(self) -> None:
        """What is due is sent, or refused by some check; a clip is judged by the model first."""
        draw = self.random.random
        instrument, bid = int(draw() * 3), int(draw() * 500)
        now, touch = self.now_ns, (bid, bid + 1 if bid else 0)
        for intent in self.all(lambda stage: stage.due(instrument, now, *touch)):
            parent = self.parents.get(intent.client_order_id)
            submits = intent.kind == IntentKind.SUBMIT
            if parent is not None and submits:
                self.judge(intent.client_order_id, parent, intent, touch)
            code = Code.OK
            if draw() < 0.1:
                code = self.random.choice(
                    (Code.RISK_RATE, Code.RISK_NOTIONAL_MIN, Code.RISK_EQUITY)
                )
            if code == Code.OK:
                code = self.all(lambda stage, i=intent: stage.send_due(replace(i), 1, now))
                self.collect()
                if code == Code.OK and parent is not None and submits:
                    self.clip_parent[self.recent[-1]] = intent.client_order_id
                    self.clips_of[intent.client_order_id].append(self.recent[-1])
                    self.clips += 1
            if code != Code.OK:
                self.all(lambda stage, i=intent, c=code: stage.refuse(replace(i), c))

    # -- what must be true ----------------------------------------------------------------------

    def filled(self, made: int) -> int:
        """Net lots of the clips of a parent, from the fills alone."""
        return sum(self.model.orders[clip].filled for clip in self.clips_of[made])

    def to_come(self, made: int) -> int:
        """Lots that the venue has counted in ended clips of a parent and still owes."""
        return sum(self.owed.get(clip, 0) for clip in self.clips_of[made])

    def report(self, report: Report) -> Any:
        """A clip that ends with lots that the venue has counted owes them until they come."""
        leaves = {clip: self.stages[0].leaves(clip) for clip in self.open_clips()}
        update = super().report(report)
        clip = report.client_order_id
        if report.kind == ReportKind.FILL:
            if update.fill_lots and clip in self.owed:
                self.owed[clip] -= min(self.owed[clip], update.fill_lots)
            return update
        for gone in leaves.keys() - self.open_clips():
            known = self.model.orders[gone].filled + self.taken_back.get(gone, 0)
            counted = report.cumulative_lots - known
            self.owed[gone] = max(0, min(counted, leaves[gone]))
            if report.kind == ReportKind.REJECT:
                self.owed[gone] = 0
        return update

    def open_clips(self) -> set[int]:
        return {o.client_order_id for o in self.stages[0].orders()} & self.clip_parent.keys()

    def judge(self, made: int, parent: Parent, intent: Intent, touch: tuple[int, int]) -> None:
        """A clip that is about to go out: never too early, too much or too dear."""
        done = self.filled(made) + self.to_come(made) + intent.quantity_lots
        quantity, shares = parent.quantity - parent.busted, SHARES[parent.algorithm]
        assert not parent.paused
        assert self.now_ns >= parent.start_ns
        assert intent.quantity_lots > 0
        assert done <= quantity
        k = len(shares) - 1
        if parent.end_ns and self.now_ns < parent.end_ns:
            part = Fraction(self.now_ns - parent.start_ns, parent.end_ns - parent.start_ns)
            k = int(part * len(shares))
        assert done <= quantity * Fraction(shares[k], shares[-1])
        ppm = ALGORITHMS[parent.algorithm].participation_ppm
        if ppm:
            assert done <= Fraction(parent.market * ppm, PPM)
        assert intent.price_ticks > 0
        rests = intent.expire_ns > self.now_ns
        assert rests or intent.price_ticks == touch[1 - intent.side]

    def bust(self) -> None:
        recent = list(self.clip_parent)[-RECENT:]
        before = {clip: self.model.orders[clip].filled for clip in recent}
        super().bust()
        for clip, lots in before.items():
            busted = lots - self.model.orders[clip].filled
            self.parents[self.clip_parent[clip]].busted += busted
            self.taken_back[clip] = self.taken_back.get(clip, 0) + busted

    def look(self) -> None:
        """Sums are exact, one clip is out at a time, what is awaited is what is owed."""
        super().look()
        image = self.image()
        open_clips = [self.clip_parent[clip] for clip in self.open_clips()]
        for row in image.rows:
            made = row.order.client_order_id
            if made not in self.parents or row.order.state != OrderState.PARKED:
                continue
            self.check_sums(made, row.order)
            assert row.work.awaited_lots == self.to_come(made)
            assert open_clips.count(made) == (row.work.partner != 0)
            assert (row.work.wait == Wait.PAUSED) == self.parents[made].paused
            assert row.work.market_lots == self.parents[made].market
        for ended in image.ended:
            if ended.order.client_order_id in self.parents:
                self.check_sums(ended.order.client_order_id, ended.order)

    def check_sums(self, made: int, order: Any) -> None:
        parent = self.parents[made]
        assert order.filled_lots == self.filled(made)
        assert order.quantity_lots == parent.quantity - parent.busted
        if order.state == OrderState.FILLED:
            assert order.filled_lots >= order.quantity_lots

    def checkpoint(self) -> None:
        """What no event draws any more is forgotten, and what it belonged to."""
        whole, short = self.outcomes()
        super().checkpoint()
        old = list(self.clip_parent)[:-KEPT]
        gone = {self.clip_parent[clip] for clip in old} - set(self.open_parents())
        gone -= {self.clip_parent[clip] for clip in list(self.clip_parent)[-KEPT:]}
        for made in gone:
            for clip in self.clips_of.pop(made):
                self.clip_parent.pop(clip)
                self.owed.pop(clip, None)
            del self.parents[made]
        self.whole, self.short = self.whole + whole, self.short + short

    def outcomes(self) -> tuple[int, int]:
        """Parents that ended whole, and short, since the last checkpoint's were counted."""
        ends = [e.order for e in self.image().ended if e.order.client_order_id in self.parents]
        ends = [order for order in ends if order.client_order_id not in self.told]
        self.told |= {order.client_order_id for order in ends}
        whole = sum(order.state == OrderState.FILLED for order in ends)
        return whole, len(ends) - whole
