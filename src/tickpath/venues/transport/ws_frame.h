/* WebSocket frames of a client (RFC 6455) in a buffer: taken apart without a copy, put together
 * masked. No socket, no memory of its own.
 *
 * In: bytes received so far. Out: the next frame in place, "more", or a close code. Extensions are
 * never negotiated, so reserved bits are an error. Worst case: a frame of the bound, once a byte.
 */
#ifndef TICKPATH_WS_FRAME_H
#define TICKPATH_WS_FRAME_H
#include <stdint.h>
#include <string.h>

enum {
  TP_WS_CONTINUATION = 0,
  TP_WS_TEXT = 1,
  TP_WS_BINARY = 2,
  TP_WS_CLOSE = 8,
  TP_WS_PING = 9,
  TP_WS_PONG = 10,
  TP_WS_HEAD_BYTES_MAX = 14,
  TP_WS_CONTROL_BYTES_MAX = 125,
  TP_WS_NO_CODE = 1005,
  TP_WS_LOST = 1006,
  TP_WS_BROKEN = 1002,
  TP_WS_TOO_BIG = 1009
};

typedef struct tp_ws_frame {
  int32_t opcode;
  int32_t fin;
  int64_t head_bytes;
  int64_t bytes;                      /* of the payload, which lies behind the head */
} tp_ws_frame;

static inline uint64_t tp_ws_big_endian(const uint8_t* p, int count) {
  uint64_t value = 0;
  for (int k = 0; k < count; k++) value = value << 8 | p[k];
  return value;
}

/* 1: a whole frame is there; 0: more bytes are needed; else the close code of what is wrong */
static inline int32_t tp_ws_next(const uint8_t* in, int64_t have, int64_t bytes_max,
                                 tp_ws_frame* frame) {
  if (have < 2) return 0;
  const int32_t opcode = in[0] & 15;
  const int32_t control = opcode >= TP_WS_CLOSE;
  uint64_t size = in[1] & 127;
  int64_t head = 2;
  if ((in[0] & 0x70) || (in[1] & 0x80)) return TP_WS_BROKEN;
  if ((opcode > TP_WS_BINARY && !control) || opcode > TP_WS_PONG) return TP_WS_BROKEN;
  if (control && (!(in[0] & 0x80) || size > TP_WS_CONTROL_BYTES_MAX)) return TP_WS_BROKEN;
  if (size == 126) {
    if (have < 4) return 0;
    size = tp_ws_big_endian(in + 2, 2);
    head = 4;
    if (size < 126) return TP_WS_BROKEN;
  } else if (size == 127) {
    if (have < 10) return 0;
    size = tp_ws_big_endian(in + 2, 8);
    head = 10;
    if (size < 65536 || size >> 63) return TP_WS_BROKEN;
  }
  if (!control && size > (uint64_t)bytes_max) return TP_WS_TOO_BIG;
  frame->opcode = opcode;
  frame->fin = in[0] >> 7;
  frame->head_bytes = head;
  frame->bytes = (int64_t)size;
  return have - head >= (int64_t)size;
}

/* the code of a close frame, TP_WS_NO_CODE without one, TP_WS_BROKEN for one nobody may send */
static inline int32_t tp_ws_close_code(const uint8_t* data, int64_t bytes) {
  if (bytes == 0) return TP_WS_NO_CODE;
  if (bytes == 1) return TP_WS_BROKEN;
  const int32_t code = (int32_t)tp_ws_big_endian(data, 2);
  if (code < 1000 || code > 4999 || (code > 1014 && code < 3000)) return TP_WS_BROKEN;
  if (code >= 1004 && code <= 1006) return TP_WS_BROKEN;
  return code;
}

/* XOR with the mask, eight bytes at a time */
static inline void tp_ws_mask(uint8_t* to, const uint8_t* from, int64_t bytes, uint32_t mask) {
  const uint64_t wide = (uint64_t)mask << 32 | mask;
  uint64_t word;
  int64_t k = 0;
  uint8_t four[4];
  for (; k + 8 <= bytes; k += 8) {
    memcpy(&word, from + k, 8);
    word ^= wide;
    memcpy(to + k, &word, 8);
  }
  memcpy(four, &mask, 4);
  for (; k < bytes; k++) to[k] = from[k] ^ four[k & 3];
}

/* one whole masked frame at `out`, which has room for the head and `bytes`; bytes written */
static inline int64_t tp_ws_put(uint8_t* out, int32_t opcode, const uint8_t* data, int64_t bytes,
                                uint32_t mask) {
  int64_t at = 2;
  out[0] = (uint8_t)(0x80 | opcode);
  if (bytes < 126) {
    out[1] = (uint8_t)(0x80 | bytes);
  } else if (bytes < 65536) {
    out[1] = 0x80 | 126;
    out[2] = (uint8_t)(bytes >> 8);
    out[3] = (uint8_t)bytes;
    at = 4;
  } else {
    out[1] = 0x80 | 127;
    for (int k = 0; k < 8; k++) out[2 + k] = (uint8_t)((uint64_t)bytes >> (56 - 8 * k));
    at = 10;
  }
  memcpy(out + at, &mask, 4);
  tp_ws_mask(out + at + 4, data, bytes, mask);
  return at + 4 + bytes;
}
#endif
