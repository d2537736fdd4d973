"""coinbase-advanced-py against the simulated Coinbase, with only its URLs changed. It speaks https
alone, so the simulator makes a certificate that the client's environment names."""

from judges.stand import Stand

ENVIRONMENT = "coinbase"
CONFIG = """
seed = 17
[tls]
self_signed = true
[[venues]]
name = "coinbase"
protocol = "coinbase-advanced"
limits = { public_per_s = 100, private_per_s = 100 }
[[venues.markets]]
symbol = "BTC-USD"
base = "BTC"
quote = "USD"
tick_size = "0.01"
lot_size = "0.00000001"
quantity_min = "0.00000001"
quantity_max = "3400"
notional_min = "1"
maker_fee_ppm = 4000
taker_fee_ppm = 6000
mid = "60000"
events_per_s = 100
[[venues.accounts]]
name = "judge"
balances = { USD = "100000", BTC = "1" }
[[venues.accounts.keys]]
name = "judge-es256"
kind = "es256"
public_key = "es256.pem"
"""


def test_coinbase_advanced_py(stand: Stand) -> None:
    seen = stand.judge("coinbase_sdk", "coinbase")
    assert seen["rest"] == {
        "found": ["OPEN", "sdk-1"],
        "edited": True,
        "open": [True],
        "cancelled": [True],
        "market": True,
        "refused": "INSUFFICIENT_FUND",
        "filled": 0.01,
        "wallets": ["BTC", "USD"],
        "book": 5,
        "product": "0.01",
    }
    assert seen["sockets"] == {
        "channels": ["heartbeats", "l2_data", "market_trades", "subscriptions"],
        "chained": True,
        "statuses": ["OPEN", "CANCELLED"],
    }
    orders = stand.truth("coinbase")["accounts"]["judge"]["orders"]
    assert [o["status"] for o in orders] == ["CANCELED", "FILLED", "CANCELED"]
