/* Every struct that crosses a stage. Included by Cython (records.pxd) and later by CUDA.
 *
 * Prices are int64 ticks, quantities int64 lots of their instrument, times int64 nanoseconds,
 * money an integer in the settle currency's own decimals. Sizes and offsets are part of the
 * contract: records.py declares the same layouts as numpy dtypes and a test compares them.
 */
#ifndef TICKPATH_RECORDS_H
#define TICKPATH_RECORDS_H
#include <stddef.h>
#include <stdint.h>
#include "_limits_gen.h"

enum tp_side { TP_BUY = 0, TP_SELL = 1 };  /* of an order; the book's bid is 0, ask 1 */
enum tp_instrument_kind { TP_SPOT = 0, TP_LINEAR = 1, TP_INVERSE = 2 };
enum tp_input_kind {
  TP_INPUT_MARKET = 1, TP_INPUT_ORDER = 2, TP_INPUT_TIMER = 3, TP_INPUT_COMMAND = 4,
  TP_INPUT_SLOT = 5
};
enum tp_event_kind {
  TP_EVENT_NONE = 0, TP_EVENT_DEPTH = 1, TP_EVENT_SNAPSHOT = 2, TP_EVENT_BBO = 3,
  TP_EVENT_TRADE = 4, TP_EVENT_ORDER = 5, TP_EVENT_TIMER = 6, TP_EVENT_STATUS = 7
};
enum tp_chain {                     /* how a depth event says which one it follows */
  TP_CHAIN_FIRST = 0,               /* by its first id */
  TP_CHAIN_PREV = 1,                /* prev_id is present (futures) */
  TP_CHAIN_NONE = 2                 /* not at all: it follows what came before on its connection */
};
enum tp_checksum {                  /* what a venue says of the book after an event, see hot/book */
  TP_CHECKSUM_NONE = 0,
  TP_CHECKSUM_CRC32_TEN = 1         /* CRC32 of the digits of the ten best levels of both sides */
};
enum tp_book_status {               /* ready to quote on only when TP_BOOK_OK */
  TP_BOOK_EMPTY = 0,                /* no snapshot yet */
  TP_BOOK_OK = 1,
  TP_BOOK_STATUS_CROSSED = 2,       /* bid >= ask after a complete message */
  TP_BOOK_STALE = 3                 /* gap or overflow: waits for a snapshot */
};
enum tp_order_type {                /* from TP_STOP on: parked in the engine until it triggers */
  TP_LIMIT = 0, TP_MARKET = 1, TP_POST_ONLY = 2, TP_STOP = 3, TP_STOP_LIMIT = 4,
  TP_TRAILING_STOP = 5
};
enum tp_time_in_force { TP_GTC = 0, TP_IOC = 1, TP_FOK = 2 };
enum tp_intent_kind {
  TP_SUBMIT = 1, TP_CANCEL = 2, TP_REPLACE = 3, TP_SET_TIMER = 4,
  TP_QUERY = 5                      /* requests only: what became of an order */
};
enum tp_intent_flag {
  TP_REDUCE_ONLY = 1,
  TP_TRIGGER_MID = 2,               /* a stop watches the book's mid instead of the last trade */
  TP_TRIGGER_BBO = 4,               /* or the mid of the venue's best bid and offer */
  TP_POSITION_LONG = 256, TP_POSITION_SHORT = 512,  /* hedging accounts: the position meant */
  TP_ALGORITHM_NONE = 255,          /* a number that no configured algorithm has */
  TP_ALGORITHM_SHIFT = 16           /* above: the algorithm that works the order, from 1; 0: none */
};
enum tp_link_role { TP_LINK_OCO = 0, TP_LINK_ENTRY = 1, TP_LINK_CHILD = 2 };
enum tp_order_state {
  TP_ORDER_FREE = 0, TP_ORDER_PENDING_NEW = 1, TP_ORDER_LIVE = 2, TP_ORDER_PENDING_CANCEL = 3,
  TP_ORDER_PENDING_REPLACE = 4, TP_ORDER_UNKNOWN = 5, TP_ORDER_FILLED = 6, TP_ORDER_CANCELLED = 7,
  TP_ORDER_REJECTED = 8, TP_ORDER_EXPIRED = 9,
  TP_ORDER_PARKED = 10              /* waits in the engine: not sent, not reserved */
};
enum tp_report_kind {
  TP_REPORT_NONE = 0, TP_REPORT_ACK = 1, TP_REPORT_FILL = 2, TP_REPORT_CANCEL_ACK = 3,
  TP_REPORT_REPLACE_ACK = 4, TP_REPORT_REJECT = 5, TP_REPORT_CANCEL_REJECT = 6,
  TP_REPORT_EXPIRE = 7, TP_REPORT_UNKNOWN = 8,
  TP_REPORT_BUST = 9                /* the venue took a trade back */
};
/* above TP_BLOCK_SHIFT: the code with which the scope of the order is closed, else 0 */
enum tp_input_flag {
  TP_KILLED = 1, TP_REDUCE_ONLY_ALL = 2,
  TP_VENUE_CLOSED = 4,              /* and no other venue trades the same */
  TP_BLOCK_SHIFT = 16
};

