/* Scalar functions at the end of a model: sigmoid, and softmax over the outputs of the last layer.
 * The same operations in the same order as reference.py, + - * / and an exact power of two only, so
 * every processor gives the same bits. Built with -ffp-contract=off.
 * Worst case: softmax costs one polynomial of degree 13 an output.
 */
#ifndef TICKPATH_LINK_H
#define TICKPATH_LINK_H
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "dense.h"

/* exp for x <= 0, within 1e-15 relative; constant below -700 (there exp < 1e-304) */
static inline double link_exp(double x) {
  static const double terms[14] = {
      1.0, 1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0,
      1.0 / 40320.0, 1.0 / 362880.0, 1.0 / 3628800.0, 1.0 / 39916800.0, 1.0 / 479001600.0,
      1.0 / 6227020800.0};
  int64_t n, bits;
  double r, p, power;
  x = x < -700.0 ? -700.0 : x;
  n = (int64_t)(x * 1.4426950408889634 - 0.5);
  r = (x - (double)n * 0.693147180369123816490) - (double)n * 1.90821492927058770002e-10;
  p = terms[13];
  for (int k = 12; k >= 0; k--) p = p * r + terms[k];
  bits = (n + 1023) << 52;
  memcpy(&power, &bits, sizeof power);
  return p * power;
}

/* exp(z[output]) / sum of exp(z[k]), the largest z taken from all; NaN unless all are finite */
static inline double link_softmax(const double* z, int32_t count, int32_t output) {
  double most = z[0], total = 0.0, chosen = 0.0, e;
  for (int32_t k = 0; k < count; k++) {
    if (!(fabs(z[k]) <= 1.7976931348623157e308)) return NAN;
    most = z[k] > most ? z[k] : most;
  }
  for (int32_t k = 0; k < count; k++) {
    e = link_exp(z[k] - most);
    total += e;
    chosen = k == output ? e : chosen;
  }
  return chosen / total;
}

/* 0.5 + 0.5 * tanh(x / 2) with the tanh of dense.h, one lane of it */
static inline double link_sigmoid(double x) {
  dense_v2 half = {x * 0.5, x * 0.5};
  DENSE_TANH_OF(dense_v2, dense_i2, half);
  return half[0] * 0.5 + 0.5;
}
#endif
