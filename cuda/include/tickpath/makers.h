/* One set of imbalance_maker along a stream: quotes, their queues at the venue, what comes back.

   The loop of venues/sim/loop.pyx in small: moves of the market at the venue, our requests there,
   reports and events at the engine, the earliest first. At equal times a move, a request, a report,
   an event. Formulas of strategies/imbalance_maker, hot/execute (machine, apply, send) and
   venues/sim (matcher, queue, requests). Worst case: an order at a price that every book changes.
   */
#ifndef TICKPATH_MAKERS_H
#define TICKPATH_MAKERS_H

#include <tickpath/sweep.h>

#define TP_MAKER_LEVELS 10
#define TP_MAKER_ROWS 6     /* orders the engine knows: a quote a side and what replaces it */
#define TP_MAKER_ORDERS 4   /* orders at the venue */
#define TP_MAKER_MAIL 16    /* a power of two: requests, and reports, that are under way */
#define TP_MAKER_SCALE 1000000

enum { TP_MAKER_NEW = 1, TP_MAKER_LIVE = 2, TP_MAKER_CANCELLING = 3, TP_MAKER_REPLACING = 4 };
enum { TP_MAKER_ACK, TP_MAKER_FILL, TP_MAKER_GONE, TP_MAKER_REFUSED, TP_MAKER_FAILED };
enum { TP_MAKER_BOUGHT = 0, TP_MAKER_SOLD = 1, TP_MAKER_BOOK = 2 }; /* tp_maker_move.kind */
enum { TP_MAKER_POWER, TP_MAKER_PESSIMISTIC, TP_MAKER_POWER2, TP_MAKER_POWER3 };

typedef struct {            /* parameters of one set */
    tp_sweep_sizes sizes;
    int64_t half_spread_ppm;
    int64_t shift_ppm;
    int64_t lean_ppm;
    int64_t replace_ppm;
    int64_t imbalance_levels;
} tp_maker_set;

typedef struct {            /* of an event: lots are those of the best 1, 2, ... levels together */
    int64_t micro2;
    int64_t bids[TP_MAKER_LEVELS];
    int64_t asks[TP_MAKER_LEVELS];
} tp_maker_quote;

typedef struct {            /* what the venue lived; a book is the next one of the stream */
    int64_t t_ns;
    int64_t kind;
    int64_t price_ticks;
    int64_t lots;
} tp_maker_move;

typedef struct {
    int64_t price_ticks;
    int64_t first;          /* change of it that is the first; the next price's ends them */
} tp_maker_price;

typedef struct {            /* lots displayed at a price from a book on */
    int64_t book;
    int64_t lots;
} tp_maker_change;

typedef struct {            /* as the engine received it */
    int64_t t_ns;
    int64_t price_ticks;
} tp_maker_trade;

typedef struct {            /* the stream, and the rows of one set */
    const tp_sweep_plan* plan;
    const tp_sweep_event* events;
    const tp_maker_quote* quotes;
    const tp_sweep_book* books;
    const tp_sweep_level* levels;
    const tp_maker_move* moves;
    const tp_maker_price* prices;   /* bids by price, then asks, then one that ends the last */
    const tp_maker_change* changes;
    const int64_t* frames;          /* when the engine received each */
    const tp_maker_trade* trades;
    tp_sweep_order* orders;
    tp_sweep_fill* fills;
} tp_maker_view;

typedef struct {            /* an order as the engine sees it */
    int64_t id;
    int64_t side;           /* 0 buys, 1 sells */
    int64_t state;
    int64_t price_ticks;
    int64_t lots;
    int64_t filled;
    int64_t replaced_by;
    int64_t replaces;
} tp_maker_row;

typedef struct {            /* an order as the venue has it */
    int64_t id;
    int64_t side;
    int64_t price_ticks;
    int64_t leaves;
    int64_t ahead;
    int64_t shown;
    int64_t traded;
    int64_t now;            /* what its price shows */
    int64_t change;         /* that comes next at its price, of changes before `end` */
    int64_t end;
} tp_maker_order;

