/* What every parameter set of a sweep shares: records, sizes of orders, risk, money.

   The integer formulas of hot/strategy/sizing.pxd, hot/risk (values, exposure, rate, checks),
   hot/execute (position, ledger) and venues/sim/matcher.pxd for one spot instrument whose value
   ratio is a whole number of settle units, so that no amount is rounded but fees. The caller has
   bounded all factors: a product written here fits 63 bits, those that may not are compared in 128.
   Worst case: three divisions of 64 bits a decision. */
#ifndef TICKPATH_SWEEP_H
#define TICKPATH_SWEEP_H

#include <tickpath/hd.h>

#define TP_SWEEP_PPM 1000000
#define TP_SWEEP_BUCKETS 4  /* orders, orders of the venue, messages, messages of the venue */
#define TP_SWEEP_WORD_MAX 0x7fffffffffffffffLL

enum {                      /* tp_sweep_event.kind */
    TP_SWEEP_BOOK = 0,      /* a depth message or snapshot, the book good and priced */
    TP_SWEEP_SAMPLE = 1,    /* equity is taken; mid2 0: no good book */
    TP_SWEEP_LOST = 2,      /* the book is no longer good: open orders are cancelled */
    TP_SWEEP_ODD = 3        /* a good book with an empty side or a price out of range */
};

enum {                      /* tp_sweep_result.left: why a set left what is covered */
    TP_SWEEP_DONE = 0,
    TP_SWEEP_LEFT_LOST = 1, /* the book was lost while an order was open */
    TP_SWEEP_LEFT_ODD = 2,  /* it wanted to trade on an odd book */
    TP_SWEEP_LEFT_DEPTH = 3, /* an order would take more levels than the stream has */
    TP_SWEEP_LEFT_ROOM = 4, /* more orders or fills than there is room for */
    TP_SWEEP_LEFT_MARK = 5, /* a position would be valued without a good book */
    TP_SWEEP_LEFT_ORDERS = 6 /* more at a time under way than there is room for, or a cancel that
                                failed for an order that is open */
};

enum { TP_SWEEP_SUBMIT = 1, TP_SWEEP_CANCEL = 2, TP_SWEEP_REPLACE = 3 }; /* tp_intent_kind */

typedef struct {
    int64_t t_ns;
    int64_t seq;            /* inputs the engine has had by then, its order reports left out */
    int64_t bid_ticks;
    int64_t ask_ticks;
    int64_t mid2;           /* bid plus ask, 0: none */
    int64_t last_ticks;     /* of the newest trade, 0: none */
    int32_t kind;
    int32_t votes;          /* of the bank on these features */
    int64_t reserved;
} tp_sweep_event;

typedef struct {            /* the venue's book from a time on */
    int64_t t_ns;
    int32_t good;           /* 0: new orders are refused */
    int32_t count[2];       /* levels there are of bids and asks */
    int32_t reserved;
} tp_sweep_book;

typedef struct {
    int64_t price_ticks;
    int64_t quantity_lots;
} tp_sweep_level;

typedef struct {            /* what all sets share */
    int64_t event_count;
    int64_t book_count;
    int64_t depth;          /* levels a side that are there of each book, best first */
    int64_t sample_count;
    int64_t order_rows;     /* room for rows of a set */
    int64_t fill_rows;
    int64_t last_ns;        /* when the engine received the last frame */
    int64_t last_mid2;
    int64_t order_ns;       /* latencies and their jitter */
    int64_t response_ns;
    uint64_t jitter_ns;
    uint64_t seed;
    int64_t balance_units;
    int64_t value_num;      /* settle units of a tick times a lot */
    int64_t maker_fee_ppm;
    int64_t taker_fee_ppm;
    int64_t lots_min;
    int64_t lots_max;
    int64_t step_lots;
    int64_t notional_units_min;
    int64_t notional_floor_units;
    int64_t order_notional_units_max;
    int64_t order_notional_ppm;
    int64_t position_ppm;
    int64_t collar_ppm;
    int64_t fat_finger_ppm;
    int64_t gross_units_max;
    int64_t net_units_max;
    int64_t leverage_ppm;
    int64_t concentration_ppm;
    int64_t margin_ppm;
    int64_t open_orders_max;
    int64_t move_count;     /* of the rest the makers alone read */
    int64_t price_count[2]; /* of bids and asks */
    int64_t frame_count;
    int64_t trade_count;
    int64_t feed_ns;        /* from the venue to the engine */
    int64_t queue;          /* tp_maker_queue */
    int64_t queue_power;
    int64_t whole_fills;    /* 1: a trade that reaches a resting order fills all of it */
    int64_t step_ns[TP_SWEEP_BUCKETS];
    int64_t room_ns[TP_SWEEP_BUCKETS];
} tp_sweep_plan;

