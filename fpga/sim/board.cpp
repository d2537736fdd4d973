// The whole overlay in a process: a C ABI around the Verilated tp_board.
//
// A board is a clock, an AXI4-Lite master and, for every stream, a source or a sink. Streams move
// in every clock that anything makes pass, so a register can be written while rows run through. A
// source reads the caller's memory and a sink writes into it: both must stay until the transfer is
// over. The clock of all but rows and bank stops a while after the last packet, message or register
// access: nothing changes there then, and rows are simulated four times as fast. Every stream that
// the overlay drives is checked: an offered beat stays until it is taken. Nothing waits without a
// bound. One board is used by one thread at a time.
#include <cstdint>
#include <cstring>
#include "Vtp_board.h"
#include "regs.h"
#include "verilated.h"

namespace {

enum Source { ROWS, MESSAGES, FEED, SOURCES };
enum Sink { SCORES, VERDICTS, ORDERS, SINKS };
enum Fault { NONE, LOST, WRONG_ID, WRONG_VERSION, FLIPPED_SCORE, FAULTS };
enum { NO_ANSWER = -1 };
constexpr uint32_t ID_ADDRESS = TPR_ID, VERSION_ADDRESS = TPR_VERSION, CLOCK_ADDRESS = TPR_CLOCK;
constexpr int BUS_CLOCKS_MAX = 1000;
constexpr int RESET_CLOCKS = 4;
constexpr int AWAKE_CLOCKS = 8192;   // longer than a packet, message or write has effects
constexpr int READ_CLOCKS = 8;       // the same of a clock in which a read goes on

struct Feeder {            // beats to be offered
    const uint8_t *data;   // next beat
    long beats;            // still to come
    const uint8_t *marks;  // of the feed: bytes kept of each beat, 0x80 set on the last of a packet
    uint32_t stall;        // chance in 256 that a clock offers nothing
    bool offered;          // the beat is on the wires and must stay
};

struct Taker {             // beats to be taken
    uint8_t *data;         // where the next one goes
    uint8_t *marks;        // of the orders: as above
    long room;             // beats that still fit
    long taken;            // since it was set
    uint32_t stall;        // chance in 256 that a clock takes nothing, 256: never
    bool ended;            // a last beat was taken
    bool stays;            // goes on behind a last beat
    bool held;             // the overlay offered a beat that was not taken
    uint8_t kept[16];      // that beat
    uint32_t kept_marks;
    uint64_t first;        // clock of the first beat taken
};

struct Board {
    VerilatedContext context;
    Vtp_board *top;
    uint64_t cycles;
    uint32_t clock_ns;     // by which time goes on in every clock
    bool still;            // a time was set: it stands until the next one or a reset
    uint64_t broken;       // offered beats that changed or went away, lost or false answers
    uint32_t random;
    int fault;
    Feeder feeders[SOURCES];
    Taker takers[SINKS];
    uint64_t accepted[SOURCES];    // clock of the first beat taken since the source was set
    bool accepted_any[SOURCES];
    uint64_t top_at;               // clock of the last change of the book's top
    long chain_clocks;
    bool top_waits;
    bool always;           // never stop the other clock
    int awake;             // clocks until they stop
    bool bus_b, bus_r;             // answers on the wires that were not taken
    uint32_t bus_data;
};

uint32_t draw(Board *b) {
    uint32_t x = b->random;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return b->random = x;
}

bool idle_now(Board *b, uint32_t stall) {
    return stall != 0 && (draw(b) & 255) < stall;
}

template <int which>
void put(Board *b) {
    Feeder &f = b->feeders[which];
    if (f.offered) return;
    Vtp_board *t = b->top;
    const bool on = f.beats > 0 && !idle_now(b, f.stall);
    f.offered = on;
    if constexpr (which == ROWS) {
        t->s_axis_rows_tvalid = on;
        if (on) std::memcpy(t->s_axis_rows_tdata.data(), f.data, 32);
        t->s_axis_rows_tlast = on && f.beats == 1;
    } else if constexpr (which == MESSAGES) {
        t->s_axis_messages_tvalid = on;
        if (on) std::memcpy(t->s_axis_messages_tdata.data(), f.data, 16);
        t->s_axis_messages_tlast = on && f.beats == 1;
    } else {
        t->s_axis_feed_tvalid = on;
        if (!on) return;
        std::memcpy(&t->s_axis_feed_tdata, f.data, 8);
        t->s_axis_feed_tkeep = (1u << (*f.marks & 15)) - 1;
        t->s_axis_feed_tlast = *f.marks >> 7;
    }
}

template <int which>
void moved(Board *b, bool ready) {
    constexpr int WIDTH[SOURCES] = {32, 16, 8};
    Feeder &f = b->feeders[which];
    if (!f.offered || !ready) return;
    if (!b->accepted_any[which]) {
        b->accepted_any[which] = true;
        b->accepted[which] = b->cycles;
    }
    f.offered = false;
    f.data += WIDTH[which];
    f.beats--;
    if (f.marks) f.marks++;
}

bool takes(Board *b, int which) {
    Taker &k = b->takers[which];
    return k.room > 0 && !k.ended && !idle_now(b, k.stall);
}

// The beat at `words`, which stays there, with its marks (bytes kept, 0x80 last).
template <int which>
void take(Board *b, bool valid, bool ready, const void *words, uint32_t marks) {
    constexpr int WIDTH[SINKS] = {16, 8, 8};
    constexpr int width = WIDTH[which];
    Taker &k = b->takers[which];
    if (k.held) {
        const bool same = marks == k.kept_marks && !std::memcmp(words, k.kept, width);
        b->broken += !valid || !same;
    }
    k.held = valid && !ready;
    if (k.held) {
        std::memcpy(k.kept, words, width);
        k.kept_marks = marks;
    }
    if (!valid || !ready) return;
    std::memcpy(k.data, words, width);
    if (which == SCORES && b->fault == FLIPPED_SCORE && k.taken == 0) k.data[0] ^= 1;
    k.data += width;
    if (k.marks) *k.marks++ = (uint8_t)marks;
    if (k.taken == 0) k.first = b->cycles;
    k.taken++;
    k.room--;
    if (marks & 0x80 && !k.stays) k.ended = true;
}

// What happened on the pins of edge_aclk, in a clock in which it went.
void observe(Board *b, bool verdicts_ready, bool orders_ready) {
    Vtp_board *t = b->top;
    moved<MESSAGES>(b, t->s_axis_messages_tready);
    moved<FEED>(b, t->s_axis_feed_tready);
    const uint32_t kept = __builtin_popcount(t->m_axis_orders_tkeep);
    take<VERDICTS>(b, t->m_axis_verdicts_tvalid, verdicts_ready, &t->m_axis_verdicts_tdata,
                   t->m_axis_verdicts_tlast ? 0x80 : 0);
    take<ORDERS>(b, t->m_axis_orders_tvalid, orders_ready, &t->m_axis_orders_tdata,
                 kept | (t->m_axis_orders_tlast ? 0x80 : 0));
    if (t->trace_top) {
        b->top_at = b->cycles;
        b->top_waits = true;
    }
    if (t->trace_order && b->top_waits) {
        b->chain_clocks = (long)(b->cycles - b->top_at);
        b->top_waits = false;
    }
    if (b->bus_b && !t->s_axil_bvalid) b->broken++;
    if (b->bus_r && (!t->s_axil_rvalid || t->s_axil_rdata != b->bus_data)) b->broken++;
    b->bus_b = t->s_axil_bvalid && !t->s_axil_bready;
    b->bus_r = t->s_axil_rvalid && !t->s_axil_rready;
    b->bus_data = t->s_axil_rdata;
}

// Whether edge_aclk goes in this clock.
bool wakes(Board *b) {
    Vtp_board *t = b->top;
    if (b->feeders[FEED].beats || b->feeders[MESSAGES].beats || t->m_axis_orders_tvalid ||
        t->m_axis_verdicts_tvalid || t->edge_wanted || !t->aresetn || b->always)
        b->awake = AWAKE_CLOCKS;
    if (b->awake == 0) return false;
    b->awake--;
    return true;
}

// One clock: pins are given for it, its rising edge comes, and it is seen what they did in it.
void clock(Board *b) {
    Vtp_board *t = b->top;
    const bool awake = wakes(b), scores_ready = takes(b, SCORES);
    bool verdicts_ready = false, orders_ready = false;
    put<ROWS>(b);
    t->m_axis_scores_tready = scores_ready;
    if (awake) {
        put<MESSAGES>(b);
        put<FEED>(b);
        t->m_axis_verdicts_tready = verdicts_ready = takes(b, VERDICTS);
        t->m_axis_orders_tready = orders_ready = takes(b, ORDERS);
    }
    t->awake = awake;
    t->tick = !t->tick;
    t->eval();
    if (t->aresetn) {
        moved<ROWS>(b, t->s_axis_rows_tready);
        take<SCORES>(b, t->m_axis_scores_tvalid, scores_ready, t->m_axis_scores_tdata.data(),
                     t->m_axis_scores_tlast ? 0x80 : 0);
        if (awake) observe(b, verdicts_ready, orders_ready);
    }
    b->cycles++;
    t->time_ns += b->still ? 0 : b->clock_ns;
}

void reset(Board *b, int clocks) {
    Vtp_board *t = b->top;
    t->aresetn = 0;
    t->s_axil_awvalid = t->s_axil_wvalid = t->s_axil_arvalid = 0;
    t->s_axil_bready = t->s_axil_rready = 0;
    for (int s = 0; s < SOURCES; s++) {
        b->feeders[s].beats = 0;
        b->feeders[s].offered = false;
    }
    for (int s = 0; s < SINKS; s++) b->takers[s].held = false;
    b->bus_b = b->bus_r = b->top_waits = false;
    for (int k = 0; k < clocks; k++) clock(b);
    t->aresetn = 1;
    clock(b);
}

}  // namespace