typedef struct {
    int64_t t_ns;
    int64_t kind;
    int64_t id;
    int64_t other;          /* the order it replaces; of a report: of its second half, 0: none */
    int64_t side;
    int64_t price_ticks;
    int64_t lots;
    int64_t more;           /* kind of the second half of a report; its fee, if it is a fill */
} tp_maker_mail;

typedef struct {
    tp_maker_mail items[TP_MAKER_MAIL];
    uint32_t head, tail;
} tp_maker_ring;

typedef struct {
    tp_sweep_account account;
    tp_maker_row rows[TP_MAKER_ROWS];       /* oldest first */
    tp_maker_order orders[TP_MAKER_ORDERS]; /* by arrival */
    tp_maker_ring requests, reports;
    int64_t row_count, order_count;
    int64_t book;           /* that the venue has, -1: none yet */
    int64_t event;          /* book event that the engine has, -1: none, or not a good one */
    int64_t ids, sent, fills, rejects, refusals, seen;
    int64_t left, left_ns;
    uint64_t fills_hash;
} tp_maker_walk;

typedef struct {            /* what a side is to do */
    int64_t kind;           /* 0: nothing */
    int64_t price_ticks;
    int64_t row;
} tp_maker_wish;

HD void tp_maker_leave(tp_maker_walk* w, int64_t why, int64_t t_ns)
{
    if (w->left == TP_SWEEP_DONE) {
        w->left = why;
        w->left_ns = t_ns;
    }
}

HD void tp_maker_start(const tp_sweep_plan* p, tp_maker_walk* w)
{
    tp_sweep_open(p, &w->account);
    w->requests.head = w->requests.tail = w->reports.head = w->reports.tail = 0;
    w->row_count = w->order_count = 0;
    w->book = w->event = -1;
    w->ids = w->sent = w->fills = w->rejects = w->refusals = w->seen = 0;
    w->left = w->left_ns = 0;
    w->fills_hash = 0xcbf29ce484222325ULL;
}

HD int64_t tp_maker_due(const tp_maker_ring* r)
{
    return r->head == r->tail ? TP_SWEEP_WORD_MAX : r->items[r->tail & (TP_MAKER_MAIL - 1)].t_ns;
}

HD tp_maker_mail* tp_maker_push(tp_maker_walk* w, tp_maker_ring* r, int64_t t_ns)
{
    if (r->head - r->tail >= TP_MAKER_MAIL) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ORDERS, t_ns);
        r->tail += 1;
    }
    r->head += 1;
    return &r->items[(r->head - 1) & (TP_MAKER_MAIL - 1)];
}

/* -- the venue -------------------------------------------------------------------------------- */

HD tp_maker_mail* tp_maker_report(
    const tp_sweep_plan* p, tp_maker_walk* w, int64_t t_ns, int64_t kind, int64_t id)
{
    int64_t at = tp_sweep_arrival(p, &w->account, t_ns, p->response_ns, &w->account.report_ns);
    tp_maker_mail* mail = tp_maker_push(w, &w->reports, t_ns);
    mail->t_ns = at;
    mail->kind = kind;
    mail->id = id;
    mail->other = mail->more = 0;
    return mail;
}

/* Best price of a side of the venue's book, 0: none. */
HD int64_t tp_maker_best(const tp_maker_view* v, const tp_maker_walk* w, int side)
{
    if (w->book < 0 || v->books[w->book].count[side] == 0)
        return 0;
    return v->levels[(2 * w->book + side) * v->plan->depth].price_ticks;
}

HD int tp_maker_crosses(
    const tp_maker_view* v, const tp_maker_walk* w, int64_t side, int64_t price_ticks)
{
    int64_t other = tp_maker_best(v, w, side == 0);
    return other > 0 && (side == 0 ? price_ticks >= other : price_ticks <= other);
}

/* What the order's price shows in the book the venue has; changes are read on from the last one. */
HD void tp_maker_look(const tp_maker_view* v, const tp_maker_walk* w, tp_maker_order* o)
{
    while (o->change < o->end && v->changes[o->change].book <= w->book) {
        o->now = v->changes[o->change].lots;
        o->change += 1;
    }
}