/* an exact division by a tick or lot size: value * 10^decimals = count * units (see fixed.pxd) */
typedef struct tp_grid {
  uint64_t units;                   /* the step, in 10^-decimals */
  uint64_t inverse;                 /* modular inverse of the odd part of units */
  uint64_t limit;                   /* (2^64 - 1) / units */
  int32_t shift;                    /* trailing zero bits of units */
  int32_t decimals;  /* fraction digits the wire may carry, 8 unless the step is finer */
} tp_grid;

typedef struct tp_instrument {
  int32_t index;
  int32_t venue;                    /* index in the configuration's venue table */
  int32_t kind;                     /* tp_instrument_kind */
  int32_t trading;                  /* 1 unless halted or unknown to the venue */
  tp_grid price;
  tp_grid quantity;
  int32_t price_decimals;           /* fraction digits written in an order */
  int32_t quantity_decimals;
  int64_t quantity_lots_min;
  int64_t quantity_lots_max;
  int64_t order_step_lots;          /* quantities of orders are multiples of this */
  int64_t notional_units_min;       /* settle currency units */
  /* linear and spot: notional_units = ticks * lots * value_num / value_den
     inverse:         notional_units = lots * value_num / (ticks * value_den) */
  int64_t value_num;
  int64_t value_den;
  int32_t maker_fee_ppm;            /* may be negative (rebate) */
  int32_t taker_fee_ppm;
  int32_t base;                     /* currency indices */
  int32_t quote;
  int32_t settle;
  int32_t symbol_bytes;
  char symbol[32];                  /* the venue's own name, upper case, zero padded */
} tp_instrument;

typedef struct tp_level { int64_t price_ticks; int64_t quantity_lots; } tp_level;

typedef struct tp_trade {
  int64_t trade_id;
  int64_t price_ticks;
  int64_t quantity_lots;
  int32_t aggressor;                /* tp_side of the taker */
  int32_t reserved;
} tp_trade;

/* one decoded frame. Pointers are borrowed from the decoder's arena: valid until the next frame. */
typedef struct tp_market_event {
  int32_t kind;                     /* tp_event_kind: DEPTH, SNAPSHOT, BBO or TRADE */
  int32_t source;
  int32_t instrument;
  int32_t chained;                  /* tp_chain */
  int64_t t_recv_ns;
  int64_t t_venue_ns;               /* 0 when the frame carries none */
  int64_t first_id;                 /* depth: U; trade: first trade id */
  int64_t last_id;  /* depth: u; snapshot: lastUpdateId; BBO: u; trade: last trade id */
  int64_t prev_id;                  /* futures depth: pu */
  int32_t bid_count;
  int32_t ask_count;
  int32_t trade_count;
  int32_t depth;                    /* levels a side that the venue keeps; 0: all, no checksum */
  tp_level* bids;  /* DEPTH, SNAPSHOT: absolute quantities, 0 deletes; BBO: one each */
  tp_level* asks;
  tp_trade* trades;
  uint32_t checksum;                /* of the book after the event */
  int32_t checksum_kind;            /* tp_checksum */
  /* 1: refused, and no later id shows what is missing: the instrument's book, without an
     instrument every book of the source, needs a snapshot */
  int32_t lost;
  int32_t unused;
} tp_market_event;

