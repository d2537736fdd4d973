"""What of an order session is Coinbase Advanced Trade's: orders by REST, events by the user line.

There is no order entry over WebSocket: every request of the engine is a script around one HTTP
request. Orders are told on the user line, whose messages are counted. Every REST request and every
subscription carries a token of its own; that of a request that changes something dies early, so
that after `in_flight_ns` it can no longer arrive. The venue cancels nothing when a client is gone,
and has no countdown: `cancel_after_s` has no effect here, a watchdog has to do it.
Sources and numbers: spec.toml.
"""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from urllib.parse import quote

from tickpath.core import ids
from tickpath.core.config import Config, Instrument
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.venues.clock_offset import ClockOffset
from tickpath.venues.coinbase.account import reconcile
from tickpath.venues.coinbase.lookup import OPEN, every, search
from tickpath.venues.coinbase.products import FIX, compare, misfits
from tickpath.venues.coinbase.replies import (
    NO_SUCH_ORDER,
    UNSENT,
    Row,
    absent_frame,
    body_of,
    order_frame,
    permissions,
    rows_of,
)
from tickpath.venues.coinbase.rest import (
    STATUS_NONE,
    HttpRequest,
    OrderIds,
    answer,
    named,
    split_request,
)
from tickpath.venues.coinbase.sign import LIFE_S, TokenSigner
from tickpath.venues.coinbase.user_stream import UserStream
from tickpath.venues.keys import Keys
from tickpath.venues.order_dialects import OrderOptions
from tickpath.venues.order_steps import (
    Beat,
    Call,
    Dial,
    Finding,
    Heard,
    Known,
    Reply,
    Say,
    Script,
    ScriptError,
    Step,
    Stray,
    Wait,
)
from tickpath.venues.spec import market_spec

NS_PER_S, NS_PER_MS, NS_PER_DAY = 10**9, 10**6, 86_400 * 10**9
CHANNELS = ("heartbeats", "user")
QUIET_BEATS = 10
"""A line on which so many heartbeats did not come is dead."""

LIFE_S_MIN = 2
"""Tokens count whole seconds: one of a second might be dead when it leaves."""

SETTLE_NS = 2 * NS_PER_S
"""Until an order that was taken at the last moment stands in the list of orders."""

POLL_NS = 20 * NS_PER_MS
POLLS_MAX = 1000
"""How often a cancel looks whether the order before it was answered: longer than any answer."""

SKEW_MS_MAX = 500
JSON = {"Content-Type": "application/json"}


