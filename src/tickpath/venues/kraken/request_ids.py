"""`req_id` of a request: which order it is about, and what was asked.

A refusal names its request by this number alone. It is epoch (16 bits), counter (32) and kind (2)
of the order's client order id, so below 2**50: exact in every JSON reader. The engine id, the rest
of the client order id, is the configuration's. A session's own requests count from SESSION_FIRST.
"""

ADD, CANCEL, QUERY = range(3)
SESSION_FIRST = 2**50


def request_id(client_order_id: int, kind: int) -> int:
    """The number of a request about an order."""
    return (client_order_id & (2**48 - 1)) << 2 | kind


def order_of(number: int, engine_id: int) -> tuple[int, int]:
    """(client order id, kind), (0, 0) when no order of the engine has such a request."""
    order = number >> 2
    if not 0 <= number < SESSION_FIRST or order & (2**32 - 1) == 0:
        return 0, 0
    return engine_id << 48 | order, number & 3
