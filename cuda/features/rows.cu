/* Feature rows of many symbols and windows: one thread walks one series for one window.

   prices is [time][symbol], so neighbouring threads read neighbouring numbers; quotes is
   [bid, bid quantity, ask, ask quantity][symbol] of the newest time; out is [window][symbol].
   Worst case: few symbols, where one thread's walk over the whole series is all there is. */
#include <tickpath/rows.h>

extern "C" __global__ void __launch_bounds__(128, 8) rows(
    const double* __restrict__ prices, const double* __restrict__ quotes,
    const tp_row_window* __restrict__ windows, int32_t time_count, int32_t symbol_count,
    int32_t window_count, tp_row* __restrict__ out)
{
    int64_t stride = symbol_count;
    for (int32_t w = blockIdx.y; w < window_count; w += gridDim.y) {
        tp_row_window window = windows[w];
        for (int32_t s = blockIdx.x * blockDim.x + threadIdx.x; s < symbol_count;
             s += blockDim.x * gridDim.x) {
            tp_row_walk walk;
            tp_row row;
            tp_row_start(&walk);
            for (int32_t t = 0; t < time_count; ++t)
                tp_row_take(&walk, &window, prices + s, stride, t);
            tp_row_window_columns(&walk, &window, prices[(time_count - 1) * stride + s], &row);
            tp_row_quote_columns(
                quotes[s], quotes[stride + s], quotes[2 * stride + s], quotes[3 * stride + s],
                &row);
            out[w * stride + s] = row;
        }
    }
}
