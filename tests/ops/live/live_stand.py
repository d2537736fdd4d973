"""A simulated Binance with spot and USD-M on loopback, and a run configuration for it."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tickpath.ops.live.config import LiveVenue
from tickpath.venues.keys import Keys
from tickpath.venues.sim.server.config import load_host
from tickpath.venues.sim.server.host import VenueHost
from tickpath.venues.sim.server.truth import account_truth

KEY, SECRET = "trader-key", "trader-secret-of-the-test"
VENUE = """
[[venues]]
name = "{name}"
protocol = "{name}"
limits = {{ weight_per_minute = 0, orders_per_10_s = 0, connections_per_5_min = 0 }}
[[venues.markets]]
symbol = "BTCUSDT"
mid = "60000"
events_per_s = 200
[[venues.accounts]]
name = "trader"
balances = {{ USDT = "1000000", BTC = "20" }}
[[venues.accounts.keys]]
name = "{key}"
kind = "hmac"
secret = "{secret}"
"""
SPOT, USDM = "binance-spot", "binance-usdm"
STRATEGY = '[[strategies]]\nname = "{strategy}"\ninstruments = ["{venue}:BTCUSDT"]\n'
SOURCE = '[[sources]]\nvenue = "{venue}"\nsymbols = ["BTCUSDT"]\n'


def live_table(name: str, urls: dict[str, str]) -> str:
    """[[live.venues]] of one venue."""
    events = f'events = ["{urls["user"]}"]\n' if "user" in urls else ""
    return (
        f'[[live.venues]]\nname = "{name}"\nkeys = "trader"\nrest = "{urls["rest"]}"\n'
        f'market = ["{urls["market"]}"]\norders = ["{urls["api"]}"]\n{events}'
        "recv_window_ms = 500\n"
    )


def write_config(
    folder: Path, host: VenueHost, strategy: str = "imbalance_maker", more: str = ""
) -> Path:
    """The configuration of an engine on the venues of a host."""
    urls = host.urls()["venues"]
    text = "".join(SOURCE.format(venue=name) for name in urls)
    text += "".join(STRATEGY.format(venue=name, strategy=strategy) for name in urls)
    text += '[balances]\nUSDT = "2000000"\n[risk]\norder_rate_per_s = 1000\norder_burst = 1000\n'
    text += f'[live]\nstate = "state"\nstatus_s = 1\nstop_s = 20\nsegment_mib = 4\n{more}'
    text += "".join(live_table(name, found) for name, found in urls.items())
    path = folder / "run.toml"
    path.write_text(text)
    return path


def find_keys(entry: LiveVenue) -> Keys:
    """The trader's keys."""
    return Keys(id=KEY, secret=SECRET, kind="hmac")


def environment() -> dict[str, str]:
    """The trader's keys as a process finds them."""
    return {"TICKPATH_TRADER_KEY_ID": KEY, "TICKPATH_TRADER_SECRET": SECRET}


def truth_of(host: VenueHost, name: str) -> dict[str, Any]:
    """What a venue really holds for the trader."""
    return account_truth(host.venues[name].exchange.accounts["trader"])


def totals(truth: dict[str, Any]) -> dict[str, Decimal]:
    """Balances, what is locked included, less what open positions cost."""
    return {asset: Decimal(amount) for asset, amount in truth["money"].items()}


Scene = Callable[[VenueHost], Awaitable[None]]


def with_venues(folder: Path, scene: Scene, names: tuple[str, ...] = (SPOT, USDM)) -> None:
    """Run a scene beside the simulated venues; nothing is left running after it."""
    path = folder / "venues.toml"
    path.write_text("".join(VENUE.format(name=n, key=KEY, secret=SECRET) for n in names))

    async def whole() -> None:
        async with VenueHost(load_host(path)) as host:
            await scene(host)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())
