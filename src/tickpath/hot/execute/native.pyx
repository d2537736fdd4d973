"""Python handle of the native execute: tests, shadow and mixed engines. No logic."""

from libc.stdint cimport int32_t, int64_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.instruments cimport instrument_fill
from tickpath.core.record_faces cimport (
    intent_in, intent_out, report_in, report_out, request_in,
)
from tickpath.core.records cimport (
    TP_ALGORITHMS_MAX, TP_DECISIONS_MAX, TP_ENDED_ORDERS_MAX, TP_FILLS_REMEMBERED_MAX,
    TP_FRAME_PADDING_BYTES,
    TP_INSTRUMENTS_MAX, TP_NOTICES_MAX, TP_ORDERS_MAX, TP_OUT_BYTES_MAX, TP_REPORTS_PER_FRAME_MAX,
    TP_STRATEGIES_MAX, TP_VENUES_MAX, tp_codec, tp_decision, tp_intent, tp_intents,
    tp_committed, tp_open_order, tp_order, tp_order_update, tp_out_header, tp_own_orders,
    tp_position, tp_report, tp_request,
)
from tickpath.hot.execute.leg_view cimport leg_views
from tickpath.hot.execute.machine cimport tp_machine
from tickpath.hot.execute.money cimport LEGS
from tickpath.hot.execute.money_native cimport Money, position_out
from tickpath.hot.execute.order_table cimport (
    Ended, Row, SeenFill, ended_push, fill_remember, reserve, table_add, table_bytes,
    table_clear, table_init,
)
from tickpath.hot.execute.algorithm cimport execute_on_trade, execute_pause
from tickpath.hot.execute.schedule cimport Schedule
from tickpath.hot.execute.state cimport Notice, execute_notice
from tickpath.hot.execute.working cimport (
    execute_due, execute_expire, execute_next_expiry, execute_on_price, execute_park,
    execute_refuse, execute_send_due,
)

import numpy as np

from tickpath.core.backend import Available
from tickpath.core.errors import BackendError, ConfigError
from tickpath.core.records import DECISION_DTYPE, Committed, OpenOrder, Order, OrderUpdate
from tickpath.hot.execute.layout import HEADER, VERSION, unpack
from tickpath.hot.execute.schedule_plan import schedules_of


def probe() -> Available:
    """Compiled in, so always there."""
    return Available(ok=True, reason="compiled")


def machine() -> list[list[tuple[int, int]]]:
    """The compiled state machine: [state][report] -> (next, action). For tests."""
    return [
        [(tp_machine[state][report].next, tp_machine[state][report].action) for report in range(10)]
        for state in range(6)
    ]


cdef object _open_order(const tp_open_order* o):
    return OpenOrder(o.client_order_id, o.price_ticks, o.leaves_lots, o.side, o.state, o.tag)


cdef object _update(const tp_order_update* u):
    order = None if u.strategy < 0 else _open_order(&u.order)
    return OrderUpdate(u.code, u.strategy, u.instrument, u.report, order, u.fill_ticks, u.fill_lots)


cdef object _order(const tp_order* o):
    return Order(
        client_order_id=o.client_order_id,
        instrument=o.instrument,
        strategy=o.strategy,
        venue=o.venue,
        side=o.side,
        type=o.type,
        time_in_force=o.time_in_force,
        tag=o.tag,
        price_ticks=o.price_ticks,
        quantity_lots=o.quantity_lots,
        t_sent_ns=o.t_sent_ns,
        flags=o.flags,
        state=o.state,
        venue_order_id=o.venue_order_id,
        filled_lots=o.filled_lots,
        replaced_by=o.replaced_by,
    )


cdef list _slots(ExecuteState* e):
    """Slots of live rows in the order of their ids."""
    cdef int32_t k
    rows = [
        (e.table.rows[k].order.client_order_id, k)
        for k in range(TP_ORDERS_MAX)
        if e.table.rows[k].order.state != 0
    ]
    return [slot for _, slot in sorted(rows)]


cdef int schedule_in(object schedule, Schedule* out) except -1:
    cdef int32_t k
    out.slices = schedule.slices
    out.participation_ppm = schedule.participation_ppm
    out.clip_min_ppm = schedule.clip_min_ppm
    out.clip_max_ppm = schedule.clip_max_ppm
    out.pricing = schedule.pricing
    out.rest_ns = schedule.rest_ns
    for k in range(out.slices):
        out.cumulative_ppm[k] = schedule.cumulative_ppm[k]
    return 0


