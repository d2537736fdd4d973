"""Both engines trade on a toy of Coinbase that loses answers, tells totals twice and refuses.

Positions and fees come from totals on the user channel and in answers to queries; at the end they
are the venue's own, whatever was lost on the way.
"""

import random
from typing import Any

import pytest
from venues.coinbase.order_frames import answer, rest_order, user, user_order
from venues.coinbase.wire_frames import config_for, frame, l2, trade, update

from tickpath.core.config import Config, StrategySpec
from tickpath.core.ids import from_text
from tickpath.core.records import OrderState
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.venues.coinbase.listing import cut
from tickpath.venues.coinbase.rest import (
    LIST_TAG,
    STATUS_NONE,
    HttpRequest,
    OrderIds,
    named,
    split_request,
)

NAME = "BTC-USD"
LOT, TICK = 10**8, 100
PAGE = 30


def config() -> Config:
    names = ("imbalance_maker", "every_event")
    return config_for(
        products=((NAME, "0.01", "0.00000001"),),
        strategies=tuple(StrategySpec(name=name, instruments=(0,)) for name in names),
    )


class Toy:
    """Orders by client id: filled lots, value and fees; what it says may get lost."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.orders: dict[str, dict[str, Any]] = {}
        self.ids = OrderIds()
        self.mail: list[bytes] = []
        self.held = self.pages = 0

    def request(self, data: bytes) -> None:
        """One request of the engine. It can name none of our ids but that of a new order."""
        sent, asked = named(data, self.ids), split_request(data)
        if sent is None and asked.method == "GET":
            self.look(asked)
        elif sent is None:
            self.held += 1
        elif sent.tag[0] == "n":
            self.place(sent.tag[1:])
        elif sent.tag[0] == "c":
            self.cancel(sent.order)
        else:
            order = {"order": self.told(sent.order, rest_order)}
            self.mail.append(answer(200, sent.tag, order))

    def look(self, asked: HttpRequest) -> None:
        """The list of orders, newest first, page by page until the order is found."""
        for at in range(0, max(1, len(self.orders)), PAGE):
            names = list(reversed(self.orders))[at : at + PAGE]
            orders = [self.told(own, rest_order) for own in names]
            body = {"orders": orders, "has_next": at + PAGE < len(self.orders), "cursor": f"{at}"}
            page = answer(200, asked.tag, body)
            self.ids.learn(page)
            self.mail += cut(page)
            self.pages += 1
            if self.ids.find(asked.order):
                return

    def place(self, own: str) -> None:
        draw = self.random.random()
        if draw < 0.1:
            self.mail.append(answer(200, f"n{own}", {"success": False, "error_response": {}}))
            return
        if draw < 0.2:
            self.mail.append(answer(STATUS_NONE if draw < 0.15 else 503, f"n{own}"))
            return
        self.orders[own] = {"lots": 0, "value": 0, "fees": 0, "status": "OPEN"}
        if draw < 0.3:
            self.mail.append(answer(504, f"n{own}"))
        elif draw < 0.9:
            body = {"success": True, "success_response": {"order_id": own}}
            self.post(answer(200, f"n{own}", body))
        if draw < 0.6:
            self.fill(own)
        if draw > 0.5:
            self.end(own, "CANCELLED" if self.random.random() < 0.5 else "FILLED")

    def post(self, data: bytes) -> None:
        """What arrives is learned from before the engine has it."""
        self.ids.learn(data)
        self.mail.append(data)

    def cancel(self, own: str) -> None:
        live = self.orders[own]["status"] == "OPEN"
        result = {"success": live, "failure_reason": "UNKNOWN_CANCEL_ORDER", "order_id": own}
        self.mail.append(answer(200, f"c{own}", {"results": [result]}))
        if live:
            self.end(own, "CANCELLED")

    def fill(self, own: str) -> None:
        order = self.orders[own]
        for _ in range(self.random.randrange(1, 4)):
            lots = self.random.randrange(1, 40)
            order["lots"] += lots
            order["value"] += lots * self.random.randrange(9_990, 10_010)
            order["fees"] += self.random.randrange(1000)
            self.say(own)

    def end(self, own: str, status: str) -> None:
        if self.orders[own]["status"] == "OPEN":
            self.orders[own]["status"] = status
            self.say(own)

    def told(self, own: str, make: Any) -> Any:
        order = self.orders[own]
        value = f"{order['value'] // (LOT * TICK)}.{order['value'] % (LOT * TICK):010}"
        return make(
            own, order["status"], f"0.{order['lots']:08}", "1", order_id=own,
            filled_value=value, total_fees=f"0.{order['fees']:08}",
        )  # fmt: skip

    def say(self, own: str) -> None:
        """On the user channel: sometimes not at all, sometimes twice."""
        for _ in range(self.random.choice((0, 1, 1, 1, 2))):
            self.post(user(self.told(own, user_order)))


def drive(engine: Any, steps: int, seed: int) -> tuple[Toy, list[bytes]]:
    rng, toy, sent = random.Random(seed), Toy(seed), []
    t_ns, mid = 10**18, 10_000
    frames = [frame("l2_data", l2("snapshot", NAME, *sides(mid)), sequence=0)]
    for k in range(1, steps):
        before, mid = mid, mid + rng.choice((-1, 0, 1))
        gone = [u | {"new_quantity": "0"} for u in sides(before)]
        changed = l2("update", NAME, *gone, *sides(mid))
        done = {"type": "update", "trades": [trade(k, NAME, f"{mid / 100:.2f}", "0.5")]}
        frames.append(
            frame("market_trades", done, sequence=k) if k % 5 == 0 else
            frame("l2_data", changed, sequence=k)
        )  # fmt: skip
        mid = before if k % 5 == 0 else mid
    for data in frames:
        t_ns += 50_000_000
        engine.on_market_frame(0, data, t_ns)
        settle(engine, toy, sent, t_ns)
    for _ in range(2000):
        due = engine.next_timer()
        if due >= 2**63 - 1 or due > t_ns + 10**11:
            break
        engine.on_timer(due)
        settle(engine, toy, sent, due)
    return toy, sent


def sides(mid: int) -> list[dict[str, str]]:
    return [
        update("bid", f"{(mid - 1) / 100:.2f}", "2.5"),
        update("offer", f"{(mid + 1) / 100:.2f}", "1.5"),
    ]


def settle(engine: Any, toy: Toy, sent: list[bytes], t_ns: int) -> None:
    """Requests to the toy and its words back, until both are silent."""
    venue = config().instruments[0].venue
    pending = [data for _, _, data in engine.take_out()]
    for _ in range(64):
        for data in pending:
            sent.append(data)
            toy.request(data)
        mail, toy.mail, pending = toy.mail, [], []
        if not mail:
            return
        for data in mail:
            engine.on_order_frame(venue, data, t_ns)
            pending += [request for _, _, request in engine.take_out()]


@pytest.mark.parametrize(("seed", "pages"), [(2, 5), (3, 0), (7, 5)])
def test_positions_are_the_venues_whatever_is_lost(seed: int, pages: int) -> None:
    engines: list[Any] = [NativeEngine(config()), ReferenceEngine(config())]
    runs = [drive(engine, 250, seed) for engine in engines]
    for engine, (toy, _) in zip(engines, runs, strict=True):
        reconcile(engine, toy)
    assert runs[0][1] == runs[1][1]
    assert engines[0].export_state() == engines[1].export_state()
    toy, sent = runs[0]
    kinds = {data.partition(b"\n")[0].rpartition(b" ")[2][:1] for data in sent}
    assert kinds == {b"n", b"c", b"q"}
    assert toy.pages >= pages
    bought = {name: b'"side":"BUY"' in data for data in sent if (name := placed_name(data))}
    lots = sum(o["lots"] * (1 if bought[name] else -1) for name, o in toy.orders.items())
    execute = engines[1].stages.execute
    assert execute.positions[0].position_lots == lots
    assert execute.positions[0].fee_units == sum(o["fees"] for o in toy.orders.values())
    lost = bought.keys() - toy.orders.keys()
    assert len(lost) >= pages
    for order in execute.orders():
        assert order.state == OrderState.LIVE
        assert toy.orders[f"{order.client_order_id:016x}"]["status"] == "OPEN"
    assert not {from_text(name) for name, o in toy.orders.items() if o["status"] == "OPEN"} - {
        order.client_order_id for order in execute.orders()
    }


def reconcile(engine: Any, toy: Toy) -> None:
    """All orders once more, as a session lists them after a reconnect."""
    told = [toy.told(own, rest_order) for own in toy.orders]
    for k in range(0, len(told), 40):
        listed = answer(200, LIST_TAG, {"orders": told[k : k + 40]})
        engine.on_order_frame(config().instruments[0].venue, listed, 2 * 10**18)


def placed_name(data: bytes) -> str:
    """The client order id of a new order's request, "" of others."""
    head = data.partition(b"\n")[0].decode()
    return head[-16:] if head[-17] == "n" else ""


def test_totals_are_part_of_the_state() -> None:
    engines = [NativeEngine(config()), ReferenceEngine(config())]
    for engine in engines:
        drive(engine, 60, 5)
    codec = engines[0].stages.codecs[0]
    told = user(user_order("0001000100000007", "OPEN", "0.00000005", "100.00"))
    before = engines[0].export_state()
    codec.decode(told)
    assert engines[0].export_state() != before
    engines[1].import_state(engines[0].export_state())
    assert engines[1].export_state() == engines[0].export_state()
