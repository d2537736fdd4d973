"""The adaptor of plain Python strategies: takes the GIL, builds a View, calls the body.

The only file of hot/ that takes the GIL. About 20 us a call: for research and first drafts. An
exception pauses the strategy; an interrupt is handed on to the interpreter's main loop.
"""

from cpython.exc cimport PyErr_SetInterrupt
from libc.stdint cimport int32_t
from libc.string cimport memset
from tickpath.core.record_faces cimport intent_in, intent_out
from tickpath.core.records cimport (
    TP_INTENTS_MAX,
    TP_VIEW_LEVELS,
    TP_VIEW_ORDERS,
    tp_book_top,
    tp_intents,
    tp_level,
    tp_open_order,
    tp_own_orders,
    tp_strategy_fn,
    tp_view,
)
from tickpath.hot.strategy.native cimport StrategyBlock

import math

from tickpath.core.errors import CapacityError
from tickpath.core.records import Bbo, BookTop, Level, OpenOrder, Trade, View
from tickpath.hot.strategy.intents import Intents


cdef class PythonBody:
    """A body of bodies.py with the memory of its state block; `error` is its last exception."""

    def __init__(self, body, int int_count, int float_count):
        self.body = body
        self.int_count = int_count
        self.float_count = float_count
        self.error = ""

    cdef int run(self, const tp_view* view, object block, tp_intents* out) except -1:
        """Call the body and take its intents over."""
        cdef int32_t k
        seen = view_to_python(view)
        seen.params_i = [view.params_i[k] for k in range(self.int_count)]
        seen.params_f = [view.params_f[k] for k in range(self.float_count)]
        intents = Intents(seen, [None] * out.count)
        self.body(seen, block, intents)
        if intents.overflow or len(intents.items) > TP_INTENTS_MAX:
            out.overflow = 1
            return 0
        for k in range(out.count, len(intents.items)):
            intent_in(intents.items[k], &out.items[k])
        out.count = len(intents.items)
        return 0


cdef void call_python(const tp_view* view, void* state, tp_intents* out) noexcept nogil:
    cdef StrategyBlock* block = (<StrategyBlock*>state) - 1
    with gil:
        body = <PythonBody>block.context
        try:
            body.run(view, body.block, out)
        except KeyboardInterrupt:
            PyErr_SetInterrupt()
            body.error = "interrupted"
            block.raised = 1
        except BaseException as error:
            body.error = f"{type(error).__name__}: {error}"
            block.raised = 1


cdef tp_strategy_fn python_entry() noexcept:
    return call_python


cdef object order_to_python(const tp_open_order* o):
    return OpenOrder(o.client_order_id, o.price_ticks, o.leaves_lots, o.side, o.state, o.tag)


cdef int order_from_python(tp_open_order* out, object order) except -1:
    out.client_order_id = order.client_order_id
    out.price_ticks = order.price_ticks
    out.leaves_lots = order.leaves_lots
    out.side = order.side
    out.state = order.state
    out.tag = order.tag
    out.reserved = 0
    return 0


cdef list levels_to_python(const tp_level* levels, int32_t count):
    cdef int32_t k
    return [Level(levels[k].price_ticks, levels[k].quantity_lots) for k in range(count)]


cdef int levels_from_python(tp_level* out, list levels) except -1:
    if len(levels) > TP_VIEW_LEVELS:
        raise CapacityError(f"{len(levels)} levels: a view holds {TP_VIEW_LEVELS}")
    for k, level in enumerate(levels):
        out[<int32_t>k].price_ticks = level[0]
        out[<int32_t>k].quantity_lots = level[1]
    return 0


cdef object top_to_python(const tp_book_top* t):
    return BookTop(
        t.bid_ticks, t.bid_lots, t.ask_ticks, t.ask_lots, t.last_id, t.t_recv_ns, t.status,
        levels_to_python(t.bids, t.bid_count), levels_to_python(t.asks, t.ask_count))


cdef int top_from_python(tp_book_top* out, object top) except -1:
    out.bid_ticks = top.bid_ticks
    out.bid_lots = top.bid_lots
    out.ask_ticks = top.ask_ticks
    out.ask_lots = top.ask_lots
    out.last_id = top.last_id
    out.t_recv_ns = top.t_recv_ns
    out.status = top.status
    levels_from_python(out.bids, top.bids)
    levels_from_python(out.asks, top.asks)
    out.bid_count = len(top.bids)
    out.ask_count = len(top.asks)
    return 0


cdef object view_to_python(const tp_view* v):
    """The Python twin; parameters are left empty."""
    cdef int32_t k
    return View(
        strategy=v.strategy, instrument=v.instrument, event=v.event, now_ns=v.now_ns, seq=v.seq,
        top=top_to_python(&v.top),
        bbo=Bbo(v.bbo.update_id, v.bbo.t_recv_ns, v.bbo.bid_ticks, v.bbo.bid_lots,
                v.bbo.ask_ticks, v.bbo.ask_lots),
        trade=Trade(v.trade.trade_id, v.trade.price_ticks, v.trade.quantity_lots,
                    v.trade.aggressor),
        position_lots=v.position_lots, open_buy_lots=v.open_buy_lots,
        open_sell_lots=v.open_sell_lots,
        orders=[order_to_python(&v.orders[k]) for k in range(v.order_count)],
        features=[v.features[k] for k in range(v.feature_count)],
        score=v.score if v.score_valid else None,
        timer_tag=v.timer_tag,
        order=order_to_python(&v.order) if v.order.client_order_id != 0 else None,
        fill_ticks=v.fill_ticks, fill_lots=v.fill_lots,
        params_i=[], params_f=[], random=v.random)


cdef int view_from_python(tp_view* out, object view) except -1:
    """Everything but the strategy's own part, which the stage fills in."""
    memset(out, 0, sizeof(tp_view))
    out.abi = 2
    out.instrument = view.instrument
    out.event = view.event
    out.now_ns = view.now_ns
    out.seq = view.seq
    top_from_python(&out.top, view.top)
    out.bbo.update_id = view.bbo.update_id
    out.bbo.t_recv_ns = view.bbo.t_recv_ns
    out.bbo.bid_ticks = view.bbo.bid_ticks
    out.bbo.bid_lots = view.bbo.bid_lots
    out.bbo.ask_ticks = view.bbo.ask_ticks
    out.bbo.ask_lots = view.bbo.ask_lots
    out.trade.trade_id = view.trade.trade_id
    out.trade.price_ticks = view.trade.price_ticks
    out.trade.quantity_lots = view.trade.quantity_lots
    out.trade.aggressor = view.trade.aggressor
    out.position_lots = view.position_lots
    out.open_buy_lots = view.open_buy_lots
    out.open_sell_lots = view.open_sell_lots
    out.score_valid = view.score is not None
    out.score = math.nan if view.score is None else view.score
    out.timer_tag = view.timer_tag
    if view.order is not None:
        order_from_python(&out.order, view.order)
    out.fill_ticks = view.fill_ticks
    out.fill_lots = view.fill_lots
    return 0


cdef int own_from_python(tp_own_orders* out, object orders) except -1:
    """Own orders of one strategy on one instrument."""
    cdef int32_t k = 0
    if len(orders) > TP_VIEW_ORDERS:
        raise CapacityError(f"{len(orders)} own orders: a view holds {TP_VIEW_ORDERS}")
    for order in orders:
        order_from_python(&out.items[k], order)
        k += 1
    out.count = k
    return 0


cdef object intents_to_python(const tp_intents* intents, int start):
    return [intent_out(&intents.items[k]) for k in range(start, intents.count)]
