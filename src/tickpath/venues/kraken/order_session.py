"""What of an order session is Kraken's: token, channels, requests, replies, questions by REST.

One line, the private WebSocket v2. A token from REST opens the channels of executions and balances
and stands in every request; orders leave with a deadline, so that one that is late is refused and
not made. The venue has no query on its line: the engine's questions become REST calls. Its clock
comes from pings, whose replies have microseconds; REST tells whole seconds. Sources: the venue's
pages spot-websocket-v2 and rest-api; numbers are in spec.toml.
"""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from tickpath.core import ids
from tickpath.core.config import Config, Instrument
from tickpath.core.errors import ConfigError, DataError
from tickpath.venues.clock_offset import ClockOffset
from tickpath.venues.kraken import account, requests
from tickpath.venues.kraken.assets import pair_of
from tickpath.venues.kraken.check import check
from tickpath.venues.kraken.executions import cut
from tickpath.venues.kraken.pairs import FIX, misfits
from tickpath.venues.kraken.private_calls import PrivateCalls
from tickpath.venues.kraken.queries import query_of, reply_frame
from tickpath.venues.kraken.replies import (
    NS_PER_S,
    lasting,
    reply_of,
    said,
    stamp_text,
    unsent_frame,
)
from tickpath.venues.kraken.request_ids import SESSION_FIRST, order_of
from tickpath.venues.kraken.sign import NonceSource, Signer
from tickpath.venues.kraken.token import with_token
from tickpath.venues.order_dialects import OrderOptions
from tickpath.venues.order_steps import (
    Beat,
    Call,
    Dial,
    Heard,
    Known,
    Say,
    Script,
    ScriptError,
    Step,
    Wait,
)
from tickpath.venues.spec import market_spec
from tickpath.venues.splice import into_params
from tickpath.venues.text.stamps import time_ns

NS_PER_MS, NS_PER_US = 10**6, 10**3
LINE = "orders"
NEVER_NS = 2**62
"""The venue names no age at which a connection ends."""

ADD, QUERY = b'{"method":"add_order"', b'{"method":"query_order"'
TIER = "intermediate"
"""Whose REST counter is kept to unless a tier is given. A lower one is refused by the venue where
this goes beyond it, and asks again."""

LATE_NS = NS_PER_S
"""So long after its deadline a request counts as gone: what clocks and lists may be late by."""

TOKEN_LOST = ("ESession:", "EAPI:Invalid key")
"""Refusals of an order's request that say that the line's token is worth nothing any more."""


