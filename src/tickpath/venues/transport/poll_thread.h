/* The thread that spins over its links, on a core of its own if given one.
 *
 * Links come and go through slots: Python puts one into an empty slot, the thread empties it when
 * the link has ended and never looks at it again. It takes no lock and never the GIL.
 * Worst case: all links busy at once, served in turn.
 */
#ifndef TICKPATH_POLL_THREAD_H
#define TICKPATH_POLL_THREAD_H
#include <pthread.h>
#include <sched.h>
#include "poll_link.h"

enum { TP_POLL_TIME_TURNS = 32 };     /* turns between two looks at the clock */

typedef struct tp_poller {
  uint64_t slots[TP_POLL_LINKS_MAX];  /* tp_poll_link*, 0 when free */
  uint64_t stop;
  uint64_t turns;
  pthread_t thread;
  int32_t running;                    /* links may be given; written and read with the GIL */
  int32_t core;                       /* -1: any */
  int32_t yields;                     /* give the core away when nothing came */
  int32_t owners;                     /* Python objects that point here; the GIL guards it */
} tp_poller;

static inline void tp_poller_clock(tp_poller* p) {
  const int64_t now_ns = tp_monotonic_ns();
  for (int k = 0; k < TP_POLL_LINKS_MAX; k++) {
    tp_poll_link* l = (tp_poll_link*)(uintptr_t)tp_load_acquire(&p->slots[k]);
    if (l != NULL) tp_poll_time(l, now_ns);
    if (l != NULL && l->state == TP_POLL_ENDED) tp_store_release(&p->slots[k], 0);
  }
}

/* end a link because its thread has stopped or is about to; the link is nobody's afterwards */
static inline void tp_poller_dismiss(tp_poll_link* l) {
  tp_poll_why(l, TP_POLL_LOCAL, 1001, "", 0);
  tp_poll_end(l, 1001, "", 0);
  tp_poll_gone(l);
}

static void* tp_poller_main(void* argument) {
  tp_poller* p = (tp_poller*)argument;
  uint32_t unlooked = 0;
  uint64_t turns = 0;
  while (!tp_load_acquire(&p->stop)) {
    int busy = 0;
    for (int k = 0; k < TP_POLL_LINKS_MAX; k++) {
      tp_poll_link* l = (tp_poll_link*)(uintptr_t)tp_load_acquire(&p->slots[k]);
      if (l == NULL) continue;
      if (l->state != TP_POLL_ENDED) busy |= tp_poll_turn(l);
    }
    tp_store_relaxed(&p->turns, ++turns);
    if (++unlooked >= TP_POLL_TIME_TURNS) {
      unlooked = 0;
      tp_poller_clock(p);
    }
    if (busy) continue;
    if (p->yields) sched_yield();
    else tp_pause();
  }
  for (int k = 0; k < TP_POLL_LINKS_MAX; k++) {
    tp_poll_link* l = (tp_poll_link*)(uintptr_t)tp_load_acquire(&p->slots[k]);
    if (l == NULL) continue;
    if (l->state != TP_POLL_ENDED) tp_poller_dismiss(l);
    tp_store_release(&p->slots[k], 0);
  }
  return NULL;
}

/* 0, or errno; EINVAL for a core that is not there */
static inline int tp_poller_start(tp_poller* p) {
  pthread_attr_t attributes;
  cpu_set_t cores;
  int error = pthread_attr_init(&attributes);
  if (error) return error;
  p->stop = 0;
  if (p->core >= 0) {
    CPU_ZERO(&cores);
    if (p->core >= CPU_SETSIZE) error = EINVAL;
    else CPU_SET(p->core, &cores);
    if (!error) error = pthread_attr_setaffinity_np(&attributes, sizeof cores, &cores);
  }
  if (!error) error = pthread_create(&p->thread, &attributes, tp_poller_main, p);
  pthread_attr_destroy(&attributes);
  p->running = !error;
  return error;
}

/* end a thread that was running, after `running` was set to 0; blocks until it is gone */
static inline void tp_poller_stop(tp_poller* p) {
  tp_store_release(&p->stop, 1);
  pthread_join(p->thread, NULL);
}

/* give a link to the thread; 0 when it does not run or all slots are taken: the link stays ours */
static inline int tp_poller_give(tp_poller* p, tp_poll_link* l) {
  l->state = TP_POLL_OPEN;
  if (!p->running) return 0;
  for (int k = 0; k < TP_POLL_LINKS_MAX; k++) {
    if (tp_load_acquire(&p->slots[k])) continue;
    l->heard_ns = tp_monotonic_ns();
    tp_store_release(&p->slots[k], (uint64_t)(uintptr_t)l);
    return 1;
  }
  return 0;
}

/* whether the thread has this link, or for NULL whether it has a free slot */
static inline int tp_poller_holds(const tp_poller* p, const tp_poll_link* l) {
  for (int k = 0; k < TP_POLL_LINKS_MAX; k++)
    if (tp_load_acquire(&p->slots[k]) == (uint64_t)(uintptr_t)l) return 1;
  return 0;
}
#endif
