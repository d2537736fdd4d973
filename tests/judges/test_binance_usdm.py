"""Third-party clients of Binance USD-M, with only their URLs changed."""

import pytest
from judges.stand import Stand

ENVIRONMENT = "env"
CONFIG = """
seed = 19
[[venues]]
name = "usdm"
protocol = "binance-usdm"
[[venues.markets]]
symbol = "BTCUSDT"
mid = "60000"
events_per_s = 100
[[venues.accounts]]
name = "judge"
balances = { USDT = "100000" }
[[venues.accounts.keys]]
name = "judge-hmac"
kind = "hmac"
secret = "judge-secret"
"""


@pytest.mark.slow
def test_python_binance_and_ccxt(stand: Stand) -> None:
    seen = stand.judge("python_binance_usdm", "usdm", symbol="BTCUSDT")
    assert seen["rest"] == {
        "placed": "NEW",
        "modified": "58000.0",
        "found": "0.020",
        "cancelled": "CANCELED",
        "position": "0.010",
        "flat": True,
        "wallet": ["USDT"],
        "depth": 5,
    }
    assert seen["sockets"] == {"steps": ["NEW", "CANCELED"], "book": "depthUpdate"}
    assert seen["ccxt"] == {
        "placed": "open",
        "edited": [True, 58000.0],
        "cancelled": "canceled",
    }
    account = stand.truth("usdm")["accounts"]["judge"]
    assert account["open_orders"] == account["positions"] == []
