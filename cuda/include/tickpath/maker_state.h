/* What a walk of imbalance_maker keeps and what it reads; see makers.h. */
#ifndef TICKPATH_MAKER_STATE_H
#define TICKPATH_MAKER_STATE_H

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

#endif
