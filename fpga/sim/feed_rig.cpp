// C ABI around tp_feed: packets in, tops and counters out. For the tests and for measurements.
//
// One object is one simulated core. A stall is decided by an own generator (xorshift64), so that a
// run depends on its arguments alone.
#include <cstdint>
#include <cstring>

#include "Vtp_feed.h"

struct Top {
  uint64_t clock;
  uint32_t ok, book_ok, bid_ticks, bid_lots, ask_ticks, ask_lots;
};

struct Rig {
  Vtp_feed core;
  uint64_t clock = 0, random = 1, waits = 0, last_beat = 0;
  Top* tops = nullptr;
  int64_t tops_max = 0, tops_count = 0;
};

static void step(Rig* rig) {
  Vtp_feed* core = &rig->core;
  core->aclk = 0;
  core->eval();
  core->aclk = 1;
  core->eval();
  rig->clock++;
  if (core->top_valid) {
    if (rig->tops_count < rig->tops_max) {
      rig->tops[rig->tops_count] = {rig->clock,      core->top_ok,   core->book_ok,
                                    core->bid_ticks, core->bid_lots, core->ask_ticks,
                                    core->ask_lots};
    }
    rig->tops_count++;
  }
}

static bool chance(Rig* rig, uint32_t of_256) {
  rig->random ^= rig->random << 13;
  rig->random ^= rig->random >> 7;
  rig->random ^= rig->random << 17;
  return (rig->random >> 32 & 255) < of_256;
}

static void idle(Rig* rig) {
  rig->core.s_pkt_tvalid = 0;
  rig->core.s_pkt_tlast = 0;
  rig->core.init = 0;
}

extern "C" {

void rig_reset(Rig* rig) {
  idle(rig);
  rig->core.aresetn = 0;
  for (int k = 0; k < 4; k++) step(rig);
  rig->core.aresetn = 1;
  step(rig);
}

Rig* rig_new(uint64_t seed) {
  Rig* rig = new Rig;
  rig->random = seed * 2 + 1;
  rig_reset(rig);
  return rig;
}

void rig_free(Rig* rig) {
  rig->core.final();
  delete rig;
}

// Tops from now on go here; returns how many came since the last call, also those without room.
int64_t rig_tops(Rig* rig, Top* tops, int64_t room) {
  int64_t count = rig->tops_count;
  rig->tops = tops;
  rig->tops_max = room;
  rig->tops_count = 0;
  return count;
}

void rig_run(Rig* rig, int64_t clocks) {
  idle(rig);
  for (int64_t k = 0; k < clocks; k++) step(rig);
}

// A pulse of init; waits until the table is swept when `wait`, returns the clocks that took.
int64_t rig_init(Rig* rig, uint32_t locate, uint32_t cents, uint32_t join, uint32_t wait) {
  idle(rig);
  rig->core.cfg_locate = locate;
  rig->core.cfg_cents = cents;
  rig->core.cfg_join = join;
  rig->core.init = 1;
  step(rig);
  rig->core.init = 0;
  int64_t clocks = 0;
  for (; wait && rig->core.init_busy && clocks < 1 << 20; clocks++) step(rig);
  return clocks;
}

// Bytes as one packet; tlast at its end unless `open`. Stalls before a beat with stall/256. `keep`
// other than 0 is the last beat's tkeep. Returns the clocks, -1 when a beat was not taken in 2^20.
int64_t rig_packet(Rig* rig, const uint8_t* data, int64_t bytes, uint32_t stall, uint32_t open,
                   uint32_t keep) {
  Vtp_feed* core = &rig->core;
  uint64_t from = rig->clock;
  for (int64_t at = 0; at < bytes; at += 8) {
    idle(rig);
    while (stall && chance(rig, stall)) step(rig);
    int64_t size = bytes - at < 8 ? bytes - at : 8;
    uint64_t word = 0;
    std::memcpy(&word, data + at, size);
    bool end = at + 8 >= bytes && !open;
    core->s_pkt_tdata = word;
    core->s_pkt_tkeep = end && keep ? keep : (1u << size) - 1;
    core->s_pkt_tlast = end;
    core->s_pkt_tvalid = 1;
    core->eval();
    int64_t waited = 0;
    for (; !core->s_pkt_tready; waited++) {
      if (waited == 1 << 20) return -1;
      step(rig);
      core->eval();
    }
    rig->waits += waited;
    step(rig);
    rig->last_beat = rig->clock;
  }
  idle(rig);
  return rig->clock - from;
}

// What a register of the overlay would say, by number; see NAMES in tests/devices/fpga/feed.py.
uint64_t rig_read(Rig* rig, int32_t which) {
  const Vtp_feed* c = &rig->core;
  const uint64_t values[] = {
      c->feed_ok,    c->book_ok,      c->lost_reason, c->ended,       c->next_sequence,
      c->live_orders, c->n_packets,   c->n_orders,    c->n_skipped,   c->n_duplicates,
      c->n_gaps,     c->n_controls,   c->n_malformed, c->n_unknown,   c->n_foreign,
      c->n_tops,     c->n_lost,       c->init_busy,   c->top_ok,      c->bid_ticks,
      c->bid_lots,   c->ask_ticks,    c->ask_lots,    rig->clock,     rig->waits,
      rig->last_beat,
  };
  return which >= 0 && which < (int32_t)(sizeof values / sizeof *values) ? values[which] : 0;
}
}
