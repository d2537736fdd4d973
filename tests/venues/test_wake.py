"""The one timer of a driver."""

import asyncio
import time

from tickpath.venues.wake import Wake

HOUR_NS = 3600 * 10**9


def test_the_earlier_time_counts_and_a_call_comes_once() -> None:
    async def scene() -> None:
        wake, called = Wake(), asyncio.Queue[str]()
        now_ns = time.monotonic_ns()
        wake.schedule(now_ns + HOUR_NS, lambda: called.put_nowait("late"))
        wake.schedule(now_ns - HOUR_NS, lambda: called.put_nowait("at once"))
        wake.schedule(now_ns + HOUR_NS, lambda: called.put_nowait("later"))
        assert await called.get() == "at once"
        wake.schedule(now_ns, lambda: called.put_nowait("again"))
        assert await called.get() == "again"
        assert called.empty()

    asyncio.run(scene())


def test_none_and_cancel_leave_no_timer() -> None:
    async def scene() -> None:
        wake, called = Wake(), asyncio.Queue[str]()
        for stop in (wake.cancel, lambda: wake.schedule(None, lambda: None)):
            wake.schedule(0, lambda: called.put_nowait("never"))
            stop()
            stop()
        wake.schedule(1, lambda: called.put_nowait("last"))
        assert await called.get() == "last"
        assert called.empty()

    asyncio.run(scene())
