/* The cells of recurrent.h, included there once for each instruction set, which defines
 *   REC(name)  the name with the instruction set behind it      REC_TARGET  its attribute
 *   REC_V      floats that are computed at once                 REC_VECS    REC_V in REC_LANES
 *   REC_ALL(x)  x in all lanes
 *   REC_FMA(a, b, c)  a * b + c, rounded once      REC_MIN, REC_MAX  a unless b is less, more
 * Lanes are units and a sum is one chain, so every instruction set gives the same bits.
 */

/* tanh within 3e-7: x * P(x * x) / Q(x * x) on [-9, 9], constant beyond; the fit is our own */
REC_TARGET static inline REC_V REC(tanh)(REC_V x) {
  REC_V z, num = REC_ALL(1.318411e-08f), den = REC_ALL(7.702617e-07f);
  x = REC_MIN(REC_ALL(9.0f), x);
  x = REC_MAX(REC_ALL(-9.0f), x);
  z = x * x;
  num = REC_FMA(num, z, REC_ALL(2.0471749e-05f));
  den = REC_FMA(den, z, REC_ALL(0.00032713774f));
  num = REC_FMA(num, z, REC_ALL(0.0034865772f));
  den = REC_FMA(den, z, REC_ALL(0.02584196f));
  num = REC_FMA(num, z, REC_ALL(0.13373193f));
  den = REC_FMA(den, z, REC_ALL(0.46706492f));
  num = REC_FMA(num, z, REC_ALL(0.9999999f));
  den = REC_FMA(den, z, REC_ALL(1.0f));
  return x * num / den;
}

REC_TARGET static inline REC_V REC(sigmoid)(REC_V x) {
  const REC_V half = REC_ALL(0.5f);
  return REC_FMA(REC(tanh)(x * half), half, half);
}

/* sum[w][k] += weight[i][k] * in[w][i] over all i; `gates` and `windows` are constants, unrolled */
REC_TARGET REC_INLINE void REC(add)(REC_V (*sum)[4 * REC_VECS], const float* weight,
                                    const float* in, int64_t apart, int32_t inputs,
                                    const int gates, const int windows) {
  for (int32_t i = 0; i < inputs; i++) {
    REC_V x[REC_GROUP];
    for (int w = 0; w < windows; w++) x[w] = REC_ALL(in[w * apart + i]);
    for (int k = 0; k < gates * REC_VECS; k++) {
      const REC_V factor = ((const REC_V*)weight)[k];
      for (int w = 0; w < windows; w++) sum[w][k] = REC_FMA(factor, x[w], sum[w][k]);
    }
    weight += gates * REC_LANES;
  }
}

/* sum[w] = bias + input * values of block b, given for all windows or computed for each */
REC_TARGET REC_INLINE void REC(begin)(const rec_layer* s, const rec_values* values, int32_t first,
                                      int32_t b, REC_V (*sum)[4 * REC_VECS], const int gates,
                                      const int windows) {
  const int32_t row = gates * REC_LANES;
  const REC_V* start = (const REC_V*)((values->given ? values->given : s->bias) + b * row);
  for (int w = 0; w < windows; w++) {
    for (int k = 0; k < gates * REC_VECS; k++) sum[w][k] = start[k];
  }
  if (!values->given) {
    REC(add)(sum, s->input + (int64_t)b * s->inputs * row, values->units + first * values->apart,
             values->apart, s->inputs, gates, windows);
  }
}

/* gates from .. from + count - 1 of block b into s->sums, as gates to, to + 1, ... */
REC_TARGET REC_INLINE void REC(put)(const rec_layer* s, int32_t first, int32_t b,
                                    REC_V (*sum)[4 * REC_VECS], const int from, const int to,
                                    const int count, const int windows) {
  for (int w = 0; w < windows; w++) {
    REC_V* out = (REC_V*)(s->sums + ((int64_t)(first + w) * s->blocks + b) * 4 * REC_LANES);
    for (int k = 0; k < count * REC_VECS; k++) out[to * REC_VECS + k] = sum[w][from * REC_VECS + k];
  }
}

/* gate g of vector k of s->sums, the vectors counted over all windows */
#define REC_SUM(g) (((REC_V*)s->sums)[(k / REC_VECS * 4 + (g)) * REC_VECS + k % REC_VECS])

/* sums of `windows` windows into s->sums: gates 0 .. 3 of an LSTM; z r h of a GRU, and 3 what the
 * row gives to h; z r h of an early GRU, h from the row alone */
REC_TARGET REC_INLINE void REC(sums)(const rec_layer* s, const rec_values* values,
                                     const float* hidden, int32_t first, const int kind,
                                     const int windows) {
  const int gates = kind == REC_LSTM ? 4 : 3, summed = kind == REC_GRU_EARLY ? 2 : gates;
  const int32_t size = s->blocks * REC_LANES;
  for (int32_t b = 0; b < s->blocks; b++) {
    REC_V sum[REC_GROUP][4 * REC_VECS];
    REC(begin)(s, values, first, b, sum, gates, windows);
    if (kind == REC_GRU) {
      REC(put)(s, first, b, sum, 2, 3, 1, windows);
      for (int w = 0; w < windows; w++) {
        for (int k = 0; k < REC_VECS; k++) {
          sum[w][2 * REC_VECS + k] = ((const REC_V*)(s->late_bias + b * REC_LANES))[k];
        }
      }
    }
    REC(add)(sum, s->recur + (int64_t)b * s->units * summed * REC_LANES,
             hidden + (int64_t)first * size, size, s->units, summed, windows);
    REC(put)(s, first, b, sum, 0, 0, gates, windows);
  }
}