/* what later stages may know of a book after an input */
typedef struct tp_book_top {
  int64_t bid_ticks, bid_lots;      /* 0, 0 when the side is empty */
  int64_t ask_ticks, ask_lots;
  int64_t last_id;
  int64_t t_recv_ns;                /* last depth or snapshot applied */
  int32_t status;                   /* tp_book_status */
  int32_t bid_count;                /* levels filled below, at most TP_VIEW_LEVELS */
  int32_t ask_count;
  int32_t reserved;
  tp_level bids[TP_VIEW_LEVELS];    /* best first */
  tp_level asks[TP_VIEW_LEVELS];
} tp_book_top;

/* the venue's own best bid and offer: a record beside the book, never applied to it */
typedef struct tp_bbo {
  int64_t update_id;
  int64_t t_recv_ns;
  int64_t bid_ticks, bid_lots;
  int64_t ask_ticks, ask_lots;
} tp_bbo;

typedef struct tp_feature_input {
  int32_t kind;                     /* tp_event_kind of the event */
  int32_t reserved;
  int64_t now_ns;
  const tp_book_top* top;
  const tp_bbo* bbo;
  const tp_trade* trade;  /* the trade of a TRADE event, else the last one (zeros before any) */
} tp_feature_input;

/* memory of an indicator: a ring, a deque or a sorted window; see hot/features/windows */
typedef struct tp_window {
  double* items;                    /* `size` doubles of the arena */
  int64_t size;
  int64_t capacity;                 /* samples it spans */
  int64_t position;                 /* of the next item, below capacity */
  int64_t held;                     /* samples in it, at most capacity */
  double f[14];                     /* sums over the window, as its kind names them */
} tp_window;

/* one column of a feature row, or one indicator of the Python face */
typedef struct tp_indicator {
  void (*step)(struct tp_indicator *, const double *);
  int32_t stem;                     /* position of the indicator in the sorted folder */
  int32_t source;                   /* tp_feature_source, see hot/features */
  int32_t feed;                     /* tp_feature_feed: which numbers of an event the step reads */
  int32_t offset;                   /* of its first number in the feed */
  int32_t width;                    /* numbers a step reads */
  int32_t levels;                   /* book levels a side that it reads, or 0 */
  int64_t period;                   /* the parameter of that name, or 1 */
  int64_t count;                    /* steps taken */
  double value;                     /* NaN until warm */
  double p[8];                      /* constants made of the parameters */
  double f[12];                     /* float state */
  tp_window windows[6];
  int64_t bar_samples;              /* samples of a complete bar */
  int64_t mark;                     /* samples in the unfinished bar, or when the last event was */
  double bar[5];                    /* open, high, low, close, volume of the unfinished bar */
} tp_indicator;

typedef struct tp_intent {
  int32_t kind;                     /* tp_intent_kind */
  int32_t strategy;
  int32_t instrument;
  int32_t side;
  int32_t type;
  int32_t time_in_force;
  int32_t flags;
  int32_t tag;  /* the strategy's own mark, comes back in on_order and on_timer */
  int64_t price_ticks;
  int64_t quantity_lots;
  uint64_t client_order_id;         /* CANCEL, REPLACE: the order meant */
  int64_t at_ns;                    /* SET_TIMER; of an algorithm: its start, 0: now */
  int64_t trigger_ticks;            /* stops: the trigger; TRAILING_STOP: distance from the best */
  int64_t expire_ns;                /* the order ends at this time; 0: never */
  int64_t display_lots;             /* iceberg: lots shown at once; 0: all */
  int32_t link;                     /* orders of one link belong together; 0: none */
  int32_t role;                     /* tp_link_role: what the order is to its link */
} tp_intent;

typedef struct tp_intents {
  int32_t count;
  int32_t overflow;  /* 1: a further intent did not fit; the whole input is dropped */
  tp_intent items[TP_INTENTS_MAX];
} tp_intents;

typedef struct tp_open_order {      /* an own order as a strategy sees it */
  uint64_t client_order_id;
  int64_t price_ticks;
  int64_t leaves_lots;
  int32_t side;
  int32_t state;                    /* tp_order_state */
  int32_t tag;
  int32_t reserved;
} tp_open_order;

