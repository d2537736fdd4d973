"""How many market frames and orders a simulated venue carries for each core that it uses.

`tickpath venue-sim` runs in a process of its own with one client: first a generated market of two
symbols alone, then orders (place and cancel, over the venue's WebSocket) beside it. CPU is that of
the venue's process, user and system; the client's own is left out. Answers: how many venues fit on
a host beside a client. Linux only; compare two versions in one sitting.
"""

import argparse
import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PRICES = {"BTCUSDT": "30000", "ETHUSDT": "1500"}
SYMBOLS = tuple(PRICES)
STREAMS = "/".join(
    f"{symbol.lower()}@{kind}"
    for symbol in SYMBOLS
    for kind in ("trade", "bookTicker", "depth@100ms")
)
CONFIG = """
[[venues]]
name = "venue"
protocol = "binance-spot"
limits = {{ weight_per_minute = 0, orders_per_10_s = 0, orders_per_day = 0 }}
[[venues.accounts]]
name = "me"
balances = {{ USDT = "100000000", BTC = "1000", ETH = "1000" }}
[[venues.accounts.keys]]
name = "key"
kind = "ed25519"
public_key = "key.pem"
"""
MARKET = """
[[venues.markets]]
symbol = "{symbol}"
mid = "{mid}"
events_per_s = {events}
"""


class Counter(WSListener):
    """Counts frames; a list takes their text where it is wanted."""

    def __init__(self) -> None:
        self.frames = 0
        self.texts: asyncio.Queue[str] | None = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self.frames += 1
            if self.texts is not None:
                self.texts.put_nowait(frame.get_payload_as_utf8_text())


def cpu_s(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def say(transport: WSTransport, number: int, method: str, **params: Any) -> None:
    text = json.dumps({"id": number, "method": method, "params": params})
    transport.send(WSMsgType.TEXT, text.encode())


async def log_on(transport: WSTransport, texts: asyncio.Queue[str]) -> None:
    """A session by the venue's Ed25519 logon, with the account's events."""
    params: dict[str, Any] = {"apiKey": "key", "timestamp": time.time_ns() // 10**6}
    payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
    params["signature"] = base64.b64encode(KEY.sign(payload.encode())).decode()
    say(transport, 0, "session.logon", **params)
    assert json.loads(await texts.get())["status"] == 200
    say(transport, 0, "userDataStream.subscribe")
    assert json.loads(await texts.get())["status"] == 200


async def trade(
    transport: WSTransport, texts: asyncio.Queue[str], rate: int, seconds: float
) -> int:
    """Place and cancel a resting order, `rate` requests a second together; requests that were
    answered with 200."""
    start, sent, done = time.monotonic(), 0, 0
    while (gone := time.monotonic() - start) < seconds:
        while sent < gone * rate:
            symbol, pair = SYMBOLS[sent // 2 % 2], sent // 2
            more = {"symbol": symbol, "timestamp": time.time_ns() // 10**6}
            if sent % 2 == 0:
                more |= {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
                more |= {"price": PRICES[symbol], "quantity": "0.1", "newClientOrderId": f"o{pair}"}
                say(transport, sent, "order.place", **more)
            else:
                say(transport, sent, "order.cancel", origClientOrderId=f"o{pair}", **more)
            sent += 1
        await asyncio.sleep(0.002)
        while not texts.empty():
            done += '"status":200' in texts.get_nowait()
    return done


async def measure(url: dict[str, str], pid: int, rate: int, seconds: float) -> None:
    market, api = Counter(), Counter()
    await ws_connect(lambda: market, f"{url['market']}/stream?streams={STREAMS}")
    transport, _ = await ws_connect(lambda: api, url["api"])
    api.texts = asyncio.Queue()
    await log_on(transport, api.texts)
    for orders in (0, rate):
        frames, cpu, start = market.frames, cpu_s(pid), time.monotonic()
        if orders:
            done = await trade(transport, api.texts, orders, seconds)
        else:
            await asyncio.sleep(seconds)
            done = 0
        wall, used = time.monotonic() - start, cpu_s(pid) - cpu
        found = {
            "market_frames_per_s": round((market.frames - frames) / wall),
            "orders_per_s": round(done / wall),
            "cores": round(used / wall, 3),
            "market_frames_per_core_s": round((market.frames - frames) / used),
            "orders_per_core_s": round(done / used),
        }
        sys.stdout.write(json.dumps(found) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2000, help="a second, of each symbol")
    parser.add_argument("--orders", type=int, default=400, help="requests a second")
    parser.add_argument("--seconds", type=float, default=8)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "venues.toml"
        text = CONFIG.format()
        for symbol, mid in zip(SYMBOLS, (60_000, 3000), strict=True):
            text += MARKET.format(symbol=symbol, mid=mid, events=args.events)
        path.write_text(text)
        pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (Path(folder) / "key.pem").write_bytes(pem)
        command = [sys.executable, "-m", "tickpath.cli.main", "venue-sim", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as venue:
            assert venue.stdout is not None
            try:
                urls = json.loads(venue.stdout.readline())["venues"]["venue"]
                asyncio.run(measure(urls, venue.pid, args.orders, args.seconds))
            finally:
                venue.send_signal(signal.SIGINT)


if __name__ == "__main__":
    main()
