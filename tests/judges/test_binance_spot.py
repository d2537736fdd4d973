"""Third-party clients of Binance spot, with only their URLs changed."""

from decimal import Decimal
from typing import Any

import pytest
from judges.stand import Stand

ENVIRONMENT = "env"
CONFIG = """
seed = 11
[[venues]]
name = "spot"
protocol = "binance-spot"
[[venues.markets]]
symbol = "BTCUSDT"
mid = "60000"
events_per_s = 100
[[venues.accounts]]
name = "judge"
balances = { USDT = "100000", BTC = "1" }
[[venues.accounts.keys]]
name = "judge-hmac"
kind = "hmac"
secret = "judge-secret"
[[venues.accounts.keys]]
name = "judge-ed25519"
kind = "ed25519"
public_key = "ed25519.pem"
"""
SYMBOL = {"symbol": "BTCUSDT"}


def orders(stand: Stand) -> dict[str, str]:
    """Client order id to status, as the simulator has it."""
    account: dict[str, Any] = stand.truth("spot")["accounts"]["judge"]
    assert account["open_orders"] == []
    return {o["client_id"]: o["status"] for o in account["orders"]}


@pytest.mark.slow
def test_the_venues_own_client(stand: Stand) -> None:
    seen = stand.judge("sdk_spot", "spot", **SYMBOL)
    assert sum(Decimal(q) for q in seen["rest"].pop("trades")) == Decimal("0.01")
    assert seen["rest"] == {
        "tick": ["0.01000000"],
        "bids": 5,
        "placed": "NEW",
        "found": "sdk-1",
        "replaced": ["SUCCESS", "SUCCESS"],
        "amended": "0.01500000",
        "cancelled": "CANCELED",
        "market": ["FILLED", "0.01000000"],
        "assets": ["BTC", "USDT"],
    }
    assert seen["api"] == {
        "placed": "api-1",
        "replaced": "SUCCESS",
        "status": "NEW",
        "cancelled": "CANCELED",
        "events": 8,
        "reports": ["NEW", "CANCELED", "NEW", "CANCELED"],
    }
    assert seen["streams"] == {"depth": True, "trade": True, "ticker": True}
    known = orders(stand)
    assert [known[k] for k in ("sdk-1", "sdk-2", "api-1", "api-2")] == ["CANCELED"] * 4
    sent = stand.sent("spot")
    assert ("POST", "/api/v3/order/cancelReplace") in sent
    assert ("session.logon", "/ws-api/v3") in sent


@pytest.mark.slow
def test_python_binance(stand: Stand) -> None:
    seen = stand.judge("python_binance", "spot", **SYMBOL)
    assert seen["rest"] == {
        "placed": "NEW",
        "found": "pb-1",
        "replaced": "SUCCESS",
        "open": ["pb-2"],
        "cancelled": "CANCELED",
        "market": "FILLED",
        "assets": ["BTC", "USDT"],
        "depth": 5,
    }
    assert seen["wrong"] == -1022
    assert seen["sockets"] == {
        "events": ["NEW", "CANCELED"],
        "placed": "NEW",
        "cancelled": "CANCELED",
        "diff": "depthUpdate",
    }
    assert orders(stand)["pb-3"] == "CANCELED"


@pytest.mark.slow
def test_ccxt(stand: Stand) -> None:
    seen = stand.judge("ccxt_spot", "spot", **SYMBOL)
    assert seen["rest"] == {
        "precision": ["0.01", "1e-05"],
        "placed": "open",
        "found": 59000.0,
        "edited": 58000.0,
        "open": 1,
        "cancelled": "canceled",
        "market": ["closed", 0.01],
        "traded": 0.01,
        "free": True,
        "book": [5, 5],
    }
    assert seen["pro"] == {"book": True, "trades": "BTC/USDT"}
    assert sorted(orders(stand).values()) == ["CANCELED", "CANCELED", "FILLED"]