typedef struct tp_position {
  int64_t position_lots;            /* net, buys minus sells */
  int64_t open_buy_lots;            /* leaves of live and unknown buy orders */
  int64_t open_sell_lots;
  int64_t open_order_count;
  int64_t realised_units;           /* settle currency, before fees */
  int64_t fee_units;                /* paid so far, settle currency */
  int64_t bought_lots;              /* totals since the start */
  int64_t sold_lots;
  __extension__ __int128 entry_value;  /* value of the open position, units * 10^9 */
} tp_position;

/* a strategy's read-only view: abi 2. Fixed arrays, no pointers. */
typedef struct tp_view {
  uint32_t abi;
  int32_t strategy;
  int32_t instrument;
  int32_t event;                    /* tp_event_kind of this call */
  int64_t now_ns;
  uint64_t seq;
  tp_book_top top;
  tp_bbo bbo;
  tp_trade trade;                   /* last trade */
  int64_t position_lots;
  int64_t open_buy_lots;
  int64_t open_sell_lots;
  int32_t order_count;              /* entries of orders[] */
  int32_t feature_count;
  int32_t score_valid;
  int32_t timer_tag;                /* TIMER: tag of the timer that fired */
  double score;
  double features[TP_FEATURES_MAX];
  tp_open_order orders[TP_VIEW_ORDERS];
  tp_open_order order;              /* ORDER: the order that changed */
  int64_t fill_ticks;               /* ORDER: price and quantity of the fill, 0 when it was none */
  int64_t fill_lots;
  int64_t params_i[TP_PARAMS_MAX];
  double params_f[TP_PARAMS_MAX];
  uint64_t random;                  /* next word of the strategy's seeded generator */
} tp_view;

typedef void (*tp_strategy_fn)(const tp_view* view, void* state, tp_intents* out);

/* an allowed and routed intent */
typedef struct tp_request {
  int32_t kind;                     /* tp_intent_kind: SUBMIT, CANCEL, REPLACE */
  int32_t venue;
  int32_t instrument;
  int32_t strategy;
  int32_t side;
  int32_t type;
  int32_t time_in_force;
  int32_t flags;
  int32_t tag;
  int32_t link;
  int64_t price_ticks;
  int64_t quantity_lots;
  uint64_t client_order_id;         /* new order: minted by execute; cancel: the order meant */
  uint64_t orig_client_order_id;    /* replace: the order replaced; else 0 */
  int64_t expire_ns;                /* 0: never */
  int64_t trigger_ticks;            /* a stop that the venue makes, else 0 */
  int64_t display_lots;             /* an iceberg that the venue makes, else 0 */
  int32_t role;                     /* tp_link_role */
  int32_t reserved;
} tp_request;

/* what the decisions hash covers, in this order, little endian, 64 bytes */
typedef struct tp_decision {
  uint64_t seq;                     /* of the input that caused it */
  uint64_t client_order_id;
  uint64_t orig_client_order_id;
  int64_t price_ticks;
  int64_t quantity_lots;
  int32_t instrument;
  int32_t venue;
  int16_t kind;
  int16_t side;
  int16_t type;
  int16_t time_in_force;
  int32_t strategy;
  int32_t flags;
} tp_decision;

/* one decoded order report */
typedef struct tp_report {
  int32_t kind;                     /* tp_report_kind */
  int32_t instrument;               /* -1 when the frame names none */
  int32_t maker;                    /* fills: 1 rested, 0 took */
  int32_t code;                     /* venue's error code, 0 when none */
  uint64_t client_order_id;         /* 0: not one of ours */
  uint64_t orig_client_order_id;
  int64_t venue_order_id;
  int64_t trade_id;                 /* -1 when none */
  int64_t last_ticks;
  int64_t last_lots;
  int64_t cumulative_lots;          /* -1 when absent */
  int64_t fee_units;                /* fee currency's units; INT64_MIN: not reported, compute it */
  int32_t fee_currency;             /* -1 when none */
  int32_t reserved;
  int64_t t_venue_ns;
} tp_report;

typedef struct tp_order {           /* one row of the order table */
  uint64_t client_order_id;
  int64_t venue_order_id;
  int32_t instrument;
  int32_t strategy;
  int32_t venue;
  int32_t side;
  int32_t type;
  int32_t time_in_force;
  int32_t state;
  int32_t tag;
  int64_t price_ticks;
  int64_t quantity_lots;
  int64_t filled_lots;
  int64_t t_sent_ns;
  uint64_t replaced_by;             /* client order id of a replace in flight, else 0 */
  int32_t flags;
  int32_t reserved;
} tp_order;