REC_TARGET REC_INLINE void REC(all_sums)(const rec_layer* s, const rec_values* values,
                                         const float* hidden, int32_t count, const int kind) {
  int32_t w = 0;
  for (; w + REC_GROUP <= count; w += REC_GROUP) {
    REC(sums)(s, values, hidden, w, kind, REC_GROUP);
  }
  for (; w < count; w++) REC(sums)(s, values, hidden, w, kind, 1);
}

/* gates i o f c: c' = f * c + i * tanh(c), h' = o * tanh(c') */
REC_TARGET static void REC(lstm)(const rec_layer* s, const rec_values* values, int64_t at,
                                 int32_t count) {
  REC_V* cell = (REC_V*)(s->cell + at);
  REC_V* hidden = (REC_V*)(s->hidden + at);
  REC(all_sums)(s, values, s->hidden + at, count, REC_LSTM);
  for (int32_t k = 0; k < count * s->blocks * REC_VECS; k++) {
    const REC_V i = REC(sigmoid)(REC_SUM(0)), o = REC(sigmoid)(REC_SUM(1));
    const REC_V f = REC(sigmoid)(REC_SUM(2)), c = REC(tanh)(REC_SUM(3));
    cell[k] = REC_FMA(f, cell[k], i * c);
    hidden[k] = o * REC(tanh)(cell[k]);
  }
}

/* gates z r h, the reset behind the product: h' = n + z * (h - n), n = tanh(x + r * (R h + b)) */
REC_TARGET static void REC(gru)(const rec_layer* s, const rec_values* values, int64_t at,
                                int32_t count) {
  REC_V* hidden = (REC_V*)(s->hidden + at);
  REC(all_sums)(s, values, s->hidden + at, count, REC_GRU);
  for (int32_t k = 0; k < count * s->blocks * REC_VECS; k++) {
    const REC_V z = REC(sigmoid)(REC_SUM(0)), r = REC(sigmoid)(REC_SUM(1));
    const REC_V n = REC(tanh)(REC_FMA(r, REC_SUM(2), REC_SUM(3)));
    hidden[k] = REC_FMA(z, hidden[k] - n, n);
  }
}

/* gates z r h, the reset before the product: n = tanh(x + R (r * h)) */
REC_TARGET static void REC(gru_early)(const rec_layer* s, const rec_values* values, int64_t at,
                                      int32_t count) {
  const int32_t size = s->blocks * REC_LANES;
  REC_V* hidden = (REC_V*)(s->hidden + at);
  REC_V sum[1][4 * REC_VECS];
  REC(all_sums)(s, values, s->hidden + at, count, REC_GRU_EARLY);
  for (int32_t k = 0; k < count * s->blocks * REC_VECS; k++) {
    REC_SUM(0) = REC(sigmoid)(REC_SUM(0));
    ((REC_V*)s->reset)[k] = REC(sigmoid)(REC_SUM(1)) * hidden[k];
  }
  for (int32_t v = 0; v < count * s->blocks; v++) {
    const int32_t w = v / s->blocks, b = v % s->blocks;
    for (int32_t k = v * REC_VECS; k < (v + 1) * REC_VECS; k++) sum[0][k % REC_VECS] = REC_SUM(2);
    REC(add)(sum, s->late + (int64_t)b * s->units * REC_LANES, s->reset + (int64_t)w * size, 0,
             s->units, 1, 1);
    REC(put)(s, w, b, sum, 0, 2, 1, 1);
  }
  for (int32_t k = 0; k < count * s->blocks * REC_VECS; k++) {
    const REC_V n = REC(tanh)(REC_SUM(2));
    hidden[k] = REC_FMA(REC_SUM(0), hidden[k] - n, n);
  }
}

/* the newest row through all layers of the windows in these slots */
REC_TARGET static void REC(step)(const rec_state* s, int32_t first, int32_t count) {
  rec_values values = {s->given, NULL, 0};
  for (int32_t k = 0; k < s->layer_count; k++) {
    const rec_layer* layer = &s->layers[k];
    const int64_t size = (int64_t)layer->blocks * REC_LANES;
    if (layer->cell_kind == REC_LSTM) {
      REC(lstm)(layer, &values, first * size, count);
    } else if (layer->cell_kind == REC_GRU) {
      REC(gru)(layer, &values, first * size, count);
    } else {
      REC(gru_early)(layer, &values, first * size, count);
    }
    values.given = NULL;
    values.units = layer->hidden + first * size;
    values.apart = size;
  }
}

/* out = bias + input * row of the first layer, [block][gate][REC_LANES] */
REC_TARGET static void REC(project)(const rec_layer* s, const float* row, float* out) {
  const rec_values values = {NULL, row, 0};
  for (int32_t b = 0; b < s->blocks; b++) {
    REC_V sum[1][4 * REC_VECS];
    if (s->gates == 4) {
      REC(begin)(s, &values, 0, b, sum, 4, 1);
    } else {
      REC(begin)(s, &values, 0, b, sum, 3, 1);
    }
    for (int32_t k = 0; k < s->gates * REC_VECS; k++) {
      ((REC_V*)(out + (int64_t)b * s->gates * REC_LANES))[k] = sum[0][k];
    }
  }
}

#undef REC_SUM
#undef REC
#undef REC_TARGET
#undef REC_V
#undef REC_VECS
#undef REC_ALL
#undef REC_FMA
#undef REC_MIN
#undef REC_MAX
