/* A link of a polling thread before the thread gets it: memory, TLS, the upgrade. Blocks until its
 * deadline; call it without the GIL. */
#ifndef TICKPATH_POLL_SETUP_H
#define TICKPATH_POLL_SETUP_H
#include <stdlib.h>
#include <sys/random.h>
#include "poll_thread.h"

enum { TP_POLL_HEAD_BYTES_MAX = 16384 };

static inline uint64_t tp_power_of_two(uint64_t least) {
  uint64_t found = 4096;
  while (found < least) found *= 2;
  return found;
}

static inline void tp_poll_free(tp_poll_link* l) {
  if (l == NULL) return;
  SSL_free(l->ssl);
  if (l->fd >= 0) close(l->fd);
  if (l->wake_fd >= 0) close(l->wake_fd);
  free(l->in);
  free(l->parts);
  free(l->out);
  free(l->scratch);
  free(l->inbox.data);
  free(l->outbox.data);
  free(l);
}

/* NULL without memory; takes `wake_fd` */
static inline tp_poll_link* tp_poll_new(int64_t message_bytes_max, int64_t outgoing_bytes_max,
                                        uint64_t inbox_bytes, int wake_fd) {
  tp_poll_link* l = (tp_poll_link*)calloc(1, sizeof *l);
  if (l == NULL) return NULL;
  l->fd = -1;
  l->wake_fd = wake_fd;
  l->wire.link = l;
  l->wire.send = tp_poll_send;
  l->message_bytes_max = message_bytes_max;
  l->outgoing_bytes_max = outgoing_bytes_max;
  l->in_capacity = message_bytes_max + TP_WS_HEAD_BYTES_MAX + 2 * TP_POLL_READ_BYTES;
  l->out_capacity = 2 * outgoing_bytes_max + TP_POLL_CONTROL_ROOM;
  l->in = (uint8_t*)malloc((size_t)l->in_capacity + TP_FRAME_PADDING_BYTES);
  l->parts = (uint8_t*)malloc((size_t)message_bytes_max + TP_FRAME_PADDING_BYTES);
  l->out = (uint8_t*)malloc((size_t)l->out_capacity);
  l->scratch = (uint8_t*)malloc((size_t)outgoing_bytes_max + TP_WS_CONTROL_BYTES_MAX);
  const int rings = tp_byte_ring_init(&l->inbox, inbox_bytes) &&
                    tp_byte_ring_init(&l->outbox, tp_power_of_two(2 * outgoing_bytes_max + 512));
  const int seeded = getrandom(&l->random, sizeof l->random, 0) == sizeof l->random;
  if (!l->in || !l->parts || !l->out || !l->scratch || !rings || !seeded) {
    l->wake_fd = -1;
    tp_poll_free(l);
    return NULL;
  }
  return l;
}

/* send the request and read up to the end of the answer's head: its bytes, or -1 and why */
static inline int64_t tp_poll_exchange(tp_poll_link* l, const char* request, int64_t bytes,
                                       int64_t deadline_ns, char* text) {
  int64_t sent = 0, n;
  snprintf(text, TP_TLS_TEXT_BYTES, "upgrade: timeout");
  while (sent < bytes) {
    n = tp_poll_write(l, request + sent, bytes - sent);
    if (n < 0) snprintf(text, TP_TLS_TEXT_BYTES, "upgrade: connection ended");
    if (n < 0 || (n == 0 && !tp_wait_fd(l->fd, POLLOUT, deadline_ns))) return -1;
    sent += n;
  }
  for (;;) {
    n = tp_poll_read(l, l->in + l->in_end, TP_POLL_READ_BYTES);
    if (n < 0) snprintf(text, TP_TLS_TEXT_BYTES, "upgrade: connection ended");
    if (n < 0 || (n == 0 && !tp_wait_fd(l->fd, POLLIN, deadline_ns))) return -1;
    l->in_end += n;
    const uint8_t* end = (const uint8_t*)memmem(l->in, (size_t)l->in_end, "\r\n\r\n", 4);
    if (end != NULL) {
      l->in_at = end + 4 - l->in;
      l->fresh = 1;
      return l->in_at;
    }
    if (l->in_end >= TP_POLL_HEAD_BYTES_MAX) {
      snprintf(text, TP_TLS_TEXT_BYTES, "upgrade: head above %d bytes", TP_POLL_HEAD_BYTES_MAX);
      return -1;
    }
  }
}
#endif
