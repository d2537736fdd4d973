"""What requests are written of: prepared segments, ids, decimals (order_text.h); and the currencies
that reports name.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_OVERFLOW, TP_RISK_PRICE_GRID
from tickpath.core.records cimport tp_request

cdef extern from "../venues/text/order_text.h" nogil:
    enum:
        TP_SEGMENT_BYTES
    ctypedef struct tp_segment:
        int32_t bytes
        char text[TP_SEGMENT_BYTES]
    char* tp_put_segment(char* out, const tp_segment* s) noexcept
    char* tp_put_id(char* out, uint64_t id) noexcept
    char* tp_put_count(char* out, uint64_t value) noexcept
    char* tp_put_amount(char* out, uint64_t units, uint64_t scale, int decimals) noexcept

cdef extern from *:
    """
    static inline int tp_mul_u64(uint64_t a, uint64_t b, uint64_t* out) {
        return __builtin_mul_overflow(a, b, out);
    }
    """
    bint mul_overflows_unsigned "tp_mul_u64" (uint64_t a, uint64_t b, uint64_t* out) noexcept nogil

cdef enum:
    CURRENCIES_NAMED_MAX = 64
    CURRENCY_BYTES_MAX = 16

cdef struct CurrencyName:
    char text[CURRENCY_BYTES_MAX]     # zero terminated
    int32_t decimals
    int32_t reserved

cdef struct OrderGrid:                # how an instrument's prices and quantities are written
    uint64_t price_step               # tick size in 10^-price_decimals
    uint64_t price_scale
    uint64_t quantity_step
    uint64_t quantity_scale
    int32_t price_decimals
    int32_t quantity_decimals


cdef inline int32_t counts_code(
        const OrderGrid* grid, const tp_request* r, bint priced) noexcept nogil:
    """Why quantity, price and trigger cannot be written, or TP_OK."""
    cdef uint64_t units
    if mul_overflows_unsigned(<uint64_t>r.quantity_lots, grid.quantity_step, &units):
        return TP_RISK_OVERFLOW
    if priced:
        if r.price_ticks <= 0:
            return TP_RISK_PRICE_GRID
        if mul_overflows_unsigned(<uint64_t>r.price_ticks, grid.price_step, &units):
            return TP_RISK_OVERFLOW
    if mul_overflows_unsigned(<uint64_t>r.trigger_ticks, grid.price_step, &units):
        return TP_RISK_OVERFLOW
    return TP_OK


cdef inline char* put_price(const OrderGrid* grid, int64_t ticks, char* out) noexcept nogil:
    return tp_put_amount(
        out, <uint64_t>ticks * grid.price_step, grid.price_scale, grid.price_decimals)


cdef inline char* put_quantity(const OrderGrid* grid, int64_t lots, char* out) noexcept nogil:
    return tp_put_amount(
        out, <uint64_t>lots * grid.quantity_step, grid.quantity_scale, grid.quantity_decimals)