class CoinbaseOrderDialect:
    """One account; see `order_steps.OrderDialect`."""

    lines = ("events",)
    lifetime_ns = 7 * NS_PER_DAY
    """The venue names no longest life of a connection; now and then one begins anew."""

    def __init__(
        self, config: Config, venue: int, keys: Keys, wall_ns: Callable[[], int], host: str, *,
        recv_window_ms: int = 5000,
    ) -> None:  # fmt: skip
        """`host`: of the REST endpoint, it is signed. `recv_window_ms`: how long a request that
        changes something may take to arrive. Raises ConfigError for a venue that takes no orders,
        KeysError for an unfit key."""
        self.spec = market_spec(config.venues[venue])
        if not host or "user_url" not in self.spec:
            raise ConfigError(f"venue {config.venues[venue]}: no host or no user line for orders")
        self._engine_id, self._epoch = config.engine_id, config.epoch
        self.instruments: dict[str, Instrument] = {
            i.symbol: i for i in config.instruments if i.venue == venue
        }
        limits = self.spec["rest"]
        self.windows = [(NS_PER_S, int(limits["private_per_s_max"]))]
        self.public_weight = -(-limits["private_per_s_max"] // limits["public_per_s_max"])
        self.life_s = min(LIFE_S, max(LIFE_S_MIN, -(-recv_window_ms // 1000)))
        self.in_flight_ns = self.life_s * NS_PER_S + SETTLE_NS
        self.clock = ClockOffset()
        self.ids = OrderIds()
        self._host = host
        self._wall_ns = wall_ns
        self._signer = TokenSigner(keys, self._venue_s)
        self._stream = UserStream(self.ids)
        self._sent_ns: dict[str, int] = {}
        self._placing: set[str] = set()
        self._numbers = 0

    # -- scripts ----------------------------------------------------------------------------------

    def url(self, url: str, dial: Dial) -> str:
        """The line of events is the endpoint itself."""
        return f"{url}{dial.path}"

    def establish(self) -> Script:
        """Clock, instruments, line, heartbeats, events of orders."""
        yield from self.look_at_clock()
        wrong = misfits((yield from self._products()), self.instruments.values())
        if wrong:
            raise ScriptError(f"instruments: {wrong}: {FIX}", lasting=True)
        self._stream.begin()
        beat_ns = int(self.spec["streams"]["heartbeat_s"]) * NS_PER_S
        yield Dial("events", quiet_ns=QUIET_BEATS * beat_ns)
        for channel in CHANNELS:
            yield from self._subscribe(channel)

    def reconcile(self, known: Sequence[Known]) -> Script:
        """Open orders, the engine's orders, fills that were not heard of, balances."""
        return reconcile(self, known)

    def cancel_all(self) -> Script:
        """Every open order of this engine: others' orders are theirs. What is counted is what was
        asked for: 0 says that none was open."""
        rows = yield from every(self, "open_orders", OPEN)
        names = [str(row["order_id"]) for row in rows if self._ours(row)]
        most = int(self.spec["orders"]["batch_cancel_max"])
        for at in range(0, len(names), most):
            rows_of(body_of((yield self._cancel(names[at : at + most]))), "results")
        return len(names)

    def check(self) -> Script:
        """Clock, what the key may do, and instruments."""
        yield from self.look_at_clock()
        sample = self.clock.estimate()
        offset_ms = 0 if sample is None else sample.offset_ns // NS_PER_MS
        rights = body_of((yield from self.get(self.path("permissions"))))
        return [
            Finding(abs(offset_ms) < SKEW_MS_MAX, "clock", f"{offset_ms} ms from the venue's",
                    "run a time service (chrony) on this host"),
            *permissions(rights),
            Finding(True, "cancel on disconnect", "none here: cancel_after_s has no effect",
                    "let the watchdog run"),
            *compare((yield from self._products()), self.instruments.values()),
        ]  # fmt: skip

    def _products(self) -> Script:
        """The configured instruments as the venue has them."""
        query = "&".join(f"product_ids={quote(symbol)}" for symbol in self.instruments)
        reply = yield from self.get(self.path("products"), query)
        return rows_of(body_of(reply), "products")

    def beats(self) -> Sequence[Beat]:
        """The clock; the venue's heartbeats come by themselves."""
        return [Beat(600 * NS_PER_S, self.look_at_clock, "clock")]

    def look_at_clock(self) -> Script:
        """One sample of the venue's clock."""
        path = self.path("time")
        reply = yield Call(method="GET", path=path, target=path, weight=self.public_weight)
        stamp = str(body_of(reply)["epochMillis"])
        if not stamp.isascii() or not stamp.isdigit():
            raise ScriptError("the venue's time is no number")
        self.clock.add(reply.sent_ns, int(stamp) * NS_PER_MS, reply.received_ns, NS_PER_MS)

    def path(self, entry: str) -> str:
        """A path by its name in spec.toml."""
        return str(self.spec[f"{entry}_path"])

    def get(
        self, path: str, query: str = "", *, repeat: bool = True
    ) -> Generator[Step, Reply, Reply]:
        """The answer to a signed question."""
        return (yield self._get(path, query, repeat))

    def stray_of(self, row: Row) -> Stray:
        """An open order that the engine does not know."""
        return Stray(
            symbol=str(row.get("product_id")), name=str(row.get("client_order_id")),
            ours=self._ours(row), cancel=self._cancel([str(row["order_id"])]),
        )  # fmt: skip

    def left_ns(self, sent_ns: int) -> int:
        """How long a request that was sent then may still make an order appear."""
        return sent_ns + self.in_flight_ns - self._wall_ns()

    def _get(self, path: str, query: str, repeat: bool) -> Call:
        target = f"{path}?{query}" if query else path
        headers = self._signer.headers("GET", self._host, target)
        anew = partial(self._get, path, query, repeat)
        return Call(
            method="GET", path=path, target=target, headers=headers, repeat=repeat, anew=anew
        )

    def _post(self, path: str, body: bytes) -> Call:
        """A request that changes something: never sent twice."""
        headers = self._signer.headers("POST", self._host, path, self.life_s) | JSON
        return Call(method="POST", path=path, target=path, headers=headers, body=body, repeat=False)

    def _cancel(self, venue_ids: list[str]) -> Call:
        body = json.dumps({"order_ids": venue_ids}, separators=(",", ":")).encode()
        return self._post(self.path("cancel"), body)

    def _ours(self, row: Row) -> bool:
        return ids.minted_by(str(row.get("client_order_id")), self._engine_id, self._epoch)

    def _venue_s(self) -> int:
        return self.clock.venue_ns(self._wall_ns()) // NS_PER_S

    def _subscribe(self, channel: str) -> Script:
        self._numbers += 1
        frame: dict[str, object] = {"type": "subscribe", "channel": channel}
        if channel == "user":
            frame["product_ids"] = list(self.instruments)
        data = json.dumps(frame, separators=(",", ":")).encode()
        self._stream.ask(channel, self._numbers)
        heard = yield Say("events", self._signer.message(data), self._numbers)
        if heard.fault:
            lasting = "auth" in heard.fault.lower()
            raise ScriptError(f"the venue refuses {channel}: {heard.fault}", lasting=lasting)

    # -- requests of the engine -------------------------------------------------------------------

    def outgoing(self, request: bytes) -> Script:
        """A script around one HTTP request; its answer is a frame of the codec."""
        asked = split_request(request)
        if asked.tag[0] == "n":
            return self._place(asked)
        return self._end(request, asked) if asked.tag[0] == "c" else self._question(request, asked)

    def unsent(self, request: bytes) -> bytes | None:
        """A refusal of this session's own."""
        tag = split_request(request).tag
        return None if tag[0] == "q" else answer(UNSENT, tag, b"")

    def _place(self, asked: HttpRequest) -> Script:
        """A new order: once."""
        own = asked.tag[1:]
        self._sent_ns[own] = self._wall_ns()
        if len(self._sent_ns) > LIMITS["orders_max"]:
            del self._sent_ns[next(iter(self._sent_ns))]
        self._placing.add(own)
        try:
            reply = yield self._post(asked.path, asked.body)
        finally:
            self._placing.discard(own)
        return [self._frame(asked.tag, reply)]

    def _end(self, request: bytes, asked: HttpRequest) -> Script:
        """A cancel: held back until the venue's id is known, by the answer to the order or by a
        search."""
        own = asked.order
        for _ in range(POLLS_MAX):
            if own not in self._placing or self.ids.find(own):
                break
            yield Wait(POLL_NS)
        if not self.ids.find(own):
            _, nowhere = yield from self._look_up(own, patient=True)
            if nowhere:
                return [absent_frame(own)]
        ready = named(request, self.ids) if self.ids.find(own) else None
        if ready is None:
            return [answer(UNSENT, asked.tag, b"")]
        reply = yield self._post(ready.path, ready.body)
        return [self._frame(asked.tag, reply)]

    def _question(self, request: bytes, asked: HttpRequest) -> Script:
        """A query: by the venue's id, else through the list of orders. No frame: ask again."""
        own = asked.order
        if own in self._placing:
            return []
        ready = named(request, self.ids) if self.ids.find(own) else None
        if ready is not None:
            reply = yield from self.get(ready.path, repeat=False)
            if reply.status != NO_SUCH_ORDER:
                return [self._frame(asked.tag, reply)] if reply.status == 200 else []
        row, nowhere = yield from self._look_up(own, patient=False)
        if row is not None:
            return [order_frame(own, row)]
        return [absent_frame(own)] if nowhere else []

    def _look_up(
        self, own: str, *, patient: bool
    ) -> Generator[Step, Reply, tuple[Row | None, bool]]:
        """An order in the list of orders, and whether it is certain that there is none. `patient`:
        wait until it is, when it is not there yet."""
        sent_ns = self._sent_ns.get(own, 0)
        for _ in range(2):
            left_ns = self.left_ns(sent_ns)
            try:
                found, whole = yield from search(self, (own,), sent_ns, repeat=False)
            except ScriptError:
                return None, False
            if own in found or not whole or left_ns <= 0:
                return found.get(own), whole and own not in found
            if not patient:
                break
            yield Wait(left_ns)
        return None, False

    def _frame(self, tag: str, reply: Reply) -> bytes:
        """An answer as the codec reads it."""
        if reply.status == STATUS_NONE and not reply.left:
            return answer(UNSENT, tag, b"")
        frame = answer(reply.status, tag, reply.body)
        self.ids.learn(frame)
        return frame

    # -- messages ---------------------------------------------------------------------------------

    def heard(self, line: str, data: bytes) -> Heard:
        """Orders are the engine's, the rest is the session's."""
        return self._stream.heard(data)

    def used(self, headers: Mapping[str, str]) -> list[tuple[int, int]]:
        """The x-ratelimit headers of private requests."""
        names = self.spec["rest"]["headers"]
        said = [headers.get(names[name], "") for name in ("limit", "remaining")]
        if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in said):
            return []
        limit, remaining = map(int, said)
        private = limit == self.windows[0][1]
        return [(NS_PER_S, limit - remaining)] if private and remaining < limit else []


def make_orders(options: OrderOptions) -> CoinbaseOrderDialect:
    """The dialect of one account."""
    return CoinbaseOrderDialect(
        options.config,
        options.venue,
        options.keys,
        options.wall_ns,
        options.host,
        recv_window_ms=options.recv_window_ms,
    )
