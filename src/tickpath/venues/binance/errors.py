"""Error codes of Binance that have their own path here. Source: the venue's errors page."""

UNKNOWN = -1000
UNEXPECTED = -1006
TIMEOUT = -1007
UNKNOWN_OUTCOME = (UNKNOWN, UNEXPECTED, TIMEOUT)
"""After these an order may or may not exist."""

TOO_MANY_ORDERS = -1015
"""Status 429 of a count of orders: cancels and queries go on."""

NEW_REJECTED = -2010
NO_SUCH_ORDER = -2013

LASTING = (-1022, -2008, -2014, -2015)
"""Signature, key, permission or address refused: a person has to look."""
