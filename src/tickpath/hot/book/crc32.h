/* CRC32 (ISO-HDLC: polynomial 0x04C11DB7, reflected, as zlib's crc32) of a short text.
 *
 * In: bytes. Out: the checksum. Eight tables take eight bytes at a time; where the processor has a
 * carry-less multiplication, texts of 64 bytes and more take crc32_clmul.h instead. Both are the
 * same function; a test holds them to zlib. Worst case: linear, about 0.5 ns a byte by tables.
 */
#ifndef TICKPATH_CRC32_H
#define TICKPATH_CRC32_H
#include <stdint.h>
#include <string.h>
#include "crc32_clmul.h"

static uint32_t tp_crc_table[8][256];

__attribute__((constructor)) static void tp_crc_tables(void) {
  for (uint32_t n = 0; n < 256; n++) {
    uint32_t c = n;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
    tp_crc_table[0][n] = c;
  }
  for (uint32_t n = 0; n < 256; n++)
    for (int k = 1; k < 8; k++)
      tp_crc_table[k][n] =
          tp_crc_table[0][tp_crc_table[k - 1][n] & 255] ^ (tp_crc_table[k - 1][n] >> 8);
}

/* the register (not inverted) after `size` more bytes */
static inline uint32_t tp_crc_by_tables(uint32_t crc, const char* data, int64_t size) {
  for (; size >= 8; data += 8, size -= 8) {
    uint64_t v;
    memcpy(&v, data, 8);                                 /* little endian, as all hosts here */
    v ^= crc;
    crc = tp_crc_table[7][v & 255] ^ tp_crc_table[6][v >> 8 & 255] ^
          tp_crc_table[5][v >> 16 & 255] ^ tp_crc_table[4][v >> 24 & 255] ^
          tp_crc_table[3][v >> 32 & 255] ^ tp_crc_table[2][v >> 40 & 255] ^
          tp_crc_table[1][v >> 48 & 255] ^ tp_crc_table[0][v >> 56];
  }
  for (; size > 0; data++, size--)
    crc = tp_crc_table[0][(crc ^ (unsigned char)*data) & 255] ^ (crc >> 8);
  return crc;
}

static inline uint32_t tp_crc32_tables(const char* data, int64_t size) {
  return ~tp_crc_by_tables(0xFFFFFFFFU, data, size);
}

static inline uint32_t tp_crc32(const char* data, int64_t size) {
  uint32_t crc = 0xFFFFFFFFU;
  if (size >= TP_CRC_CLMUL_MIN && tp_crc_clmul_there()) {
    int64_t whole = size & ~(int64_t)15;
    crc = tp_crc_clmul(crc, data, whole);
    data += whole;
    size -= whole;
  }
  return ~tp_crc_by_tables(crc, data, size);
}
#endif
