"""Weights, order counts, connections and bans, with the venue's codes.

Intervals are aligned with the calendar. An address that goes on after BAN_AFTER refusals in an
interval is banned. A filled order gives its count back. Sources: rest-api.md "Limits",
faqs/order_count_decrement.md; the length of a first ban (2 minutes) is of the same page.
"""

from dataclasses import dataclass
from typing import Any

from tickpath.venues.sim.server.binance.errors import ApiError
from tickpath.venues.sim.server.clock import MS, SECOND
from tickpath.venues.sim.server.windows import Window

BAN_NS = 120 * SECOND


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitSpec:
    """Numbers of one market; 0 switches a limit off. A connection gets a ping every `ping_ms`, and
    ends without its pong for `pong_ms`."""

    weight_per_minute: int = 6000
    orders_per_10_s: int = 50
    orders_per_day: int = 160_000
    orders_per_minute: int = 0
    connections_per_5_min: int = 300
    messages_per_s: int = 5
    streams_max: int = 1024
    ban_after: int = 20
    ping_ms: int = 20_000
    pong_ms: int = 60_000


class Limits:
    """Counters of one market."""

    def __init__(self, spec: LimitSpec) -> None:
        self.spec = spec
        self.weight = Window("MINUTE", 1, spec.weight_per_minute)
        self.orders = [
            Window(interval, number, limit)
            for interval, number, limit in (
                ("SECOND", 10, spec.orders_per_10_s),
                ("MINUTE", 1, spec.orders_per_minute),
                ("DAY", 1, spec.orders_per_day),
            )
            if limit
        ]
        self.connections = Window("MINUTE", 5, spec.connections_per_5_min)
        self.refusals = Window("MINUTE", 1, spec.ban_after)
        self.banned: dict[str, int] = {}

    def check_ban(self, remote: str, now_ns: int) -> None:
        """Raises ApiError 418 while an address is banned."""
        until = self.banned.get(remote, 0)
        if now_ns < until:
            raise ApiError(
                -1003,
                f"Way too much request weight used; IP banned until {until // MS}. Please use "
                "WebSocket Streams for live updates to avoid bans.",
                418,
                until,
            )

    def use_weight(self, remote: str, weight: int, now_ns: int) -> None:
        """Count a request. Raises ApiError 429 over the limit, 418 for those who go on."""
        self.check_ban(remote, now_ns)
        used = self.weight.use(remote, weight, now_ns)
        if not self.weight.limit or used <= self.weight.limit:
            return
        if self.refusals.use(remote, 1, now_ns) > self.refusals.limit > 0:
            self.banned[remote] = now_ns + BAN_NS
            self.check_ban(remote, now_ns)
        raise ApiError(
            -1003,
            f"Too much request weight used; current limit is {self.weight.limit} request weight "
            "per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.",
            429,
            now_ns + self.weight.left_ns(now_ns),
        )

    def use_order(self, account: str, now_ns: int) -> None:
        """Count a new order. Raises ApiError 429 over a limit, and counts nothing then."""
        for window in self.orders:
            if window.count(account, now_ns) >= window.limit:
                raise ApiError(
                    -1015,
                    f"Too many new orders; current limit is {window.limit} orders per "
                    f"{window.number} {window.interval}.",
                    429,
                    now_ns + window.left_ns(now_ns),
                )
        for window in self.orders:
            window.use(account, 1, now_ns)

    def give_back(self, account: str, now_ns: int) -> None:
        """An order has its first fill."""
        for window in self.orders:
            window.use(account, -1, now_ns)

    def connect(self, remote: str, now_ns: int) -> bool:
        """Whether an address may open another connection."""
        used = self.connections.use(remote, 1, now_ns)
        return not self.connections.limit or used <= self.connections.limit

    # -- as the venue shows them -------------------------------------------------------------------

    def headers(self, remote: str, account: str, ordered: bool, now_ns: int) -> dict[str, str]:
        """Headers of a REST answer."""
        used = str(self.weight.count(remote, now_ns))
        found = {"x-mbx-used-weight": used, "x-mbx-used-weight-1m": used}
        if ordered and account:
            for window in self.orders:
                name = f"x-mbx-order-count-{window.label.lower()}"
                found[name] = str(window.count(account, now_ns))
        return found

    def rows(self, remote: str, account: str, ordered: bool, now_ns: int) -> list[dict[str, Any]]:
        """`rateLimits` of a WebSocket reply."""
        rows = self.order_rows(account, now_ns) if ordered and account else []
        count = self.weight.count(remote, now_ns)
        return [*rows, row("REQUEST_WEIGHT", self.weight) | {"count": count}]

    def order_rows(self, account: str, now_ns: int) -> list[dict[str, Any]]:
        """Order counts alone."""
        return [row("ORDERS", w) | {"count": w.count(account, now_ns)} for w in self.orders]

    def published(self) -> list[dict[str, Any]]:
        """`rateLimits` of exchangeInfo."""
        found = [row("REQUEST_WEIGHT", self.weight), *(row("ORDERS", w) for w in self.orders)]
        return [*found, row("CONNECTIONS", self.connections)]


def row(kind: str, window: Window) -> dict[str, Any]:
    """One limit."""
    return {
        "rateLimitType": kind,
        "interval": window.interval,
        "intervalNum": window.number,
        "limit": window.limit,
    }
