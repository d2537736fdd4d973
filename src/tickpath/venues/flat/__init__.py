"""Flat frames: normalised events that lie in memory as the engine uses them.

A source whose configuration says `wire = "flat"` gets its market events in this form instead of the
venue's own text: a backtest of ticks from the store or from an importer decodes nothing. Orders and
reports stay the venue's. Little endian, a frame begins at a multiple of 8:

| offset | field           |                                                                      |
| ------ | --------------- | -------------------------------------------------------------------- |
| 0      | u32 magic       | "TPF1"                                                               |
| 4      | u16 kind        | SNAPSHOT, DEPTH, BBO or TRADE of `EventKind`; CLEAR of `OrderRow`    |
| 6      | u16 chain       | `Chain`                                                              |
| 8      | i32 instrument  | place among the instruments of the source                            |
| 12     | i32 bid_count   | levels; trades of a TRADE; 1 of a BBO                                |
| 16     | i32 ask_count   | levels; 0 of a TRADE; 1 of a BBO                                     |
| 20     | u32 order_count | 0; 1: an order row ends the frame; 0 of a CLEAR                      |
| 24     | i64 t_venue_ns  |                                                                      |
| 32     | i64 first_id, last_id, prev_id                                                         |
| 56     | bids, then asks | i64 price_ticks, i64 quantity_lots each                              |
|        | or trades       | i64 trade_id, price_ticks, quantity_lots, i32 aggressor, i32 zero    |
|        | order row       | i64 order_id, prev_id, price_ticks, quantity_lots, i32 kind, i32 side |

The order row is the row of an L3 feed (`OrderRow`, see core/ticks.py) that made the event. Books do
not need it; the simulated venue's `queue = "fifo"` does. An execution that was printed is two
frames, its trade and its level: the first one has the row.

A CLEAR says that the book is lost until the next snapshot: it is refused with the code GAP and
loses the book. Frames that say anything else are refused with a code of the feed; prices and
quantities of levels are the book's to refuse.
"""
