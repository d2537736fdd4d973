/* One WebSocket link of a polling thread: reads, takes frames apart, answers, notices the end.
 *
 * After tp_poller_give() only the thread touches a link, but for its two rings, the state and the
 * counters. In: a connected and upgraded non-blocking socket. Out: whole messages to the hook, or
 * to the inbox for Python. No lock, no allocation, no GIL. Worst case: a message of the bound in
 * fragments, one copy.
 */
#ifndef TICKPATH_POLL_LINK_H
#define TICKPATH_POLL_LINK_H
#include <sys/socket.h>
#include <unistd.h>
#include "../../core/records.h"
#include "../../lanes/byte_ring.h"
#include "hook.h"
#include "tls.h"
#include "ws_frame.h"

enum tp_poll_state { TP_POLL_NEW = 0, TP_POLL_OPEN = 1, TP_POLL_CLOSING = 2, TP_POLL_ENDED = 3 };
enum tp_poll_reason {
  TP_POLL_NONE = 0,
  TP_POLL_LOCAL = 1,
  TP_POLL_PEER = 2,
  TP_POLL_LOST = 3,
  TP_POLL_SILENT = 4,
  TP_POLL_PROTOCOL = 5,
  TP_POLL_INBOX = 6
};
enum {
  TP_POLL_READ_BYTES = 65536,         /* room kept for one read */
  TP_POLL_CONTROL_ROOM = 1024,        /* room behind a full queue for pongs and the close frame */
  TP_POLL_TAG_CLOSE = 1,              /* outbox: close, the note is the code; else a message */
  TP_POLL_OUTBOX_TURN_MAX = 64        /* messages of Python sent in one turn */
};

typedef struct tp_poll_link {
  /* set before the thread gets it */
  tp_wire wire;
  const tp_frame_hook* hook;
  SSL* ssl;
  int64_t message_bytes_max, outgoing_bytes_max;
  int64_t ping_idle_ns, pong_timeout_ns, close_timeout_ns;
  uint8_t *in, *parts, *out, *scratch;
  int64_t in_capacity, out_capacity;
  int fd;
  int wake_fd;                        /* eventfd of Python's loop */
  /* the thread's */
  int64_t in_at, in_end, parts_bytes, out_at, out_end;
  int64_t heard_ns, pinged_ns, ending_ns;
  uint64_t random;
  int32_t in_parts, heard, deaf, lost, fresh;
  int32_t reason, code, text_bytes;
  char text[TP_WS_CONTROL_BYTES_MAX];
  /* written by the thread, read by Python */
  uint64_t state;
  uint64_t frames_in, bytes_in, frames_out, bytes_out, refused_closed, refused_busy, pings_in;
  uint64_t passed;                    /* frames that went to the inbox */
  uint64_t abandoned;                 /* Python: nobody wants this link any more */
  tp_byte_ring inbox, outbox;
} tp_poll_link;

static inline void tp_poll_count(uint64_t* counter, uint64_t by) {
  tp_store_relaxed(counter, tp_load_relaxed(counter) + by);
}

static inline void tp_poll_wake(tp_poll_link* l) {
  const uint64_t one = 1;
  if (tp_byte_ring_disarm(&l->inbox) && write(l->wake_fd, &one, sizeof one) < 0) return;
}

/* bytes read, 0 when there is nothing now, -1 at the end */
static inline int64_t tp_poll_read(tp_poll_link* l, void* to, int64_t room) {
  if (l->ssl == NULL) {
    const ssize_t n = recv(l->fd, to, (size_t)room, MSG_DONTWAIT);
    if (n > 0) return n;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
  }
  const int n = SSL_read(l->ssl, to, room > INT32_MAX ? INT32_MAX : (int)room);
  if (n > 0) return n;
  const int error = SSL_get_error(l->ssl, n);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return 0;
  ERR_clear_error();
  return -1;
}

static inline int64_t tp_poll_write(tp_poll_link* l, const void* from, int64_t bytes) {
  if (l->ssl == NULL) {
    const ssize_t n = send(l->fd, from, (size_t)bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) return n;
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
  }
  const int n = SSL_write(l->ssl, from, (int)bytes);
  if (n > 0) return n;
  const int error = SSL_get_error(l->ssl, n);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return 0;
  ERR_clear_error();
  return -1;
}

