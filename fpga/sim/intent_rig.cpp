// Drives tp_intent by a list of beats and checks its output at every clock.
#include <cstdint>

#include "Vtp_intent.h"
#include "verilated.h"

namespace {

struct Beat {
    uint64_t votes, saturated, last, ask, bid, on, reset;
};
struct Intent {
    uint64_t low, high, beat;
};

void tick(Vtp_intent& top) {
    top.aclk = 1;
    top.eval();
    top.aclk = 0;
    top.eval();
}

}  // namespace

extern "C" {

// Gives every beat; `take` is the chance of 256 to take an intent. Returns the number of intents,
// each with the number of beats taken by then, or -1 when an output moved before it was taken.
int64_t rig_run(const Beat* beats, uint64_t count, uint64_t votes, uint64_t slip, uint64_t lots,
                uint64_t seed, uint64_t take, Intent* out) {
    Vtp_intent top;
    uint64_t random = seed * 2654435761u + 88172645463325252u;
    int64_t made = 0;
    top.aclk = 0;
    top.aresetn = 0;
    top.s_score_tvalid = 0;
    top.eval();
    tick(top);
    top.cfg_votes = votes;
    top.cfg_slip_ticks = slip;
    top.cfg_lots = lots;
    uint64_t k = 0, quiet = 0, low_kept = 0, high_kept = 0;
    bool waits = false;
    while (quiet < 64) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        top.m_intent_tready = (random >> 24 & 255) < take;
        top.aresetn = 1;
        top.s_score_tvalid = 0;
        if (k < count) {
            const Beat& b = beats[k];
            top.cfg_on = b.on;
            top.aresetn = !b.reset;
            top.s_score_tvalid = !b.reset;
            top.s_score_tdata[0] = top.s_score_tdata[1] = top.s_score_tdata[2] = 0xffffffff;
            top.s_score_tdata[3] = uint32_t(b.votes & 255) << 8 | uint32_t(b.saturated) << 18;
            top.s_score_tlast = b.last;
            top.s_score_tuser = b.ask << 32 | b.bid;
        }
        top.eval();
        const bool reset = !top.aresetn;
        const bool taken = top.s_score_tvalid && top.s_score_tready;
        const bool valid = top.m_intent_tvalid, gave = valid && top.m_intent_tready;
        const uint64_t low = top.m_intent_tdata[0] | uint64_t(top.m_intent_tdata[1]) << 32;
        const uint64_t high = top.m_intent_tdata[2] | uint64_t(top.m_intent_tdata[3]) << 32;
        if (waits && (!valid || low != low_kept || high != high_kept)) return -1;
        k += taken || (reset && k < count);
        if (valid && !waits) out[made++] = {low, high, k};
        waits = valid && !gave && !reset;
        low_kept = low;
        high_kept = high;
        tick(top);
        if (reset) {
            top.s_score_tvalid = 0;
            top.eval();
            if (top.m_intent_tvalid) return -2;
            continue;
        }
        quiet = k < count || valid ? 0 : quiet + 1;
    }
    return made;
}
}
