/* The smallest of many float64, found by counting: a number's bin is the head of its bits in an
   order that is that of the numbers, so all of a smaller bin are smaller. Not a number is last.

   16384 bins are sign, exponent and two bits of the mantissa: a bin is a quarter of its numbers
   wide. Worst case: all numbers in one bin, which is then collected whole. */
#ifndef TICKPATH_TAIL_H
#define TICKPATH_TAIL_H

#include <tickpath/hd.h>

#define TP_TAIL_BITS 14
#define TP_TAIL_BINS (1 << TP_TAIL_BITS)

HD int32_t tp_tail_bin(double x)
{
    uint64_t bits = hd_bits_of(x);
    uint64_t flipped = bits >> 63 ? ~bits : bits | 0x8000000000000000ull;
    return x == x ? (int32_t)(flipped >> (64 - TP_TAIL_BITS)) : TP_TAIL_BINS - 1;
}

#endif
