"""Binance order codec, native: the two functions a `tp_codec` points to.

`order_encode.pxd` writes requests, `order_decode.pxd` reads frames; orders.py defines both.
"""

from tickpath.venues.binance.order_decode cimport orders_decode
from tickpath.venues.binance.order_encode cimport OrderCodecState, orders_encode