/* Join the queue, behind all that is displayed at the price. */
HD void tp_maker_join(const tp_maker_view* v, const tp_maker_walk* w, tp_maker_order* o)
{
    const tp_sweep_plan* p = v->plan;
    int64_t low = o->side == 0 ? 0 : p->price_count[0];
    int64_t high = low + p->price_count[o->side];
    int64_t end = high;
    o->now = o->change = o->end = 0;
    while (low < high) {
        int64_t middle = (low + high) >> 1;
        if (v->prices[middle].price_ticks < o->price_ticks)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < end && v->prices[low].price_ticks == o->price_ticks) {
        int64_t first = v->prices[low].first;
        o->end = v->prices[low + 1].first;
        high = o->end;
        low = first;
        while (low < high) {
            int64_t middle = (low + high) >> 1;
            if (v->changes[middle].book <= w->book)
                low = middle + 1;
            else
                high = middle;
        }
        o->change = low;
        o->now = low > first ? v->changes[low - 1].lots : 0;
    }
    o->shown = o->ahead = o->now;
    o->traded = 0;
}

/* Lots of a decrease that leave from ahead of us. */
HD int64_t tp_maker_advance(
    const tp_sweep_plan* p, int64_t ahead, int64_t shown, int64_t decrease)
{
    int64_t behind = shown - ahead;
    int64_t front = 1, back = 1, whole = 1;
    int rest;
    if (p->queue == TP_MAKER_PESSIMISTIC || ahead <= 0)
        return 0;
    if (behind <= 0)
        return decrease;
    while (ahead > TP_MAKER_SCALE || behind > TP_MAKER_SCALE) {
        ahead >>= 1;
        behind >>= 1;
    }
    for (int64_t k = 0; k < p->queue_power; ++k) {
        front *= ahead;
        back *= behind;
        whole *= ahead + behind;
    }
    if (p->queue == TP_MAKER_POWER)
        whole = front + back;
    else if (p->queue == TP_MAKER_POWER2)
        front = whole - back;
    return whole == 0 ? 0 : tp_sweep_mul_div(decrease, front, whole, &rest);
}

/* A book passed: explain the change at our price, advance the queue. */
HD void tp_maker_depth(const tp_maker_view* v, const tp_maker_walk* w, tp_maker_order* o)
{
    int64_t shown = o->shown - o->traded;
    int64_t decrease;
    tp_maker_look(v, w, o);
    shown = shown < 0 ? 0 : shown;
    decrease = shown - o->now;
    if (decrease > 0)
        o->ahead -= tp_maker_advance(v->plan, o->ahead, shown, decrease);
    o->ahead = o->ahead > o->now ? o->now : o->ahead;
    o->ahead = o->ahead < 0 ? 0 : o->ahead;
    o->shown = o->now;
    o->traded = 0;
}

/* Quantity of ours that a trade fills; our earlier orders left `left` of it. */
HD int64_t tp_maker_trade_of(
    const tp_sweep_plan* p, tp_maker_order* o, const tp_maker_move* m, int64_t left)
{
    int64_t past;
    if (m->kind == o->side || m->lots <= 0)
        return 0;
    if (o->price_ticks != m->price_ticks)
        return (o->price_ticks > m->price_ticks) == (o->side == 0) ? o->leaves : 0;
    o->traded += m->lots;
    past = left - o->ahead;
    o->ahead = past < 0 ? o->ahead - left : 0;
    if (past <= 0)
        return 0;
    return past < o->leaves && !p->whole_fills ? past : o->leaves;
}

