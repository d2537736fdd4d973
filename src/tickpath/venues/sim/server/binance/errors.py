"""Refusals in the venue's words: code, text, HTTP status. Source: binance-spot-api-docs errors.md,
filters.md; the futures page error-code of the same venue."""

from tickpath.venues.sim.server.orders import Why


class ApiError(Exception):
    """A request is refused. `retry_ns` is the venue time when a limited client may try again."""

    def __init__(self, code: int, message: str, status: int = 400, retry_ns: int = 0) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.retry_ns = code, message, status, retry_ns
        self.data: dict[str, object] = {}


def missing(name: str) -> ApiError:
    return ApiError(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def illegal(name: str, legal: str) -> ApiError:
    return ApiError(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    )


def filtered(name: str) -> ApiError:
    return ApiError(-1013, f"Filter failure: {name}")


def not_needed(name: str) -> ApiError:
    return ApiError(-1106, f"Parameter '{name}' sent when not required.")


INVALID_SYMBOL = (-1121, "Invalid symbol.")
INVALID_KEY = (-2015, "Invalid API-key, IP, or permissions for action.", 401)
KEY_FORMAT = (-2014, "API-key format invalid.", 401)
BAD_SIGNATURE = (-1022, "Signature for this request is not valid.")
UNKNOWN_ORDER = (-2011, "Unknown order sent.")
NO_ORDER = (-2013, "Order does not exist.")
PRECISION = (-1111, "Parameter '{}' has too much precision.")
OUTSIDE_WINDOW = (-1021, "Timestamp for this request is outside of the recvWindow.")
AHEAD = (-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
BUSY = (-1001, "Internal error; unable to process your request. Please try again.", 503)
TIMEOUT = (
    -1007,
    "Timeout waiting for response from backend server. Send status unknown; "
    "execution status unknown.",
    504,
)
TOO_MANY = (
    -1003,
    "Too much request weight used; please use WebSocket Streams for live updates to avoid polling "
    "the API.",
)
MAINTENANCE = (
    -1008,
    "Server is currently overloaded with other requests. Please try again in a few minutes.",
    503,
)

SPOT_REASONS = {
    Why.CLOSED: (-2010, "Market is closed."),
    Why.FUNDS: (-2010, "Account has insufficient balance for requested action."),
    Why.DUPLICATE: (-2010, "Duplicate order sent."),
    Why.CROSSES: (-2010, "Order would immediately match and take."),
    Why.TRIGGERS: (-2010, "Stop price would trigger immediately."),
    Why.UNKNOWN: UNKNOWN_ORDER,
    Why.QUANTITY: (
        -2038,
        "Order cannot be amended: quantity must be greater than executed quantity.",
    ),
    Why.NO_CHANGE: (-2038, "The requested action would change no state; rejecting."),
}
USDM_REASONS = {
    Why.CLOSED: (-4108, "This symbol is pending trading or delivering, or closed."),
    Why.MARGIN: (-2019, "Margin is insufficient."),
    Why.DUPLICATE: (-4116, "ClientOrderId is duplicated."),
    Why.CROSSES: (
        -5022,
        "Due to the order could not be executed as maker, the Post Only order will be rejected.",
    ),
    Why.REDUCE: (-2022, "ReduceOnly Order is rejected."),
    Why.TRIGGERS: (-2021, "Order would immediately trigger."),
    Why.UNKNOWN: UNKNOWN_ORDER,
    Why.QUANTITY: (-5026, "The amended quantity is below the executed quantity."),
    Why.NO_CHANGE: (-5027, "No need to modify the order."),
    Why.EXPIRED: (-1102, "goodTillDate is in the past."),
}