/* figures of the portfolio, in units of the currency it settles in, each beside its limit; written
 * by portfolio, read by the checks var, shortfall and correlated */
enum tp_portfolio_watch { TP_WATCH_VAR = 1, TP_WATCH_SHORTFALL = 2, TP_WATCH_CORRELATED = 4 };

typedef struct tp_figure {
  int64_t var_units;                /* INT64_MIN: absent */
  int64_t var_units_max;            /* 0: no limit */
  int64_t shortfall_units;
  int64_t shortfall_units_max;
  int64_t from_ns;                  /* when its newest data came */
  int64_t age_ns_max;
} tp_figure;

typedef struct tp_portfolio {
  int64_t watched;                  /* tp_portfolio_watch; 0: no limit at all */
  tp_figure historical;
  tp_figure parametric;
  tp_figure monte_carlo;
  int64_t correlated_units_max;
  int64_t correlated_from_ns;
  int64_t correlated_age_ns_max;
  int64_t correlated_units[TP_INSTRUMENTS_MAX];  /* what the others move with an instrument */
} tp_portfolio;

/* what the open orders of an instrument have promised; written by execute beside tp_position */
typedef struct tp_committed {
  __extension__ __int128 buy_value;  /* ticks x lots of open buys with a price */
  int64_t market_buy_lots;          /* of open buys without one */
  int64_t best_buy;                 /* best own price that rests, of all strategies; 0: none */
  int64_t best_sell;                /* INT64_MAX: none */
  int64_t reserved;
} tp_committed;

/* limits as configured (at most the compiled ones), in the order of LIMIT_FIELDS */
typedef struct tp_limits {
  int64_t order_lots_max;
  int64_t order_notional_units_max;
  int64_t position_ceiling_ppm;
  int64_t price_collar_ppm;
  int64_t order_rate_per_s;         /* of the engine */
  int64_t order_burst;
  int64_t stale_ns;
  int64_t reference_collar_ppm;
  int64_t fat_finger_ppm;
  int64_t open_orders_max;
  int64_t duplicate_ns;
  int64_t venue_order_rate_per_s;   /* of each venue */
  int64_t venue_order_burst;
  int64_t message_rate_per_s;       /* of the engine */
  int64_t message_burst;
  int64_t venue_message_rate_per_s; /* of each venue */
  int64_t venue_message_burst;
  int64_t gross_units_max;          /* settle currency */
  int64_t net_units_max;
  int64_t leverage_ppm;
  int64_t concentration_ppm;
} tp_limits;

/* what one risk check may read: everything sampled once at the entry of the input */
typedef struct tp_risk_input {
  const tp_intent* intent;
  const tp_instrument* instrument;
  const tp_position* position;
  const tp_limits* limits;
  const tp_book_top* top;
  const tp_bbo* bbo;
  const tp_portfolio* portfolio;
  int64_t last_trade_ticks;         /* 0 before the first */
  int64_t equity_units;             /* settle currency of the instrument */
  int64_t now_ns;
  int64_t last_market_ns;           /* t_recv of the newest market event of the instrument */
  int64_t pending_buy_lots;         /* accepted before in this batch */
  int64_t pending_sell_lots;
  int64_t replaced_lots;            /* leaves of the order a REPLACE gives back */
  int64_t order_room_ns;            /* of the rate limits, below 0: wait so long */
  int64_t venue_order_room_ns;
  int64_t message_room_ns;
  int64_t venue_message_room_ns;
  int64_t reference_ticks;          /* set by command, 0: none */
  int64_t duplicate_age_ns;         /* of the newest accepted order that is the same, -1: none */
  int64_t own_opposite_ticks;       /* best own price of the other side, 0: none */
  int64_t open_orders;              /* with this one */
  /* worst case of the settle currency's instruments with this order, see exposure.pxd */
  int64_t gross_units;
  int64_t net_units;                /* in the order's direction */
  int64_t group_units;              /* of instruments with the same base */
  int64_t power_needed;             /* what the order and all open ones need, of: */
  int64_t power_free;               /* cash units, lots (cash sells) or equity units (margin) */
  /* what follows from the fields above, see values.pxd */
  int64_t own_ticks;
  int64_t reach_ticks;
  int64_t value_ticks;
  uint64_t reference2;
  int64_t given_lots;
  int64_t added_lots;
  __extension__ __int128 worst_lots;
  int32_t exposure_unknown;         /* instruments without a mark or beyond the numbers */
  int32_t cash_account;
  int32_t instrument_known;
  int32_t flags;                    /* tp_input_flag */
} tp_risk_input;