HD void tp_maker_fill(
    const tp_maker_view* v, tp_maker_walk* w, tp_maker_order* o, int64_t lots, int64_t t_ns)
{
    const tp_sweep_plan* p = v->plan;
    int64_t fee = tp_sweep_fee(p, o->price_ticks, lots, p->maker_fee_ppm);
    int64_t given = o->side == 0 ? lots : -lots;
    tp_maker_mail* mail = tp_maker_report(p, w, t_ns, TP_MAKER_FILL, o->id);
    mail->price_ticks = o->price_ticks;
    mail->lots = given;
    mail->more = fee;
    o->leaves -= lots;
    w->fills_hash = tp_sweep_mix(tp_sweep_mix(w->fills_hash, t_ns), o->id);
    w->fills_hash = tp_sweep_mix(tp_sweep_mix(w->fills_hash, o->price_ticks), given);
    w->fills_hash = tp_sweep_mix(w->fills_hash, fee);
    if (w->fills < p->fill_rows) {
        tp_sweep_fill* row = &v->fills[w->fills];
        row->t_ns = t_ns;
        row->order = o->id;
        row->price_ticks = o->price_ticks;
        row->lots = given;
        row->fee_units = fee;
    } else if (p->fill_rows > 0) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ROOM, t_ns);
    }
    w->fills += 1;
}

HD void tp_maker_drop(tp_maker_walk* w, int64_t place)
{
    for (int64_t k = place; k + 1 < w->order_count; ++k)
        w->orders[k] = w->orders[k + 1];
    w->order_count -= 1;
}

/* The market moves at the venue. */
HD void tp_maker_moves(const tp_maker_view* v, tp_maker_walk* w, const tp_maker_move* m)
{
    int64_t left = m->lots;
    w->book += m->kind == TP_MAKER_BOOK;
    if (w->order_count == 0 || (m->kind == TP_MAKER_BOOK && !v->books[w->book].good))
        return;
    for (int64_t k = 0; k < w->order_count; ++k) {
        tp_maker_order* o = &w->orders[k];
        int64_t lots;
        if (m->kind == TP_MAKER_BOOK) {
            tp_maker_depth(v, w, o);
            lots = tp_maker_crosses(v, w, o->side, o->price_ticks) ? o->leaves : 0;
        } else {
            lots = tp_maker_trade_of(v->plan, o, m, left);
            left -= o->price_ticks == m->price_ticks ? lots : 0;
        }
        if (lots > 0)
            tp_maker_fill(v, w, o, lots, m->t_ns);
    }
    for (int64_t k = w->order_count - 1; k >= 0; --k)
        if (w->orders[k].leaves == 0)
            tp_maker_drop(w, k);
}

/* A request arrives: a cancel, a new quote, or both. */
HD void tp_maker_request(const tp_maker_view* v, tp_maker_walk* w, const tp_maker_mail* q)
{
    const tp_sweep_plan* p = v->plan;
    int64_t old = q->kind == TP_SWEEP_CANCEL ? q->id : q->other;
    int64_t place = -1;
    tp_maker_order* o;
    tp_maker_mail* mail;
    for (int64_t k = 0; k < w->order_count; ++k)
        place = old != 0 && w->orders[k].id == old ? k : place;
    if (old != 0 && place < 0) {
        w->refusals += 1;
        mail = tp_maker_report(p, w, q->t_ns, TP_MAKER_FAILED, old);
        mail->other = q->kind == TP_SWEEP_REPLACE ? q->id : 0;
        mail->more = TP_MAKER_REFUSED;
        return;
    }
    if (old != 0)
        tp_maker_drop(w, place);
    if (q->kind == TP_SWEEP_CANCEL) {
        tp_maker_report(p, w, q->t_ns, TP_MAKER_GONE, old);
        tp_maker_report(p, w, q->t_ns, TP_MAKER_GONE, old);
        return;
    }
    if (w->book < 0 || !v->books[w->book].good || tp_maker_crosses(v, w, q->side, q->price_ticks)) {
        w->refusals += 1;
        mail = tp_maker_report(
            p, w, q->t_ns, old != 0 ? TP_MAKER_GONE : TP_MAKER_REFUSED, old != 0 ? old : q->id);
        mail->other = old != 0 ? q->id : 0;
        mail->more = TP_MAKER_REFUSED;
        if (old != 0)
            tp_maker_report(p, w, q->t_ns, TP_MAKER_GONE, old);
        return;
    }
    mail = tp_maker_report(
        p, w, q->t_ns, old != 0 ? TP_MAKER_GONE : TP_MAKER_ACK, old != 0 ? old : q->id);
    mail->other = old != 0 ? q->id : 0;
    mail->more = TP_MAKER_ACK;
    if (old != 0)
        tp_maker_report(p, w, q->t_ns, TP_MAKER_GONE, old);
    tp_maker_report(p, w, q->t_ns, TP_MAKER_ACK, q->id);
    if (w->order_count >= TP_MAKER_ORDERS) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ORDERS, q->t_ns);
        return;
    }
    o = &w->orders[w->order_count];
    w->order_count += 1;
    o->id = q->id;
    o->side = q->side;
    o->price_ticks = q->price_ticks;
    o->leaves = q->lots;
    tp_maker_join(v, w, o);
}

