/* Exponential averages over whole series: a block a series, its tiles one behind the other.

   series and out are [symbol][time]. Worst case: one symbol, which keeps one processor busy. */
#include <tickpath/averages.h>

extern "C" __global__ void __launch_bounds__(128) averages(
    const double* __restrict__ series, double alpha, int32_t first, int32_t seed, int32_t warm,
    int32_t time_count, int32_t symbol_count, double* __restrict__ out)
{
    __shared__ double ends[2][TP_SCAN_LANES];
    const tp_average_plan plan = {alpha, first, seed, warm};
    int32_t begin = first + seed - 1, lane = threadIdx.x;
    for (int32_t s = blockIdx.x; s < symbol_count; s += gridDim.x) {
        const double* x = series + (int64_t)s * time_count;
        double* y = out + (int64_t)s * time_count;
        double average = tp_average_start(&plan, x);
        for (int32_t k = lane; k <= begin; k += blockDim.x)
            y[k] = k < warm ? hd_nan() : average;
        for (int32_t tile = begin + 1; tile < time_count; tile += TP_SCAN_TILE) {
            int32_t place = tile + lane * TP_SCAN_ITEMS;
            int32_t count = tp_scan_items(place, time_count), side = 0;
            double power = tp_scan_power(alpha);
            ends[0][lane] = tp_scan_local(lane ? 0.0 : average, alpha, x + place, count);
            __syncthreads();
            for (int32_t reach = 1; reach < TP_SCAN_LANES; reach *= 2) {
                ends[1 - side][lane] = tp_scan_join(ends[side], lane, reach, power);
                power *= power;
                side = 1 - side;
                __syncthreads();
            }
            tp_scan_store(&plan, lane ? ends[side][lane - 1] : average, x, place, count, y);
            /* no barrier: the steps are odd, so the next tile begins in the other half */
            average = ends[side][TP_SCAN_LANES - 1];
        }
    }
}
