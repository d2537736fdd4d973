// Drives tp_gate by a list of steps and checks its outputs at every clock.
//
// A step is {what, low, high, now_ns}: what 0 offers the message {high, low} until it is taken; 1
// sets arm (bit 0 of low) and kill (bit 1); 2 commits row `low` of the settings; 3 is one clock of
// reset; 4 waits `low` clocks; 5 waits until the gate is not busy. Pauses of the source and of both
// takers come from a seeded generator. Logged by clock: when each step was done, every verdict when
// it was decided, every error.
#include <cstdint>
#include <deque>
#include <vector>

#include "Vtp_gate.h"
#include "verilated.h"

namespace {

struct Step {
    uint64_t what, low, high, now_ns;
};
struct Settings {
    uint64_t lots_max, equity, position_ppm, collar_ppm, step_ns, room_ns, position, open_buy,
        open_sell;
};
struct Verdict {
    uint64_t clock, code, tag;
};
struct Message {
    uint64_t low, high;
};

enum Fault : uint64_t {
    NONE = 0,
    VERDICT_MOVED = 1,     // payload or valid changed before it was taken
    ORDER_MOVED = 2,
    ORDER_ALONE = 3,       // an order without an allowing verdict, or the other way round
    ORDER_STOPPED = 4,     // an order decided while disarmed or killed
    OUT_OF_TURN = 5,       // verdicts are not in the order of the messages
    ORDER_CHANGED = 6,     // what left is not what came
    LEFT_OVER = 7,         // an order without a verdict at the end
    TIMEOUT = 8,
};

struct Rig {
    Vtp_gate top;
    uint64_t clock = 0, fault = NONE, fault_clock = 0, random;
    uint64_t taken_verdicts = 0, taken_orders = 0, errors = 0;
    bool stopped = true;
    std::deque<Message> waiting;
    std::vector<Verdict> verdicts;
    std::vector<uint64_t> error_clocks, step_clocks;

    void blame(uint64_t what) {
        if (fault == NONE) {
            fault = what;
            fault_clock = clock;
        }
    }
    bool chance(uint64_t of_256) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        return (random >> 24 & 255) < of_256;
    }
    void put(const Message& m) {
        top.s_msg_tdata[0] = uint32_t(m.low);
        top.s_msg_tdata[1] = uint32_t(m.low >> 32);
        top.s_msg_tdata[2] = uint32_t(m.high);
        top.s_msg_tdata[3] = uint32_t(m.high >> 32);
    }
    Message order() const {
        return {top.m_order_tdata[0] | uint64_t(top.m_order_tdata[1]) << 32,
                top.m_order_tdata[2] | uint64_t(top.m_order_tdata[3]) << 32};
    }

    // One clock with the inputs as they are; whether the offered message was taken.
    bool tick() {
        top.aclk = 0;
        top.eval();
        const bool reset = !top.aresetn;
        const bool taken = top.s_msg_tvalid && top.s_msg_tready;
        const bool had_verdict = top.m_verdict_tvalid, had_order = top.m_order_tvalid;
        const bool gave_verdict = had_verdict && top.m_verdict_tready;
        const bool gave_order = had_order && top.m_order_tready;
        const uint64_t verdict = top.m_verdict_tdata;
        const Message order_before = order();
        const uint64_t errors_before = top.count_errors;
        const bool open = top.cfg_arm && !top.cfg_kill && !stopped;
        if (taken && (top.s_msg_tdata[0] & 255) == 0)
            waiting.push_back({top.s_msg_tdata[0] | uint64_t(top.s_msg_tdata[1]) << 32,
                               top.s_msg_tdata[2] | uint64_t(top.s_msg_tdata[3]) << 32});
        top.aclk = 1;
        top.eval();
        ++clock;
        if (reset) {
            waiting.clear();
            stopped = true;
            if (top.m_verdict_tvalid || top.m_order_tvalid) blame(ORDER_ALONE);
            return false;
        }
        stopped = top.cfg_arm && (stopped || top.cfg_kill);
        taken_verdicts += gave_verdict;
        taken_orders += gave_order;
        if (had_verdict && !gave_verdict
            && (!top.m_verdict_tvalid || top.m_verdict_tdata != verdict))
            blame(VERDICT_MOVED);
        if (had_order && !gave_order) {
            const Message now = order();
            if (!top.m_order_tvalid || now.low != order_before.low || now.high != order_before.high)
                blame(ORDER_MOVED);
        }
        const bool decided = top.m_verdict_tvalid && (!had_verdict || gave_verdict);
        const bool left = top.m_order_tvalid && (!had_order || gave_order);
        if (left && !open) blame(ORDER_STOPPED);
        if (left && !decided) blame(ORDER_ALONE);
        if (decided) decide(left);
        if (top.count_errors != errors_before) error_clocks.push_back(clock - 2);
        return taken;
    }

    void decide(bool left) {
        const uint64_t code = top.m_verdict_tdata & 0xffff, tag = top.m_verdict_tdata >> 32;
        verdicts.push_back({clock - 1, code, tag});
        if ((code == 0) != left) blame(ORDER_ALONE);
        if (waiting.empty() || waiting.front().high >> 32 != tag) {
            blame(OUT_OF_TURN);
            return;
        }
        const Message came = waiting.front(), now = order();
        waiting.pop_front();
        if (left && (came.low != now.low || came.high != now.high)) blame(ORDER_CHANGED);
    }