extern "C" {

int board_read(Board *b, uint32_t address, uint32_t *word);

Board *board_new() {
    Board *b = new Board;
    b->top = new Vtp_board(&b->context);
    b->cycles = b->broken = b->top_at = 0;
    b->chain_clocks = -1;
    b->always = false;
    b->awake = AWAKE_CLOCKS;
    b->random = 0x1234567;
    b->top->time_ns = 0;
    b->still = false;
    b->clock_ns = 0;
    b->fault = NONE;
    std::memset(b->feeders, 0, sizeof b->feeders);
    std::memset(b->takers, 0, sizeof b->takers);
    std::memset(b->accepted, 0, sizeof b->accepted);
    std::memset(b->accepted_any, 0, sizeof b->accepted_any);
    reset(b, RESET_CLOCKS);
    board_read(b, CLOCK_ADDRESS, &b->clock_ns);
    return b;
}

void board_free(Board *b) {
    b->top->final();
    delete b->top;
    delete b;
}

void board_reset(Board *b, int clocks) { reset(b, clocks); }
void board_set_time(Board *b, uint64_t ns) {
    b->top->time_ns = ns;
    b->still = true;
}
uint64_t board_time(const Board *b) { return b->top->time_ns; }
uint64_t board_cycles(const Board *b) { return b->cycles; }
uint64_t board_broken(const Board *b) { return b->broken; }
void board_always(Board *b, int on) { b->always = on != 0; }
void board_seed(Board *b, uint32_t seed) { b->random = seed ? seed : 1; }
void board_fault(Board *b, int fault) { b->fault = fault > NONE && fault < FAULTS ? fault : NONE; }
void board_stall_source(Board *b, int s, uint32_t chance) { b->feeders[s].stall = chance; }
void board_stall_sink(Board *b, int s, uint32_t chance) { b->takers[s].stall = chance; }

void board_run(Board *b, long clocks) {
    for (long k = 0; k < clocks; k++) clock(b);
}

// Offers `beats` beats from `data`; the last one ends the packet (of the feed: as `marks` says).
void board_send(Board *b, int s, const uint8_t *data, long beats, const uint8_t *marks) {
    Feeder &f = b->feeders[s];
    f.data = data;
    f.beats = beats;
    f.marks = marks;
    f.offered = false;
    b->accepted_any[s] = false;
}

// Takes up to `room` beats into `data`, up to the first last one unless it `stays`.
void board_receive(Board *b, int s, uint8_t *data, long room, uint8_t *marks, int stays) {
    Taker &k = b->takers[s];
    k.data = data;
    k.marks = marks;
    k.room = room;
    k.taken = 0;
    k.ended = false;
    k.stays = stays != 0;
}

long board_left(const Board *b, int s) { return b->feeders[s].beats; }
long board_taken(const Board *b, int s) { return b->takers[s].taken; }
int board_ended(const Board *b, int s) { return b->takers[s].ended; }

// Lets clocks pass until the source (-1: none) is empty and the sink (-1: none) has its last beat.
// NO_ANSWER when nothing moved in either for `quiet` clocks.
int board_finish(Board *b, int source, int sink, long quiet) {
    if (b->fault == LOST) return NO_ANSWER;
    const Feeder none{};
    const Taker nobody{};
    const Feeder &from = source < 0 ? none : b->feeders[source];
    const Taker &to = sink < 0 ? nobody : b->takers[sink];
    long silent = 0;
    while (from.beats > 0 || (to.room > 0 && !to.ended)) {
        const long left = from.beats, taken = to.taken;
        clock(b);
        silent = from.beats == left && to.taken == taken ? silent + 1 : 0;
        if (silent > quiet) return NO_ANSWER;
    }
    return 0;
}

// Clocks from the first accepted beat of a source to the first taken beat of a sink.
long board_latency(const Board *b, int source, int sink) {
    return (long)(b->takers[sink].first - b->accepted[source]);
}

// Clocks from the last change of the book's top before it to the newest order; -1: none came yet.
long board_chain_latency(const Board *b) { return b->chain_clocks; }

// A write; `gap` > 0 offers the address that many clocks before the data, < 0 behind them, and
// `wait` clocks pass before the answer is taken. The response (0 or 2), or NO_ANSWER.
int board_write_apart(
    Board *b, uint32_t address, uint32_t word, uint32_t strobes, int gap, int wait) {
    Vtp_board *t = b->top;
    if (b->fault == LOST) return NO_ANSWER;
    b->awake = AWAKE_CLOCKS;
    bool aw = false, w = false, answers = false;
    for (int n = 0; n < BUS_CLOCKS_MAX; n++) {
        if (!aw && n >= (gap < 0 ? -gap : 0)) {
            t->s_axil_awaddr = address;
            t->s_axil_awvalid = 1;
        }
        if (!w && n >= (gap > 0 ? gap : 0)) {
            t->s_axil_wdata = word;
            t->s_axil_wstrb = strobes;
            t->s_axil_wvalid = 1;
        }
        t->s_axil_bready = answers;
        clock(b);
        if (t->s_axil_bvalid && !(aw && w)) b->broken++;
        if (answers) {
            t->s_axil_bready = 0;
            return t->s_axil_bresp;
        }
        answers = aw && w && t->s_axil_bvalid && wait-- <= 0;
        if (t->s_axil_awvalid && t->s_axil_awready) {
            aw = true;
            t->s_axil_awvalid = 0;
        }
        if (t->s_axil_wvalid && t->s_axil_wready) {
            w = true;
            t->s_axil_wvalid = 0;
        }
    }
    return NO_ANSWER;
}

int board_write(Board *b, uint32_t address, uint32_t word, uint32_t strobes) {
    return board_write_apart(b, address, word, strobes, 0, 0);
}

// A read; the response (0 or 2), or NO_ANSWER.
int board_read_late(Board *b, uint32_t address, uint32_t *word, int wait) {
    Vtp_board *t = b->top;
    if (b->fault == LOST) return NO_ANSWER;
    bool asked = false, answers = false;
    t->s_axil_araddr = address;
    t->s_axil_arvalid = 1;
    for (int n = 0; n < BUS_CLOCKS_MAX; n++) {
        if (b->awake < READ_CLOCKS) b->awake = READ_CLOCKS;
        t->s_axil_rready = answers;
        clock(b);
        if (answers) {
            t->s_axil_rready = 0;
            *word = t->s_axil_rdata;
            if (b->fault == WRONG_ID && address == ID_ADDRESS) *word = ~*word;
            if (b->fault == WRONG_VERSION && address == VERSION_ADDRESS) *word += 1u << 16;
            return t->s_axil_rresp;
        }
        answers = asked && t->s_axil_rvalid && wait-- <= 0;
        if (t->s_axil_arvalid && t->s_axil_arready) {
            asked = true;
            t->s_axil_arvalid = 0;
        }
    }
    return NO_ANSWER;
}

int board_read(Board *b, uint32_t address, uint32_t *word) {
    return board_read_late(b, address, word, 0);
}

}  // extern "C"
