"""Instructions that the native order codec of Binance spot takes to read a frame, JSON and SBE.

Question: what does a reply or a fill cost in either form, whatever the load of the machine?
Usage, about half a minute:

    python benchmarks/venues/binance/order_instructions.py

The same message in both forms: the reply to a new order (ACK) and the report of a fill. Counted by
callgrind inside the codec's slot alone, over FRAMES frames. gcc's version decides the counts.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FRAMES = 100
ENTRY = "*spot_decode*"
TOTALS = re.compile(r"^totals: (\d+)", re.MULTILINE)
OWN = "000100c7000000ff"
REPLY: dict[str, Any] = {
    "id": OWN,
    "status": 200,
    "result": {
        "symbol": "BTCUSDT", "orderId": 12345678901, "orderListId": -1, "clientOrderId": OWN,
        "transactTime": 1723075200123,
    },
    "rateLimits": [
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 50,
         "count": 12},
        {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 160000,
         "count": 4043},
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000,
         "count": 321},
    ],
}  # fmt: skip
FILL: dict[str, Any] = {
    "e": "executionReport", "E": 1723075200124, "s": "BTCUSDT", "c": OWN, "S": "BUY", "o": "LIMIT",
    "f": "GTC", "q": "0.01000000", "p": "60000.00000000", "P": "0.00000000", "F": "0.00000000",
    "g": -1, "C": "", "x": "TRADE", "X": "FILLED", "r": "NONE", "i": 12345678901, "l": "0.01000000",
    "z": "0.01000000", "L": "59999.99000000", "n": "0.00001000", "N": "BTC", "T": 1723075200124,
    "t": 3000000001, "I": 5000000001, "w": False, "m": True, "M": False, "O": 1723075200123,
    "Z": "599.99990000", "Y": "599.99990000", "Q": "0.00000000", "W": 1723075200123, "V": "NONE",
}  # fmt: skip
KINDS = ("reply json", "reply sbe", "fill json", "fill sbe")


def frame_of(kind: str) -> bytes:
    """The message in one of its forms."""
    from tickpath.venues.sim.server.binance import sbe

    if kind == "reply sbe":
        return sbe.reply(REPLY, "order.place")
    if kind == "fill sbe":
        return sbe.event(FILL, 0)
    said = REPLY if kind == "reply json" else {"subscriptionId": 0, "event": FILL}
    return json.dumps(said, separators=(",", ":")).encode()


def child(kind: str) -> None:
    """Decode one frame again and again."""
    from tickpath.backtest.setup import config_for
    from tickpath.core.codes import Code
    from tickpath.venues.binance.native_orders import OrderCodec
    from tickpath.venues.sim.generator import generate

    config = config_for(generate(seed=1, frames=4))
    codec, frame = OrderCodec(config, config.venues.index("binance-spot")), frame_of(kind)
    for _ in range(FRAMES):
        code, reports = codec.decode(frame)
        if code != Code.OK or len(reports) != 1 or reports[0].instrument != 0:
            raise SystemExit(f"{kind}: {code} {reports}")


def instructions(kind: str) -> int:
    """Of one frame."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out"
        command = [
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
            "--collect-atstart=no", f"--toggle-collect={ENTRY}", sys.executable, __file__, kind,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = TOTALS.search(out.read_text()) if out.exists() else None
    if done.returncode != 0 or found is None or int(found[1]) == 0:
        raise SystemExit(f"{kind}: nothing was counted\n{done.stderr[-2000:]}")
    return int(found[1]) // FRAMES


def main() -> None:
    for kind in KINDS:
        print(f"{kind:<12}{instructions(kind):>8}")


if __name__ == "__main__":
    if len(sys.argv) == 2:
        child(sys.argv[1])
    else:
        main()
