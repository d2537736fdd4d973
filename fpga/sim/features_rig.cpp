// C ABI around the Verilated features: streams arrays of events and takes the rows.
//
// An event is 5 uint32: bid_ticks, bid_lots, ask_ticks, ask_lots, ok. A row is 10 int32: the eight
// features, bid_ticks, ask_ticks. `gap` percent of the clocks bring no event. Clocks are those of
// the edge at which an event or a row is taken.
#include <cstdint>
#include <cstring>
#include <memory>

#include "Vtp_features.h"
#include "verilated.h"

namespace {
struct Rig {
    std::unique_ptr<VerilatedContext> context{new VerilatedContext};
    std::unique_ptr<Vtp_features> top;
    uint64_t clock = 0, random = 88172645463325252ull;

    Rig() : top(new Vtp_features{context.get()}) {}
    uint32_t percent() {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        return (random >> 32) % 100;
    }
    void low() {
        top->aclk = 0;
        top->eval();
    }
    void high() {
        top->aclk = 1;
        top->eval();
        ++clock;
    }
};
}  // namespace

extern "C" {
void* rig_new() { return new Rig; }
void rig_free(void* handle) { delete static_cast<Rig*>(handle); }

void rig_reset(void* handle, int fast, int slow, int imbalance, int clocks) {
    auto& rig = *static_cast<Rig*>(handle);
    rig.top->top_valid = 0;
    rig.top->shift_fast = fast;
    rig.top->shift_slow = slow;
    rig.top->shift_imbalance = imbalance;
    rig.top->aresetn = 0;
    for (int i = 0; i < clocks; ++i) {
        rig.low();
        rig.high();
    }
    rig.top->aresetn = 1;
}

uint32_t rig_skipped(void* handle) { return static_cast<Rig*>(handle)->top->events_skipped; }

// Returns the rows, at most `events` of them; `drain` clocks follow the last event.
long rig_stream(void* handle, const uint32_t* events, long count, int gap, int drain, int32_t* rows,
                uint64_t* taken, uint64_t* given) {
    auto& rig = *static_cast<Rig*>(handle);
    auto& top = *rig.top;
    long sent = 0, got = 0;
    while (sent < count || drain-- > 0) {
        bool now = sent < count && (gap == 0 || (int)rig.percent() >= gap);
        top.top_valid = now;
        if (now) {
            const uint32_t* event = events + 5 * sent;
            top.bid_ticks = event[0];
            top.bid_lots = event[1];
            top.ask_ticks = event[2];
            top.ask_lots = event[3];
            top.top_ok = event[4];
            taken[sent++] = rig.clock;
        }
        rig.low();
        if (top.row_valid && top.row_ok && got < count) {
            std::memcpy(rows + 10 * got, &top.row[0], 32);
            rows[10 * got + 8] = top.row_bid_ticks;
            rows[10 * got + 9] = top.row_ask_ticks;
            given[got++] = rig.clock;
        }
        rig.high();
    }
    top.top_valid = 0;
    return got;
}
}
