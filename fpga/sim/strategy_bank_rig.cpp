// C ABI around the Verilated strategy bank: streams arrays of rows, checks the handshake by itself.
//
// A beat is 8 int32 and a uint64 tag; a result is 3 uint64: score, upper half of tdata, tag. Clocks
// are those of the edge at which a beat or a result is taken. Nothing here knows a bank's numbers.
#include <cstdint>
#include <cstring>
#include <memory>

#include "Vtp_bank.h"
#include "verilated.h"

namespace {
constexpr long QUIET = 2000;

struct Plan {  // words to write in mid-stream, then a commit
    const uint32_t* words = nullptr;  // pairs of address, data
    long count = 0, from_beat = -1, next = 0;
    long beats_at_commit = -1;
};

struct Rig {
    std::unique_ptr<VerilatedContext> context{new VerilatedContext};
    std::unique_ptr<Vtp_bank> top;
    uint64_t clock = 0, random = 88172645463325252ull;
    long broken = 0;  // breaches of the handshake by the bank
    Plan plan;

    Rig() : top(new Vtp_bank{context.get()}) {}
    uint32_t percent() {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        return (random >> 32) % 100;
    }
    void low() {
        top->aclk = top->edge_aclk = 0;
        top->eval();
    }
    void high() {
        top->aclk = top->edge_aclk = 1;
        top->eval();
        ++clock;
    }
    void idle(int clocks) {
        for (int i = 0; i < clocks; ++i) {
            low();
            high();
        }
    }
};

struct Held {  // what the bank showed and was not taken
    bool valid = false;
    uint64_t words[3] = {0, 0, 0};
};

void show(const Vtp_bank& top, uint64_t* out) {
    out[0] = (uint64_t)top.m_score_tdata[1] << 32 | top.m_score_tdata[0];
    out[1] = (uint64_t)top.m_score_tdata[3] << 32 | top.m_score_tdata[2];
    out[2] = top.m_score_tuser;
}

void follow_plan(Rig& rig, long beats) {
    Plan& plan = rig.plan;
    auto& top = *rig.top;
    top.param_we = 0;
    top.commit = 0;
    if (plan.from_beat < 0 || beats < plan.from_beat) return;
    if (plan.next < plan.count) {
        top.param_we = 1;
        top.param_addr = plan.words[2 * plan.next];
        top.param_data = plan.words[2 * plan.next + 1];
        ++plan.next;
    } else {
        top.commit = 1;
        plan.from_beat = -1;
        plan.beats_at_commit = 0;
    }
}
}  // namespace

extern "C" {
void* rig_new() {
    auto* rig = new Rig;
    auto& top = *rig->top;
    top.aresetn = 0;
    top.s_row_tvalid = 0;
    top.m_score_tready = 0;
    top.param_we = 0;
    top.commit = 0;
    rig->idle(4);
    top.aresetn = 1;
    rig->idle(2);
    return rig;
}

void rig_free(void* handle) { delete static_cast<Rig*>(handle); }

void rig_reset(void* handle) {
    auto& rig = *static_cast<Rig*>(handle);
    rig.top->s_row_tvalid = 0;
    rig.top->param_we = 0;
    rig.top->commit = 0;
    rig.plan = Plan{};
    rig.top->aresetn = 0;
    rig.idle(1);
    rig.top->aresetn = 1;
    rig.idle(2);
}

void rig_settings(void* handle, int strategies, int inputs, int hidden, int shift) {
    auto& top = *static_cast<Rig*>(handle)->top;
    top.cfg_strategies = strategies;
    top.cfg_inputs = inputs;
    top.cfg_hidden = hidden;
    top.cfg_shift = shift;
}

void rig_write(void* handle, const uint32_t* words, long count) {
    auto& rig = *static_cast<Rig*>(handle);
    for (long i = 0; i < count; ++i) {
        rig.top->param_we = 1;
        rig.top->param_addr = words[2 * i];
        rig.top->param_data = words[2 * i + 1];
        rig.idle(1);
    }
    rig.top->param_we = 0;
}

// Clocks until the commit is done, -1 when it is not after `clocks_max`.
long rig_commit(void* handle, long clocks_max) {
    auto& rig = *static_cast<Rig*>(handle);
    rig.top->commit = 1;
    rig.idle(1);
    rig.top->commit = 0;
    for (long i = 0; i < clocks_max; ++i) {
        if (!rig.top->commit_busy) {
            rig.idle(2);
            return i;
        }
        rig.idle(1);
    }
    return -1;
}

void rig_plan(void* handle, const uint32_t* words, long count, long from_beat) {
    auto& rig = *static_cast<Rig*>(handle);
    rig.plan = Plan{};
    rig.plan.words = words;
    rig.plan.count = count;
    rig.plan.from_beat = from_beat;
}

// Beats that were taken before the planned commit was over, -1 when it did not come.
long rig_beats_at_commit(void* handle) {
    return static_cast<Rig*>(handle)->plan.beats_at_commit;
}

int rig_commit_error(void* handle) { return static_cast<Rig*>(handle)->top->commit_error; }
uint32_t rig_dropped(void* handle) { return static_cast<Rig*>(handle)->top->rows_dropped; }
long rig_broken(void* handle) { return static_cast<Rig*>(handle)->broken; }

// Streams `beats`; ends when `want` results are there, when nothing has come for QUIET clocks after
// the last beat, or after `clocks_max`. Returns the results.
// `taken[i]` and `given[i]` are clocks (either may be null).
long rig_stream(void* handle, const int32_t* data, const uint64_t* tags, long beats, uint64_t* out,
                long want, int in_stall, int out_stall, long clocks_max, uint64_t* taken,
                uint64_t* given) {
    auto& rig = *static_cast<Rig*>(handle);
    auto& top = *rig.top;
    long sent = 0, got = 0, quiet = 0;
    bool offered = false, committing = false;
    Held held;
    for (long n = 0; n < clocks_max && quiet < QUIET && (got < want || sent < beats); ++n) {
        if (!offered && sent < beats && (in_stall == 0 || (int)rig.percent() >= in_stall)) {
            std::memcpy(&top.s_row_tdata[0], data + 8 * sent, 32);
            top.s_row_tuser = tags[sent];
            offered = true;
        }
        top.s_row_tvalid = offered;
        top.m_score_tready = out_stall == 0 || (int)rig.percent() >= out_stall;
        follow_plan(rig, sent);
        committing = committing || top.commit;
        rig.low();
        uint64_t now[3];
        show(top, now);
        if (held.valid && (!top.m_score_tvalid || std::memcmp(now, held.words, sizeof now)))
            ++rig.broken;
        if (top.m_score_tvalid && top.m_score_tlast != (now[1] >> 51 & 1)) ++rig.broken;
        held.valid = top.m_score_tvalid && !top.m_score_tready;
        std::memcpy(held.words, now, sizeof now);
        if (top.m_score_tvalid && top.m_score_tready) {
            if (got < want) {
                std::memcpy(out + 3 * got, now, sizeof now);
                if (given) given[got] = rig.clock;
            } else {
                ++rig.broken;
            }
            ++got;
        }
        if (offered && top.s_row_tready) {
            if (taken) taken[sent] = rig.clock;
            ++sent;
            offered = false;
        }
        quiet = (sent < beats || top.m_score_tvalid) ? 0 : quiet + 1;
        rig.high();
        if (committing && !top.commit && !top.commit_busy) committing = false;
        if (committing || top.commit) rig.plan.beats_at_commit = sent;
    }
    top.s_row_tvalid = 0;
    top.param_we = 0;
    top.commit = 0;
    return got;
}
}
