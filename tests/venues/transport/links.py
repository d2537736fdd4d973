"""Shared by the tests of links: the backends, a listener that remembers, a loop to run in."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from venues.live import live

from tickpath.venues.transport.base import CloseReason, Endpoint, Link

BACKENDS = ("picows_client", "aiohttp_client", "polling")
SECONDS_MAX = 20.0


def run(work: Awaitable[None]) -> None:
    """Run one test's coroutine on uvloop, bounded."""
    uvloop = live("uvloop")

    async def bounded() -> None:
        async with asyncio.timeout(SECONDS_MAX):
            await work

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(bounded())


def backend(name: str) -> Any:
    """The module of a backend, or a skip with its reason."""
    try:
        module = import_module(f"tickpath.venues.transport.{name}")
    except ImportError as error:
        pytest.skip(f"{name}: {error}")
    answer = module.probe()
    if not answer.ok:
        pytest.skip(f"{name}: {answer.reason}")
    return Polled(module) if name == "polling" else module


class Polled:
    """The polling backend with a thread of its own; it gives its core away to the tests."""

    def __init__(self, module: Any) -> None:
        self.poller = module.Poller(yields=True)
        self.poller.start()
        self.connect = self.poller.connect


class Recorder:
    """A listener that remembers everything, and does what a test gives it to do."""

    def __init__(
        self,
        on_frame: Callable[[Link, bytes], None] | None = None,
        on_open: Callable[[Link], None] | None = None,
    ) -> None:
        self.frames: list[bytes] = []
        self.stamps: list[int] = []
        self.events: list[str] = []
        self.reason: CloseReason | None = None
        self.ended = asyncio.Event()
        self.arrived = asyncio.Condition()
        self._on_frame, self._on_open = on_frame, on_open

    def on_open(self, link: Link) -> None:
        self.events.append("open")
        if self._on_open:
            self._on_open(link)

    def on_frame(self, link: Link, data: bytes, t_ns: int) -> None:
        self.events.append("frame")
        self.frames.append(data)
        self.stamps.append(t_ns)
        if self._on_frame:
            self._on_frame(link, data)

    def on_close(self, link: Link, reason: CloseReason) -> None:
        assert not link.open
        self.events.append("close")
        self.reason = reason
        self.ended.set()

    async def end(self) -> CloseReason:
        await self.ended.wait()
        assert self.reason is not None
        assert self.events.count("close") == 1
        assert self.events[0] == "open"
        return self.reason


def at(url: str, **changes: Any) -> Endpoint:
    """An endpoint whose waits are short."""
    base = Endpoint(
        url=url, connect_timeout_s=5, ping_idle_s=5, pong_timeout_s=5, close_timeout_s=0.3
    )
    return replace(base, **changes)
