"""Order frames of Kraken in the venue's form, written short; and what the codecs are asked."""

import json
from dataclasses import replace
from importlib import import_module
from typing import Any

from venues.kraken.kraken_frames import VENUE, instrument, kraken_config

from tickpath.core.config import Config
from tickpath.core.ids import to_text
from tickpath.core.records import IntentKind, OrderType, Request, Side, TimeInForce
from tickpath.venues.kraken.request_ids import ADD, CANCEL, QUERY, request_id

ID = 0x0001_00C7_0000_00FF
NOW_NS = 1_660_801_715_431_999_999
MODULES = {"reference": "orders", "native": "native_orders"}
ORDER_ID = "OABCDE-12345-FGHIJ"


def order_config(**changes: Any) -> Config:
    return kraken_config(instrument(), instrument("ETH/USD", "0.01"), **changes)


def codec_of(backend: str, config: Config | None = None) -> Any:
    module = import_module(f"tickpath.venues.kraken.{MODULES[backend]}")
    return module.OrderCodec(config or order_config(), VENUE)


def request_of(**changes: Any) -> Request:
    base = Request(
        kind=IntentKind.SUBMIT,
        venue=VENUE,
        instrument=0,
        strategy=0,
        side=Side.BUY,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        flags=0,
        tag=0,
        price_ticks=300_000,
        quantity_lots=1_000_000,
        client_order_id=ID,
    )
    return replace(base, **changes)


def frame(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def execution(step: str, *rows: dict[str, Any], **fields: Any) -> bytes:
    """An update with one row of the exec_type, and further rows as given."""
    first = {
        "order_id": ORDER_ID, "cl_ord_id": to_text(ID), "exec_type": step, "order_status": step,
        "symbol": "BTC/USD", "timestamp": "2023-09-22T10:33:05.709950Z", **fields,
    }  # fmt: skip
    kept = {k: v for k, v in first.items() if v is not ...}
    return frame({"channel": "executions", "type": "update", "data": [kept, *rows], "sequence": 8})


def trade(**fields: Any) -> bytes:
    told = {
        "exec_id": "TIS4GR-GLCJA-75XYKO", "trade_id": 365573, "side": "buy", "last_qty": 0.00500000,
        "last_price": 26599.9, "liquidity_ind": "t", "cost": 132.9995, "cum_qty": 0.005,
        "fees": [{"asset": "USD", "qty": 0.34579}], "order_status": "partially_filled",
    }  # fmt: skip
    return execution("trade", **{**told, **fields})


def reply(method: str, kind: int, order: int = ID, **fields: Any) -> bytes:
    head = {"method": method, "req_id": request_id(order, kind)}
    tail = {"time_in": "2026-05-05T10:00:00.123Z", "time_out": "2026-05-05T10:00:00.125Z"}
    return frame({**head, **fields, **tail})


def accepted(order: int = ID) -> bytes:
    result = {"order_id": ORDER_ID, "cl_ord_id": to_text(order), "order_userref": 0}
    return reply("add_order", ADD, order, success=True, result=result)


def refused(error: str, method: str = "add_order", order: int = ID) -> bytes:
    kind = {"add_order": ADD, "cancel_order": CANCEL, "query_order": QUERY}[method]
    return reply(method, kind, order, success=False, error=error)


def standing(status: str, **fields: Any) -> bytes:
    result = {"status": status, "order_id": ORDER_ID, **fields}
    return reply("query_order", QUERY, success=True, symbol="BTC/USD", result=result)


def order_corpus() -> list[bytes]:
    """Frames of every kind, for fuzzing."""
    steps = ("pending_new", "new", "filled", "canceled", "expired", "amended", "restated", "status")
    return [
        *(execution(step, cum_qty=0.001, order_status="new") for step in steps),
        execution("canceled", symbol=..., cum_qty=0.5),
        trade(),
        trade(fees=[]),
        execution("trade", {"exec_type": "filled"}, last_qty=1, last_price=2),
        accepted(),
        refused("EOrder:Insufficient funds"),
        refused("EService:Busy", "cancel_order"),
        reply("cancel_order", CANCEL, success=True, result={"order_id": ORDER_ID}),
        standing("open", vol_exec="0.00100000"),
        standing("absent"),
        frame({"channel": "heartbeat"}),
        frame({"channel": "balances", "type": "snapshot", "data": []}),
        frame({"method": "pong", "req_id": 2**50 + 4}),
    ]
