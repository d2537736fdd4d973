/* Correlation of each series with each of some others over a rolling window: one thread a pair.

   xs is [time][symbol], ys is [time][other], out is [other][symbol]; a block has one other, whose
   samples its threads read together. Worst case: few symbols, as in rows.cu. */
#include <tickpath/moments.h>

extern "C" __global__ void __launch_bounds__(128) correlations(
    const double* __restrict__ xs, const double* __restrict__ ys, int64_t period,
    int32_t time_count, int32_t symbol_count, int32_t other_count, double* __restrict__ out)
{
    int64_t nx = symbol_count, ny = other_count;
    for (int32_t o = blockIdx.y; o < other_count; o += gridDim.y) {
        for (int32_t s = blockIdx.x * blockDim.x + threadIdx.x; s < symbol_count;
             s += blockDim.x * gridDim.x) {
            int64_t last = time_count - 1;
            tp_pair_walk walk;
            tp_pair_start(&walk);
            for (int32_t t = 0; t < time_count; ++t)
                tp_pair_take(&walk, period, xs + s, nx, ys + o, ny, t);
            out[o * nx + s] =
                tp_pair_correlation(&walk, period, xs[last * nx + s], ys[last * ny + o]);
        }
    }
}