/* -- the engine ------------------------------------------------------------------------------- */

HD int64_t tp_maker_find(const tp_maker_walk* w, int64_t id)
{
    for (int64_t k = 0; k < w->row_count; ++k)
        if (w->rows[k].id == id)
            return k;
    return -1;
}

HD void tp_maker_record(
    const tp_maker_view* v, tp_maker_walk* w, const tp_sweep_event* e, const tp_maker_row* r,
    int64_t kind, int64_t replaced)
{
    tp_sweep_order* row = &v->orders[w->sent];
    int64_t leaves = r->lots - r->filled;
    int64_t at = tp_sweep_arrival(
        v->plan, &w->account, e->t_ns, v->plan->order_ns, &w->account.request_ns);
    tp_maker_mail* mail = tp_maker_push(w, &w->requests, e->t_ns);
    mail->t_ns = at;
    mail->kind = kind;
    mail->id = r->id;
    mail->other = replaced;
    mail->side = r->side;
    mail->price_ticks = r->price_ticks;
    mail->lots = leaves;
    if (w->sent < v->plan->order_rows) {
        row->seq = e->seq + w->seen;
        row->t_ns = e->t_ns;
        row->price_ticks = r->price_ticks;
        row->lots = r->side == 0 ? leaves : -leaves;
        row->order = r->id;
        row->replaced = replaced;
        row->kind = kind;
    } else if (v->plan->order_rows > 0) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ROOM, e->t_ns);
    }
    w->sent += 1;
}

/* What an allowed wish sends. */
HD void tp_maker_send(
    const tp_maker_view* v, tp_maker_walk* w, const tp_sweep_event* e, int64_t side,
    const tp_maker_wish* wish, int64_t lots)
{
    tp_maker_row* row;
    int64_t old = 0;
    if (wish->kind == TP_SWEEP_CANCEL) {
        row = &w->rows[wish->row];
        tp_maker_record(v, w, e, row, TP_SWEEP_CANCEL, 0);
        row->state = TP_MAKER_CANCELLING;
        return;
    }
    if (w->row_count >= TP_MAKER_ROWS) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ORDERS, e->t_ns);
        return;
    }
    w->ids += 1;
    if (wish->kind == TP_SWEEP_REPLACE) {
        old = w->rows[wish->row].id;
        w->rows[wish->row].state = TP_MAKER_REPLACING;
        w->rows[wish->row].replaced_by = w->ids;
    }
    row = &w->rows[w->row_count];
    w->row_count += 1;
    row->id = w->ids;
    row->side = side;
    row->state = TP_MAKER_NEW;
    row->price_ticks = wish->price_ticks;
    row->lots = lots;
    row->filled = row->replaced_by = 0;
    row->replaces = old;
    tp_maker_record(v, w, e, row, wish->kind, old);
}

