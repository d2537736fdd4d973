"""The host between engine and venues: order of inputs, requests, policies; no sockets."""

import asyncio
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from order_frames import frame
from support import btcusdt, btcusdt_linear, config_of

from tickpath.core.codes import Code
from tickpath.core.config import StrategySpec
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.ops.live.host import NEVER, Host, Policies, Policy
from tickpath.venues.binance.session import BinanceMarketDialect
from tickpath.venues.order_steps import Call, Standing, Stray, Verdict
from tickpath.venues.transport.base import wall_ns

ENGINES = [Engine, ReferenceEngine]
CANCEL = Call(method="DELETE", path="/order", target="/order")
D = Decimal


class Desk:
    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.calls: list[Call] = []

    def request(self, data: bytes) -> None:
        self.requests.append(data)

    def spawn_call(self, call: Call) -> None:
        self.calls.append(call)


def host_of(engine: Any = Engine, **more: Any) -> tuple[Host, list[str]]:
    config = config_of(
        btcusdt(), btcusdt_linear(),
        strategies=(StrategySpec(name="every_event", instruments=(0,)),),
    )  # fmt: skip
    told: list[str] = []
    host = Host(engine(config), alert=told.append, **more)
    return host, told


SNAPSHOT = {
    "lastUpdateId": 10, "bids": [["60000.00", "5.00000"]], "asks": [["60000.01", "5.00000"]]
}  # fmt: skip


def snapshot() -> bytes:
    dialect = BinanceMarketDialect("binance-spot")
    return dialect.snapshot_frame("BTCUSDT", frame(SNAPSHOT))


def depth(first: int) -> bytes:
    return frame(
        {"e": "depthUpdate", "E": 1, "s": "BTCUSDT", "U": first, "u": first,
         "b": [["60000.00", f"{5 + first % 3}.00000"]], "a": []}
    )  # fmt: skip


def in_loop(work: Callable[[], None]) -> None:
    async def whole() -> None:
        work()

    asyncio.run(whole())


@pytest.mark.parametrize("engine", ENGINES)
def test_requests_go_to_their_venue_and_those_without_one_are_counted(engine: Any) -> None:
    def work() -> None:
        host, _ = host_of(engine)
        desk, other = Desk(), Desk()
        host.desks.update({0: desk, 1: other})
        t_ns = wall_ns()
        host.on_market_frame(0, depth(10), t_ns)
        host.on_market_frame(0, snapshot(), t_ns)
        for k in range(11, 30):
            host.on_market_frame(0, depth(k), t_ns + k)
        assert desk.requests, "every event is an order"
        assert other.requests == []
        assert len(set(desk.requests)) == len(desk.requests) == host.counters.requests
        assert host.counters.undelivered == 0
        del host.desks[0]
        before = host.counters.requests
        for k in range(30, 60):
            host.on_market_frame(0, depth(k), t_ns + 10**9 * k)
        assert host.counters.undelivered == host.counters.requests - before
        assert host.counters.frames == 51
        host.close()

    in_loop(work)


def test_what_may_wait_is_done_when_the_requests_are_with_their_desk() -> None:
    class Watched(Engine):
        def catch_up(self) -> None:
            sent.append((len(desk.requests), len(self.take_out())))

    desk, sent = Desk(), list[tuple[int, int]]()

    def work() -> None:
        host, _ = host_of(Watched)
        host.desks[0] = desk
        t_ns = wall_ns()
        for k, data in enumerate([depth(10), snapshot(), depth(11), depth(12), depth(13)]):
            before = len(desk.requests)
            host.on_market_frame(0, data, t_ns + k)
            total, last = sent[k]
            assert total == before + last == len(desk.requests)
        host.close()

    in_loop(work)
    assert len(sent) == 5
    assert desk.requests