typedef struct {            /* sizes of a set, as its strategy declares them */
    int64_t order_lots;
    int64_t order_units;
    int64_t position_units;
} tp_sweep_sizes;

typedef struct {
    int64_t left;           /* TP_SWEEP_DONE, or why the figures below are not to be used */
    int64_t left_ns;
    int64_t orders;
    int64_t fills;
    int64_t rejects;        /* by risk */
    int64_t refusals;       /* by the venue */
    int64_t reports;
    int64_t position_lots;
    int64_t cash_units;
    int64_t fee_units;
    int64_t equity_units;   /* at the end */
    int64_t end_ns;
    uint64_t fills_hash;    /* of time, order, price, signed lots and fee of every fill, in order */
} tp_sweep_result;

typedef struct {            /* a request that left the engine */
    int64_t seq;
    int64_t t_ns;
    int64_t price_ticks;
    int64_t lots;           /* negative: sells */
    int64_t order;          /* number of the order, from 1 */
    int64_t replaced;       /* that of the one it replaces, 0: none */
    int64_t kind;           /* TP_SWEEP_SUBMIT, CANCEL, REPLACE */
} tp_sweep_order;

typedef struct {            /* a fill as the venue made it */
    int64_t t_ns;
    int64_t order;          /* number of the order, from 1 */
    int64_t price_ticks;
    int64_t lots;           /* negative: sold */
    int64_t fee_units;
} tp_sweep_fill;

typedef struct {            /* money, position and buckets of a set while it runs */
    int64_t position_lots;
    int64_t cash_units;
    int64_t fee_units;
    int64_t full_ns[TP_SWEEP_BUCKETS];
    uint64_t random;
    int64_t request_ns;     /* arrival of the newest request, and of the newest report */
    int64_t report_ns;
} tp_sweep_account;