/* One side: price 0 means no quote. An order in flight is waited for. */
HD tp_maker_wish tp_maker_side(
    const tp_maker_walk* w, int64_t side, int64_t price_ticks, int64_t threshold)
{
    tp_maker_wish wish = {0, price_ticks, -1};
    for (int64_t k = 0; k < w->row_count; ++k) {
        if (w->rows[k].side != side)
            continue;
        if (w->rows[k].state != TP_MAKER_LIVE) {
            wish.kind = 0;
            return wish;
        }
        wish.row = wish.row < 0 ? k : wish.row;
    }
    if (wish.row < 0) {
        wish.kind = price_ticks > 0 ? TP_SWEEP_SUBMIT : 0;
    } else if (price_ticks == 0) {
        wish.kind = TP_SWEEP_CANCEL;
    } else {
        int64_t away = w->rows[wish.row].price_ticks - price_ticks;
        wish.kind = away >= threshold || -away >= threshold ? TP_SWEEP_REPLACE : 0;
    }
    return wish;
}

/* Risk and the way out of both sides' wishes, as one batch. */
HD void tp_maker_act(
    const tp_maker_view* v, tp_maker_walk* w, const tp_sweep_event* e, tp_maker_wish* wishes,
    int64_t lots)
{
    tp_sweep_intent i;
    i.open_orders = w->row_count;
    i.open_buy_lots = i.open_sell_lots = 0;
    for (int64_t k = 0; k < w->row_count; ++k) {
        int64_t leaves = w->rows[k].lots - w->rows[k].filled;
        i.open_buy_lots += w->rows[k].side == 0 ? leaves : 0;
        i.open_sell_lots += w->rows[k].side == 0 ? 0 : leaves;
    }
    for (int side = 0; side < 2; ++side) {
        tp_maker_wish* wish = &wishes[side];
        if (wish->kind == 0)
            continue;
        if (wish->kind == TP_SWEEP_CANCEL) {
            tp_sweep_take(v->plan, &w->account, 2, e->t_ns);
            continue;
        }
        i.buys = side == 0;
        i.adds_order = wish->kind == TP_SWEEP_SUBMIT;
        i.price_ticks = wish->price_ticks;
        i.lots = lots;
        i.given_lots = 0;
        if (wish->kind == TP_SWEEP_REPLACE) {
            int64_t leaves = w->rows[wish->row].lots - w->rows[wish->row].filled;
            i.given_lots = leaves < lots ? leaves : lots;
        }
        if (!tp_sweep_allowed(v->plan, &w->account, &i, e)) {
            w->rejects += 1;
            wish->kind = 0;
            continue;
        }
        tp_sweep_take(v->plan, &w->account, 0, e->t_ns);
        i.open_orders += i.adds_order;
        i.open_buy_lots += side == 0 ? lots - i.given_lots : 0;
    }
    for (int side = 0; side < 2; ++side)
        if (wishes[side].kind != 0)
            tp_maker_send(v, w, e, side, &wishes[side], lots);
}

/* Twice the price that the quotes stand around. */
HD int64_t tp_maker_centre2(
    const tp_maker_set* s, const tp_sweep_event* e, const tp_maker_quote* q, int64_t most,
    int64_t held)
{
    int64_t bids = q->bids[s->imbalance_levels - 1];
    int64_t asks = q->asks[s->imbalance_levels - 1];
    int64_t found = q->micro2;
    if (bids + asks > 0)
        found += tp_sweep_mul_floor(
            e->mid2 * s->shift_ppm, bids - asks, TP_SWEEP_PPM * (bids + asks));
    if (most > 0) {
        held = held < -most ? -most : (held > most ? most : held);
        found -= tp_sweep_mul_floor(e->mid2 * s->lean_ppm, held, TP_SWEEP_PPM * most);
    }
    return found;
}

/* Bring both sides to where they should be. `e` is the book event the engine has, at the time and
   with the newest trade of now. */
