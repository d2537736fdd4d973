"""`core.config.Instrument` to `tp_instrument`: the only place where the two meet.

In: exact decimals. Out: grids with their inverses, integer bounds, the value ratio in lowest terms.
Runs once per instrument and stage at start; what does not fit 64 bits is refused by name.
"""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy, memset
from tickpath.core.fixed cimport grid_init
from tickpath.core.records cimport tp_grid, tp_instrument

from tickpath.core.errors import ConfigError

_SYMBOL_BYTES_MAX = 31


cdef object _checked(object instrument, str name, object value, object low, object high):
    if not low <= value <= high:
        raise ConfigError(
            f"instrument {instrument.symbol}: {name} is {value}, outside {low}..{high}: "
            "correct its sizes in the instruments file"
        )
    return value


cdef int _fill_grid(tp_grid* grid, object instrument, str name, object units,
                    object decimals) except -1:
    _checked(instrument, f"{name} in 10^-{decimals}", units, 1, 2**63 - 1)
    _checked(instrument, f"decimals of {name}", decimals, 0, 18)
    grid_init(grid, units, decimals)
    return 0


cdef int instrument_fill(tp_instrument* out, object instrument) except -1:
    """Fill `out`. Raises ConfigError naming the instrument and the value that does not fit."""
    cdef bytes symbol = instrument.symbol.encode()
    cdef object num, den
    if not 1 <= len(symbol) <= _SYMBOL_BYTES_MAX:
        raise ConfigError(
            f"instrument {instrument.symbol!r}: a symbol has 1..{_SYMBOL_BYTES_MAX} bytes, "
            f"this one {len(symbol)}"
        )
    memset(out, 0, sizeof(tp_instrument))
    memcpy(out.symbol, <const char*>symbol, len(symbol))
    out.symbol_bytes = <int32_t>len(symbol)
    out.index = instrument.index
    out.venue = instrument.venue
    out.kind = int(instrument.kind)
    out.trading = 1 if instrument.trading else 0
    _fill_grid(&out.price, instrument, "tick_size", instrument.price_step_units,
               instrument.price_wire_decimals)
    _fill_grid(&out.quantity, instrument, "lot_size", instrument.quantity_step_units,
               instrument.quantity_wire_decimals)
    out.price_decimals = instrument.price_decimals
    out.quantity_decimals = instrument.quantity_decimals
    out.quantity_lots_min = _checked(
        instrument, "quantity_min in lots", instrument.quantity_lots_min, 1, 2**63 - 1)
    out.quantity_lots_max = _checked(
        instrument, "quantity_max in lots", instrument.quantity_lots_max, 1, 2**63 - 1)
    out.order_step_lots = _checked(
        instrument, "order_step in lots", instrument.order_step_lots, 1, 2**62)
    out.notional_units_min = _checked(
        instrument, "notional_min in units", instrument.notional_units_min, 0, 2**63 - 1)
    num, den = instrument.value_ratio
    out.value_num = _checked(instrument, "value_num", num, 1, 2**63 - 1)
    out.value_den = _checked(instrument, "value_den", den, 1, 2**63 - 1)
    out.maker_fee_ppm = _checked(
        instrument, "maker_fee_ppm", instrument.maker_fee_ppm, -1_000_000, 1_000_000)
    out.taker_fee_ppm = _checked(
        instrument, "taker_fee_ppm", instrument.taker_fee_ppm, -1_000_000, 1_000_000)
    out.base = instrument.base
    out.quote = instrument.quote
    out.settle = instrument.settle
    return 0


def record(instrument) -> dict[str, object]:
    """The filled C record as a dictionary, for tests and `doctor`."""
    cdef tp_instrument c
    instrument_fill(&c, instrument)
    return c
