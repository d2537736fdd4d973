"""Result and reject codes, one numeric range a stage, with the sentence a person reads.

The numbers are those of codes.h; a test compares them.
"""

from enum import IntEnum


class Code(IntEnum):
    """0 is done; 100 feed, 200 book, 300 features, 400 model, 500 strategy, 600 risk,
    700 route, 800 execute, 900 engine."""

    OK = 0
    FEED_TRUNCATED = 100
    FEED_SYNTAX = 101
    FEED_UNKNOWN_KIND = 102
    FEED_UNKNOWN_SYMBOL = 103
    FEED_MISSING_FIELD = 104
    FEED_WRONG_TYPE = 105
    FEED_DIGITS = 106
    FEED_OFF_GRID = 107
    FEED_RANGE = 108
    FEED_LEVELS = 109
    FEED_NESTING = 110
    FEED_OVERSIZED = 111
    FEED_ENCODING = 112
    FEED_STALE_ID = 113
    FEED_GAP = 114
    FEED_BUFFERED = 115
    FEED_BUFFER_FULL = 116
    FEED_CONTROL = 117
    FEED_UNKNOWN_SOURCE = 118
    FEED_SCHEMA = 119
    FEED_SNAPSHOT_OLD = 120
    FEED_UNSYNCED = 121
    FEED_UNKNOWN_ORDER = 124
    FEED_DUPLICATE_ORDER = 125
    FEED_ORDERS_FULL = 126
    BOOK_FAR_FULL = 200
    BOOK_CROSSED = 201
    BOOK_PRICE = 202
    BOOK_CHECKSUM = 203
    FEATURES_UNKNOWN = 300
    FEATURES_PERIOD = 301
    MODEL_NONE = 400
    MODEL_SHAPE = 401
    MODEL_NOT_FINITE = 402
    MODEL_COLD = 403
    MODEL_FAILED = 404
    STRATEGY_OVERFLOW = 500
    STRATEGY_PAUSED = 501
    STRATEGY_TIMERS = 502
    STRATEGY_RAISED = 503
    RISK_KILLED = 600
    RISK_INSTRUMENT = 601
    RISK_INTENT = 602
    RISK_STALE = 603
    RISK_CROSSED = 604
    RISK_PRICE_GRID = 605
    RISK_QUANTITY_MIN = 606
    RISK_QUANTITY_MAX = 607
    RISK_NOTIONAL_MIN = 608
    RISK_NOTIONAL_MAX = 609
    RISK_POSITION = 610
    RISK_COLLAR = 611
    RISK_RATE = 612
    RISK_REDUCE_ONLY = 613
    RISK_OVERFLOW = 614
    RISK_EQUITY = 615
    RISK_QUANTITY_STEP = 616
    RISK_VENUE = 617
    RISK_OPEN_ORDERS = 618
    RISK_DUPLICATE = 619
    RISK_SELF_TRADE = 620
    RISK_FAT_FINGER = 621
    RISK_COLLAR_LAST = 622
    RISK_COLLAR_REFERENCE = 623
    RISK_EXPOSURE_UNKNOWN = 624
    RISK_GROSS = 625
    RISK_NET = 626
    RISK_LEVERAGE = 627
    RISK_CONCENTRATION = 628
    RISK_BUYING_POWER = 629
    RISK_VENUE_RATE = 634
    RISK_MESSAGE_RATE = 635
    RISK_VAR = 630
    RISK_SHORTFALL = 631
    RISK_CORRELATED = 632
    RISK_VAR_STALE = 633
    RISK_PAUSED = 640
    RISK_DRAWDOWN_REDUCE = 641
    RISK_DRAWDOWN_HALT = 642
    RISK_BREAKER_DATA_GAP = 650
    RISK_BREAKER_DRAWDOWN = 651
    RISK_BREAKER_FILL_RATE = 652
    RISK_BREAKER_LATENCY = 653
    RISK_BREAKER_REJECT_RATE = 654
    RISK_BREAKER_SEQUENCE_GAP = 655
    RISK_BREAKER_SPREAD = 656
    RISK_BREAKER_VOLATILITY = 657
    ROUTE_NO_VENUE = 700
    ROUTE_GRID = 701
    ROUTE_DEPTH = 702
    ROUTE_OVERFLOW = 703
    ROUTE_PARENTS_FULL = 704
    ROUTE_MOVED = 705
    ROUTE_DROPPED = 706
    ROUTE_BOUND = 707
    EXECUTE_TABLE_FULL = 800
    EXECUTE_UNKNOWN_ORDER = 801
    EXECUTE_OUT_FULL = 802
    EXECUTE_STATE = 803
    EXECUTE_REPORT = 804
    EXECUTE_DUPLICATE = 805
    EXECUTE_OVERFILL = 806
    EXECUTE_IDS = 807
    EXECUTE_TRIGGER = 808
    EXECUTE_EXPIRED = 809
    EXECUTE_LINK = 810
    EXECUTE_ALGORITHM = 811
    EXECUTE_LEDGER = 830
    EXECUTE_INSTRUMENT_HALTED = 831
    EXECUTE_POSITION_SIDE = 832
    EXECUTE_BUST = 833
    EXECUTE_FX = 834
    EXECUTE_MONEY_COMMAND = 835
    ENGINE_CLOCK = 900
    ENGINE_JOURNAL_FULL = 901
    ENGINE_HALTED = 902
    ENGINE_COMMAND = 903
    ENGINE_LIMIT = 904
    ENGINE_ANSWER = 905


