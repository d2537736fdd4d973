"""Python handle of the native positions and money: execute, readers, commands, tests. No logic."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset
from tickpath.core.arena cimport Arena, arena_free, arena_init, arena_take
from tickpath.core.instruments cimport instrument_fill
from tickpath.core.records cimport (
    TP_BUST_FILLS_MAX, TP_CURRENCIES_MAX, TP_INSTRUMENTS_MAX, TP_STRATEGIES_MAX, int128,
    tp_instrument, tp_order, tp_position, tp_report,
)
from tickpath.hot.execute.bust cimport position_bust
from tickpath.hot.execute.fifo cimport LotQueue, fifo_at
from tickpath.hot.execute.fx cimport FxRate
from tickpath.hot.execute.ledger cimport Accounts, ledger_open
from tickpath.hot.execute.money cimport (
    COST_AVERAGE, LEGS, FillRecord, MoneyState, Share, money_check, money_equity, money_equity_in,
    money_fill, money_funding, money_fx_rate, money_halt, money_may_send, money_resume,
    money_share, money_share_profit, money_side_fits, money_transfer, money_unrealised,
)
from tickpath.hot.execute.position cimport Leg

import numpy as np

from tickpath.core.errors import ConfigError
from tickpath.core.records import Position
from tickpath.hot.execute.account import cost_of, hedging_of
from tickpath.hot.execute.fifo import LotQueue as LotQueueImage
from tickpath.hot.execute.money_layout import (
    ACCOUNT_NAMES, COUNT, HEADER, PAIR, RATE, STATUS, VERSION, Share as ShareImage, unpack,
)
from tickpath.hot.execute.position import Leg as LegImage

POSITION_DTYPE = np.dtype([
    ("position_lots", "<i8"), ("open_buy_lots", "<i8"), ("open_sell_lots", "<i8"),
    ("open_order_count", "<i8"), ("realised_units", "<i8"), ("fee_units", "<i8"),
    ("bought_lots", "<i8"), ("sold_lots", "<i8"), ("entry_value_low", "<u8"),
    ("entry_value_high", "<i8"),
])


cdef object _wide(int128 value):
    """A 128-bit integer as a Python one."""
    return int.from_bytes((<char*>&value)[:16], "little", signed=True)


cdef object _leg(const Leg* leg):
    return LegImage(leg.lots, leg.entry_ticks, _wide(leg.value))


cdef void* _take(Arena* arena, int64_t count, int64_t size) except NULL:
    """A zeroed array, 64 bytes aligned."""
    cdef void* piece = arena_take(arena, count * size)
    if piece == NULL:
        raise MemoryError("positions and money")
    return piece


cdef object position_out(const tp_position* p):
    return Position(
        p.position_lots, p.open_buy_lots, p.open_sell_lots, p.open_order_count, p.realised_units,
        p.fee_units, p.bought_lots, p.sold_lots, _wide(p.entry_value))


cdef class Money:
    """Positions, shares and ledger of one engine."""

    def __cinit__(self, config):
        cdef int32_t count = len(config.instruments)
        cdef int32_t currencies = len(config.currencies)
        cdef int32_t k
        cdef int64_t room
        cdef MoneyState* m
        if count > TP_INSTRUMENTS_MAX or currencies > TP_CURRENCIES_MAX:
            raise ConfigError("execute: more instruments or currencies than limits.toml allows")
        self._hedging = hedging_of(config)
        m = self.state = <MoneyState*>calloc(1, sizeof(MoneyState))
        room = TP_INSTRUMENTS_MAX * (
            sizeof(tp_position) + sizeof(tp_instrument) + LEGS * (sizeof(Leg) + 8) + 16)
        room += TP_CURRENCIES_MAX * (sizeof(Accounts) + TP_STRATEGIES_MAX * 16)
        room += TP_STRATEGIES_MAX * TP_INSTRUMENTS_MAX * LEGS * sizeof(Share)
        room += TP_INSTRUMENTS_MAX * LEGS * sizeof(LotQueue)
        room += TP_BUST_FILLS_MAX * sizeof(FillRecord) + 4096
        if m == NULL or not arena_init(&m.arena, room):
            raise MemoryError("positions and money")
        m.cost = cost_of(config)
        m.instrument_count = count
        m.currency_count = currencies
        m.fx.stale_ns = config.account.fx_stale_ns
        self._cut()
        for k in range(count):
            instrument_fill(&m.instruments[k], config.instruments[k])
            m.hedging[k] = self._hedging[k]
        for k in range(currencies):
            ledger_open(&m.accounts[k], config.balance_units(k))

    cdef int _cut(self) except -1:
        """The arrays, out of the arena."""
        cdef MoneyState* m = self.state
        cdef Arena* a = &m.arena
        m.positions = <tp_position*>_take(a, TP_INSTRUMENTS_MAX, sizeof(tp_position))
        m.legs = <Leg*>_take(a, TP_INSTRUMENTS_MAX * LEGS, sizeof(Leg))
        m.leg_fills = <int64_t*>_take(a, TP_INSTRUMENTS_MAX * LEGS, 8)
        m.funding_units = <int64_t*>_take(a, TP_INSTRUMENTS_MAX, 8)
        m.halted = <int32_t*>_take(a, TP_INSTRUMENTS_MAX, 4)
        m.hedging = <int32_t*>_take(a, TP_INSTRUMENTS_MAX, 4)
        m.accounts = <Accounts*>_take(a, TP_CURRENCIES_MAX, sizeof(Accounts))
        m.strategy_fees = <int128*>_take(a, TP_CURRENCIES_MAX * TP_STRATEGIES_MAX, 16)
        m.shares = <Share*>_take(a, TP_STRATEGIES_MAX * TP_INSTRUMENTS_MAX * LEGS, sizeof(Share))
        if m.cost != COST_AVERAGE:
            m.queues = <LotQueue*>_take(a, TP_INSTRUMENTS_MAX * LEGS, sizeof(LotQueue))
        m.records = <FillRecord*>_take(a, TP_BUST_FILLS_MAX, sizeof(FillRecord))
        m.instruments = <tp_instrument*>_take(a, TP_INSTRUMENTS_MAX, sizeof(tp_instrument))
        return 0

    def __dealloc__(self):
        if self.state != NULL:
            arena_free(&self.state.arena)
            free(self.state)
            self.state = NULL

    # -- verbs ----------------------------------------------------------------------------------

    def may_send(self, int32_t instrument) -> bool:
        """New orders may go out: the instrument's money is trusted."""
        self._known(instrument)
        return bool(money_may_send(self.state, instrument))

    def side_fits(self, int32_t instrument, int32_t flags) -> bool:
        """The position side that an order names fits its account."""
        self._known(instrument)
        return bool(money_side_fits(self.state, instrument, flags))

    def halt(self, int32_t instrument, int32_t code) -> int:
        """From here on only cancels pass for the instrument."""
        self._known(instrument)
        return money_halt(self.state, instrument, code)

    def resume(self, int32_t instrument) -> int:
        """A person has compared the instrument with the venue: orders pass again."""
        return money_resume(self.state, instrument)

    def fill(self, order, report) -> int:
        """One fill: all of it or, with a code, nothing."""
        cdef tp_order o
        cdef tp_report r
        memset(&o, 0, sizeof(tp_order))
        memset(&r, 0, sizeof(tp_report))
        self._known(order.instrument)
        self._strategy(order.strategy)
        o.client_order_id = order.client_order_id
        o.instrument = order.instrument
        o.strategy = order.strategy
        o.side = order.side
        o.flags = order.flags
        r.trade_id = report.trade_id
        r.last_ticks = report.last_ticks
        r.last_lots = report.last_lots
        r.maker = report.maker
        r.fee_units = report.fee_units
        r.fee_currency = report.fee_currency
        return money_fill(self.state, &o, &r)

    def bust(self, uint64_t client_order_id, int64_t trade_id, said_lots=0):
        """Undo a fill: (code, lots the order loses)."""
        cdef int64_t lots
        cdef int32_t code = position_bust(self.state, client_order_id, trade_id, said_lots, &lots)
        return code, lots

    def transfer(self, int32_t currency, int64_t units) -> int:
        """A deposit, or a withdrawal when negative."""
        return money_transfer(self.state, currency, units)

    def funding(self, int32_t instrument, int64_t rate_e12, int64_t mark_num,
                int64_t mark_den) -> int:
        """Pay or receive funding on every leg at the mark price, a fraction of ticks."""
        return money_funding(self.state, instrument, rate_e12, mark_num, mark_den)

    def fx_rate(self, int32_t first, int32_t second, int64_t num, int64_t den,
                int64_t now_ns) -> int:
        """One unit of `first` is num / den units of `second` from now on."""
        return money_fx_rate(self.state, first, second, num, den, now_ns)

    def check(self) -> int:
        """Prove the whole; a difference stops trading."""
        return money_check(self.state)

    # -- what others read -----------------------------------------------------------------------

    cdef int _known(self, int32_t instrument) except -1:
        if not 0 <= instrument < self.state.instrument_count:
            raise IndexError("no such instrument")
        return 0

    cdef int _strategy(self, int32_t strategy) except -1:
        if not 0 <= strategy < TP_STRATEGIES_MAX:
            raise IndexError("no such strategy")
        return 0

    @property
    def stopped(self) -> int:
        return self.state.stopped

    @property
    def cost(self) -> int:
        return self.state.cost

    @property
    def fees_estimated(self) -> int:
        return self.state.fees_estimated

    def position(self, int32_t instrument):
        self._known(instrument)
        return position_out(&self.state.positions[instrument])

    def position_array(self):
        """Positions as they are now and will be: a read-only view of the memory, not a copy. It
        keeps this handle alive."""
        return np.asarray(_PositionView(self)).view(POSITION_DTYPE)[:self.state.instrument_count]

    def legs(self, int32_t instrument):
        """Long (or net) and short."""
        cdef int32_t k
        self._known(instrument)
        return [_leg(&self.state.legs[instrument * LEGS + k]) for k in range(LEGS)]

    def lots(self, int32_t instrument, int32_t leg):
        """Open lots, oldest first, and what they earned; none at average cost alone."""
        cdef LotQueue* queue
        cdef int32_t k
        self._known(instrument)
        if self.state.cost == COST_AVERAGE:
            return LotQueueImage()
        queue = &self.state.queues[instrument * LEGS + (leg & 1)]
        return LotQueueImage(
            [_leg(fifo_at(queue, k)) for k in range(queue.count)], _wide(queue.realised_guard))

    def share(self, int32_t strategy, int32_t instrument, int32_t leg=0):
        cdef Share* found
        self._known(instrument)
        self._strategy(strategy)
        found = money_share(self.state, strategy, instrument, leg & 1)
        return ShareImage(
            _leg(&found.leg), _wide(found.realised_guard), _wide(found.funding_guard))

    def strategy_fees(self, int32_t strategy):
        """Fees by currency, guard units."""
        cdef int32_t k
        cdef int32_t count = self.state.currency_count
        self._strategy(strategy)
        return [_wide(self.state.strategy_fees[strategy * count + k]) for k in range(count)]

    def funding_units(self, int32_t instrument) -> int:
        self._known(instrument)
        return self.state.funding_units[instrument]

    def halted(self, int32_t instrument) -> int:
        """0, or the code that lets only cancels pass."""
        self._known(instrument)
        return self.state.halted[instrument]

    def unrealised_guard(self, int32_t instrument, int64_t mid2):
        """What closing all at mid would earn; mid2 = bid + ask ticks, 0: at cost. None: does not
        fit."""
        cdef int128 gain
        self._known(instrument)
        return _wide(gain) if money_unrealised(self.state, instrument, mid2, &gain) else None

    def share_profit(self, int32_t strategy, int32_t instrument, int64_t mid2):
        """Realised, unrealised (None: does not fit) and funding of a strategy, guard units."""
        cdef Share total
        cdef int128 gain
        self._known(instrument)
        self._strategy(strategy)
        fits = money_share_profit(self.state, strategy, instrument, mid2, &total, &gain)
        return (_wide(total.realised_guard), _wide(gain) if fits else None,
                _wide(total.funding_guard))

    cdef int _mids(self, object mids2, int64_t* out) except -1:
        cdef int32_t k
        for k in range(self.state.instrument_count):
            out[k] = mids2[k]
        return 0

    def equity(self, int32_t currency, mids2) -> int:
        """Equity of a currency in its units, rounded half to even. 0 on overflow."""
        cdef int64_t mids[TP_INSTRUMENTS_MAX]
        self._mids(mids2, mids)
        return money_equity(self.state, currency, mids, NULL)

    def equity_in(self, int32_t currency, mids2, int64_t now_ns):
        """(code, units): equity of all currencies in one."""
        cdef int64_t mids[TP_INSTRUMENTS_MAX]
        cdef int64_t units
        cdef int32_t code
        self._mids(mids2, mids)
        code = money_equity_in(self.state, currency, mids, now_ns, &units)
        return code, units

    def ledger(self, currency):
        """Balances by account, in 10^-9 of the currency's unit; they sum to zero."""
        cdef int32_t k
        if not 0 <= currency < self.state.currency_count:
            raise IndexError("no such currency")
        return {
            name: _wide(self.state.accounts[<int32_t>currency].balance[<int32_t>k])
            for k, name in enumerate(ACCOUNT_NAMES)
        }

    # -- state ----------------------------------------------------------------------------------

    def export_state(self) -> bytes:
        """The canonical layout of money_layout.py."""
        cdef MoneyState* m = self.state
        cdef int64_t kept = min(m.record_count, <int64_t>TP_BUST_FILLS_MAX)
        cdef int64_t k
        cdef int32_t at
        cdef LotQueue* queue
        shares = self._share_bytes()
        parts = [HEADER.pack(VERSION, m.instrument_count, m.currency_count, len(shares), kept,
                             m.fx.count, m.cost, m.stopped, m.fees_estimated)]
        for k in range(m.instrument_count):
            parts.append((<char*>&m.positions[k])[:sizeof(tp_position)])
            parts.append(STATUS.pack(m.halted[k], m.hedging[k], m.funding_units[k],
                                     m.leg_fills[k * LEGS], m.leg_fills[k * LEGS + 1]))
            parts.append((<char*>&m.legs[k * LEGS])[:LEGS * sizeof(Leg)])
        for at in range(m.instrument_count * LEGS if m.cost != COST_AVERAGE else 0):
            queue = &m.queues[at]
            parts.append(COUNT.pack(queue.count))
            parts.append((<char*>&queue.realised_guard)[:16])
            for k in range(queue.count):
                parts.append((<char*>fifo_at(queue, k))[:sizeof(Leg)])
        parts.append((<char*>m.accounts)[:m.currency_count * <int64_t>sizeof(Accounts)])
        parts.append((<char*>m.strategy_fees)[:TP_STRATEGIES_MAX * m.currency_count * 16])
        parts += shares
        for k in range(m.record_count - kept, m.record_count):
            parts.append((<char*>&m.records[k % TP_BUST_FILLS_MAX])[:sizeof(FillRecord)])
        for k in range(m.fx.count):
            parts.append(RATE.pack(m.fx.rates[k].from_currency, m.fx.rates[k].to_currency,
                                   m.fx.rates[k].num, m.fx.rates[k].den, m.fx.rates[k].t_ns))
        return b"".join(parts)

    cdef list _share_bytes(self):
        """Shares that are not zero, ascending."""
        cdef Share zero
        cdef Share* share
        cdef int64_t k
        found = []
        memset(&zero, 0, sizeof(Share))
        for k in range(TP_STRATEGIES_MAX * TP_INSTRUMENTS_MAX * LEGS):
            share = &self.state.shares[k]
            if memcmp(share, &zero, sizeof(Share)) != 0:
                found.append(PAIR.pack(k, 0) + (<char*>share)[:sizeof(Share)])
        return found

    def import_state(self, data) -> None:
        """Take over an exported state; one whose books do not balance stops trading."""
        cdef MoneyState* m = self.state
        cdef const char* at
        cdef int64_t k, lots
        image = unpack(data, m.currency_count, m.cost, self._hedging)
        text = bytes(data)
        at = text
        at += HEADER.size
        m.stopped = image.stopped
        m.fees_estimated = image.fees_estimated
        for k in range(m.instrument_count):
            memcpy(&m.positions[k], at, sizeof(tp_position))
            at += sizeof(tp_position) + STATUS.size
            memcpy(&m.legs[k * LEGS], at, LEGS * sizeof(Leg))
            at += LEGS * sizeof(Leg)
            m.halted[k] = image.halted[k]
            m.funding_units[k] = image.funding_units[k]
            m.leg_fills[k * LEGS] = image.leg_fills[k * LEGS]
            m.leg_fills[k * LEGS + 1] = image.leg_fills[k * LEGS + 1]
        for k in range(m.instrument_count * LEGS if m.cost != COST_AVERAGE else 0):
            lots = len(image.queues[k].lots)
            m.queues[k].head = 0
            m.queues[k].count = <int32_t>lots
            memcpy(&m.queues[k].realised_guard, at + sizeof(int64_t), 16)
            at += sizeof(int64_t) + 16
            memcpy(m.queues[k].lots, at, lots * sizeof(Leg))
            at += lots * sizeof(Leg)
        memcpy(m.accounts, at, m.currency_count * sizeof(Accounts))
        at += m.currency_count * sizeof(Accounts)
        memcpy(m.strategy_fees, at, TP_STRATEGIES_MAX * m.currency_count * 16)
        at += TP_STRATEGIES_MAX * m.currency_count * 16
        memset(m.shares, 0, TP_STRATEGIES_MAX * TP_INSTRUMENTS_MAX * LEGS * sizeof(Share))
        for k in image.shares:
            memcpy(&m.shares[k], at + 2 * sizeof(int64_t), sizeof(Share))
            at += 2 * sizeof(int64_t) + sizeof(Share)
        m.record_count = len(image.fills)
        memcpy(m.records, at, m.record_count * sizeof(FillRecord))
        m.fx.count = len(image.rates)
        for k, rate in enumerate(image.rates):
            m.fx.rates[k] = FxRate(rate.from_currency, rate.to_currency, rate.num, rate.den,
                                   rate.t_ns)
        money_check(m)


cdef class _PositionView:
    """The buffer of `position_array`: read only, and it holds the handle that owns the memory."""

    cdef Money owner
    cdef Py_ssize_t shape[1]
    cdef Py_ssize_t strides[1]

    def __cinit__(self, Money owner):
        self.owner = owner
        self.shape[0] = TP_INSTRUMENTS_MAX * sizeof(tp_position)
        self.strides[0] = 1

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        if flags & 1:
            raise BufferError("positions are read only")
        buffer.buf = <char*>self.owner.state.positions
        buffer.format = "B"
        buffer.internal = NULL
        buffer.itemsize = 1
        buffer.len = self.shape[0]
        buffer.ndim = 1
        buffer.obj = self
        buffer.readonly = 1
        buffer.shape = self.shape
        buffer.strides = self.strides
        buffer.suboffsets = NULL

    def __releasebuffer__(self, Py_buffer* buffer):
        pass
