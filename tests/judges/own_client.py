"""Our client against a simulator in another process: the codec's requests through an order session.

What the session sends when it starts is told apart by STARTS, orders by the mark of each.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

from judges.stand import Stand

from tickpath.core.config_load import load_config
from tickpath.core.ids import client_order_id
from tickpath.core.records import IntentKind, OrderType, ReportKind, Request, Side, TimeInForce
from tickpath.ops.live.config import LiveVenue, load_live
from tickpath.ops.live.parts import dialect_of, rest_of
from tickpath.ops.live.session import connector, endpoint_of
from tickpath.venues.budget import Budget
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.keys import Keys
from tickpath.venues.order_driver import OrderDriver
from tickpath.venues.order_session import OrderSession
from tickpath.venues.order_steps import Standing, Verdict
from tickpath.venues.transport.base import wall_ns

LIMIT_S = 40
POLL_S = 0.002
RUN = """
[[sources]]
venue = "{name}"
symbols = ["{symbol}"]
[live]
state = "state"
[[live.venues]]
name = "{name}"
rest = "{rest}"
keys = "judge"
cancel_after_s = 0
{lines}
"""
TAG = re.compile(rb'"id":"[^"]+"|"req_id":\d+|[a-z][0-9a-f]{16}\n')
"""What a request has that only the answer to it repeats."""

REFUSALS = (ReportKind.REJECT, ReportKind.CANCEL_REJECT, ReportKind.UNKNOWN)

ORDERS: dict[str, tuple[OrderType, TimeInForce, int]] = {
    "limit": (OrderType.LIMIT, TimeInForce.GTC, 59_000),
    "post-only": (OrderType.POST_ONLY, TimeInForce.GTC, 59_000),
    "ioc": (OrderType.LIMIT, TimeInForce.IOC, 61_000),
    "market": (OrderType.MARKET, TimeInForce.IOC, 0),
}
"""Type, time in force and price of what is bought; the quantity is a hundredth."""


class Desk:
    """Takes every frame and accepts what reconciliation finds."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.told: list[str] = []
        self.changed = asyncio.Event()

    def on_order_frame(self, venue: int, data: bytes, t_ns: int) -> None:
        self.frames.append(data)
        self.changed.set()

    def on_venue(self, venue: int, up: bool, why: str) -> None:
        self.changed.set()

    def on_found(self, venue: int, standing: Standing, last: bool) -> Verdict:
        return Verdict.GO

    async def until(self, right: Callable[[], bool]) -> None:
        """Until something holds, looked at after each input."""
        try:
            async with asyncio.timeout(LIMIT_S):
                while not right():
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            raise AssertionError(f"never: {self.told}") from None


class OwnClient:
    """One account of one venue of the stand."""

    def __init__(self, stand: Stand, folder: Path, name: str, symbol: str, keys: Keys) -> None:
        self.stand, self.keys = stand, keys
        self.config, self.entry = configure(stand, folder, name, symbol)
        module = import_module(f"tickpath.venues.{name.partition('-')[0]}.native_orders")
        self.venue = self.config.venues.index(name)
        self.codec = module.OrderCodec(self.config, self.venue)
        self.desk = Desk()
        self.count = 0

    async def act(self, requests: Callable[[], list[dict[str, Any]]]) -> dict[str, Any]:
        """Start, then each action once. Returns what `requests` told at the end of each, "start"
        first."""
        desk, dialect = self.desk, dialect_of(self.config, self.entry, self.keys)
        async with rest_of(self.entry) as rest:
            lines = {line: Endpoints(list(self.entry.urls[line])) for line in dialect.lines}
            session = OrderSession(dialect, lines, Budget(dialect.windows), list, Random(1))
            self.driver = OrderDriver(
                session, desk, venue=self.venue, connect=connector(self.entry), rest=rest,
                endpoint=partial(endpoint_of, self.entry), alert=desk.told.append)  # fmt: skip
            self.driver.start()
            try:
                await desk.until(lambda: session.ready)
                await idle(session)
                found = {"start": requests()}
                for action, request in self.requests():
                    await self.ask(request)
                    found[action] = requests()
            finally:
                await self.driver.close()
        assert not desk.told
        reports = [report for frame in desk.frames for report in self.codec.decode(frame)[1]]
        assert not [report for report in reports if report.kind in REFUSALS]
        return found

    def requests(self) -> list[tuple[str, Request]]:
        """By action, in this order."""
        placed = {name: self.order(*terms) for name, terms in ORDERS.items()}
        first = placed.pop("limit")
        query, cancel = (replace(first, kind=k) for k in (IntentKind.QUERY, IntentKind.CANCEL))
        return [("limit", first), ("query", query), ("cancel", cancel), *placed.items()]

    def order(self, kind: OrderType, force: TimeInForce, price: int) -> Request:
        self.count += 1
        about = self.config.instruments[0]
        own = client_order_id(self.config.engine_id, self.config.epoch, self.count)
        return Request(
            kind=IntentKind.SUBMIT, venue=self.venue, instrument=0, strategy=0, side=Side.BUY,
            type=kind, time_in_force=force, flags=0, tag=0, client_order_id=own,
            price_ticks=int(price / about.tick_size),
            quantity_lots=int(1 / about.lot_size) // 100)  # fmt: skip

    async def ask(self, request: Request) -> None:
        """Send, and wait for the answer to it."""
        data = self.codec.encode(request, wall_ns())
        tag = TAG.search(data)
        assert tag is not None
        self.driver.request(data)
        await self.desk.until(lambda: any(tag[0] in frame for frame in self.desk.frames))


async def idle(session: OrderSession) -> None:
    """Until what the session asks for by itself is answered: its beats begin when it is ready."""
    async with asyncio.timeout(LIMIT_S):
        while session._jobs:
            await asyncio.sleep(POLL_S)


def configure(stand: Stand, folder: Path, name: str, symbol: str) -> tuple[Any, LiveVenue]:
    """Configuration and endpoints of one venue."""
    (urls,) = stand.urls["venues"].values()
    orders = urls.get("api", urls.get("user"))
    lines = {"market": urls["market"], "orders": orders, "events": urls.get("user")}
    text = [f'{line} = ["{url}"]' for line, url in lines.items() if url]
    if stand.urls["certificate"]:
        text.append(f'authorities = "{stand.urls["certificate"]}"')
    path = folder / "run.toml"
    path.write_text(RUN.format(name=name, symbol=symbol, rest=urls["rest"], lines="\n".join(text)))
    config = load_config(path)
    return config, load_live(path, config).venues[0]
