/* Datagrams of a UDP socket in batches: recvmmsg, kernel time stamps, the kernel's drop count.
 *
 * Source: recvmmsg(2), socket(7), the kernel's timestamping documentation.
 */
#ifndef TICKPATH_UDP_H
#define TICKPATH_UDP_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "packets.h"

#ifndef SO_RXQ_OVFL
#define SO_RXQ_OVFL 40
#endif
#ifndef SO_BUSY_POLL
#define SO_BUSY_POLL 46
#endif

enum { TP_UDP_BYTES_MAX = 9216, TP_UDP_CONTROL_BYTES = 256, TP_UDP_POLL_MS = 10 };
enum { TP_STAMPS_NONE = 0, TP_STAMPS_SOFTWARE = 1, TP_STAMPS_HARDWARE = 2 };

typedef struct tp_udp {
  int fd;
  int64_t received, truncated, polls;
  uint32_t dropped;                   /* by the kernel for want of room, as it said last */
  int stop;                           /* another thread wants the receiving one to leave */
  struct mmsghdr heads[TP_PACKET_BATCH];
  struct iovec parts[TP_PACKET_BATCH];
  char control[TP_PACKET_BATCH][TP_UDP_CONTROL_BYTES];
  char data[TP_PACKET_BATCH][TP_UDP_BYTES_MAX + TP_PACKET_PADDING];
} tp_udp;

static inline void tp_udp_begin(tp_udp* u, int fd) {
  int k;
  u->fd = fd;
  for (k = 0; k < TP_PACKET_BATCH; k++) {
    u->parts[k].iov_base = u->data[k];
    u->parts[k].iov_len = TP_UDP_BYTES_MAX;
    u->heads[k].msg_hdr.msg_iov = &u->parts[k];
    u->heads[k].msg_hdr.msg_iovlen = 1;
    u->heads[k].msg_hdr.msg_control = u->control[k];
  }
}

/* 0 or errno: ask for receive stamps and for the count of drops */
static inline int tp_udp_stamps(tp_udp* u, int kind) {
  int flags = 0, one = 1;
  if (setsockopt(u->fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one) < 0) return errno;
  if (kind == TP_STAMPS_SOFTWARE)
    flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  if (kind == TP_STAMPS_HARDWARE)
    flags = SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
  if (flags == 0) return 0;
  return setsockopt(u->fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) < 0 ? errno : 0;
}

static inline int tp_udp_busy_poll(tp_udp* u, int microseconds) {
  return setsockopt(u->fd, SOL_SOCKET, SO_BUSY_POLL, &microseconds, sizeof microseconds) < 0
             ? errno : 0;
}

/* the stamp of one datagram, 0 when the kernel gave none; the drop count in passing */
static inline int64_t tp_udp_stamp(tp_udp* u, struct msghdr* h) {
  struct cmsghdr* c;
  int64_t t_ns = 0;
  for (c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
    if (c->cmsg_level != SOL_SOCKET) continue;
    if (c->cmsg_type == SO_TIMESTAMPING) {
      struct scm_timestamping s;
      memcpy(&s, CMSG_DATA(c), sizeof s);
      t_ns = (int64_t)s.ts[0].tv_sec * 1000000000LL + s.ts[0].tv_nsec;
      if (t_ns == 0) t_ns = (int64_t)s.ts[2].tv_sec * 1000000000LL + s.ts[2].tv_nsec;
    } else if (c->cmsg_type == SO_RXQ_OVFL) {
      memcpy(&u->dropped, CMSG_DATA(c), sizeof u->dropped);
    }
  }
  return t_ns;
}

/* hand on what is there, at most `most` of a batch; -1 with errno when there is nothing */
static inline int tp_udp_take(tp_udp* u, const tp_packet_sink* sink, int most) {
  int k, n;
  int64_t now_ns = 0;
  for (k = 0; k < most; k++) u->heads[k].msg_hdr.msg_controllen = TP_UDP_CONTROL_BYTES;
  n = recvmmsg(u->fd, u->heads, (unsigned)most, MSG_DONTWAIT, NULL);
  for (k = 0; k < n; k++) {
    struct msghdr* h = &u->heads[k].msg_hdr;
    int64_t t_ns = tp_udp_stamp(u, h);
    if (h->msg_flags & MSG_TRUNC) {
      u->truncated++;
      continue;
    }
    if (t_ns == 0) t_ns = now_ns != 0 ? now_ns : (now_ns = tp_realtime_ns());
    sink->take(sink->context, u->data[k], u->heads[k].msg_len, t_ns);
    u->received++;
  }
  return n;
}

/* receive until `most` datagrams, the monotonic deadline or `stop`; the number taken, or -errno */
static inline int64_t tp_udp_run(tp_udp* u, const tp_packet_sink* sink, int64_t most,
                                 int64_t deadline_ns, int spin) {
  int64_t total = 0;
  while (total < most && !__atomic_load_n(&u->stop, __ATOMIC_RELAXED)) {
    int64_t want = most - total;
    int n = tp_udp_take(u, sink, want < TP_PACKET_BATCH ? (int)want : TP_PACKET_BATCH);
    if (n > 0) {
      total += n;
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return -(int64_t)errno;
    if (tp_monotonic_ns() >= deadline_ns) break;
    u->polls++;
    if (!spin) {
      struct pollfd p = {u->fd, POLLIN, 0};
      poll(&p, 1, TP_UDP_POLL_MS);
    }
  }
  return total;
}
#endif
