"""A whole live session on a simulated Kraken with a crowd: books, a strategy, orders, faults."""

import asyncio
from pathlib import Path

from venues.live import live

live("aiohttp")
from venues.kraken.live_rig import LIMIT_S, SECRET, until  # noqa: E402

from tickpath.core.config_load import load_config  # noqa: E402
from tickpath.engine.commands import Command  # noqa: E402
from tickpath.engine.native import Engine  # noqa: E402
from tickpath.ops.live.compare import balances_differ  # noqa: E402
from tickpath.ops.live.config import load_live  # noqa: E402
from tickpath.ops.live.host import Host  # noqa: E402
from tickpath.ops.live.session import LiveSession, Mode  # noqa: E402
from tickpath.venues.keys import KeyKind, Keys  # noqa: E402
from tickpath.venues.kraken.account import balances_of  # noqa: E402
from tickpath.venues.sim.server.config import load_host  # noqa: E402
from tickpath.venues.sim.server.faults import Fault  # noqa: E402
from tickpath.venues.sim.server.host import VenueHost  # noqa: E402
from tickpath.venues.sim.server.units import fixed  # noqa: E402

VENUES = f"""
[[venues]]
name = "kraken-spot"
protocol = "kraken-spot"
[[venues.markets]]
symbol = "BTC/USD"
mid = "60000"
events_per_s = 200
[[venues.accounts]]
name = "alice"
balances = {{ USD = "1000000", BTC = "20" }}
[[venues.accounts.keys]]
name = "key"
kind = "kraken"
secret = "{SECRET}"
"""
RUN = """
[[sources]]
venue = "kraken-spot"
symbols = ["BTC/USD"]
[[strategies]]
name = "imbalance_maker"
instruments = ["kraken-spot:BTC/USD"]
params = {{ half_spread_ppm = 1, imbalance_shift_ppm = 0 }}
[balances]
USD = "1000000"
[risk]
order_rate_per_s = 1000
order_burst = 1000
[live]
state = "state"
[[live.venues]]
name = "kraken-spot"
market = ["{market}"]
orders = ["{user}"]
rest = "{rest}"
keys = "alice"
"""


async def trade(folder: Path) -> None:
    """Until the strategy has traded, through a cut; then a kill, and the accounts are the same."""
    (folder / "venues.toml").write_text(VENUES)
    async with VenueHost(load_host(folder / "venues.toml")) as venues:
        path = folder / "run.toml"
        path.write_text(RUN.format(**venues.urls()["venues"]["kraken-spot"]))
        config = load_config(path)
        venue = venues.venues["kraken-spot"]
        account = venue.exchange.accounts["alice"]
        engine = Engine(config)
        told: list[str] = []
        host = Host(engine, alert=told.append)
        keys = Keys(id="key", secret=SECRET, kind=KeyKind.HMAC)
        async with LiveSession(
            host, load_live(path, config), Mode.PAPER, keys=lambda _: keys, alert=told.append
        ) as session:
            await asyncio.wait_for(session.ready(), LIMIT_S)
            await until(lambda: len(account.fills) > 3, told)
            venue.fault(Fault(kind="cut", channel="user"))
            (driver,) = session.orders.values()
            await until(lambda: not driver.session.ready, told)
            await asyncio.wait_for(session.ready(), LIMIT_S)
            before = len(account.fills)
            await until(lambda: len(account.fills) > before + 3, told)
            host.command(Command.KILL, 0)
            await until(lambda: not engine.stages.execute.orders(), told)
            index = config.venues.index("kraken-spot")

            def equal() -> bool:
                said = balances_of({a: fixed(b.total) for a, b in account.balances.items()})
                return not balances_differ(engine, index, said, host.baseline["kraken-spot"])

            await until(equal, told)
            assert not account.open_orders
            assert driver.session.counters.reconciled == 2
            names = [order.client_id for order in account.orders]
            assert len(set(names)) == len(names)
        assert host.command(Command.LEDGER_CHECK, 0) == 0


def test_a_strategy_trades_through_a_cut_and_every_fill_is_known(tmp_path: Path) -> None:
    asyncio.run(trade(tmp_path))
