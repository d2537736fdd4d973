// Written by `python -m tickpath.devices.fpga.regmap --write` from fpga/regmap.toml. Do not edit.
`default_nettype none
// verilator lint_off UNUSEDPARAM
// A reader of one register leaves the constants of the others unused.
package tp_regs_pkg;
    localparam [31:0] ID_VALUE = 32'h54504631;
    localparam [31:0] VERSION_VALUE = 32'h00010000;
    localparam integer ADDRESS_BITS = 16;
    localparam [31:0] IDENTITY_BASE = 32'h00000000;
    localparam integer IDENTITY_WORDS = 6;
    localparam [31:0] CONTROL_BASE = 32'h00000020;
    localparam integer CONTROL_WORDS = 9;
    localparam [31:0] SETTINGS_BASE = 32'h00000100;
    localparam integer SETTINGS_WORDS = 35;
    localparam [31:0] COUNTERS_BASE = 32'h00000200;
    localparam integer COUNTERS_WORDS = 48;
    localparam [31:0] PARAMETERS_BASE = 32'h00004000;
    localparam integer PARAMETERS_WORDS = 4096;
    localparam integer ID = 0;
    localparam integer VERSION = 1;
    localparam integer VERSION_PATCH = 0;
    localparam integer VERSION_MINOR = 8;
    localparam integer VERSION_MAJOR = 16;
    localparam integer CAPS = 2;
    localparam integer CAPS_LANES = 0;
    localparam integer CAPS_FEATURE_BITS = 8;
    localparam integer CAPS_STRATEGIES_MAX = 16;
    localparam integer CAPS_HIDDEN = 23;
    localparam integer CAPS_CHUNKS = 24;
    localparam integer BUILD = 3;
    localparam integer LATENCY = 4;
    localparam integer LATENCY_FEATURES = 0;
    localparam integer LATENCY_BANK = 8;
    localparam integer LATENCY_INTENT = 16;
    localparam integer LATENCY_GATE = 24;
    localparam integer CLOCK = 5;
    localparam integer CTRL = 0;
    localparam integer CTRL_ARM = 0;
    localparam integer CTRL_KILL = 1;
    localparam integer COMMIT = 1;
    localparam integer COMMIT_BUSY = 0;
    localparam integer FEED_RESET = 2;
    localparam integer FEED_RESET_GO = 0;
    localparam integer HOST_BID_TICKS = 3;
    localparam integer HOST_BID_LOTS = 4;
    localparam integer HOST_ASK_TICKS = 5;
    localparam integer HOST_ASK_LOTS = 6;
    localparam integer HOST_TOP = 7;
    localparam integer HOST_TOP_OK = 0;
    localparam integer FEATURES_RESET = 8;
    localparam integer FEATURES_RESET_GO = 0;
    localparam integer MODE = 0;
    localparam integer MODE_CHAIN = 0;
    localparam integer BANK = 1;
    localparam integer BANK_STRATEGIES = 0;
    localparam integer BANK_INPUTS = 8;
    localparam integer BANK_HIDDEN = 16;
    localparam integer BANK_SHIFT = 24;
    localparam integer FEATURES = 2;
    localparam integer FEATURES_SHIFT_FAST = 0;
    localparam integer FEATURES_SHIFT_SLOW = 8;
    localparam integer FEATURES_SHIFT_IMBALANCE = 16;
    localparam integer INTENT_VOTES = 3;
    localparam integer INTENT_SLIP_TICKS = 4;
    localparam integer INTENT_LOTS = 5;
    localparam integer GATE_LOTS_MAX = 6;
    localparam integer GATE_COLLAR_PPM = 7;
    localparam integer GATE_POSITION_PPM = 8;
    localparam integer GATE_EQUITY_LOW = 9;
    localparam integer GATE_EQUITY_HIGH = 10;
    localparam integer GATE_RATE_STEP_NS = 11;
    localparam integer GATE_RATE_ROOM_NS = 12;
    localparam integer GATE_POSITION_LOTS = 13;
    localparam integer GATE_OPEN_BUY_LOTS = 14;
    localparam integer GATE_OPEN_SELL_LOTS = 15;
    localparam integer FEED = 16;
    localparam integer FEED_LOCATE = 0;
    localparam integer FEED_CENTS = 16;
    localparam integer FEED_JOIN = 17;
    localparam integer TEMPLATE_LAYOUT = 17;
    localparam integer TEMPLATE_LAYOUT_LENGTH = 0;
    localparam integer TEMPLATE_LAYOUT_SIDE_BUY = 8;
    localparam integer TEMPLATE_LAYOUT_SIDE_SELL = 16;
    localparam integer TEMPLATE_PLACES = 18;
    localparam integer TEMPLATE_PLACES_SIDE = 0;
    localparam integer TEMPLATE_PLACES_LOTS = 8;
    localparam integer TEMPLATE_PLACES_PRICE = 16;
    localparam integer TEMPLATE_PLACES_TOKEN = 24;
    localparam integer TEMPLATE_0 = 19;
    localparam integer TEMPLATE_1 = 20;
    localparam integer TEMPLATE_2 = 21;
    localparam integer TEMPLATE_3 = 22;
    localparam integer TEMPLATE_4 = 23;
    localparam integer TEMPLATE_5 = 24;
    localparam integer TEMPLATE_6 = 25;
    localparam integer TEMPLATE_7 = 26;
    localparam integer TEMPLATE_8 = 27;
    localparam integer TEMPLATE_9 = 28;
    localparam integer TEMPLATE_10 = 29;
    localparam integer TEMPLATE_11 = 30;
    localparam integer TEMPLATE_12 = 31;
    localparam integer TEMPLATE_13 = 32;
    localparam integer TEMPLATE_14 = 33;
    localparam integer TEMPLATE_15 = 34;
    localparam integer STATUS = 0;
    localparam integer STATUS_ARMED = 0;
    localparam integer STATUS_KILLED = 1;
    localparam integer STATUS_COMMIT_BUSY = 2;
    localparam integer STATUS_COMMIT_ERROR = 3;
    localparam integer STATUS_GATE_BUSY = 4;
    localparam integer STATUS_FEED_OK = 5;
    localparam integer STATUS_BOOK_OK = 6;
    localparam integer STATUS_FEED_BUSY = 7;
    localparam integer STATUS_FEED_ENDED = 8;
    localparam integer STATUS_GATE_REFUSED = 9;
    localparam integer STATUS_LOST_REASON = 12;
    localparam integer POSITION_LOTS = 1;
    localparam integer OPEN_BUY_LOTS = 2;
    localparam integer OPEN_SELL_LOTS = 3;
    localparam integer TOP_BID_TICKS = 4;
    localparam integer TOP_BID_LOTS = 5;
    localparam integer TOP_ASK_TICKS = 6;
    localparam integer TOP_ASK_LOTS = 7;
    localparam integer CYCLES = 8;
    localparam integer ROWS = 9;
    localparam integer ROWS_DROPPED = 10;
    localparam integer ROWS_OVERRUN = 11;
    localparam integer EVENTS = 12;
    localparam integer EVENTS_NOT_OK = 13;
    localparam integer INTENTS = 14;
    localparam integer ORDERS = 15;
    localparam integer ORDERS_ALLOWED = 16;
    localparam integer REFUSED_STATE = 17;
    localparam integer REFUSED_ORDER = 18;
    localparam integer REFUSED_COLLAR = 19;
    localparam integer REFUSED_POSITION = 20;
    localparam integer REFUSED_RATE = 21;
    localparam integer GATE_ERRORS = 22;
    localparam integer VERDICTS_DROPPED = 23;
    localparam integer ORDERS_SENT = 24;
    localparam integer ORDERS_DROPPED = 25;
    localparam integer FEED_PACKETS = 26;
    localparam integer FEED_ORDERS = 27;
    localparam integer FEED_SKIPPED = 28;
    localparam integer FEED_DUPLICATES = 29;
    localparam integer FEED_GAPS = 30;
    localparam integer FEED_CONTROLS = 31;
    localparam integer FEED_MALFORMED = 32;
    localparam integer FEED_UNKNOWN = 33;
    localparam integer FEED_FOREIGN = 34;
    localparam integer BOOK_LOST = 35;
    localparam integer BOOK_ORDERS = 36;
    localparam integer SEQUENCE_LOW = 37;
    localparam integer SEQUENCE_HIGH = 38;
    localparam integer FEATURE_ROWS = 39;
    localparam integer FEATURE_0 = 40;
    localparam integer FEATURE_1 = 41;
    localparam integer FEATURE_2 = 42;
    localparam integer FEATURE_3 = 43;
    localparam integer FEATURE_4 = 44;
    localparam integer FEATURE_5 = 45;
    localparam integer FEATURE_6 = 46;
    localparam integer FEATURE_7 = 47;
    localparam [1119:0] SETTINGS_MASK = {
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'h3f3f3f3f,
        32'h00ffff7f,
        32'h0003ffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'hffffffff,
        32'h0000007f,
        32'h000f0f0f,
        32'h3f3f3f7f,
        32'h00000001};
    localparam [1119:0] SETTINGS_RESET = {
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000,
        32'h00000000};
endpackage
// verilator lint_on UNUSEDPARAM
`default_nettype wire
