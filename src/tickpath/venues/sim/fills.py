"""The record of a simulated fill, for reports. `why`: 0 take, 1 queue, 2 through, 3 cross."""

import numpy as np

WHY = ("take", "queue", "through", "cross")

FILL_DTYPE = np.dtype(
    [
        ("t_ns", "<i8"),
        ("client_order_id", "<u8"),
        ("price_ticks", "<i8"),
        ("quantity_lots", "<i8"),
        ("fee_units", "<i8"),
        ("trade_id", "<i8"),
        ("instrument", "<i4"),
        ("side", "<i4"),
        ("maker", "<i4"),
        ("why", "<i4"),
    ]
)