static inline void tp_poll_flush(tp_poll_link* l) {
  while (l->out_at < l->out_end && !l->lost) {
    const int64_t n = tp_poll_write(l, l->out + l->out_at, l->out_end - l->out_at);
    if (n == 0) return;
    if (n < 0) l->lost = 1;
    else l->out_at += n;
  }
  if (l->out_at == l->out_end) l->out_at = l->out_end = 0;
}

static inline uint32_t tp_poll_random(tp_poll_link* l) {
  uint64_t x = (l->random += 0x9E3779B97F4A7C15u);      /* splitmix64, seeded by the system */
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return (uint32_t)(x ^ x >> 31);
}

/* one frame into the queue and as far as it goes to the socket; 0 when it does not fit */
static inline int tp_poll_put(tp_poll_link* l, int32_t opcode, const void* data, int64_t bytes) {
  if (l->out_at > 0 && l->out_end + TP_WS_HEAD_BYTES_MAX + bytes > l->out_capacity) {
    memmove(l->out, l->out + l->out_at, (size_t)(l->out_end - l->out_at));
    l->out_end -= l->out_at;
    l->out_at = 0;
  }
  if (l->out_end + TP_WS_HEAD_BYTES_MAX + bytes > l->out_capacity) return 0;
  l->out_end += tp_ws_put(l->out + l->out_end, opcode, (const uint8_t*)data, bytes,
                          tp_poll_random(l));
  tp_poll_flush(l);
  return 1;
}

static inline int tp_poll_busy(const tp_poll_link* l) {
  return l->out_end - l->out_at > l->outgoing_bytes_max;
}

/* tp_wire.send: on the polling thread only */
static inline int32_t tp_poll_send(void* link, const char* data, int64_t bytes) {
  tp_poll_link* l = (tp_poll_link*)link;
  if (l->state != TP_POLL_OPEN || l->lost) {
    tp_poll_count(&l->refused_closed, 1);
    return TP_WIRE_CLOSED;
  }
  if (tp_poll_busy(l) || bytes > l->outgoing_bytes_max ||
      !tp_poll_put(l, TP_WS_TEXT, data, bytes)) {
    tp_poll_count(&l->refused_busy, 1);
    return TP_WIRE_BUSY;
  }
  tp_poll_count(&l->frames_out, 1);
  tp_poll_count(&l->bytes_out, (uint64_t)bytes);
  return TP_WIRE_OK;
}

static inline void tp_poll_why(tp_poll_link* l, int32_t reason, int32_t code, const char* text,
                               int64_t bytes) {
  if (l->reason != TP_POLL_NONE) return;
  l->reason = reason;
  l->code = code;
  l->text_bytes = (int32_t)(bytes < TP_WS_CONTROL_BYTES_MAX - 2 ? bytes
                                                                : TP_WS_CONTROL_BYTES_MAX - 2);
  memcpy(l->text, text, (size_t)l->text_bytes);
}

/* say goodbye with `code`, then wait for the peer's end or the deadline */
static inline void tp_poll_end(tp_poll_link* l, int32_t code, const char* text, int64_t bytes) {
  uint8_t payload[TP_WS_CONTROL_BYTES_MAX];
  if (l->state != TP_POLL_OPEN) return;
  if (bytes > TP_WS_CONTROL_BYTES_MAX - 2) bytes = TP_WS_CONTROL_BYTES_MAX - 2;
  payload[0] = (uint8_t)(code >> 8);
  payload[1] = (uint8_t)code;
  memcpy(payload + 2, text, (size_t)bytes);
  tp_poll_put(l, TP_WS_CLOSE, payload, bytes + 2);
  l->ending_ns = tp_monotonic_ns() + l->close_timeout_ns;
  tp_store_release(&l->state, TP_POLL_CLOSING);
}

