"""Simulated venues, a run configuration and the truth, for the benchmarks of this folder.

Each venue is a process of its own (`tickpath venue-sim`) on ports of the system, with one account
whose keys are made for the run.
"""

import json
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tickpath.venues.keys import Keys

KRAKEN_SECRET = "a3Jha2VuIHNlY3JldCBvZiBhIHNpbXVsYXRlZCB2ZW51ZQ=="
ORDER_PPM = 20
"""An order's share of the starting equity: many of them are below the ceiling of a position."""


@dataclass(frozen=True)
class Kind:
    """What a simulated venue is: its protocol, markets (symbol, mid), money, limits, key."""

    protocol: str
    markets: tuple[tuple[str, str], ...]
    balances: dict[str, str]
    limits: str
    key: str
    endpoints: dict[str, str]
    """Purpose of the run configuration to the name of a URL of the simulator."""


KINDS = {
    "binance-spot": Kind(
        "binance-spot",
        (("BTCUSDT", "60000"), ("ETHUSDT", "3000")),
        {"USDT": "10000000", "BTC": "200", "ETH": "4000"},
        "weight_per_minute = 1000000, orders_per_10_s = 1000000, orders_per_day = 100000000, "
        "connections_per_5_min = 1000000",
        "ed25519",
        {"market": "market", "orders": "api"},
    ),
    "binance-usdm": Kind(
        "binance-usdm",
        (("BTCUSDT", "60000"),),
        {"USDT": "10000000"},
        "weight_per_minute = 1000000, orders_per_10_s = 1000000, orders_per_minute = 100000000, "
        "connections_per_5_min = 1000000",
        "ed25519",
        {"market": "market", "orders": "api", "events": "user"},
    ),
    "kraken-spot": Kind(
        "kraken-spot",
        (("BTC/USD", "60000"), ("ETH/USD", "3000")),
        {"USD": "10000000", "BTC": "200", "ETH": "4000"},
        "threshold = 0, rest_max = 0, connections_per_10_min = 0, open_orders_max = 0",
        "kraken",
        {"market": "market", "orders": "user"},
    ),
    "coinbase": Kind(
        "coinbase-advanced",
        (("BTC-USD", "60000"),),
        {"USD": "10000000", "BTC": "200"},
        "private_per_s = 0, public_per_s = 0, messages_per_s = 0, connections_per_s = 0",
        "es256",
        {"market": "market", "events": "user"},
    ),
}


class SimulatedVenue:
    """One `tickpath venue-sim` process."""

    def __init__(self, name: str, folder: Path, events_per_s: int, touch_ppm: int = 0) -> None:
        """`events_per_s` and `touch_ppm` are those of each market."""
        self.name, self.kind = name, KINDS[name]
        edwards = self.kind.key == "ed25519"
        key = Ed25519PrivateKey.generate() if edwards else generate_private_key(SECP256R1())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / f"{name}.pem").write_bytes(public)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        kraken = self.kind.key == "kraken"
        self.keys = Keys(
            id="trader",
            secret=KRAKEN_SECRET if kraken else private,
            kind="hmac" if kraken else self.kind.key,
        )
        path = folder / f"{name}.toml"
        path.write_text(self._config(events_per_s, touch_ppm))
        command = [sys.executable, "-m", "tickpath.cli.main", "venue-sim", str(path)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{name}: the simulator did not start: see above")
        found = json.loads(line)
        self.admin = f"{found['admin']}/venues/{name}"
        self.urls = found["venues"][name]

    def _config(self, events_per_s: int, touch_ppm: int) -> str:
        kind = self.kind
        money = ", ".join(f'{asset} = "{amount}"' for asset, amount in kind.balances.items())
        secret = f'public_key = "{self.name}.pem"'
        if kind.key == "kraken":
            secret = f'secret = "{KRAKEN_SECRET}"'
        markets = "".join(
            f'[[venues.markets]]\nsymbol = "{symbol}"\nmid = "{mid}"\n'
            f"events_per_s = {events_per_s}\ntouch_ppm = {touch_ppm}\n"
            for symbol, mid in kind.markets
        )
        return (
            f'[[venues]]\nname = "{self.name}"\nprotocol = "{kind.protocol}"\n'
            f"limits = {{ {kind.limits} }}\n{markets}"
            f'[[venues.accounts]]\nname = "trader"\nbalances = {{ {money} }}\n'
            f'[[venues.accounts.keys]]\nname = "trader"\nkind = "{kind.key}"\n{secret}\n'
        )

    def run_table(self, window_ms: int) -> str:
        """Its [[live.venues]] of a run configuration."""
        urls = "".join(
            f'{purpose} = ["{self.urls[url]}"]\n' for purpose, url in self.kind.endpoints.items()
        )
        return (
            f'[[live.venues]]\nname = "{self.name}"\nkeys = "trader"\n'
            f'rest = "{self.urls["rest"]}"\nrest_windows = [1, 5000]\n'
            f"recv_window_ms = {window_ms}\n{urls}"
        )

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """A request to the admin endpoint."""
        data = None if body is None else json.dumps(body).encode()
        head = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self.admin}/{path}", data=data, headers=head)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def account(self) -> dict[str, Any]:
        """The truth about the trader, its past left out."""
        truth: dict[str, Any] = self.ask("truth?history=0")["accounts"]["trader"]
        return truth

    def close(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait()


def run_config(
    venues: list[SimulatedVenue],
    strategies: list[str],
    folder: Path,
    more: str = "",
    window_ms: int = 5000,
    order_rate: int = 1000,
) -> Path:
    """A configuration of one engine on all of them; written to `folder`. `window_ms`: how late a
    request may arrive, `order_rate` the orders a second that risk lets pass. Each strategy trades
    each instrument."""
    money: dict[str, Decimal] = {}
    text = ""
    for venue in venues:
        symbols = [symbol for symbol, _ in venue.kind.markets]
        names = ", ".join(f'"{symbol}"' for symbol in symbols)
        text += f'[[sources]]\nvenue = "{venue.name}"\nsymbols = [{names}]\n'
        text += "".join(
            f'[[strategies]]\nname = "{strategy}"\ninstruments = ["{venue.name}:{symbol}"]\n'
            f"params = {{ order_equity_ppm = {ORDER_PPM} }}\n"
            for symbol in symbols
            for strategy in strategies
        )
        for asset, amount in venue.kind.balances.items():
            money[asset] = money.get(asset, Decimal(0)) + Decimal(amount)
    settled = [asset for asset in money if asset.startswith("USD")]
    text += "[balances]\n" + "".join(f'{asset} = "{money[asset]}"\n' for asset in settled)
    text += f"[risk]\norder_rate_per_s = {order_rate}\norder_burst = {order_rate}\n"
    text += f"venue_order_rate_per_s = {order_rate}\n"
    text += f'[live]\nstate = "state"\nstatus_s = 5\n{more}'
    text += "".join(venue.run_table(window_ms) for venue in venues)
    path = folder / "run.toml"
    path.write_text(text)
    return path
