"""What of an order session is Binance's: login, streams of events, requests, replies.

Spot: one line, the WebSocket API; with an Ed25519 key the session logs on and requests go unsigned,
with an HMAC key each is signed. Its stream of events is a subscription on the same line; what the
venue says there is JSON, or SBE where the session asks for it. Futures: a second line by a listen
key that is kept alive. Sources: the venue's web-socket-api, rest-api and
user-data-stream pages and their futures twins; numbers are in spec.toml.
"""

import json
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tickpath.core import ids
from tickpath.core.config import Config, Instrument
from tickpath.core.errors import ConfigError
from tickpath.venues.binance.account import reconcile
from tickpath.venues.binance.errors import TOO_MANY_ORDERS
from tickpath.venues.binance.instruments import compare
from tickpath.venues.binance.named import REQUEST_ID
from tickpath.venues.binance.replies import (
    body_of,
    envelope_of,
    error_frame,
    lasting,
    moved,
    permissions,
    reply_of,
)
from tickpath.venues.binance.sbe_message import (
    ENVELOPE,
    SHUTDOWN,
    TERMINATED,
    Message,
    is_sbe,
)
from tickpath.venues.binance.sign import Signer
from tickpath.venues.binance.weights import used_weights
from tickpath.venues.clock_offset import ClockOffset
from tickpath.venues.order_dialects import OrderOptions, rest_windows, speaks_sbe
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
    Stray,
)
from tickpath.venues.spec import market_spec
from tickpath.venues.splice import into_params
from tickpath.venues.text.rules import Refused

NS_PER_S, NS_PER_MS, NS_PER_HOUR = 10**9, 10**6, 3600 * 10**9
OWN = b'"id":"s-'
"""Requests of the session are numbered s-1, s-2, ...; those of the engine are order ids."""

CLOSING = (b"serverShutdown", b"eventStreamTerminated", b"listenKeyExpired")
RECV_WINDOW_MS = 5000
"""The venue's own when a request names none."""

BAN_NS = 60 * NS_PER_S
"""A refusal of status 418 or 429 that does not say how long it lasts: the venue's window."""

BAN_NS_MAX = 7 * 24 * NS_PER_HOUR
"""Longest wait that an answer is believed; bans of the venue end after three days."""

OLD_SCHEMA = "the venue will soon give up the SBE schema that this program asks for: update it"

SKEW_NS_MIN = 200 * NS_PER_MS
"""Time stamps are moved to the venue's clock from this difference on."""