/* the connection is over; what is still queued gets one more chance */
static inline void tp_poll_gone(tp_poll_link* l) {
  const uint64_t one = 1;
  tp_poll_why(l, TP_POLL_LOST, TP_WS_LOST, "", 0);
  tp_poll_flush(l);
  shutdown(l->fd, SHUT_RDWR);
  tp_store_release(&l->state, TP_POLL_ENDED);
  if (write(l->wake_fd, &one, sizeof one) < 0) return;
}

static inline void tp_poll_broken(tp_poll_link* l, int32_t code) {
  const char* text = code == TP_WS_TOO_BIG ? "message above the bound" : "frame against RFC 6455";
  tp_poll_why(l, TP_POLL_PROTOCOL, code, text, (int64_t)strlen(text));
  tp_poll_end(l, code, text, (int64_t)strlen(text));
  l->deaf = 1;
}

/* one whole message; `data` has room for the padding behind it */
static inline void tp_poll_deliver(tp_poll_link* l, uint8_t* data, int64_t bytes, int64_t t_ns) {
  uint8_t behind[TP_FRAME_PADDING_BYTES];
  int32_t said = TP_HOOK_TAKEN;
  if (l->state != TP_POLL_OPEN) return;
  tp_poll_count(&l->frames_in, 1);
  tp_poll_count(&l->bytes_in, (uint64_t)bytes);
  if (l->hook != NULL) {
    memcpy(behind, data + bytes, sizeof behind);
    memset(data + bytes, 0, sizeof behind);
    said = l->hook->on_frame(l->hook->context, &l->wire, (const char*)data, bytes, t_ns);
    memcpy(data + bytes, behind, sizeof behind);
    if (said == TP_HOOK_TAKEN) return;
  }
  if (!tp_byte_ring_push(&l->inbox, (uint64_t)t_ns, (uint32_t)said, data, (uint32_t)bytes)) {
    tp_poll_why(l, TP_POLL_INBOX, 1011, "inbox full", 10);
    tp_poll_end(l, 1011, "", 0);
    return;
  }
  tp_poll_count(&l->passed, 1);
  tp_poll_wake(l);
}

static inline void tp_poll_part(tp_poll_link* l, const tp_ws_frame* f, const uint8_t* data,
                                int64_t t_ns) {
  if ((f->opcode == TP_WS_CONTINUATION) != l->in_parts) {
    tp_poll_broken(l, TP_WS_BROKEN);
    return;
  }
  if (l->parts_bytes + f->bytes > l->message_bytes_max) {
    tp_poll_broken(l, TP_WS_TOO_BIG);
    return;
  }
  memcpy(l->parts + l->parts_bytes, data, (size_t)f->bytes);
  l->parts_bytes += f->bytes;
  l->in_parts = !f->fin;
  if (f->fin) {
    tp_poll_deliver(l, l->parts, l->parts_bytes, t_ns);
    l->parts_bytes = 0;
  }
}

static inline void tp_poll_peer_closed(tp_poll_link* l, const tp_ws_frame* f,
                                       const uint8_t* data) {
  const int32_t code = tp_ws_close_code(data, f->bytes);
  if (code == TP_WS_BROKEN) {
    tp_poll_broken(l, TP_WS_BROKEN);
    return;
  }
  if (l->state == TP_POLL_OPEN) {
    tp_poll_why(l, TP_POLL_PEER, code, f->bytes > 2 ? (const char*)data + 2 : "",
                f->bytes > 2 ? f->bytes - 2 : 0);
    tp_poll_end(l, code == TP_WS_NO_CODE ? 1000 : code, "", 0);
  }
  tp_poll_gone(l);
}

static inline void tp_poll_frame(tp_poll_link* l, const tp_ws_frame* f, uint8_t* data,
                                 int64_t t_ns) {
  if (f->opcode >= TP_WS_CLOSE) {
    if (f->opcode == TP_WS_CLOSE) {
      tp_poll_peer_closed(l, f, data);
    } else if (f->opcode == TP_WS_PING && l->state == TP_POLL_OPEN) {
      tp_poll_count(&l->pings_in, 1);
      tp_poll_put(l, TP_WS_PONG, data, f->bytes);
    }
  } else if (f->fin && !l->in_parts && f->opcode != TP_WS_CONTINUATION) {
    tp_poll_deliver(l, data, f->bytes, t_ns);
  } else {
    tp_poll_part(l, f, data, t_ns);
  }
}

