/* A taker strategy under many parameter sets: one thread walks one set along the stream.

   All threads read the same event at a time, so a warp's load of it is one transaction. orders and
   fills are [set][row], equity is [sample][set]: neighbouring threads write neighbouring numbers.
   Worst case: sets that trade at every event, whose pending reports live in local memory. */
#include <tickpath/takers.h>

extern "C" __global__ void __launch_bounds__(128) takers(
    const tp_sweep_plan* __restrict__ plan, const tp_sweep_event* __restrict__ events,
    const tp_sweep_book* __restrict__ books, const tp_sweep_level* __restrict__ levels,
    const tp_taker_set* __restrict__ sets, int32_t set_count,
    tp_sweep_result* __restrict__ results, tp_sweep_order* __restrict__ orders,
    tp_sweep_fill* __restrict__ fills, int64_t* __restrict__ equity)
{
    for (int32_t k = blockIdx.x * blockDim.x + threadIdx.x; k < set_count;
         k += blockDim.x * gridDim.x) {
        tp_taker_set set = sets[k];
        tp_taker_walk walk;
        tp_taker_view view = {
            plan, books, levels, orders + k * plan->order_rows, fills + k * plan->fill_rows};
        double fast = 0.0, slow = 0.0;
        int64_t samples = 0, taken = 0;
        tp_taker_start(plan, &walk);
        for (int64_t t = 0; t < plan->event_count; ++t) {
            const tp_sweep_event* e = &events[t];
            if (e->kind == TP_SWEEP_BOOK) {
                double x = (double)e->mid2 * 0.5;
                int64_t side;
                fast = samples == 0 ? x : tp_taker_average(fast, set.fast_alpha, x);
                slow = samples == 0 ? x : tp_taker_average(slow, set.slow_alpha, x);
                samples += 1;
                side = samples < set.slow_period ? 0 : tp_taker_side(fast, slow, set.band);
                if (tp_taker_wakes(&walk, &set, side))
                    tp_taker_book(&view, &walk, &set, e, side);
            } else {
                int64_t units = tp_taker_other(&view, &walk, &set, e);
                if (e->kind == TP_SWEEP_SAMPLE)
                    equity[taken++ * set_count + k] = units;
            }
        }
        tp_taker_end(&view, &walk, &results[k]);
    }
}
