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

/* sum[g] += weight[i][g] * in[i] over all i, for `gates` gates of REC_LANES units; unrolled */
REC_TARGET __attribute__((always_inline)) static inline void REC(add)(
    REC_V* sum, const float* weight, const float* in, int32_t inputs, const int gates) {
  for (int32_t i = 0; i < inputs; i++) {
    const REC_V x = REC_ALL(in[i]);
    for (int k = 0; k < gates * REC_VECS; k++) {
      sum[k] = REC_FMA(((const REC_V*)weight)[k], x, sum[k]);
    }
    weight += gates * REC_LANES;
  }
}

/* out = bias + weight * in of one layer, [block][gate][REC_LANES] */
REC_TARGET __attribute__((always_inline)) static inline void REC(project_of)(
    const rec_layer* s, const float* in, float* out, const int gates) {
  const int32_t row = gates * REC_LANES;
  for (int32_t b = 0; b < s->blocks; b++) {
    REC_V sum[4 * REC_VECS];
    for (int k = 0; k < gates * REC_VECS; k++) sum[k] = ((const REC_V*)(s->bias + b * row))[k];
    REC(add)(sum, s->input + (int64_t)b * s->inputs * row, in, s->inputs, gates);
    for (int k = 0; k < gates * REC_VECS; k++) ((REC_V*)(out + b * row))[k] = sum[k];
  }
}

REC_TARGET static void REC(project)(const rec_layer* s, const float* in, float* out) {
  if (s->gates == 4) {
    REC(project_of)(s, in, out, 4);
  } else {
    REC(project_of)(s, in, out, 3);
  }
}

/* gates i o f c: c' = f * c + i * tanh(c), h' = o * tanh(c') */
REC_TARGET static void REC(lstm)(const rec_layer* s, const float* given, const float* hidden,
                                 float* out) {
  const int32_t row = 4 * REC_LANES;
  for (int32_t b = 0; b < s->blocks; b++) {
    REC_V sum[4 * REC_VECS];
    REC_V* cell = (REC_V*)(s->cell + b * REC_LANES);
    for (int k = 0; k < 4 * REC_VECS; k++) sum[k] = ((const REC_V*)(given + b * row))[k];
    REC(add)(sum, s->recur + (int64_t)b * s->units * row, hidden, s->units, 4);
    for (int k = 0; k < REC_VECS; k++) {
      const REC_V i = REC(sigmoid)(sum[k]), o = REC(sigmoid)(sum[REC_VECS + k]);
      const REC_V f = REC(sigmoid)(sum[2 * REC_VECS + k]), c = REC(tanh)(sum[3 * REC_VECS + k]);
      const REC_V next = REC_FMA(f, cell[k], i * c);
      cell[k] = next;
      ((REC_V*)(out + b * REC_LANES))[k] = o * REC(tanh)(next);
    }
  }
}

/* gates z r h, the reset behind the product: h' = n + z * (h - n), n = tanh(x + r * (R h + b)) */
REC_TARGET static void REC(gru)(const rec_layer* s, const float* given, const float* hidden,
                                float* out) {
  const int32_t row = 3 * REC_LANES;
  for (int32_t b = 0; b < s->blocks; b++) {
    REC_V sum[3 * REC_VECS];
    const REC_V* x = (const REC_V*)(given + b * row);
    const REC_V* was = (const REC_V*)(hidden + b * REC_LANES);
    for (int k = 0; k < 2 * REC_VECS; k++) sum[k] = x[k];
    for (int k = 0; k < REC_VECS; k++) {
      sum[2 * REC_VECS + k] = ((const REC_V*)(s->late_bias + b * REC_LANES))[k];
    }
    REC(add)(sum, s->recur + (int64_t)b * s->units * row, hidden, s->units, 3);
    for (int k = 0; k < REC_VECS; k++) {
      const REC_V z = REC(sigmoid)(sum[k]), r = REC(sigmoid)(sum[REC_VECS + k]);
      const REC_V n = REC(tanh)(REC_FMA(r, sum[2 * REC_VECS + k], x[2 * REC_VECS + k]));
      ((REC_V*)(out + b * REC_LANES))[k] = REC_FMA(z, was[k] - n, n);
    }
  }
}

/* gates z r h, the reset before the product: n = tanh(x + R (r * h)) */
REC_TARGET static void REC(gru_early)(const rec_layer* s, const float* given, const float* hidden,
                                      float* out) {
  const int32_t row = 3 * REC_LANES;
  for (int32_t b = 0; b < s->blocks; b++) {
    REC_V sum[2 * REC_VECS];
    const REC_V* was = (const REC_V*)(hidden + b * REC_LANES);
    for (int k = 0; k < 2 * REC_VECS; k++) sum[k] = ((const REC_V*)(given + b * row))[k];
    REC(add)(sum, s->recur + (int64_t)b * s->units * 2 * REC_LANES, hidden, s->units, 2);
    for (int k = 0; k < REC_VECS; k++) {
      ((REC_V*)(out + b * REC_LANES))[k] = REC(sigmoid)(sum[k]);
      ((REC_V*)(s->reset + b * REC_LANES))[k] = REC(sigmoid)(sum[REC_VECS + k]) * was[k];
    }
  }
  for (int32_t b = 0; b < s->blocks; b++) {
    REC_V sum[REC_VECS];
    const REC_V* was = (const REC_V*)(hidden + b * REC_LANES);
    REC_V* z = (REC_V*)(out + b * REC_LANES);
    for (int k = 0; k < REC_VECS; k++) {
      sum[k] = ((const REC_V*)(given + b * row))[2 * REC_VECS + k];
    }
    REC(add)(sum, s->late + (int64_t)b * s->units * REC_LANES, s->reset, s->units, 1);
    for (int k = 0; k < REC_VECS; k++) {
      const REC_V n = REC(tanh)(sum[k]);
      z[k] = REC_FMA(z[k], was[k] - n, n);
    }
  }
}

/* the last layer's units after all rows of the window, the oldest at `next` */
REC_TARGET static const float* REC(run)(const rec_state* s) {
  const int64_t size = (int64_t)s->layers[0].blocks * s->layers[0].gates * REC_LANES;
  int32_t at = s->next;
  for (int32_t k = 0; k < s->layer_count; k++) {
    const rec_layer* layer = &s->layers[k];
    const size_t bytes = sizeof(float) * REC_LANES * (size_t)layer->blocks;
    memcpy(layer->hidden[0], layer->hidden_first, bytes);
    memcpy(layer->cell, layer->cell_first, bytes);
  }
  for (int32_t t = 0; t < s->steps; t++) {
    const float* given = s->ring + size * at;
    for (int32_t k = 0; k < s->layer_count; k++) {
      const rec_layer* layer = &s->layers[k];
      float* out = layer->hidden[(t + 1) & 1];
      if (k > 0) {
        REC(project)(layer, s->layers[k - 1].hidden[(t + 1) & 1], s->given);
        given = s->given;
      }
      if (layer->cell_kind == REC_LSTM) {
        REC(lstm)(layer, given, layer->hidden[t & 1], out);
      } else if (layer->cell_kind == REC_GRU) {
        REC(gru)(layer, given, layer->hidden[t & 1], out);
      } else {
        REC(gru_early)(layer, given, layer->hidden[t & 1], out);
      }
    }
    at = at + 1 == s->steps ? 0 : at + 1;
  }
  return s->layers[s->layer_count - 1].hidden[s->steps & 1];
}

#undef REC
#undef REC_TARGET
#undef REC_V
#undef REC_VECS
#undef REC_ALL
#undef REC_FMA
#undef REC_MIN
#undef REC_MAX