    void commit(const Settings& s) {
        top.cfg_lots_max = uint32_t(s.lots_max);
        top.cfg_equity = s.equity;
        top.cfg_position_ppm = uint32_t(s.position_ppm);
        top.cfg_collar_ppm = uint32_t(s.collar_ppm);
        top.cfg_rate_step_ns = uint32_t(s.step_ns);
        top.cfg_rate_room_ns = uint32_t(s.room_ns);
        top.cfg_position_lots = uint32_t(s.position);
        top.cfg_open_buy_lots = uint32_t(s.open_buy);
        top.cfg_open_sell_lots = uint32_t(s.open_sell);
    }
};

}  // namespace

extern "C" {

Rig* rig_new() {
    Rig* rig = new Rig;
    rig->top.aresetn = 0;
    rig->top.s_msg_tvalid = 0;
    rig->tick();
    rig->tick();
    rig->top.aresetn = 1;
    return rig;
}

void rig_free(Rig* rig) { delete rig; }

// Runs all steps; pauses are chances of 256 to offer, and to take. Returns 0 or a Fault.
uint64_t rig_run(Rig* rig, const Step* steps, uint64_t count, const Settings* settings,
                 uint64_t seed, uint64_t offer, uint64_t take_verdict, uint64_t take_order,
                 uint64_t clocks_max) {
    rig->random = seed * 2654435761u + 88172645463325252u;
    rig->verdicts.clear();
    rig->error_clocks.clear();
    rig->step_clocks.assign(count, 0);
    const uint64_t end = rig->clock + clocks_max;
    uint64_t k = 0, wait = 0, quiet = 0;
    bool offering = false, pulse = false;
    Vtp_gate& top = rig->top;
    // Done when nothing moved for longer than the longest bound takes.
    while (quiet < 400 && rig->clock < end) {
        top.cfg_commit = 0;
        top.aresetn = 1;
        bool stepped = false;
        while (k < count && !offering && wait == 0 && !stepped) {
            const Step& s = steps[k];
            if (s.what == 0) {
                if (!rig->chance(offer)) break;
                offering = true;
            } else if (s.what == 1) {
                top.cfg_arm = s.low & 1;
                top.cfg_kill = s.low >> 1 & 1;
                rig->step_clocks[k++] = rig->clock;
                stepped = true;
            } else if (s.what == 2) {
                if (top.stat_busy) break;
                rig->commit(settings[s.low]);
                top.cfg_commit = 1;
                rig->step_clocks[k++] = rig->clock;
                stepped = true;
            } else if (s.what == 3) {
                top.aresetn = 0;
                rig->step_clocks[k++] = rig->clock;
                stepped = true;
            } else if (s.what == 4) {
                wait = s.low;
                rig->step_clocks[k++] = rig->clock;
            } else {
                if (top.stat_busy) break;
                rig->step_clocks[k++] = rig->clock;
            }
        }
        wait -= wait > 0;
        top.s_msg_tvalid = offering;
        if (offering) {
            rig->put({steps[k].low, steps[k].high});
            top.now_ns = steps[k].now_ns;
        }
        top.m_verdict_tready = rig->chance(take_verdict);
        top.m_order_tready = rig->chance(take_order);
        const size_t before = rig->verdicts.size();
        if (rig->tick()) {
            rig->step_clocks[k++] = rig->clock - 1;
            offering = false;
            quiet = 0;
        }
        const bool moves = k < count || rig->verdicts.size() != before || top.m_verdict_tvalid;
        quiet = moves ? 0 : quiet + 1;
    }
    if (rig->clock >= end) rig->blame(TIMEOUT);
    else if (!rig->waiting.empty()) rig->blame(LEFT_OVER);
    return rig->fault;
}

uint64_t rig_clock(const Rig* rig) { return rig->clock; }
uint64_t rig_fault_clock(const Rig* rig) { return rig->fault_clock; }
uint64_t rig_verdicts(const Rig* rig, Verdict* out, uint64_t room) {
    for (uint64_t k = 0; k < rig->verdicts.size() && k < room; ++k) out[k] = rig->verdicts[k];
    return rig->verdicts.size();
}
uint64_t rig_errors(const Rig* rig, uint64_t* out, uint64_t room) {
    for (uint64_t k = 0; k < rig->error_clocks.size() && k < room; ++k)
        out[k] = rig->error_clocks[k];
    return rig->error_clocks.size();
}
void rig_steps(const Rig* rig, uint64_t* out) {
    for (uint64_t k = 0; k < rig->step_clocks.size(); ++k) out[k] = rig->step_clocks[k];
}
// armed, killed, commit error, position, open buys, open sells, orders, allowed, refused by state,
// words, collar, position, rate, errors, verdicts and orders that were taken
void rig_status(const Rig* rig, int64_t* out) {
    const Vtp_gate& t = rig->top;
    const int64_t words[16] = {
        t.stat_armed, t.stat_killed, t.stat_commit_error, int32_t(t.stat_position),
        int64_t(t.stat_open_buy), int64_t(t.stat_open_sell), int64_t(t.count_orders),
        int64_t(t.count_allowed), t.count_refused_state, t.count_refused_order,
        t.count_refused_collar, t.count_refused_position, t.count_refused_rate, t.count_errors,
        int64_t(rig->taken_verdicts), int64_t(rig->taken_orders)};
    for (int k = 0; k < 16; ++k) out[k] = words[k];
}
}
