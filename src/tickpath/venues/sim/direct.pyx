"""Python handle of the direct order codec: requests and reports as records. No logic."""

from tickpath.venues.binance.native_orders cimport OrderCodec
from tickpath.venues.sim.direct cimport direct_decode, direct_encode


cdef class DirectCodec(OrderCodec):
    """The order codec of a backtest that skips the venue's text: requests leave and reports arrive
    as the records of core/records.h. The simulated venue has to be told so as well."""

    def __cinit__(self, config, venue):
        self.codec.encode = direct_encode
        self.codec.decode = direct_decode