cdef list _ring(char* items, int64_t size, int64_t count, int64_t room):
    """What a ring holds, oldest first: one or two pieces of memory."""
    cdef int64_t first = count % room * size
    if count <= room:
        return [items[:count * size]]
    return [items[first:room * size], items[:first]]


cdef class Execute:
    """Requests to bytes, reports to positions and money."""

    def __cinit__(self, config, codecs):
        cdef ExecuteState* e
        cdef int32_t k
        cdef int64_t bytes
        self._config = config
        self._codecs = list(codecs)
        if len(config.venues) > TP_VENUES_MAX or len(config.instruments) > TP_INSTRUMENTS_MAX:
            raise ConfigError("execute: more venues or instruments than limits.toml allows")
        if len(self._codecs) != len(config.venues):
            raise ConfigError("execute: one codec (or None) for each venue of the configuration")
        e = self.state = <ExecuteState*>calloc(1, sizeof(ExecuteState))
        bytes = table_bytes() + 1024 + TP_OUT_BYTES_MAX + TP_DECISIONS_MAX * sizeof(tp_decision)
        bytes += TP_ALGORITHMS_MAX * sizeof(Schedule)
        if e == NULL or not arena_init(&e.arena, bytes):
            raise MemoryError("execute: order tables")
        table_init(&e.table, &e.arena)
        e.own = e.table.own
        self.money = Money(config)
        e.money = self.money.state
        e.positions = e.money.positions
        e.out = <char*>arena_take(&e.arena, TP_OUT_BYTES_MAX)
        e.decisions = <tp_decision*>arena_take(
            &e.arena, TP_DECISIONS_MAX * sizeof(tp_decision))
        schedules = schedules_of(config)
        e.schedule_count = len(schedules)
        e.schedules = <Schedule*>arena_take(&e.arena, TP_ALGORITHMS_MAX * sizeof(Schedule))
        for k, schedule in enumerate(schedules):
            schedule_in(schedule, &e.schedules[k])
        e.id_prefix = <uint64_t>(config.engine_id << 48 | config.epoch << 32)
        e.instrument_count = len(config.instruments)
        e.currency_count = len(config.currencies)
        e.venue_count = len(config.venues)
        for k in range(e.instrument_count):
            e.hedges |= e.money.hedging[k]
        for k in range(e.venue_count):
            e.made[k] = config.venue_orders(k)
        for k in range(e.instrument_count):
            instrument_fill(&e.instruments[k], config.instruments[k])
        for k, codec in enumerate(self._codecs):
            if codec is None:
                continue
            address = getattr(codec, "address", 0)
            if not address:
                raise BackendError(
                    f"execute: the codec of venue {config.venues[k]} is not native; "
                    "use the native codec or the reference execute"
                )
            e.codecs[k] = (<tp_codec*><uintptr_t>address)[0]

    def __dealloc__(self):
        if self.state != NULL:
            arena_free(&self.state.arena)
            free(self.state)
            self.state = NULL

    def send(self, request, seq, now_ns) -> int:
        """Send a request; its client order ids are filled in. Returns a code."""
        cdef tp_request r
        cdef int32_t code
        request_in(request, &r)
        code = execute_send(self.state, &r, seq, now_ns)
        request.client_order_id = r.client_order_id
        request.orig_client_order_id = r.orig_client_order_id
        return code

    def park(self, intent, seq, now_ns) -> int:
        """Take over a stop, an iceberg or a child of a link that risk accepted."""
        cdef tp_intent i
        intent_in(intent, &i)
        return execute_park(self.state, &i, seq, now_ns)

    def on_price(self, int32_t instrument, last_ticks, mid2, bbo2) -> None:
        """A market event: triggers the stops it reaches."""
        execute_on_price(self.state, instrument, last_ticks, mid2, bbo2)

    def expire(self, seq, now_ns) -> None:
        """A timer: orders end at their time, unanswered requests are asked after."""
        execute_expire(self.state, seq, now_ns)

    def next_expiry(self) -> int:
        """When `expire` is wanted, 2**63 - 1 when never."""
        return execute_next_expiry(self.state)

    def on_trade(self, int32_t instrument, lots, now_ns) -> None:
        """A trade of the market: algorithms count it."""
        execute_on_trade(self.state, instrument, lots, now_ns)

    def pause(self, client_order_id, bint paused) -> int:
        """Let a parent of clips send none and cancel the open one, or go on."""
        return execute_pause(self.state, client_order_id, paused)

    def due(self, int32_t instrument, now_ns=0, bid_ticks=0, ask_ticks=0):
        """What is to be sent for the parked orders of an instrument; the touch of a good book
        prices clips, 0: none."""
        cdef tp_intents found
        cdef int32_t k
        execute_due(self.state, instrument, now_ns, bid_ticks, ask_ticks, &found)
        return [intent_out(&found.items[k]) for k in range(found.count)]

    def send_due(self, intent, seq, now_ns) -> int:
        """Send one of those, after risk and route."""
        cdef tp_intent i
        intent_in(intent, &i)
        return execute_send_due(self.state, &i, seq, now_ns)

    def refuse(self, intent, code) -> None:
        """One of those cannot be sent."""
        cdef tp_intent i
        intent_in(intent, &i)
        execute_refuse(self.state, &i, code)

    def pop_notice(self):
        """The oldest change of an order that no report brought."""
        cdef Notice n
        if not execute_notice(self.state, &n):
            return None
        return OrderUpdate(0, n.strategy, n.instrument, 0, _open_order(&n.order))

    @property
    def notices_lost(self):
        """Changes that found no room among the notices."""
        return self.state.notices_lost

    def take_out(self) -> list[tuple[int, int, bytes]]:
        """Encoded requests since the last call: (venue, client order id, bytes)."""
        cdef tp_out_header header
        cdef int64_t at = 0
        found = []
        while at < self.state.out_bytes:
            memcpy(&header, self.state.out + at, sizeof(tp_out_header))
            at += sizeof(tp_out_header)
            found.append(
                (header.venue, header.client_order_id, self.state.out[at:at + header.bytes]))
            at += header.bytes
        execute_begin(self.state)
        return found

    def take_decisions(self):
        """Decision records since the last call."""
        cdef int64_t bytes = self.state.decision_count * <int64_t>sizeof(tp_decision)
        taken = np.frombuffer((<char*>self.state.decisions)[:bytes], DECISION_DTYPE)
        self.state.decision_count = 0
        return taken

    def decode(self, venue, data):
        """A venue's order frame to reports."""
        cdef tp_report reports[TP_REPORTS_PER_FRAME_MAX]
        cdef int32_t count = 0
        cdef int32_t k
        padded = bytes(data) + bytes(TP_FRAME_PADDING_BYTES)
        code = execute_decode(self.state, venue, padded, len(data), reports, &count)
        return code, [report_out(&reports[k]) for k in range(count)]

    def on_frame(self, venue, data, seq, now_ns):
        """Decode and apply an order frame."""
        cdef tp_report reports[TP_REPORTS_PER_FRAME_MAX]
        cdef tp_order_update update
        cdef int32_t count = 0
        cdef int32_t k
        padded = bytes(data) + bytes(TP_FRAME_PADDING_BYTES)
        code = execute_decode(self.state, venue, padded, len(data), reports, &count)
        updates = []
        for k in range(count):
            execute_apply(self.state, &reports[k], seq, now_ns, &update)
            updates.append(_update(&update))
        return code, updates

    def apply(self, report, seq, now_ns):
        """Apply one report."""
        cdef tp_report r
        cdef tp_order_update update
        report_in(report, &r)
        execute_apply(self.state, &r, seq, now_ns, &update)
        return _update(&update)

    def drop_held(self, int32_t instrument=-1, bint parked=True) -> None:
        """End every order of an instrument (-1: of all) that waits for a cancel ack, and those
        that wait in the engine unless `parked` is False: they may no longer be sent."""
        execute_drop_held(self.state, instrument, parked)

    @property
    def positions(self):
        return [self.money.position(k) for k in range(self.state.instrument_count)]

    def committed(self, int32_t instrument):
        """What the open orders of an instrument have promised, and the best own prices."""
        cdef const tp_committed* c
        if not 0 <= instrument < self.state.instrument_count:
            raise IndexError("instrument out of range")
        c = &self.state.table.committed[instrument]
        high = <int64_t>(c.buy_value >> 62)
        low = <int64_t>(c.buy_value - (c.buy_value >> 62 << 62))
        return Committed(
            buy_value=(high << 62) + low, market_buy_lots=c.market_buy_lots, best_buy=c.best_buy,
            best_sell=c.best_sell)

    def replaced_ticks(self, client_order_id) -> int:
        """Price of an open order, 0 when it is not in the table or has none."""
        return execute_price(self.state, client_order_id)

    def leg_positions(self, int32_t instrument):
        """Long and short as risk sees them; empty unless the account hedges."""
        cdef int32_t k
        if not self.state.money.hedging[instrument]:
            return []
        leg_views(self.state, instrument)
        return [position_out(&self.state.leg_views[instrument * LEGS + k]) for k in range(LEGS)]

    def own(self, strategy, instrument):
        """Own open orders of a strategy on an instrument, oldest first."""
        cdef tp_own_orders* found
        cdef int32_t k
        if not (0 <= strategy < TP_STRATEGIES_MAX and 0 <= instrument < TP_INSTRUMENTS_MAX):
            raise IndexError("strategy or instrument out of range")
        found = &self.state.own[<int32_t>strategy * TP_INSTRUMENTS_MAX + <int32_t>instrument]
        return [_open_order(&found.items[k]) for k in range(found.count)]

    def leaves(self, client_order_id) -> int:
        """Open lots of an order, 0 when it is not in the table."""
        return execute_leaves(self.state, client_order_id)

    def orders(self):
        """All open orders, oldest first."""
        cdef int32_t slot
        found = []
        for slot in _slots(self.state):
            found.append(_order(&self.state.table.rows[slot].order))
        return found

    def equity_units(self, currency, mids2) -> int:
        """Equity of a currency marked at mid; mids2 = bid + ask ticks per instrument, 0 unknown."""
        return self.money.equity(currency, mids2)

    def ledger(self, currency):
        """Balances by account, in 10^-9 of the currency's unit; they sum to zero."""
        return self.money.ledger(currency)

    def export_state(self) -> bytes:
        """The canonical layout of layout.py."""
        cdef ExecuteState* e = self.state
        cdef int32_t k
        cdef int64_t ended = min(e.table.ended_count, <int64_t>TP_ENDED_ORDERS_MAX)
        cdef int64_t fills = min(e.table.fill_count, <int64_t>TP_FILLS_REMEMBERED_MAX)
        slots = _slots(self.state)
        parts = [HEADER.pack(VERSION, e.instrument_count, e.currency_count, len(slots), ended,
                             fills, e.notice_count, 0, e.id_counter, e.notices_lost)]
        for k in slots:
            parts.append((<char*>&e.table.rows[k])[:sizeof(Row)])
        parts += _ring(<char*>e.table.ended, sizeof(Ended), e.table.ended_count,
                       TP_ENDED_ORDERS_MAX)
        parts += _ring(<char*>e.table.fills, sizeof(SeenFill), e.table.fill_count,
                       TP_FILLS_REMEMBERED_MAX)
        for k in range(e.notice_count):
            parts.append(
                (<char*>&e.notices[(e.notice_first + k) % TP_NOTICES_MAX])[:sizeof(Notice)])
        parts.append(self.money.export_state())
        return b"".join(parts)

    def import_state(self, data) -> None:
        """Take over an exported state."""
        cdef ExecuteState* e = self.state
        cdef const char* at
        cdef Row row
        cdef Row* added
        cdef Ended ended
        cdef SeenFill fill
        cdef int32_t k
        cdef tp_position position
        image = unpack(data, e.instrument_count, e.currency_count, e.schedule_count)
        self.money.import_state(image.money)
        text = bytes(data)
        at = text
        at += HEADER.size
        table_clear(&e.table)
        e.money.touched = ~<uint64_t>0
        e.out_bytes = 0
        e.decision_count = 0
        e.id_counter = image.minted
        e.notices_lost = image.notices_lost
        e.notice_first = 0
        e.notice_count = len(image.notices)
        for k in range(len(image.rows)):
            memcpy(&row, at, sizeof(Row))
            at += sizeof(Row)
            position = e.positions[row.order.instrument]
            added = table_add(
                &e.table, &e.positions[row.order.instrument], &row.order, &row.work)
            e.positions[row.order.instrument] = position
            added.replaces = row.replaces
            added.acked = row.acked
            added.held = row.held
        for k in range(len(image.ended)):
            memcpy(&ended, at, sizeof(Ended))
            at += sizeof(Ended)
            ended_push(&e.table, e.positions, &ended)
            # counted in the position already, not in what it promised
            position = e.positions[ended.order.instrument]
            reserve(&e.table, &position, &ended.order, ended.awaited_lots)
        for k in range(len(image.fills)):
            memcpy(&fill, at, sizeof(SeenFill))
            at += sizeof(SeenFill)
            fill_remember(&e.table, &fill)
        memcpy(e.notices, at, len(image.notices) * sizeof(Notice))
