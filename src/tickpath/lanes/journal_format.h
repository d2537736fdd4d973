/* What a journal segment looks like on disk. Little endian; journal_reader.py declares the same.
 *
 * A segment is one file of a fixed size: the header, then records, each on an 8-byte boundary:
 *   u32 length    28 + payload: all bytes of the record but its padding; 0: not published
 *   u32 kind      tp_journal_kind
 *   u64 seq       of the input
 *   i64 t_recv_ns
 *   payload       length - 28 bytes
 *   u32 crc32c    over all before it, begun with the header's checksum, so that a record copied
 *                 from another segment is refused
 * The length is stored last, with release order: a reader or a crash sees all of a record or none.
 * END says that the next segment follows, CLOSE that the journal was closed in order.
 */
#ifndef TICKPATH_JOURNAL_FORMAT_H
#define TICKPATH_JOURNAL_FORMAT_H
#include <assert.h>
#include <stdint.h>

enum {
  TP_JOURNAL_VERSION = 1,
  TP_JOURNAL_HEADER_BYTES = 128,
  TP_JOURNAL_RECORD_BYTES = 28,       /* length, kind, seq, t_recv, checksum */
  TP_JOURNAL_RESERVE_BYTES = 32       /* kept free in a segment for its END or CLOSE */
};
#define TP_JOURNAL_MAGIC ((uint64_t)0x314C4E4A4B434954)  /* "TICKJNL1" */

enum tp_journal_kind {                /* 1 to 5 are tp_input_kind */
  TP_JOURNAL_MARKET = 1,              /* market frame, raw bytes */
  TP_JOURNAL_ORDER = 2,               /* order frame, raw bytes */
  TP_JOURNAL_TIMER = 3,
  TP_JOURNAL_COMMAND = 4,
  TP_JOURNAL_SLOT = 5,                /* a slot as it was read */
  TP_JOURNAL_OUT = 6,                 /* outgoing bytes, unsigned */
  TP_JOURNAL_SNAPSHOT = 7,            /* a part of the engine's state, as it is here */
  TP_JOURNAL_NOTE = 8,
  TP_JOURNAL_END = 9,
  TP_JOURNAL_CLOSE = 10
};

typedef struct tp_journal_header {
  uint64_t magic;
  uint32_t version;
  uint32_t header_bytes;
  uint64_t segment_bytes;
  uint64_t segment;                   /* 0, 1, 2 ... */
  uint64_t config_hash;
  uint64_t build_hash;
  uint64_t limits_hash;
  int64_t created_ns;
  uint32_t engine_id;
  uint32_t epoch;
  uint8_t reserved[52];
  uint32_t checksum;                  /* CRC-32C of all before it */
} tp_journal_header;

static_assert(sizeof(tp_journal_header) == TP_JOURNAL_HEADER_BYTES, "layout");
#endif
