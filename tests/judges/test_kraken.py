"""python-kraken-sdk against the simulated Kraken, with only its URLs changed."""

import pytest
from judges.stand import Stand

SECRET = "anVkZ2Utc2VjcmV0LW9mLWEtdGVzdA=="
ENVIRONMENT = "env"
CONFIG = f"""
seed = 13
[[venues]]
name = "kraken"
protocol = "kraken-spot"
limits = {{ rest_max = 100 }}
[[venues.markets]]
symbol = "BTC/USD"
base = "BTC"
quote = "USD"
tick_size = "0.1"
lot_size = "0.00000001"
quantity_min = "0.00005"
quantity_max = "1000"
notional_min = "0.5"
maker_fee_ppm = 1600
taker_fee_ppm = 2600
mid = "60000"
events_per_s = 100
[[venues.accounts]]
name = "judge"
balances = {{ USD = "100000", BTC = "1" }}
[[venues.accounts.keys]]
name = "judge-hmac"
kind = "kraken"
secret = "{SECRET}"
"""


@pytest.mark.slow
def test_python_kraken_sdk(stand: Stand) -> None:
    seen = stand.judge("kraken_sdk", "kraken", kraken_secret=SECRET)
    assert seen["rest"] == {
        "found": ["open", "59000.0"],
        "edited": True,
        "open": True,
        "cancelled": 1,
        "market": 1,
        "trades": 0.01,
        "balance": 1.01,
        "decimals": 1,
    }
    assert seen["orders"] == {
        "placed": True,
        "amended": True,
        "cancelled": True,
        "steps": ["new", "amended", "canceled"],
    }
    assert seen["book"] == {"valid": True, "enough": True, "levels": 10}
    orders = stand.truth("kraken")["accounts"]["judge"]["orders"]
    assert [o["status"] for o in orders] == ["CANCELED", "CANCELED", "FILLED", "CANCELED"]
    assert ("amend_order", "/v2") in stand.sent("kraken")
