"""Order frames as Coinbase sends them, for tests: answers of REST and the user channel."""

from typing import Any

from venues.coinbase.wire_frames import TIME, text

UUID = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
UUID_LOW = 0x2BCD_EF12_3456_7890


def answer(status: int, tag: str, body: Any = b"") -> bytes:
    """An answer as the transport hands it over."""
    return b"%03d %b\n" % (status, tag.encode()) + (body if isinstance(body, bytes) else text(body))


def placed(order: str, **fields: Any) -> dict[str, Any]:
    """The body of a new order that was taken."""
    success = {"order_id": UUID, "product_id": "BTC-USD", "side": "BUY", "client_order_id": order}
    return {"success": True, "success_response": success, "order_configuration": {}} | fields


def refused(error: str, preview: str = "UNKNOWN_PREVIEW_FAILURE_REASON") -> dict[str, Any]:
    """The body of a new order that was not."""
    details = {
        "error": error,
        "message": "text",
        "error_details": "",
        "preview_failure_reason": preview,
    }
    return {"success": False, "error_response": details}


def cancelled(success: bool, reason: str = "UNKNOWN_CANCEL_FAILURE_REASON") -> dict[str, Any]:
    """The body of a cancel's answer."""
    return {"results": [{"success": success, "failure_reason": reason, "order_id": UUID}]}


def user_order(
    order: str, status: str, quantity: str = "0", average: str = "0", **fields: Any
) -> Any:
    """An order of the user channel."""
    return {
        "order_id": UUID,
        "client_order_id": order,
        "cumulative_quantity": quantity,
        "leaves_quantity": "0.001",
        "avg_price": average,
        "total_fees": "0",
        "status": status,
        "product_id": "BTC-USD",
        "order_side": "BUY",
    } | fields


def user(*orders: Any, kind: str = "update", **fields: Any) -> bytes:
    """A frame of the user channel."""
    head = {"channel": "user", "client_id": "", "timestamp": TIME, "sequence_num": 1}
    return text(head | {"events": [{"type": kind, "orders": list(orders)}]} | fields)


def rest_order(
    order: str, status: str, quantity: str = "0", average: str = "0", **fields: Any
) -> Any:
    """An order of REST."""
    return {
        "order_id": UUID,
        "client_order_id": order,
        "filled_size": quantity,
        "average_filled_price": average,
        "total_fees": "0",
        "status": status,
        "product_id": "BTC-USD",
    } | fields