class Timed:
    """An engine that writes down what it is given; its timer is due at `due_ns`."""

    def __init__(self, engine: Any, due_ns: int) -> None:
        self.engine, self.due_ns = engine, due_ns
        self.inputs: list[tuple[str, int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def next_timer(self) -> int:
        return self.due_ns

    def on_timer(self, t_ns: int) -> int:
        self.inputs.append(("timer", t_ns))
        self.due_ns = NEVER
        return int(self.engine.on_timer(t_ns))

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        self.inputs.append(("market", t_ns))
        return int(self.engine.on_market_frame(source, data, t_ns))

    def on_order_frame(self, venue: int, data: bytes, t_ns: int) -> int:
        self.inputs.append(("order", t_ns))
        return int(self.engine.on_order_frame(venue, data, t_ns))

    def on_command(self, *words: Any) -> int:
        self.inputs.append(("command", words[2]))
        return int(self.engine.on_command(*words))


@pytest.mark.parametrize("what", ["market", "order", "command"])
@pytest.mark.parametrize("late_ns", [0, 1, -(10**12)])
def test_a_timer_that_is_due_comes_before_any_later_input(what: str, late_ns: int) -> None:
    def work() -> None:
        host, _ = host_of()
        t_ns = wall_ns()
        timed = host.engine = Timed(host.engine, t_ns - late_ns)
        if what == "market":
            host.on_market_frame(0, depth(3), t_ns)
        elif what == "order":
            host.on_order_frame(0, b"{}", t_ns)
        else:
            host.command(Command.PAUSE_STRATEGY, 0)
        kinds = [kind for kind, _ in timed.inputs]
        assert kinds == ([what] if late_ns < 0 else ["timer", what])
        stamps = [stamp for _, stamp in timed.inputs]
        assert stamps == sorted(stamps)
        assert host.counters.timers == (late_ns >= 0)
        host.close()

    in_loop(work)


def test_a_timer_comes_by_itself_and_close_leaves_none() -> None:
    async def work() -> None:
        host, _ = host_of()
        t_ns = wall_ns()
        timed = host.engine = Timed(host.engine, t_ns + 10**6)
        host.on_market_frame(0, depth(3), t_ns)
        while not host.counters.timers:
            await asyncio.sleep(0)
        assert [kind for kind, _ in timed.inputs] == ["market", "timer"]
        timed.due_ns = wall_ns() + 10**15
        host.on_market_frame(0, depth(4), wall_ns())
        assert host._timer is not None
        host.close()
        assert host._timer is None

    asyncio.run(work())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_frame_that_cannot_be_read_is_told_of_by_its_code(engine: Any) -> None:
    def work() -> None:
        host, told = host_of(engine)
        host.on_order_frame(0, b'{"e":"executionReport","SECRET":', wall_ns())
        assert len(told) == 1
        found = re.fullmatch(r"binance-spot: frames of orders with (\w+): 1", told[0])
        assert found is not None
        assert found[1] in Code.__members__
        assert "SECRET" not in told[0]
        assert host.counters.reports == 1
        host.close()

    in_loop(work)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_venue_that_is_down_gets_no_orders_and_a_kill_is_repeated(engine: Any) -> None:
    def work() -> None:
        host, told = host_of(engine)
        host.desks[0] = desk = Desk()
        host.on_venue(0, False, "cut")
        t_ns = wall_ns()
        host.on_market_frame(0, depth(10), t_ns)
        host.on_market_frame(0, snapshot(), t_ns)
        for k in range(11, 30):
            host.on_market_frame(0, depth(k), t_ns + k)
        assert desk.requests == []
        host.on_venue(0, True, "")
        host.on_market_frame(0, depth(30), t_ns + 30)
        assert desk.requests
        assert told == ["binance-spot: closed for orders: cut", "binance-spot: open for orders"]
        assert [order.client_order_id for order in host.known(0)]
        assert host.known(1) == []
        host.command(Command.KILL, 0)
        host.on_venue(0, True, "")
        assert host.engine.stages.risk.killed
        host.close()

    in_loop(work)


# -- what reconciliation found --------------------------------------------------------------------


def stray(ours: bool) -> Stray:
    return Stray(symbol="BTCUSDT", name="0001000100000001", ours=ours, cancel=CANCEL)


@pytest.mark.parametrize(
    ("policy", "verdict", "calls"),
    [(Policy.CANCEL, Verdict.GO, [CANCEL]), (Policy.REPORT, Verdict.GO, []),
     (Policy.HALT, Verdict.STOP, [])],
)  # fmt: skip
def test_unknown_orders_of_ours(policy: Policy, verdict: Verdict, calls: list[Call]) -> None:
    host, told = host_of(policies=Policies(orders=policy))
    host.desks[0] = desk = Desk()
    found = Standing(strays=[stray(True), stray(False)])
    assert host.on_found(0, found, False) is verdict
    assert desk.calls == calls
    assert host.counters.differences == 1, "orders of others are theirs"
    assert len(told) == 2
    assert "is not this engine's: left" in told[1]


@pytest.mark.parametrize(
    ("policy", "verdict"), [(Policy.HALT, Verdict.STOP), (Policy.REPORT, Verdict.GO)]
)
def test_positions_that_differ(policy: Policy, verdict: Verdict) -> None:
    host, told = host_of(policies=Policies(positions=policy))
    found = Standing(positions={"BTCUSDT": D("0.5")})
    assert host.on_found(1, found, False) is Verdict.AGAIN
    assert told == []
    assert host.on_found(1, found, True) is verdict
    assert told == ["binance-usdm: position of BTCUSDT: the venue has 0.5, the engine 0"]
    assert host.on_found(1, Standing(positions={}), False) is Verdict.GO


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [(Policy.HALT, Verdict.STOP), (Policy.REPORT, Verdict.GO), (Policy.ADOPT, Verdict.GO)],
)
def test_balances_that_differ(policy: Policy, verdict: Verdict) -> None:
    def work() -> None:
        kept: list[Any] = []
        host, told = host_of(
            policies=Policies(balances=policy), keep_baseline=lambda all_: kept.append(dict(all_))
        )
        first = Standing(balances={"USDT": D(1000), "BTC": D(2), "XYZ": D(1)})
        assert host.on_found(0, first, False) is Verdict.GO
        assert told == []
        assert kept[-1]["binance-spot"]["USDT"] == 1000
        later = Standing(balances={"USDT": D("1250.5"), "BTC": D(2), "XYZ": D(9)})
        assert host.on_found(0, later, False) is Verdict.AGAIN
        before = host.engine.stages.execute.ledger(1)
        assert host.on_found(0, later, True) is verdict
        assert told == ["binance-spot: balance of USDT: the venue has 1250.5, the engine 1000"]
        moved = host.engine.stages.execute.ledger(1) != before
        assert moved == (policy is Policy.ADOPT)
        again = host.on_found(0, later, True)
        assert again is verdict
        assert len(told) == (1 if policy is Policy.ADOPT else 2), "what is adopted is known"
        host.close()

    in_loop(work)
