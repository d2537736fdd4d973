/* Received datagrams: where they go, and the batch that Python takes.
 *
 * A sink gets one payload at a time, in order of arrival, on the thread that receives, without the
 * GIL. The bytes are borrowed for the call; at least TP_PACKET_PADDING readable bytes follow them.
 */
#ifndef TICKPATH_PACKETS_H
#define TICKPATH_PACKETS_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../core/clock.h"

enum { TP_PACKET_PADDING = 64, TP_PACKET_BATCH = 64 };

typedef void (*tp_packet_fn)(void* context, const char* data, int64_t bytes, int64_t t_ns);

typedef struct tp_packet_sink {
  tp_packet_fn take;
  void* context;
} tp_packet_sink;

/* packets one behind the other: i64 time, i32 bytes, the bytes */
typedef struct tp_packet_box {
  char* bytes;
  int64_t used, room;
} tp_packet_box;

static inline int64_t tp_realtime_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* a receiver makes room for all that it may hand on in one batch */
static inline void tp_packet_box_take(void* context, const char* data, int64_t bytes,
                                      int64_t t_ns) {
  tp_packet_box* box = (tp_packet_box*)context;
  int32_t size = (int32_t)bytes;
  if (box->used + 12 + bytes > box->room) return;
  memcpy(box->bytes + box->used, &t_ns, 8);
  memcpy(box->bytes + box->used + 8, &size, 4);
  memcpy(box->bytes + box->used + 12, data, (size_t)bytes);
  box->used += 12 + bytes;
}
#endif