/* splitmix64 (S. Vigna), as venues/sim/delays.pxd draws. */
HD uint64_t tp_sweep_draw(uint64_t* random)
{
    uint64_t z = *random += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

/* Arrival of a message sent at `t_ns`: none overtakes the one before. */
HD int64_t tp_sweep_arrival(
    const tp_sweep_plan* p, tp_sweep_account* a, int64_t t_ns, int64_t latency_ns, int64_t* newest)
{
    int64_t at = t_ns + latency_ns + (int64_t)(tp_sweep_draw(&a->random) % (p->jitter_ns + 1));
    *newest = at > *newest ? at : *newest;
    return *newest;
}

HD void tp_sweep_open(const tp_sweep_plan* p, tp_sweep_account* a)
{
    a->position_lots = a->fee_units = a->request_ns = a->report_ns = 0;
    a->cash_units = p->balance_units;
    a->random = p->seed;
    for (int k = 0; k < TP_SWEEP_BUCKETS; ++k)
        a->full_ns[k] = 0;
}

/* a * b > c * d, all of them 0 or more. */
HD int tp_sweep_over(int64_t a, int64_t b, int64_t c, int64_t d)
{
    uint64_t high = hd_mul_high((uint64_t)a, (uint64_t)b);
    uint64_t other = hd_mul_high((uint64_t)c, (uint64_t)d);
    if (high != other)
        return high > other;
    return (uint64_t)a * (uint64_t)b > (uint64_t)c * (uint64_t)d;
}

/* a * b / c rounded down, where that is at most a; c > 0. `rest`: whether something was left. */
HD int64_t tp_sweep_mul_div(int64_t a, int64_t b, int64_t c, int* rest)
{
    uint64_t high = hd_mul_high((uint64_t)a, (uint64_t)b);
    uint64_t low = (uint64_t)a * (uint64_t)b;
    uint64_t quotient = 0;
    if (high == 0) {
        *rest = low % (uint64_t)c != 0;
        return (int64_t)(low / (uint64_t)c);
    }
    for (int bit = 63; bit >= 0; --bit) {
        high = (high << 1) | ((low >> bit) & 1);
        if (high >= (uint64_t)c) {
            high -= (uint64_t)c;
            quotient |= (uint64_t)1 << bit;
        }
    }
    *rest = high != 0;
    return (int64_t)quotient;
}

/* The same of a signed b, rounded down. */
HD int64_t tp_sweep_mul_floor(int64_t a, int64_t b, int64_t c)
{
    int rest;
    int64_t found = tp_sweep_mul_div(a, b < 0 ? -b : b, c, &rest);
    return b < 0 ? -found - rest : found;
}

/* num / den rounded half to even; den > 0. */
HD int64_t tp_sweep_half_even(int64_t num, int64_t den)
{
    int64_t q = num / den;
    int64_t rest = num - q * den;
    if (rest < 0) {
        rest += den;
        q -= 1;
    }
    return q + (2 * rest > den || (2 * rest == den && (q & 1)));
}

/* value * ppm / 10^6 rounded down; value and ppm 0 or more. */
HD int64_t tp_sweep_part(int64_t value, int64_t ppm)
{
    uint64_t whole = (uint64_t)value / TP_SWEEP_PPM;
    uint64_t rest = (uint64_t)value - whole * TP_SWEEP_PPM;
    return (int64_t)(whole * (uint64_t)ppm + rest * (uint64_t)ppm / TP_SWEEP_PPM);
}

/* Equity at a mid: cash and position, half units to even. */
HD int64_t tp_sweep_equity(const tp_sweep_plan* p, const tp_sweep_account* a, int64_t mid2)
{
    int64_t twice = 2 * a->cash_units + mid2 * a->position_lots * p->value_num;
    int64_t half = twice >> 1;
    return half + (twice & half & 1);
}

/* The money of a walk at its end. */
HD void tp_sweep_close(const tp_sweep_plan* p, const tp_sweep_account* a, tp_sweep_result* out)
{
    out->position_lots = a->position_lots;
    out->cash_units = a->cash_units;
    out->fee_units = a->fee_units;
    out->equity_units = tp_sweep_equity(p, a, p->last_mid2);
    out->end_ns = a->report_ns > p->last_ns ? a->report_ns : p->last_ns;
}

HD int64_t tp_sweep_order_lots(
    const tp_sweep_plan* p, const tp_sweep_sizes* s, int64_t price_ticks)
{
    int64_t worth = price_ticks * p->value_num;
    int64_t units = p->notional_floor_units;
    int64_t lots = s->order_lots;
    int64_t least;
    if (lots == 0 && units < s->order_units)
        units = s->order_units;
    least = (units + worth - 1) / worth;
    lots = lots > least ? lots : least;
    lots = lots > p->lots_min ? lots : p->lots_min;
    return p->step_lots == 1 ? lots : (lots + p->step_lots - 1) / p->step_lots * p->step_lots;
}

HD int64_t tp_sweep_position_lots(
    const tp_sweep_plan* p, const tp_sweep_sizes* s, int64_t price_ticks)
{
    if (s->position_units == 0)
        return 8 * tp_sweep_order_lots(p, s, price_ticks);
    return s->position_units / (price_ticks * p->value_num);
}

/* Value of lots at half of `mid2` ticks, away from zero. */
HD int64_t tp_sweep_value(const tp_sweep_plan* p, int64_t mid2, int64_t lots)
{
    int64_t twice = mid2 * (lots < 0 ? -lots : lots) * p->value_num;
    int64_t units = (twice + 1) >> 1;
    return lots < 0 ? -units : units;
}

HD int tp_sweep_tokens(const tp_sweep_plan* p, const tp_sweep_account* a, int64_t now_ns)
{
    int there = 1;
    for (int k = 0; k < TP_SWEEP_BUCKETS; ++k) {
        int64_t ahead = a->full_ns[k] > now_ns && p->room_ns[k] >= 0 ? a->full_ns[k] - now_ns : 0;
        there &= p->room_ns[k] - ahead >= 0;
    }
    return there;
}

HD void tp_sweep_take(const tp_sweep_plan* p, tp_sweep_account* a, int first, int64_t now_ns)
{
    for (int k = first; k < TP_SWEEP_BUCKETS; ++k) {
        int64_t most = now_ns + p->room_ns[k] + p->step_ns[k];
        int64_t full = (a->full_ns[k] > now_ns ? a->full_ns[k] : now_ns) + p->step_ns[k];
        if (p->room_ns[k] >= 0)
            a->full_ns[k] = full < most ? full : most;
    }
}

typedef struct {            /* an order before risk, beside what is open */
    int32_t buys;
    int32_t adds_order;     /* 1: one more open order; a replace is none */
    int64_t price_ticks;
    int64_t lots;
    int64_t given_lots;     /* of the order it replaces */
    int64_t open_buy_lots;
    int64_t open_sell_lots;
    int64_t open_orders;
} tp_sweep_intent;

/* Whether all checks of hot/risk let it pass; limits of 0 are those that are not watched. */
HD int tp_sweep_allowed(
    const tp_sweep_plan* p, const tp_sweep_account* a, const tp_sweep_intent* i,
    const tp_sweep_event* e)
{
    int64_t ticks = i->price_ticks;
    int64_t added = i->lots - i->given_lots;
    int64_t held = a->position_lots;
    int64_t longs = held + i->open_buy_lots + (i->buys ? added : 0);
    int64_t shorts = -held + i->open_sell_lots + (i->buys ? 0 : added);
    int64_t worst = i->buys ? longs : shorts;
    int64_t equity = tp_sweep_equity(p, a, e->mid2);
    int64_t touch = i->buys ? e->ask_ticks : e->bid_ticks;
    int64_t through = i->buys ? ticks - touch : touch - ticks;
    int64_t off2 = 2 * ticks > e->mid2 ? 2 * ticks - e->mid2 : e->mid2 - 2 * ticks;
    int64_t last = e->last_ticks;
    int64_t off = ticks > last ? ticks - last : last - ticks;
    int64_t value_ticks = ticks > (e->mid2 + 1) >> 1 ? ticks : (e->mid2 + 1) >> 1;
    int64_t most = p->order_notional_units_max;
    int64_t long_units = tp_sweep_value(p, e->mid2, longs);
    int64_t short_units = tp_sweep_value(p, e->mid2, shorts);
    int64_t gross = long_units > short_units ? long_units : short_units;
    if (ticks <= 0 || i->lots < p->lots_min || i->lots > p->lots_max)
        return 0;
    if (i->lots % p->step_lots != 0 || ticks * i->lots * p->value_num < p->notional_units_min)
        return 0;
    if (worst > 0) {
        int64_t ceiling = equity > 0 ? tp_sweep_part(equity, p->order_notional_ppm) : 0;
        most = ceiling < most ? ceiling : most;
    }
    if (value_ticks * i->lots * p->value_num > most)
        return 0;
    if (off2 * TP_SWEEP_PPM > e->mid2 * p->collar_ppm)
        return 0;
    if (last > 0 && off * TP_SWEEP_PPM > last * p->collar_ppm)
        return 0;
    if (touch > 0 && through * TP_SWEEP_PPM > touch * p->fat_finger_ppm)
        return 0;
    if (i->open_orders + i->adds_order > p->open_orders_max || !tp_sweep_tokens(p, a, e->t_ns))
        return 0;
    if (worst <= 0)
        return 1;
    if (equity <= 0 || value_ticks * worst * p->value_num > tp_sweep_part(equity, p->position_ppm))
        return 0;
    if (gross > p->gross_units_max || (i->buys ? long_units : short_units) > p->net_units_max)
        return 0;
    gross = gross > 0 ? gross : 0;
    if (tp_sweep_over(gross, TP_SWEEP_PPM, equity, p->leverage_ppm)
        || tp_sweep_over(gross, TP_SWEEP_PPM, equity, p->concentration_ppm))
        return 0;
    return tp_sweep_part(gross, p->margin_ppm)
            + (gross % TP_SWEEP_PPM * p->margin_ppm % TP_SWEEP_PPM != 0)
        <= equity;
}

/* A fill reaches the engine. */
HD void tp_sweep_count(
    const tp_sweep_plan* p, tp_sweep_account* a, int64_t ticks, int64_t lots, int64_t fee_units)
{
    a->position_lots += lots;
    a->cash_units -= ticks * lots * p->value_num + fee_units;
    a->fee_units += fee_units;
}

HD int64_t tp_sweep_fee(const tp_sweep_plan* p, int64_t ticks, int64_t lots, int64_t ppm)
{
    return tp_sweep_half_even(ticks * lots * p->value_num * ppm, TP_SWEEP_PPM);
}

/* FNV-1a over whole words, so that a hash of fills is one product a number. */
HD uint64_t tp_sweep_mix(uint64_t hash, int64_t word)
{
    return (hash ^ (uint64_t)word) * 0x100000001B3ULL;
}

/* The book the venue has at a time: the last one that began by then, -1: none. */
HD int64_t tp_sweep_book_at(const tp_sweep_plan* p, const tp_sweep_book* books, int64_t t_ns)
{
    int64_t low = 0, high = p->book_count;
    while (low < high) {
        int64_t middle = (low + high) >> 1;
        if (books[middle].t_ns <= t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

#endif
