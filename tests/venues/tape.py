"""A venue on loopback that plays a tape: recorded frames, in order, over the venue's own protocol.

    Tape(manners, track)    track: frames, and where the tape stops (`Book`, `Cut`)

A line that has subscribed gets its replies, then the frames as fast as it reads. At a `Book` the
tape stops until everything before it was taken, a session has asked for that book and has taken it
too: by REST, or by a subscription made anew. So what an engine is given is the same in every run;
whoever takes frames says so by `look`. What the tape said is in `played`, in order.
Worst case: a session that never asks; whoever plays bounds the wait.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, Self

from venues.live import live

web = live("aiohttp.web")


@dataclass(frozen=True)
class Book:
    """A stop: the book of a symbol, as a REST answer (`body`) or as the last frame of a reply."""

    symbol: str
    body: bytes


@dataclass(frozen=True)
class Cut:
    """The connection ends without a word; the next line gets the rest."""


Item = bytes | Book | Cut


class Manners(Protocol):
    """What of a tape is a venue's own."""

    requests: int
    """Of a session that begins: frames follow the replies to the last of them."""
    path: str
    """Where books are asked for, "" where a subscription brings them."""

    def replies(self, message: dict[str, Any]) -> list[bytes]:
        """To a request. Fails for one that the venue would refuse."""

    def books(self, message: dict[str, Any]) -> list[str]:
        """Symbols whose books a request brings."""

    def taken(self, book: Book) -> bytes:
        """A book as the frame that an engine is given."""


class Tape:
    """See the module. `async with`; `url` and `rest` are where it listens."""

    def __init__(self, manners: Manners, track: Iterable[Item]) -> None:
        self._manners = manners
        self.played: list[bytes] = []
        self.asked: list[str] = []
        self._track: Iterator[Item] = iter(track)
        self._late: list[bytes] = []
        self._asks: dict[str, asyncio.Future[bytes]] = {}
        self._taken = self._goal = 0
        self._woken = asyncio.Event()
        self._players: list[asyncio.Task[None]] = []
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0]
        self.url, self.rest = f"ws://{host}:{port}", f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for player in self._players:
            player.cancel()
        await asyncio.gather(*self._players, return_exceptions=True)
        await self._runner.cleanup()

    def look(self, taken: int) -> None:
        """So many frames were taken by now."""
        self._taken = taken
        if taken == self._goal:
            self._woken.set()

    # -- requests ----------------------------------------------------------------------------------

    async def _answer(self, request: Any) -> Any:
        if request.headers.get("upgrade", "").lower() == "websocket":
            return await self._converse(request)
        symbol = request.query.get("symbol", "")
        if not self._manners.path or request.path != self._manners.path:
            return web.Response(status=404)
        return web.Response(body=await self._ask(symbol), content_type="application/json")

    def _ask(self, symbol: str) -> "asyncio.Future[bytes]":
        self.asked.append(symbol)
        self._asks[symbol] = asyncio.get_running_loop().create_future()
        self._woken.set()
        return self._asks[symbol]

    async def _converse(self, request: Any) -> Any:
        """One line. Replies to later requests wait for the next stop, so that they stand at one
        place among the frames."""
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        left = self._manners.requests
        async for entry in socket:
            message = json.loads(entry.data)
            try:
                replies = self._manners.replies(message)
            except Exception as error:
                self._fail(error)
                break
            left -= 1
            if left < 0:
                self._late += replies
                for symbol in self._manners.books(message):
                    self._ask(symbol)
                continue
            for reply in replies:
                await self._say(socket, reply)
            if left == 0:
                player = asyncio.create_task(self._play(socket, request.transport))
                self._players.append(player)
        return socket

    def _fail(self, error: BaseException) -> None:
        """A fault of the tape, or a request that is wrong, is the test's."""
        if not self.ended.done():
            self.ended.set_exception(error)

    # -- frames ------------------------------------------------------------------------------------

    async def _play(self, socket: Any, transport: Any) -> None:
        """To the end of the track, or to a cut."""
        try:
            for item in self._track:
                if isinstance(item, bytes):
                    await self._say(socket, item)
                    continue
                await self._all_taken()
                if isinstance(item, Cut):
                    transport.abort()
                    return
                await self._bring(socket, item)
            await self._all_taken()
            self.ended.set_result(None)
        except Exception as error:
            self._fail(error)

    async def _say(self, socket: Any, frame: bytes) -> None:
        self.played.append(frame)
        await socket.send_str(frame.decode())

    async def _bring(self, socket: Any, book: Book) -> None:
        """Wait until the book is asked for, and until it is taken."""
        while book.symbol not in self._asks:
            self._woken.clear()
            await self._woken.wait()
        for reply in self._late:
            await self._say(socket, reply)
        self._late.clear()
        answer = self._asks.pop(book.symbol)
        frame = self._manners.taken(book)
        if self._manners.path:
            self.played.append(frame)
        else:
            await self._say(socket, frame)
        answer.set_result(book.body)
        await self._all_taken()

    async def _all_taken(self) -> None:
        """Until what was played was taken, to the last frame."""
        self._goal = len(self.played)
        while self._taken < self._goal:
            self._woken.clear()
            await self._woken.wait()


# -- manners ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Binance:
    """Raw streams by SUBSCRIBE, books by REST."""

    symbols: tuple[str, ...]
    path: str
    requests: int = 1

    def replies(self, message: dict[str, Any]) -> list[bytes]:
        named = {name.partition("@")[0].upper() for name in message["params"]}
        assert (message["method"], named) == ("SUBSCRIBE", set(self.symbols))
        return [json_text({"result": None, "id": message["id"]})]

    def books(self, message: dict[str, Any]) -> list[str]:
        return []

    def taken(self, book: Book) -> bytes:
        """The answer does not name its instrument: wrapped as a combined stream it does."""
        return b'{"stream":"%s@depth","data":%s}' % (book.symbol.lower().encode(), book.body)


@dataclass(frozen=True)
class Kraken:
    """WebSocket v2: one reply a symbol, book, ticker and trade."""

    symbols: tuple[str, ...]
    requests: int = 3
    path: str = ""

    def replies(self, message: dict[str, Any]) -> list[bytes]:
        method, params = message["method"], message["params"]
        assert method in ("subscribe", "unsubscribe")
        assert params["channel"] in ("book", "ticker", "trade")
        assert set(params["symbol"]) <= set(self.symbols)
        head = {"method": method, "req_id": message["req_id"], "success": True}
        return [json_text(head | {"result": params | {"symbol": s}}) for s in params["symbol"]]

    def books(self, message: dict[str, Any]) -> list[str]:
        wanted = message["method"] == "subscribe" and message["params"]["channel"] == "book"
        return list(message["params"]["symbol"]) if wanted else []

    def taken(self, book: Book) -> bytes:
        return book.body


@dataclass(frozen=True)
class Exchange:
    """Coinbase Exchange: a request is answered by the subscriptions that it made."""

    symbols: tuple[str, ...]
    requests: int = 2
    path: str = ""

    def replies(self, message: dict[str, Any]) -> list[bytes]:
        products = message["product_ids"]
        assert (message["type"], set(products)) == ("subscribe", set(self.symbols))
        channels = [{"name": name, "product_ids": products} for name in message["channels"]]
        return [json_text({"type": "subscriptions", "channels": channels})]

    def books(self, message: dict[str, Any]) -> list[str]:
        """None: a book comes with a new line only."""
        return []

    def taken(self, book: Book) -> bytes:
        return book.body


def json_text(value: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()