class BinanceOrderDialect:
    """One account of one Binance market; see `order_steps.OrderDialect`."""

    def __init__(
        self, config: Config, venue: int, signer: Signer, wall_ns: Callable[[], int], *,
        recv_window_ms: int = RECV_WINDOW_MS, cancel_after_s: int = 0, sbe: bool = False,
    ) -> None:  # fmt: skip
        """`recv_window_ms`: how late a request may arrive, and so how long after sending it can
        still be absent. `cancel_after_s`: the dead man's switch of futures, 0: off. `sbe`: ask for
        replies and events in SBE, which spot has. Raises ConfigError for a venue that spec.toml
        does not name, or that has no SBE."""
        self.spec = market_spec(config.venues[venue])
        self.account = self.spec["account"]
        if sbe and not speaks_sbe(config.venues[venue]):
            raise ConfigError(f"venue {config.venues[venue]}: no SBE for orders: leave it out")
        self._query = f"?{self.spec['order_sbe']}" if sbe else ""
        self._told_old = False
        self.spot = config.venues[venue] == "binance-spot"
        self.lines = ("orders",) if self.spot else ("orders", "events")
        self.lifetime_ns = self.spec["streams"]["connection_hours_max"] * NS_PER_HOUR
        self._engine_id, self._epoch = config.engine_id, config.epoch
        self.instruments: dict[str, Instrument] = {
            i.symbol: i for i in config.instruments if i.venue == venue
        }
        self.settles = {
            i.symbol: config.currencies[i.settle].name for i in self.instruments.values()
        }
        self.windows = rest_windows(config.venues[venue])
        self.in_flight_ns = recv_window_ms * NS_PER_MS
        self.clock = ClockOffset()
        self._signer = signer
        self._wall_ns = wall_ns
        self._window = (
            b'"recvWindow":%d' % recv_window_ms if recv_window_ms != RECV_WINDOW_MS else b""
        )
        self._recv_window_ms = recv_window_ms
        self._cancel_after_s = 0 if self.spot else cancel_after_s
        self._listen_key = ""
        self._numbers = 0

    # -- scripts ----------------------------------------------------------------------------------

    def url(self, url: str, dial: Dial) -> str:
        """Lines of events are named by the listen key."""
        return f"{url}{dial.path}{self._query}"

    def establish(self) -> Script:
        """Clock, instruments, stream of events, login. The clock is taken anew: ours may have been
        set since."""
        self.clock = ClockOffset()
        yield from self.look_at_clock()
        for finding in (yield from self._instruments_now()):
            if not finding.ok:
                raise ScriptError(f"{finding.what}: {finding.found}: {finding.fix}", lasting=True)
        if not self.spot:
            yield from self._listen()
        yield Dial("orders")
        if self._signer.logs_on:
            self._numbers += 1
            logon = self._signer.logon(f"s-{self._numbers}", self.now_ms(), self._recv_window_ms)
            yield from self._say(logon)
        if self.spot:
            yield from self._subscribe()

    def reconcile(self, known: Sequence[Known]) -> Script:
        """Open orders, fills that were not heard of, balances, positions."""
        return reconcile(self, known)

    def cancel_all(self) -> Script:
        """Every open order of this engine, one by one: others' orders are theirs."""
        rows = yield from self.ask("open_orders", "")
        cancelled = 0
        for row in rows:
            name = str(row.get("clientOrderId", ""))
            if self.minted(name):
                reply = yield self.cancel(str(row.get("symbol", "")), name)
                cancelled += reply.status == 200
        return cancelled

    def check(self) -> Script:
        """Clock and account with this key."""
        yield from self.look_at_clock()
        sample = self.clock.estimate()
        offset_ms = 0 if sample is None else sample.offset_ns // NS_PER_MS
        findings = [
            Finding(abs(offset_ms) < 500, "clock", f"{offset_ms} ms from the venue's",
                    "run a time service (chrony) on this host")]  # fmt: skip
        account = yield from self.ask("balances", "")
        if isinstance(account, dict):
            findings += permissions(account)
        findings.append(Finding(True, "keys", "accepted by the venue"))
        return findings + (yield from self._instruments_now())

    def _instruments_now(self) -> Script:
        """The configured instruments beside the venue's."""
        path = self.spec["exchange_info_path"]
        reply = yield Call(method="GET", path=path, target=path, weight=20)
        return compare(body_of(reply), self.instruments.values())

    def beats(self) -> Sequence[Beat]:
        """The listen key, the countdown of the dead man's switch, the clock."""
        beats = [Beat(600 * NS_PER_S, self.look_at_clock, "clock")]
        if not self.spot:
            half = self.account["listen_key_minutes"] * 60 * NS_PER_S // 2
            beats.append(Beat(half, self._keep_listening, "listen key", vital=True))
        if self._cancel_after_s:
            beats.append(Beat(self._cancel_after_s * NS_PER_S // 3, self._count_down, "countdown"))
        return beats

    def look_at_clock(self) -> Script:
        """One sample of the venue's clock."""
        entry = self.account["time"]
        reply = yield Call(method="GET", path=entry["path"], target=entry["path"])
        stamp = body_of(reply)["serverTime"]
        if not isinstance(stamp, int):
            raise ScriptError("the venue's time is no number")
        self.clock.add(reply.sent_ns, stamp * NS_PER_MS, reply.received_ns, NS_PER_MS)

    def ask(self, entry: str, query: str) -> Generator[Call, Reply, Any]:
        """The content of a signed GET. Raises ScriptError for a refusal."""
        reply = yield self.signed("GET", entry, query)
        return body_of(reply)

    def signed(self, method: str, entry: str, query: str, *, repeat: bool = True) -> Call:
        """A signed request of the [account] table."""
        about = self.account[entry]
        mark = "&" if query else ""
        text = f"{query}{mark}recvWindow={self._recv_window_ms}&timestamp={self.now_ms()}"
        target = f"{about['path']}?{self._signer.query(text.encode()).decode()}"
        return Call(method=method, path=about["path"], target=target, repeat=repeat,
                    headers=self._signer.headers(), weight=about["weight"],
                    anew=lambda: self.signed(method, entry, query, repeat=repeat))  # fmt: skip

    def cancel(self, symbol: str, name: str) -> Call:
        """The cancel of one order by its client order id; doing it twice is doing it once."""
        return self.signed("DELETE", "cancel", f"symbol={symbol}&origClientOrderId={name}")

    def stray_of(self, row: Mapping[str, Any]) -> Stray:
        """An open order that the engine does not know."""
        name, symbol = str(row.get("clientOrderId", "")), str(row.get("symbol", ""))
        cancel = self.cancel(symbol, name)
        return Stray(symbol=symbol, name=name, ours=self.minted(name), cancel=cancel)

    def minted(self, name: str) -> bool:
        """Whether an order is this engine's, of this epoch or an earlier one."""
        return ids.minted_by(name, self._engine_id, self._epoch)

    def now_ns(self) -> int:
        """Wall time on this host's clock."""
        return self._wall_ns()

    def now_ms(self) -> int:
        """The venue's time, for time stamps."""
        return self.clock.venue_ns(self._wall_ns()) // NS_PER_MS

    def _listen(self) -> Script:
        reply = yield self._key_call("POST")
        key = body_of(reply).get("listenKey")
        if not isinstance(key, str) or not re.fullmatch(r"[0-9A-Za-z_-]{1,128}", key):
            raise ScriptError("the venue gave no listen key")
        self._listen_key = key
        yield Dial("events", f"{self.account['events_path']}{key}")

    def _key_call(self, method: str) -> Call:
        about = self.account["listen_key"]
        return Call(method=method, path=about["path"], target=about["path"],
                    headers=self._signer.headers(), weight=about["weight"])  # fmt: skip

    def _keep_listening(self) -> Script:
        body_of((yield self._key_call("PUT")))

    def _count_down(self) -> Script:
        for symbol in self.instruments:
            query = f"symbol={symbol}&countdownTime={self._cancel_after_s * 1000}"
            body_of((yield self.signed("POST", "countdown", query)))

    def _subscribe(self) -> Script:
        self._numbers += 1
        params: dict[str, Any] = {}
        method = "userDataStream.subscribe"
        if not self._signer.logs_on:
            method += ".signature"
            params = {"timestamp": self.now_ms()}
        frame = {"id": f"s-{self._numbers}", "method": method, "params": params}
        data = json.dumps(frame, separators=(",", ":")).encode()
        yield from self._say(data if self._signer.logs_on else self._signer.request(data))

    def _say(self, data: bytes) -> Script:
        heard = yield Say("orders", data, self._numbers)
        if heard.fault:
            raise ScriptError(f"the venue refuses: {heard.fault}", lasting=lasting(heard.value))

    # -- messages ---------------------------------------------------------------------------------

    def heard(self, line: str, data: bytes) -> Heard:
        """Replies to the session's own requests, notices of an end; the rest is the engine's."""
        if self.spot and is_sbe(data):
            return self._heard_sbe(line, data)
        if OWN in data:
            return reply_of(data)
        if any(word in data for word in CLOSING):
            return Heard((data,), closing=f"line {line}: the venue ends it")
        if b'"status":4' in data:
            return Heard((data,), wait_ns=self._ban_ns(data))
        return Heard((data,))

    def _heard_sbe(self, line: str, data: bytes) -> Heard:
        """The same of a binary frame. One that cannot be read is the engine's, which counts it."""
        try:
            message = Message(data)
            if message.template in (TERMINATED, SHUTDOWN):
                return Heard((data,), closing=f"line {line}: the venue ends it")
            if message.template != ENVELOPE:
                return Heard((data,))
            said = envelope_of(message)
        except Refused:
            return Heard((data,))
        if said.number >= 0:
            told = OLD_SCHEMA if said.old and not self._told_old else ""
            self._told_old = self._told_old or said.old
            return replace(said.heard(), told=told)
        return Heard((data,), wait_ns=self._wait_ns(said.status, said.code, said.until_ms))

    def _ban_ns(self, data: bytes) -> int:
        """How long the venue refuses requests by a reply of status 429 or 418, else 0."""
        try:
            frame = json.loads(data)
            if frame["status"] not in (418, 429):
                return 0
            error = frame["error"]
            until_ms = error.get("data", {}).get("retryAfter", 0)
            return self._wait_ns(frame["status"], error["code"], int(until_ms))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            return 0

    def _wait_ns(self, status: int, code: int, until_ms: int) -> int:
        """How long a refusal lasts; `until_ms` 0: it does not say."""
        if status not in (418, 429) or code == TOO_MANY_ORDERS:
            return 0
        left_ns = (until_ms - self.now_ms()) * NS_PER_MS if until_ms else BAN_NS
        return min(BAN_NS_MAX, max(NS_PER_S, left_ns))

    def outgoing(self, request: bytes) -> tuple[str, bytes]:
        """Signed, or as it is where the session is logged on; its stamp is the venue's time."""
        sample = self.clock.estimate()
        if sample is not None and abs(sample.offset_ns) >= SKEW_NS_MIN:
            request = moved(request, sample.offset_ns // NS_PER_MS)
        if self._recv_window_ms != RECV_WINDOW_MS:
            request = into_params(request, self._window)
        return "orders", request if self._signer.logs_on else self._signer.request(request)

    def unsent(self, request: bytes) -> bytes | None:
        """A refusal with code 0: this session's own, none of the venue's."""
        found = REQUEST_ID.match(request)
        if found is None or found[1] == b"q":
            return None
        return error_frame(found[1] + found[2], 400, 0)

    def used(self, headers: Mapping[str, str]) -> list[tuple[int, int]]:
        """The X-MBX-USED-WEIGHT headers."""
        return used_weights(headers)


def make_orders(options: OrderOptions) -> BinanceOrderDialect:
    """The dialect of one account."""
    return BinanceOrderDialect(
        options.config,
        options.venue,
        Signer(options.keys),
        options.wall_ns,
        recv_window_ms=options.recv_window_ms,
        cancel_after_s=options.cancel_after_s,
        sbe=options.sbe,
    )