static inline void tp_poll_parse(tp_poll_link* l, int64_t t_ns) {
  tp_ws_frame f;
  while (l->state != TP_POLL_ENDED && !l->deaf) {
    const int32_t found = tp_ws_next(l->in + l->in_at, l->in_end - l->in_at,
                                     l->message_bytes_max, &f);
    if (found == 0) break;
    if (found != 1) {
      tp_poll_broken(l, found);
      break;
    }
    uint8_t* data = l->in + l->in_at + f.head_bytes;
    l->in_at += f.head_bytes + f.bytes;
    tp_poll_frame(l, &f, data, t_ns);
  }
  if (l->deaf || l->in_at == l->in_end) {
    l->in_at = l->in_end = 0;
  } else if (l->in_capacity - l->in_end < TP_POLL_READ_BYTES) {
    memmove(l->in, l->in + l->in_at, (size_t)(l->in_end - l->in_at));
    l->in_end -= l->in_at;
    l->in_at = 0;
  }
}

/* what Python gave to send */
static inline void tp_poll_outbox(tp_poll_link* l) {
  tp_byte_ring_head head;
  for (int k = 0; k < TP_POLL_OUTBOX_TURN_MAX && !tp_poll_busy(l); k++) {
    if (!tp_byte_ring_front(&l->outbox, &head)) return;
    tp_byte_ring_take(&l->outbox, l->scratch, head.bytes);
    if (head.tag == TP_POLL_TAG_CLOSE) {
      tp_poll_why(l, TP_POLL_LOCAL, (int32_t)head.note, "", 0);
      tp_poll_end(l, (int32_t)head.note, (const char*)l->scratch, head.bytes);
    } else if (l->state == TP_POLL_OPEN) {
      tp_poll_send(l, (const char*)l->scratch, head.bytes);
    }
  }
}

/* one look at the link; 1 when something happened */
static inline int tp_poll_turn(tp_poll_link* l) {
  int64_t n;
  if (tp_byte_ring_waits(&l->outbox)) tp_poll_outbox(l);
  if (l->out_at < l->out_end) tp_poll_flush(l);
  if (l->fresh) {                     /* what came behind the upgrade */
    l->fresh = 0;
    tp_poll_parse(l, tp_wall_ns());
  }
  n = tp_poll_read(l, l->in + l->in_end, l->in_capacity - l->in_end);
  if (n > 0) {
    l->in_end += n;
    l->heard = 1;
    tp_poll_parse(l, tp_wall_ns());
  }
  if ((n < 0 || l->lost) && l->state != TP_POLL_ENDED) tp_poll_gone(l);
  return n != 0;
}

/* what depends on time, every few microseconds */
static inline void tp_poll_time(tp_poll_link* l, int64_t now_ns) {
  if (l->state == TP_POLL_ENDED) return;
  if (tp_load_relaxed(&l->abandoned)) {
    tp_poll_gone(l);
    return;
  }
  if (l->heard) {
    l->heard = 0;
    l->heard_ns = now_ns;
    l->pinged_ns = 0;
  }
  if (l->state == TP_POLL_CLOSING) {
    if (now_ns >= l->ending_ns) tp_poll_gone(l);
    return;
  }
  if (l->pinged_ns == 0 && now_ns - l->heard_ns >= l->ping_idle_ns) {
    tp_poll_put(l, TP_WS_PING, "tick", 4);
    l->pinged_ns = now_ns;
  } else if (l->pinged_ns != 0 && now_ns - l->pinged_ns >= l->pong_timeout_ns) {
    tp_poll_why(l, TP_POLL_SILENT, 1001, "no pong", 7);
    tp_poll_end(l, 1001, "no pong", 7);
  }
  if (l->hook != NULL && l->hook->on_idle != NULL && l->state == TP_POLL_OPEN)
    l->hook->on_idle(l->hook->context, tp_wall_ns());
}
#endif