class KrakenOrderDialect:
    """One account of Kraken spot; see `order_steps.OrderDialect`."""

    lines = (LINE,)
    lifetime_ns = NEVER_NS

    def __init__(
        self, config: Config, venue: int, signer: Signer, wall_ns: Callable[[], int], *,
        recv_window_ms: int = 5000, cancel_after_s: int = 0, tier: str = TIER,
    ) -> None:  # fmt: skip
        """`recv_window_ms`: an order that arrives later after it was sent is refused.
        `cancel_after_s`: the dead man's switch, which cancels all orders of the account, 0: off.
        Raises ConfigError for what the venue does not take."""
        self.spec = market_spec(config.venues[venue])
        low, high = self.spec["orders"]["deadline_ms"]
        if not low <= recv_window_ms <= high:
            raise ConfigError(
                f"venue {config.venues[venue]}: recv_window_ms is {recv_window_ms}: a deadline is "
                f"{low} to {high} ms away"
            )
        requests.cancel_all_after(cancel_after_s, SESSION_FIRST)
        self._engine_id, self._epoch = config.engine_id, config.epoch
        self.by_index = {i.index: i for i in config.instruments if i.venue == venue}
        self.instruments: dict[str, Instrument] = {i.symbol: i for i in self.by_index.values()}
        self.currencies = [currency.name for currency in config.currencies]
        rate = self.spec["rest_rate"][tier]
        self.windows = [sliding(rate["counter_max"], rate["decay_per_s"])]
        self.in_flight_ns = recv_window_ms * NS_PER_MS + LATE_NS
        self.clock = ClockOffset()
        self.calls = PrivateCalls(signer, self.spec["account"])
        self._wall_ns = wall_ns
        self._window_ns = recv_window_ms * NS_PER_MS
        self._cancel_after_s = cancel_after_s
        self._token = ""
        self._numbers = SESSION_FIRST
        self._sequence: int | None = None
        self._asked: set[str] = set()

    # -- scripts ----------------------------------------------------------------------------------

    def url(self, url: str, dial: Dial) -> str:
        """The line has no path of its own."""
        return f"{url}{dial.path}"

    def establish(self) -> Script:
        """Instruments, token, line, clock, channels. What a subscription tells first is heard when
        the one after it is accepted. A clock may have been set since the last session."""
        content = yield from self.pairs()
        wrong = misfits(content, self.instruments.values())
        if wrong:
            raise ScriptError(f"instruments: {wrong}: {FIX}", lasting=True)
        result = yield from self.calls.ask("token")
        self._token = self._checked(result["token"])
        self._sequence, self.clock = None, ClockOffset()
        yield Dial(LINE)
        yield from self.ping()
        options = {"snap_orders": True, "snap_trades": True, "order_status": True}
        number = self._number()
        yield from self._say(requests.subscribe_private("executions", number, **options), number)
        number = self._number()
        yield from self._say(requests.subscribe_private("balances", number), number)

    def reconcile(self, known: Sequence[Known]) -> Script:
        """Open orders, fills that were not heard of, balances."""
        return account.reconcile(self, known)

    def cancel_all(self) -> Script:
        """Every open order of this engine: others' orders are theirs."""
        return account.cancel_all(self)

    def check(self) -> Script:
        """Clock, and what the key may do."""
        return check(self)

    def beats(self) -> Sequence[Beat]:
        """Pings, which find a line that is half open and keep the clock; the dead man's switch."""
        half_ns = self.spec["streams"]["silence_s_max"] * NS_PER_S // 2
        beats = [Beat(half_ns, self.ping, "ping", vital=True)]
        if self._cancel_after_s:
            every_ns = self._cancel_after_s * NS_PER_S // 3
            beats.append(Beat(every_ns, self._hold_switch, "cancel_all_orders_after"))
        return beats

    def ping(self) -> Script:
        """One sample of the venue's clock, where the reply has a time."""
        number, sent_ns = self._number(), self._wall_ns()
        frame = yield from self._say(requests.ping(number), number)
        stamp_ns = time_ns(str(frame.get("time_in")))
        if stamp_ns >= 0:
            self.clock.add(sent_ns, stamp_ns, self._wall_ns(), NS_PER_US)

    def pairs(self) -> Generator[Step, Any, Any]:
        """The configured instruments as the venue has them now. Raises ScriptError."""
        path = self.spec["asset_pairs_path"]
        names = ",".join(pair_of(symbol) for symbol in self.instruments)
        reply = yield Call(method="GET", path=path, target=f"{path}?pair={names}", weight=0)
        found = said(reply)
        if found.error:
            raise ScriptError(f"{path}: {found.error}", lasting=found.error.startswith("EQuery:"))
        return found.result

    def minted(self, name: str) -> bool:
        """Whether an order is this engine's, of this epoch or an earlier one."""
        return ids.minted_by(name, self._engine_id, self._epoch)

    def now_ns(self) -> int:
        """Wall time on this host's clock."""
        return self._wall_ns()

    def _hold_switch(self) -> Script:
        number = self._number()
        yield from self._say(requests.cancel_all_after(self._cancel_after_s, number), number)

    def _say(self, data: bytes, number: int) -> Generator[Step, Any, Any]:
        """Send a request and hear its reply. Raises ScriptError for a refusal."""
        filled = with_token(data, self._token)
        heard = yield Say(LINE, filled, number)
        if heard.fault:
            raise ScriptError(f"the venue refuses: {heard.fault}", lasting=lasting(heard.value))
        return heard.value

    def _query(self, own: str, symbol: str, number: int) -> Script:
        """The engine's question about an order: its fills, then how it stands. That it is absent is
        believed after its request can no longer arrive."""
        self._asked.add(own)
        try:
            found = yield from account.look_up(self, own)
            if found is None:
                yield Wait(self.in_flight_ns)
                found = yield from account.look_up(self, own)
            if found is None:
                return [reply_frame(number, symbol, None)]
            about = self.instruments[symbol]
            frames = []
            if account.lots_filled(found, about):
                trades = yield from account.trades_of(self, [found])
                order, _ = order_of(number, self._engine_id)
                frames = account.fill_frames(self, order, about, found, trades)
            return [*frames, reply_frame(number, symbol, (found.name, found.row))]
        finally:
            self._asked.discard(own)

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    @staticmethod
    def _checked(token: object) -> str:
        """A token that a request can hold. Raises ScriptError, which never shows it."""
        try:
            with_token(b"", str(token))
        except ConfigError:
            raise ScriptError("the venue gave no token") from None
        return str(token)

    # -- messages ---------------------------------------------------------------------------------

    def heard(self, line: str, data: bytes) -> Heard:
        """Executions and replies about orders are the engine's, other replies the session's."""
        try:
            frame = json.loads(data)
        except (ValueError, RecursionError):
            return Heard((data,), closing=f"line {line}: a message that is no JSON")
        if not isinstance(frame, dict):
            return Heard((data,))
        channel, number = frame.get("channel"), frame.get("req_id")
        if channel == "executions":
            return self._executions(line, frame, data)
        if channel == "status":
            return status_of(line, frame)
        if channel is not None:
            return Heard()
        if type(number) is int and number >= SESSION_FIRST:
            return reply_of(frame)
        if str(frame.get("error")).startswith(TOKEN_LOST):
            return Heard((data,), closing=f"line {line}: its token is no longer taken")
        return Heard((data,))

    def _executions(self, line: str, frame: Mapping[str, Any], data: bytes) -> Heard:
        """Rows about orders, cut to what the engine takes at once. A number left out is a message
        that was lost, and with it perhaps a fill."""
        number, last = frame.get("sequence"), self._sequence
        if type(number) is int:
            self._sequence = number
            if last is not None and number not in (last, last + 1):
                return Heard((data,), closing=f"line {line}: a message of executions was lost")
        try:
            return Heard(tuple(cut(data)))
        except DataError as error:
            return Heard((data,), closing=f"line {line}: {error}")

    def outgoing(self, request: bytes) -> tuple[str, bytes] | Script | None:
        """With token and deadline; a question becomes a script, unless it is being asked."""
        asked = query_of(request) if request.startswith(QUERY) else None
        if asked is not None:
            return None if asked[0] in self._asked else self._query(*asked)
        filled = with_token(request, self._token)
        if request.startswith(ADD):
            until_ns = self.clock.venue_ns(self._wall_ns()) + self._window_ns
            filled = into_params(filled, b'"deadline":"%s"' % stamp_text(until_ns, 3).encode())
        return LINE, filled

    def unsent(self, request: bytes) -> bytes | None:
        """A refusal with code 0: this session's own, none of the venue's."""
        return unsent_frame(request)

    def used(self, headers: Mapping[str, str]) -> list[tuple[int, int]]:
        """The venue says nothing of its counter."""
        return []


def sliding(counter_max: int, decay_per_s: str) -> tuple[int, int]:
    """A counter that falls with time as a window: what it takes at most in the time in which it
    falls from there to nothing never passes it."""
    whole, _, part = decay_per_s.partition(".")
    milli_per_s = int(whole + part.ljust(3, "0"))
    return -(-counter_max * 1000 * NS_PER_S // milli_per_s), counter_max


def status_of(line: str, frame: Mapping[str, Any]) -> Heard:
    """The system's state: only `online` takes every request."""
    rows = frame.get("data")
    row = rows[0] if isinstance(rows, list) and rows else None
    system = str(row.get("system"))[:40] if isinstance(row, dict) else "online"
    if system == "maintenance":
        return Heard(closing=f"line {line}: the venue is in maintenance")
    return Heard() if system == "online" else Heard(told=f"the venue's system is {system}")


def make_orders(options: OrderOptions) -> KrakenOrderDialect:
    """The dialect of one account."""
    return KrakenOrderDialect(
        options.config,
        options.venue,
        Signer(options.keys, NonceSource(options.wall_ns)),
        options.wall_ns,
        recv_window_ms=options.recv_window_ms,
        cancel_after_s=options.cancel_after_s,
    )