TEXT: dict[Code, str] = {
    Code.OK: "done",
    Code.FEED_TRUNCATED: "frame ends inside a value",
    Code.FEED_SYNTAX: "not the grammar of the format",
    Code.FEED_UNKNOWN_KIND: "an event or template this decoder does not know",
    Code.FEED_UNKNOWN_SYMBOL: "symbol is not among the source's instruments",
    Code.FEED_MISSING_FIELD: "a required field is absent",
    Code.FEED_WRONG_TYPE: "a field has another type than the venue documents",
    Code.FEED_DIGITS: "more digits than the instrument's decimals or 64 bits allow",
    Code.FEED_OFF_GRID: "price or quantity is no multiple of its step",
    Code.FEED_RANGE: "price or quantity outside the allowed range",
    Code.FEED_LEVELS: "more levels or trades than limits.toml allows",
    Code.FEED_NESTING: "nested deeper than limits.toml allows",
    Code.FEED_OVERSIZED: "frame longer than limits.toml allows",
    Code.FEED_ENCODING: "text is not UTF-8",
    Code.FEED_STALE_ID: "older than the book: ignored",
    Code.FEED_GAP: "sequence gap: the book waits for a snapshot",
    Code.FEED_BUFFERED: "kept until the snapshot arrives",
    Code.FEED_BUFFER_FULL: "more events before the snapshot than limits.toml allows",
    Code.FEED_CONTROL: "a control or reply frame, no market data",
    Code.FEED_UNKNOWN_SOURCE: "source index is not configured",
    Code.FEED_SCHEMA: "binary schema id or version is not known",
    Code.FEED_SNAPSHOT_OLD: "snapshot is older than the buffered events: ask for a newer one",
    Code.FEED_UNSYNCED: "a change without an id, and no snapshot before it: dropped",
    Code.FEED_UNKNOWN_ORDER: "a market order reference that is not in the book",
    Code.FEED_DUPLICATE_ORDER: "a new market order whose reference is in the book already",
    Code.FEED_ORDERS_FULL: "more market orders than limits.toml allows",
    Code.BOOK_FAR_FULL: "more levels outside the window than limits.toml allows",
    Code.BOOK_CROSSED: "bid at or above ask after a complete message",
    Code.BOOK_PRICE: "price of a level is not positive",
    Code.BOOK_CHECKSUM: "book is not the one the venue took its checksum of: waits for a snapshot",
    Code.FEATURES_UNKNOWN: "no indicator of that name",
    Code.FEATURES_PERIOD: "period outside the allowed range",
    Code.MODEL_NONE: "no model",
    Code.MODEL_SHAPE: "row has another width than the model",
    Code.MODEL_NOT_FINITE: "input or output is not a finite number",
    Code.MODEL_COLD: "fewer rows so far than a recurrent model looks at",
    Code.MODEL_FAILED: "the library that evaluates the model refused",
    Code.STRATEGY_OVERFLOW: (
        "more intents than the buffer holds: the input's intents are dropped, the strategy pauses"
    ),
    Code.STRATEGY_PAUSED: "strategy is paused",
    Code.STRATEGY_TIMERS: "more timers than limits.toml allows",
    Code.STRATEGY_RAISED: "a Python strategy raised: it is paused",
    Code.RISK_KILLED: "kill switch is set",
    Code.RISK_INSTRUMENT: "instrument is not known or not trading",
    Code.RISK_INTENT: "intent has an unknown kind, side, type or time in force",
    Code.RISK_STALE: "market data are stale",
    Code.RISK_CROSSED: "book is crossed or not synced",
    Code.RISK_PRICE_GRID: "price of the order is not positive",
    Code.RISK_QUANTITY_MIN: "quantity is below the instrument's minimum",
    Code.RISK_QUANTITY_MAX: "quantity is above the instrument's or the configured maximum",
    Code.RISK_NOTIONAL_MIN: "notional is below the instrument's minimum",
    Code.RISK_NOTIONAL_MAX: "notional is above the limit",
    Code.RISK_POSITION: "worst-case position would pass the ceiling",
    Code.RISK_COLLAR: "price is too far from the reference",
    Code.RISK_RATE: "order rate is above the limit",
    Code.RISK_REDUCE_ONLY: "order would not reduce the position",
    Code.RISK_OVERFLOW: "a product does not fit: refused",
    Code.RISK_QUANTITY_STEP: "quantity is no multiple of the instrument's order step",
    Code.RISK_EQUITY: "equity is not positive: only orders that reduce the position pass",
    Code.RISK_VENUE: "the venue is down and no other trades the same",
    Code.RISK_OPEN_ORDERS: "too many open orders on the instrument",
    Code.RISK_DUPLICATE: "the same order was sent a moment ago",
    Code.RISK_SELF_TRADE: "the order would meet an own order",
    Code.RISK_FAT_FINGER: "the order reaches too far through the touch",
    Code.RISK_COLLAR_LAST: "price is too far from the last trade",
    Code.RISK_COLLAR_REFERENCE: "price is too far from the reference price that was set",
    Code.RISK_EXPOSURE_UNKNOWN: "an instrument with a position or orders has no price: its ex"
    "posure is not known",
    Code.RISK_GROSS: "gross exposure would pass its limit",
    Code.RISK_NET: "net exposure would pass its limit",
    Code.RISK_LEVERAGE: "gross exposure would pass its multiple of equity",
    Code.RISK_CONCENTRATION: "exposure to one base currency would pass its part of equity",
    Code.RISK_BUYING_POWER: "cash, holdings or margin do not cover the order",
    Code.RISK_VENUE_RATE: "order rate of the venue is above the limit",
    Code.RISK_MESSAGE_RATE: "message rate is above the limit",
    Code.RISK_VAR: "value at risk of the portfolio is past its limit: only reducing orders",
    Code.RISK_SHORTFALL: "expected shortfall of the portfolio is past its limit: only reducing",
    Code.RISK_CORRELATED: "exposure with all that moves along is past its limit",
    Code.RISK_VAR_STALE: "a risk figure with a limit is absent or too old: only reducing orders",
    Code.RISK_PAUSED: "paused by command",
    Code.RISK_DRAWDOWN_REDUCE: "loss is past its first level: only reducing orders pass",
    Code.RISK_DRAWDOWN_HALT: "loss is past its second level: nothing new leaves",
    Code.RISK_BREAKER_DATA_GAP: "circuit breaker: no market data for too long",
    Code.RISK_BREAKER_DRAWDOWN: "circuit breaker: equity fell too far from its peak",
    Code.RISK_BREAKER_FILL_RATE: "circuit breaker: too many fills in the window",
    Code.RISK_BREAKER_LATENCY: "circuit breaker: acks come too late",
    Code.RISK_BREAKER_REJECT_RATE: "circuit breaker: too many rejects among the last reports",
    Code.RISK_BREAKER_SEQUENCE_GAP: "circuit breaker: too many sequence gaps in the window",
    Code.RISK_BREAKER_SPREAD: "circuit breaker: spread is too wide",
    Code.RISK_BREAKER_VOLATILITY: "circuit breaker: mid moved too far in the window",
    Code.ROUTE_NO_VENUE: "no healthy venue trades the instrument",
    Code.ROUTE_GRID: "no set of venues can say the quantity exactly within their bounds",
    Code.ROUTE_DEPTH: "the books do not show the depth that the order must have",
    Code.ROUTE_OVERFLOW: "a product of price and quantity does not fit: refused",
    Code.ROUTE_PARENTS_FULL: "more orders with open children than limits.toml allows",
    Code.ROUTE_MOVED: "a rejected child went to another venue",
    Code.ROUTE_DROPPED: "a child's quantity was dropped: no other venue could take it",
    Code.ROUTE_BOUND: "the search for a split reached its bound: the best one found was used",
    Code.EXECUTE_TABLE_FULL: "order table is full",
    Code.EXECUTE_UNKNOWN_ORDER: "no live order with that id",
    Code.EXECUTE_OUT_FULL: "output buffer of the input is full",
    Code.EXECUTE_STATE: "order is in a state that does not allow this",
    Code.EXECUTE_REPORT: "report could not be decoded",
    Code.EXECUTE_DUPLICATE: "report was applied before",
    Code.EXECUTE_OVERFILL: "report fills more than was ordered: kept, alarmed",
    Code.EXECUTE_IDS: "client order ids of this epoch are used up",
    Code.EXECUTE_TRIGGER: "trigger or displayed quantity of the order makes no sense",
    Code.EXECUTE_EXPIRED: "expiry is not in the future",
    Code.EXECUTE_LINK: "no open entry has the link that the order waits for",
    Code.EXECUTE_ALGORITHM: "no such algorithm, or the order's times or type make no sense for it",
    Code.EXECUTE_LEDGER: "a posting does not balance: trading halts",
    Code.EXECUTE_INSTRUMENT_HALTED: "money of the instrument cannot be trusted: only cancels pass",
    Code.EXECUTE_POSITION_SIDE: (
        "position side does not fit the account's mode or the position held"
    ),
    Code.EXECUTE_BUST: "fill to be undone is not remembered: reconcile the position",
    Code.EXECUTE_FX: "no fresh exchange rate, or the rate table is full",
    Code.EXECUTE_MONEY_COMMAND: (
        "command names no such instrument, currency or rate, or its amount does not fit"
    ),
    Code.ENGINE_CLOCK: "input stamp was earlier than the last one: lifted",
    Code.ENGINE_JOURNAL_FULL: "journal is full: trading halts",
    Code.ENGINE_HALTED: "engine is halted",
    Code.ENGINE_COMMAND: "command is not known or its argument names nothing: ignored",
    Code.ENGINE_ANSWER: "answer of a worker makes no sense: refused",
    Code.ENGINE_LIMIT: "limit change is outside 0 to the compiled ceiling: refused",
}