HD void tp_maker_quote_both(
    const tp_maker_view* v, tp_maker_walk* w, const tp_maker_set* s, const tp_sweep_event* e)
{
    int64_t lots = tp_sweep_order_lots(v->plan, &s->sizes, e->ask_ticks);
    int64_t most = tp_sweep_position_lots(v->plan, &s->sizes, e->ask_ticks);
    int64_t held = w->account.position_lots;
    int64_t centre2 = tp_maker_centre2(s, e, &v->quotes[w->event], most, held);
    int64_t half = e->mid2 * s->half_spread_ppm / (2 * TP_SWEEP_PPM);
    int64_t threshold = e->mid2 * s->replace_ppm / (2 * TP_SWEEP_PPM);
    int64_t bid, ask;
    tp_maker_wish wishes[2];
    half = half > 1 ? half : 1;
    threshold = threshold > 1 ? threshold : 1;
    bid = (centre2 >> 1) - half;
    bid = bid < e->ask_ticks - 1 ? bid : e->ask_ticks - 1;
    ask = -(-centre2 >> 1) + half;
    ask = ask > e->bid_ticks + 1 ? ask : e->bid_ticks + 1;
    if (bid < 0 || held + lots > most)
        bid = 0;
    if (held - lots < -most)
        ask = 0;
    wishes[0] = tp_maker_side(w, 0, bid, threshold);
    wishes[1] = tp_maker_side(w, 1, ask, threshold);
    tp_maker_act(v, w, e, wishes, lots);
}

/* Entries of a rising array of times that are before a time, `stride` words apart. */
HD int64_t tp_maker_before(const int64_t* times, int64_t stride, int64_t count, int64_t t_ns)
{
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = (low + high) >> 1;
        if (times[middle * stride] < t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The book event that the engine has, at another time: with the newest trade by then. */
HD void tp_maker_again(
    const tp_maker_view* v, const tp_maker_walk* w, int64_t t_ns, tp_sweep_event* e)
{
    int64_t trades = tp_maker_before(&v->trades->t_ns, 2, v->plan->trade_count, t_ns);
    *e = v->events[w->event];
    e->t_ns = t_ns;
    e->seq = tp_maker_before(v->frames, 1, v->plan->frame_count, t_ns);
    e->last_ticks = trades > 0 ? v->trades[trades - 1].price_ticks : 0;
}

HD void tp_maker_end_row(tp_maker_walk* w, int64_t place)
{
    int64_t next = tp_maker_find(w, w->rows[place].replaced_by);
    if (w->rows[place].replaced_by != 0 && next >= 0)
        w->rows[next].replaces = 0;
    for (int64_t k = place; k + 1 < w->row_count; ++k)
        w->rows[k] = w->rows[k + 1];
    w->row_count -= 1;
}

/* One half of a report meets its order. Whether a fill was counted. */
HD int tp_maker_apply(
    const tp_maker_view* v, tp_maker_walk* w, int64_t kind, int64_t id, const tp_maker_mail* mail)
{
    int64_t place = tp_maker_find(w, id);
    tp_maker_row* row = &w->rows[place < 0 ? 0 : place];
    int ends = kind == TP_MAKER_GONE || kind == TP_MAKER_REFUSED;
    if (place < 0) {
        if (kind == TP_MAKER_FILL)
            tp_maker_leave(w, TP_SWEEP_LEFT_ORDERS, mail->t_ns);
        return 0;
    }
    if (kind == TP_MAKER_FAILED
        || (kind == TP_MAKER_REFUSED && (row->state != TP_MAKER_NEW || row->replaces != 0))) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ORDERS, mail->t_ns);
        return 0;
    }
    if (kind == TP_MAKER_FILL) {
        tp_sweep_count(v->plan, &w->account, mail->price_ticks, mail->lots, mail->more);
        row->filled += mail->lots < 0 ? -mail->lots : mail->lots;
        ends = row->filled >= row->lots;
    }
    if (ends)
        tp_maker_end_row(w, place);
    else
        row->state = row->state == TP_MAKER_NEW ? TP_MAKER_LIVE : row->state;
    return kind == TP_MAKER_FILL;
}

/* The oldest report reaches the engine. Whether it was a fill. */
HD int tp_maker_come(const tp_maker_view* v, tp_maker_walk* w)
{
    tp_maker_mail mail = w->reports.items[w->reports.tail & (TP_MAKER_MAIL - 1)];
    int filled = 0;
    w->reports.tail += 1;
    w->seen += 1;
    for (int half = 0; half < 1 + (mail.other != 0); ++half)
        filled |= tp_maker_apply(
            v, w, half == 0 ? mail.kind : mail.more, half == 0 ? mail.id : mail.other, &mail);
    return filled;
}

