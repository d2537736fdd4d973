"""Which order dialect a venue has, and what its endpoints are by default.

A venue's folder has `order_session.make_orders(options)`; `venues/base.py` says how a name finds
its folder.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module

from tickpath.core.config import Config
from tickpath.core.errors import ConfigError
from tickpath.venues.base import has_orders
from tickpath.venues.keys import Keys
from tickpath.venues.order_steps import OrderDialect
from tickpath.venues.spec import market_spec

NS_PER_S = 10**9
PUBLIC_WINDOWS = [[1, 10]]
"""Seconds and requests where a spec.toml says nothing: fewer than any venue takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderOptions:
    """What an order dialect is made of. `host`: of the REST endpoint, where it is signed. `sbe`:
    replies and events in SBE; only of a venue that `speaks_sbe`."""

    config: Config
    venue: int
    keys: Keys = field(repr=False)
    wall_ns: Callable[[], int]
    host: str = ""
    recv_window_ms: int = 5000
    cancel_after_s: int = 0
    sbe: bool = False


def order_dialect(options: OrderOptions) -> OrderDialect:
    """Raises ConfigError for a venue that takes no orders, KeysError for keys of another kind."""
    name = options.config.venues[options.venue]
    if not has_orders(name):
        raise ConfigError(f"venue {name}: it has market data only, no orders")
    module = import_module(f"tickpath.venues.{name.partition('-')[0]}.order_session")
    dialect: OrderDialect = module.make_orders(options)
    return dialect


def speaks_sbe(venue: str) -> bool:
    """Whether a venue can say replies and events in SBE."""
    return "order_sbe" in market_spec(venue)


def rest_windows(venue: str) -> list[tuple[int, int]]:
    """Limits of the venue's REST requests, (interval_ns, weight)."""
    windows = market_spec(venue).get("rest_windows", PUBLIC_WINDOWS)
    return [(seconds * NS_PER_S, weight) for seconds, weight in windows]


def default_urls(venue: str) -> dict[str, str]:
    """Production endpoints by purpose: market, orders, events, rest."""
    spec = market_spec(venue)
    found = {
        "market": spec.get("market_url"),
        "orders": spec.get("order_url"),
        "events": spec.get("user_url"),
        "rest": spec.get("rest_url"),
    }
    return {purpose: str(url) for purpose, url in found.items() if url}
