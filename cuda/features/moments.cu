/* Skewness and kurtosis of many symbols and windows: one thread walks one series for one window.

   prices is [time][symbol], so neighbouring threads read neighbouring numbers; out is
   [window][skewness, kurtosis][symbol]. Worst case: few symbols, as in rows.cu. */
#include <tickpath/moments.h>

extern "C" __global__ void __launch_bounds__(128, 4) moments(
    const double* __restrict__ prices, const int64_t* __restrict__ periods, int32_t time_count,
    int32_t symbol_count, int32_t window_count, double* __restrict__ out)
{
    int64_t stride = symbol_count;
    for (int32_t w = blockIdx.y; w < window_count; w += gridDim.y) {
        int64_t period = periods[w];
        for (int32_t s = blockIdx.x * blockDim.x + threadIdx.x; s < symbol_count;
             s += blockDim.x * gridDim.x) {
            double* found = out + 2 * w * stride + s;
            tp_moments_walk walk;
            tp_moments_start(&walk);
            for (int32_t t = 0; t < time_count; ++t)
                tp_moments_take(&walk, period, prices + s, stride, t);
            tp_moments_columns(
                &walk, period, prices[(time_count - 1) * stride + s], found, found + stride);
        }
    }
}