/* What is due up to a time, the earliest first, until a fill has reached the engine: then when
   that was, else -1. */
HD int64_t tp_maker_until(const tp_maker_view* v, tp_maker_walk* w, int64_t* move, int64_t t_ns)
{
    const tp_sweep_plan* p = v->plan;
    while (w->left == TP_SWEEP_DONE) {
        int64_t lived = *move < p->move_count ? v->moves[*move].t_ns : TP_SWEEP_WORD_MAX;
        int64_t request = tp_maker_due(&w->requests);
        int64_t report = tp_maker_due(&w->reports);
        int64_t venue = lived < request ? lived : request;
        int64_t first = venue < report ? venue : report;
        if (first > t_ns || first == TP_SWEEP_WORD_MAX)
            break;
        if (venue > report) {
            if (tp_maker_come(v, w) && w->event >= 0)
                return report;
        } else if (lived <= request) {
            tp_maker_moves(v, w, &v->moves[*move]);
            *move += 1;
        } else {
            tp_maker_mail q = w->requests.items[w->requests.tail & (TP_MAKER_MAIL - 1)];
            w->requests.tail += 1;
            tp_maker_request(v, w, &q);
        }
    }
    return -1;
}

/* An event at the engine that is no good book; the equity of a sample. */
HD int64_t tp_maker_other(const tp_maker_view* v, tp_maker_walk* w, const tp_sweep_event* e)
{
    if (w->left != TP_SWEEP_DONE)
        return 0;
    if (e->kind == TP_SWEEP_ODD) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ODD, e->t_ns);
    } else if (e->kind == TP_SWEEP_LOST) {
        w->event = -1;
        if (w->row_count > 0)
            tp_maker_leave(w, TP_SWEEP_LEFT_LOST, e->t_ns);
    } else if (e->mid2 == 0 && w->account.position_lots != 0) {
        tp_maker_leave(w, TP_SWEEP_LEFT_MARK, e->t_ns);
    }
    return tp_sweep_equity(v->plan, &w->account, e->mid2);
}

/* The whole stream. */
HD void tp_maker_run(
    const tp_maker_view* v, const tp_maker_set* s, tp_maker_walk* w, int64_t* equity,
    int64_t stride, tp_sweep_result* out)
{
    const tp_sweep_plan* p = v->plan;
    int64_t move = 0, taken = 0, t = 0;
    tp_maker_start(p, w);
    for (;;) {
        int64_t until = t < p->event_count ? v->events[t].t_ns : TP_SWEEP_WORD_MAX;
        int64_t again = tp_maker_until(v, w, &move, until);
        tp_sweep_event e;
        if (again >= 0) {
            tp_maker_again(v, w, again, &e);
        } else if (t == p->event_count) {
            break;
        } else {
            e = v->events[t];
            t += 1;
            if (e.kind != TP_SWEEP_BOOK) {
                int64_t units = tp_maker_other(v, w, &e);
                if (e.kind == TP_SWEEP_SAMPLE)
                    equity[taken++ * stride] = units;
                continue;
            }
            w->event = t - 1;
        }
        if (w->left == TP_SWEEP_DONE)
            tp_maker_quote_both(v, w, s, &e);
    }
    if (p->last_mid2 == 0 && w->account.position_lots != 0)
        tp_maker_leave(w, TP_SWEEP_LEFT_MARK, p->last_ns);
    out->left = w->left;
    out->left_ns = w->left_ns;
    out->orders = w->sent;
    out->fills = w->fills;
    out->rejects = w->rejects;
    out->refusals = w->refusals;
    out->reports = w->seen;
    out->position_lots = w->account.position_lots;
    out->cash_units = w->account.cash_units;
    out->fee_units = w->account.fee_units;
    out->equity_units = tp_sweep_equity(p, &w->account, p->last_mid2);
    out->end_ns = w->account.report_ns > p->last_ns ? w->account.report_ns : p->last_ns;
    out->fills_hash = w->fills_hash;
}

#endif
