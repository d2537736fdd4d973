/* Lengths and fields of every ITCH 5.0 message, by type. Source: "Nasdaq TotalView-ITCH 5.0".
 *
 * A field is (offset, bytes, text); the list of a type ends with 0 bytes. Only the face that gives
 * every field reads the lists; the walk reads the few fields that books need.
 */
#ifndef TICKPATH_ITCH_FIELDS_H
#define TICKPATH_ITCH_FIELDS_H
#include <assert.h>
#include <stdint.h>

enum { TP_ITCH_FIELDS_MAX = 16 };

typedef struct tp_itch_field { uint8_t offset, bytes, text; } tp_itch_field;

static const uint8_t tp_itch_lengths[256] = {
  ['S'] = 12, ['R'] = 39, ['H'] = 25, ['Y'] = 20, ['L'] = 26, ['V'] = 35, ['W'] = 12, ['K'] = 28,
  ['J'] = 35, ['h'] = 21, ['A'] = 36, ['F'] = 40, ['E'] = 31, ['C'] = 36, ['X'] = 23, ['D'] = 19,
  ['U'] = 35, ['P'] = 44, ['Q'] = 40, ['B'] = 19, ['I'] = 50, ['N'] = 20, ['O'] = 48,
};

static const tp_itch_field tp_itch_fields[256][TP_ITCH_FIELDS_MAX] = {
  ['S'] = {{11, 1, 1}},
  ['R'] = {{11, 8, 1}, {19, 1, 1}, {20, 1, 1}, {21, 4, 0}, {25, 1, 1}, {26, 1, 1}, {27, 2, 1},
           {29, 1, 1}, {30, 1, 1}, {31, 1, 1}, {32, 1, 1}, {33, 1, 1}, {34, 4, 0}, {38, 1, 1}},
  ['H'] = {{11, 8, 1}, {19, 1, 1}, {20, 1, 1}, {21, 4, 1}},
  ['Y'] = {{11, 8, 1}, {19, 1, 1}},
  ['L'] = {{11, 4, 1}, {15, 8, 1}, {23, 1, 1}, {24, 1, 1}, {25, 1, 1}},
  ['V'] = {{11, 8, 0}, {19, 8, 0}, {27, 8, 0}},
  ['W'] = {{11, 1, 1}},
  ['K'] = {{11, 8, 1}, {19, 4, 0}, {23, 1, 1}, {24, 4, 0}},
  ['J'] = {{11, 8, 1}, {19, 4, 0}, {23, 4, 0}, {27, 4, 0}, {31, 4, 0}},
  ['h'] = {{11, 8, 1}, {19, 1, 1}, {20, 1, 1}},
  ['A'] = {{11, 8, 0}, {19, 1, 1}, {20, 4, 0}, {24, 8, 1}, {32, 4, 0}},
  ['F'] = {{11, 8, 0}, {19, 1, 1}, {20, 4, 0}, {24, 8, 1}, {32, 4, 0}, {36, 4, 1}},
  ['E'] = {{11, 8, 0}, {19, 4, 0}, {23, 8, 0}},
  ['C'] = {{11, 8, 0}, {19, 4, 0}, {23, 8, 0}, {31, 1, 1}, {32, 4, 0}},
  ['X'] = {{11, 8, 0}, {19, 4, 0}},
  ['D'] = {{11, 8, 0}},
  ['U'] = {{11, 8, 0}, {19, 8, 0}, {27, 4, 0}, {31, 4, 0}},
  ['P'] = {{11, 8, 0}, {19, 1, 1}, {20, 4, 0}, {24, 8, 1}, {32, 4, 0}, {36, 8, 0}},
  ['Q'] = {{11, 8, 0}, {19, 8, 1}, {27, 4, 0}, {31, 8, 0}, {39, 1, 1}},
  ['B'] = {{11, 8, 0}},
  ['I'] = {{11, 8, 0}, {19, 8, 0}, {27, 1, 1}, {28, 8, 1}, {36, 4, 0}, {40, 4, 0}, {44, 4, 0},
           {48, 1, 1}, {49, 1, 1}},
  ['N'] = {{11, 8, 1}, {19, 1, 1}},
  ['O'] = {{11, 8, 1}, {19, 1, 1}, {20, 4, 0}, {24, 4, 0}, {28, 4, 0}, {32, 8, 0}, {40, 4, 0},
           {44, 4, 0}},
};

static inline uint16_t tp_be16(const char* p) {
  uint16_t v; __builtin_memcpy(&v, p, 2); return __builtin_bswap16(v);
}
static inline uint32_t tp_be32(const char* p) {
  uint32_t v; __builtin_memcpy(&v, p, 4); return __builtin_bswap32(v);
}
static inline uint64_t tp_be64(const char* p) {
  uint64_t v; __builtin_memcpy(&v, p, 8); return __builtin_bswap64(v);
}
/* 6 bytes; p[-2] is readable: the tracking number stands before a time stamp */
static inline uint64_t tp_be48_after2(const char* p) { return tp_be64(p - 2) & 0xFFFFFFFFFFFFULL; }

#ifndef __cplusplus
static_assert(sizeof(tp_itch_field) == 3, "layout");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the swaps above are for little endian");
#endif
#endif
