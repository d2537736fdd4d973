"""What a signature costs per order, by venue and kind of key.

Question: what does signing add between the journalled bytes and the socket? Usage:

    taskset -c 1 python benchmarks/venues/bench_sign.py [--json FILE]

Medians of 9 rounds over a Binance `order.place` as the engine encodes it and requests of the same
kind elsewhere. Ed25519 on Binance costs this once per session: after `session.logon` requests go
out as they are, 0 ns. Coinbase needs a token per REST order.
"""

import argparse
import base64
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from tickpath.venues.binance.sign import Signer as BinanceSigner
from tickpath.venues.coinbase.sign import ExchangeSigner, TokenSigner
from tickpath.venues.keys import KeyKind, Keys
from tickpath.venues.kraken.sign import NonceSource
from tickpath.venues.kraken.sign import Signer as KrakenSigner
from tickpath.venues.kraken.token import with_token

ROUNDS, CALLS = 9, 2000
ORDER = (
    b'{"id":"000100010000002a","method":"order.place","params":{"symbol":"BTCUSDT","side":"BUY",'
    b'"type":"LIMIT","timeInForce":"GTC","price":"43000.10","quantity":"0.00100",'
    b'"newClientOrderId":"000100010000002a","newOrderRespType":"ACK","timestamp":1700000000000}}'
)
FIELDS = b"ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25&cl_ord_id=000100010000002a"
KRAKEN_ORDER = (
    b'{"method":"add_order","params":{"token":"","order_type":"limit","side":"buy",'
    b'"order_qty":1.25,"symbol":"BTC/USD","limit_price":37500,'
    b'"cl_ord_id":"000100010000002a"},"req_id":42}'
)
BODY = b'{"client_order_id":"000100010000002a","product_id":"BTC-USD","side":"BUY"}'
SECRET = base64.b64encode(bytes(range(64))).decode()
SEED = base64.b64encode(bytes(range(32))).decode()


def cases() -> dict[str, Callable[[], object]]:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(*form).decode()
    mac = BinanceSigner(Keys(id="k" * 64, secret="s" * 64, kind=KeyKind.HMAC))
    edwards = BinanceSigner(Keys(id="k" * 64, secret=SEED, kind=KeyKind.ED25519))
    kraken = KrakenSigner(
        Keys(id="k" * 56, secret=SECRET, kind=KeyKind.HMAC), NonceSource(time.time_ns)
    )

    def tokens(secret: str, kind: KeyKind) -> TokenSigner:
        return TokenSigner(Keys(id="organizations/o/apiKeys/k", secret=secret, kind=kind), seconds)

    def seconds() -> int:
        return int(time.time())

    es256, eddsa = tokens(pem, KeyKind.ES256), tokens(SEED, KeyKind.ED25519)
    exchange = ExchangeSigner(
        Keys(id="k", secret=SECRET, kind=KeyKind.HMAC, passphrase="p"), seconds
    )
    orders = "/api/v3/brokerage/orders"
    return {
        "binance ws hmac": lambda: mac.request(ORDER),
        "binance ws ed25519": lambda: edwards.request(ORDER),
        "binance rest hmac": lambda: mac.query(FIELDS),
        "binance rest ed25519": lambda: edwards.query(FIELDS),
        "kraken rest": lambda: kraken.form("/0/private/AddOrder", FIELDS),
        "kraken ws token": lambda: with_token(KRAKEN_ORDER, "t" * 44),
        "coinbase es256": lambda: es256.headers("POST", "api.coinbase.com", orders),
        "coinbase eddsa": lambda: eddsa.headers("POST", "api.coinbase.com", orders),
        "coinbase exchange": lambda: exchange.headers("POST", "/orders", BODY),
    }


def cost_ns(act: Callable[[], object]) -> float:
    """Mean of one round: the thread's own nanoseconds, so that a shared core counts less."""
    start = time.thread_time_ns()
    for _ in range(CALLS):
        act()
    return (time.thread_time_ns() - start) / CALLS


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    acts = cases()
    found: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, act in acts.items():
            found[name].append(cost_ns(act))
    figures = {name: round(statistics.median(costs)) for name, costs in found.items()}
    for name, figure in figures.items():
        print(f"{name:22} {figure:8} ns")
    print(f"{'binance ws, logged on':22} {0:8} ns (the request is sent as it was journalled)")
    if options.json:
        options.json.write_text(json.dumps({"results": figures}) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
