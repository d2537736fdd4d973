/* What a native reader of frames is, and what it can answer with: no Python object, no GIL needed.
 *
 * A backend calls on_frame once a message, on its own thread. The answer goes out by wire->send on
 * the same thread, on this link or on another of the same backend and thread.
 */
#ifndef TICKPATH_HOOK_H
#define TICKPATH_HOOK_H
#include <stdint.h>
#include <time.h>

#define TP_HOOK_CAPSULE "tickpath.frame_hook"
#define TP_WIRE_CAPSULE "tickpath.wire"

enum tp_wire_code {
  TP_WIRE_OK = 0,
  TP_WIRE_CLOSED = 1,                 /* nothing was sent */
  TP_WIRE_BUSY = 2                    /* the outgoing queue is full: nothing was sent */
};

/* a link to write to; valid as long as the link's Python object */
typedef struct tp_wire {
  void* link;
  int32_t (*send)(void* link, const char* data, int64_t bytes);   /* one text message */
} tp_wire;

enum tp_hook_code {
  TP_HOOK_TAKEN = 0,
  TP_HOOK_PASS = 1                    /* not for this hook: give it to the Python listener; so does
                                         any other number, which the listener sees beside it */
};

/* `data` is borrowed for the call; TP_FRAME_PADDING_BYTES zero bytes are readable behind it */
typedef struct tp_frame_hook {
  void* context;
  int32_t (*on_frame)(void* context, const tp_wire* wire, const char* data, int64_t bytes,
                      int64_t t_ns);
  /* timers, both NULL or both not. A polling thread calls on_idle after every 32 turns, a few
     microseconds; a loop asks `due` when the link opens and after each call, and calls on_idle
     then */
  void (*on_idle)(void* context, int64_t t_ns);
  int64_t (*due)(void* context);      /* wall clock, ns; INT64_MAX: no timer */
} tp_frame_hook;

static inline int64_t tp_wall_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
#endif
