/* Members that may not be journalled (a token) put in front of the params of a request: what
 * splice.py says, for requests of an engine that leave without Python. The input is not changed.
 */
#ifndef TICKPATH_SPLICE_H
#define TICKPATH_SPLICE_H
#include <stdint.h>
#include <string.h>

/* index of the first byte from `at` on that is no JSON white space */
static inline int64_t tp_splice_skip(const char* data, int64_t bytes, int64_t at) {
  while (at < bytes && (data[at] == ' ' || data[at] == '\t' || data[at] == '\r' ||
                        data[at] == '\n'))
    at++;
  return at;
}

/* index behind the brace that opens `params`, -1 when there is none */
static inline int64_t tp_splice_start(const char* data, int64_t bytes) {
  static const char name[] = "\"params\"";
  int64_t at = 0;
  while (at < bytes) {
    const char* found = (const char*)memmem(data + at, (size_t)(bytes - at), name, 8);
    if (found == NULL) return -1;
    at = found - data + 8;
    int64_t next = tp_splice_skip(data, bytes, at);
    if (next == bytes || data[next] != ':') continue;
    next = tp_splice_skip(data, bytes, next + 1);
    if (next < bytes && data[next] == '{') return next + 1;
  }
  return -1;
}

/* a copy with `members` as the first of params: its bytes, -1 without params or room for it */
static inline int64_t tp_splice(const char* data, int64_t bytes, const char* members,
                                int64_t member_bytes, char* to, int64_t room) {
  const int64_t start = tp_splice_start(data, bytes);
  if (start < 0 || bytes + member_bytes + 1 > room) return -1;
  const int64_t next = tp_splice_skip(data, bytes, start);
  const int64_t comma = next == bytes || data[next] != '}';
  memcpy(to, data, (size_t)start);
  memcpy(to + start, members, (size_t)member_bytes);
  if (comma) to[start + member_bytes] = ',';
  memcpy(to + start + member_bytes + comma, data + start, (size_t)(bytes - start));
  return bytes + member_bytes + comma;
}
#endif