/* own orders of one (strategy, instrument) pair, oldest first; written by execute */
typedef struct tp_own_orders {
  int32_t count;
  int32_t reserved;
  tp_open_order items[TP_VIEW_ORDERS];
} tp_own_orders;

/* what a report changed, for the strategy that owns the order */
typedef struct tp_order_update {
  int32_t code;                     /* TP_OK, or why the report changed nothing */
  int32_t strategy;                 /* -1 when the order is not ours */
  int32_t instrument;
  int32_t report;                   /* tp_report_kind */
  tp_open_order order;
  int64_t fill_ticks;
  int64_t fill_lots;
} tp_order_update;

/* the doors of a venue: its decoder and its order codec, called through these slots */
typedef int32_t (*tp_decode_fn)(void* context, const char* data, int64_t bytes,
                                tp_market_event* event);
/* the next event of the frame decoded last: 1 and its code, 0: no more */
typedef int32_t (*tp_decode_next_fn)(void* context, tp_market_event* event, int32_t* code);
typedef int32_t (*tp_encode_fn)(void* context, const tp_request* request, int64_t now_ns,
                                char* out);
typedef int32_t (*tp_report_fn)(void* context, const char* data, int64_t bytes, tp_report* reports,
                                int32_t* count);

typedef struct tp_decoder {         /* frame -> event; returns a tp_code */
  tp_decode_fn decode;
  void* context;
  tp_decode_next_fn next;           /* NULL: a frame is one event */
  /* of the frame decoded last, counted on its connection, -1: it carries none; NULL: never any */
  const int64_t* sequence;
} tp_decoder;

typedef struct tp_codec {
  tp_encode_fn encode;  /* request -> bytes written, at most TP_ORDER_BYTES_MAX; negative tp_code */
  tp_report_fn decode;  /* frame -> up to TP_REPORTS_PER_FRAME_MAX reports; returns a tp_code */
  void* context;
  int32_t replaces;                 /* 1: the venue replaces in one request; 0: cancel, then new */
  int32_t reserved;
} tp_codec;

/* the engine as the replay loop drives it: plain function pointers, no GIL */
typedef struct tp_engine_api {
  void* engine;
  int32_t (*on_market_frame)(void* engine, int32_t source, const char* data, int64_t bytes,
                             int64_t t_ns);
  int32_t (*on_order_frame)(void* engine, int32_t source, const char* data, int64_t bytes,
                            int64_t t_ns);
  int32_t (*on_timer)(void* engine, int64_t t_ns);
  int64_t (*next_timer)(void* engine);          /* INT64_MAX when none */
  /* encoded requests of the last input, see below */
  const char* (*out)(void* engine, int64_t* bytes);
  /* what may wait until the requests have left; without it the next input does it first */
  void (*catch_up)(void* engine);
} tp_engine_api;

/* encoded requests of one input lie one behind the other: this header, then `bytes` bytes */
typedef struct tp_out_header {
  int32_t venue;
  int32_t bytes;
  uint64_t client_order_id;
} tp_out_header;

#ifndef __cplusplus
static_assert(sizeof(tp_grid) == 32, "layout");
static_assert(sizeof(tp_level) == 16, "layout");
static_assert(sizeof(tp_trade) == 32, "layout");
static_assert(sizeof(tp_intent) == 96, "layout");
static_assert(sizeof(tp_open_order) == 40, "layout");
static_assert(sizeof(tp_decision) == 64, "layout");
static_assert(sizeof(tp_request) == 104, "layout");
static_assert(sizeof(tp_bbo) == 48, "layout");
static_assert(sizeof(tp_position) == 80, "layout");
static_assert(sizeof(tp_book_top) == 64 + 32 * TP_VIEW_LEVELS, "layout");
static_assert(offsetof(tp_view, top) == 32, "layout");
static_assert(sizeof(tp_out_header) == 16, "layout");
static_assert(sizeof(tp_order_update) == 72, "layout");
#endif
#endif
