// Drives tp_template by a list of steps and checks its output at every clock.
#include <cstdint>

#include "Vtp_template.h"
#include "verilated.h"

namespace {

// what 0: an order {low, high}; 1: commit row `low` of the settings; 2: one clock of reset
struct Step {
    uint64_t what, low, high;
};
struct Settings {
    uint8_t bytes[64];
    uint64_t length, side_at, lots_at, price_at, token_at, buy, sell;
};
struct Beat {
    uint64_t data, keep, last, clock;
};

void put(Vtp_template& top, const Settings& s) {
    for (int k = 0; k < 16; ++k)
        top.cfg_bytes[k] = uint32_t(s.bytes[4 * k]) | uint32_t(s.bytes[4 * k + 1]) << 8
            | uint32_t(s.bytes[4 * k + 2]) << 16 | uint32_t(s.bytes[4 * k + 3]) << 24;
    top.cfg_length = s.length;
    top.cfg_side_at = s.side_at;
    top.cfg_lots_at = s.lots_at;
    top.cfg_price_at = s.price_at;
    top.cfg_token_at = s.token_at;
    top.cfg_side_buy = s.buy;
    top.cfg_side_sell = s.sell;
}

}  // namespace

extern "C" {

// Takes beats with a chance of 256. `clocks` gets the clock at which each step was taken, `counts`
// packets sent and orders dropped. Returns the number of beats; -1: an output moved before it was
// taken; -2: a reset left one; -3: more than `room` beats.
int64_t rig_run(const Step* steps, uint64_t count, const Settings* settings, uint64_t seed,
                uint64_t take, Beat* out, uint64_t room, uint64_t* clocks, uint64_t* counts) {
    Vtp_template top;
    uint64_t random = seed * 2654435761u + 88172645463325252u, clock = 0, k = 0, quiet = 0;
    uint64_t made = 0;
    top.aclk = 0;
    top.aresetn = 0;
    top.s_order_tvalid = 0;
    top.cfg_commit = 0;
    top.eval();
    top.aclk = 1;
    top.eval();
    while (quiet < 64) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        top.aclk = 0;
        top.m_bytes_tready = (random >> 24 & 255) < take;
        top.aresetn = 1;
        top.s_order_tvalid = 0;
        top.cfg_commit = 0;
        uint64_t what = 9;
        if (k < count) {
            what = steps[k].what;
            if (what == 0) {
                top.s_order_tvalid = 1;
                top.s_order_tdata[0] = uint32_t(steps[k].low);
                top.s_order_tdata[1] = uint32_t(steps[k].low >> 32);
                top.s_order_tdata[2] = uint32_t(steps[k].high);
                top.s_order_tdata[3] = uint32_t(steps[k].high >> 32);
            } else if (what == 1) {
                // Settings are one set of wires: wait until those before were taken.
                if (top.busy) what = 9;
                else put(top, settings[steps[k].low]), top.cfg_commit = 1;
            } else {
                top.aresetn = 0;
            }
        }
        top.eval();
        const bool reset = !top.aresetn;
        const bool valid = top.m_bytes_tvalid, gave = valid && top.m_bytes_tready;
        const Beat beat{top.m_bytes_tdata, top.m_bytes_tkeep, top.m_bytes_tlast, clock};
        if (what != 9 && (what != 0 || top.s_order_tready)) clocks[k++] = clock;
        top.aclk = 1;
        top.eval();
        ++clock;
        if (reset) {
            if (top.m_bytes_tvalid || top.busy) return -2;
            continue;
        }
        if (gave) {
            if (made == room) return -3;
            out[made++] = beat;
        }
        if (valid && !gave
            && (!top.m_bytes_tvalid || top.m_bytes_tdata != beat.data
                || top.m_bytes_tkeep != beat.keep || top.m_bytes_tlast != beat.last))
            return -1;
        quiet = k < count || top.busy ? 0 : quiet + 1;
    }
    counts[0] = top.count_sent;
    counts[1] = top.count_dropped;
    return made;
}
}
