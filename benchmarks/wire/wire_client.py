"""A client under test: answers every tick with an order. Started by bench_wire.py.

    wire_client.py KIND PORT YIELD

picows: the library alone on uvloop, its callback echoes a ready order. callback: our default
client, the order sent by a Python listener. hook: the same with a native hook. fallback: aiohttp.
polling: the polling thread with a native hook. At the end it prints its own CPU time from the first
order on, ns: what a shared core cannot spoil.
"""

import asyncio
import gc
import sys
import time

from tickpath.venues.transport.base import CloseReason, Endpoint, Link

ORDER = b'{"id":"1","method":"order.place","params":{"symbol":"BTCUSDT"'.ljust(148, b" ") + b"}}"
KINDS = ("picows", "callback", "hook", "fallback", "polling")


class Answer:
    """Our listener: the order leaves in the callback."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.start_ns = 0

    def on_open(self, link: Link) -> None:
        self.start_ns = time.process_time_ns()
        link.send(ORDER)

    def on_frame(self, link: Link, data: bytes, t_ns: int) -> None:
        link.send(ORDER)

    def on_close(self, link: Link, reason: CloseReason) -> None:
        self.ended.set()


async def library_alone(url: str) -> int:
    """picows on uvloop doing nothing else. Returns when it began, in CPU time."""
    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

    class Echo(WSListener):
        def on_ws_connected(self, transport: WSTransport) -> None:
            transport.send(WSMsgType.TEXT, ORDER)

        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            transport.send(WSMsgType.TEXT, ORDER)

    start_ns = time.process_time_ns()
    transport, _ = await ws_connect(Echo, url)
    await transport.wait_disconnected()
    return start_ns


async def ours(kind: str, url: str, yields: bool) -> int:
    from tickpath.venues.transport import aiohttp_client, picows_client
    from tickpath.venues.transport.hooks import ReplyHook

    endpoint, answer, hook = Endpoint(url=url), Answer(), ReplyHook(ORDER)
    if kind == "polling":
        from tickpath.venues.transport.polling import Poller

        poller = Poller(yields=yields)
        poller.start()
        await poller.connect(endpoint, answer, hook.capsule())
    elif kind == "fallback":
        await aiohttp_client.connect(endpoint, answer)
    else:
        await picows_client.connect(endpoint, answer, hook.capsule() if kind == "hook" else None)
    await answer.ended.wait()
    return answer.start_ns


def main() -> int:
    import uvloop

    kind, port, yields = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "1"
    url = f"ws://127.0.0.1:{port}/"
    gc.collect()
    gc.freeze()
    gc.disable()
    start_ns = uvloop.run(library_alone(url) if kind == "picows" else ours(kind, url, yields))
    print(time.process_time_ns() - start_ns)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
