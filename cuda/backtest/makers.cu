/* imbalance_maker under many parameter sets: one thread walks one set along the stream.

   Threads of a warp read the same events and moves at about the same time. orders and fills are
   [set][row], equity is [sample][set]. Worst case: a thread's orders, rows and mail fill 4 KB of
   local memory, and sets that trade much hold up the others of their warp. */
#include <tickpath/makers.h>

extern "C" __global__ void __launch_bounds__(128) makers(
    const tp_sweep_plan* __restrict__ plan, const tp_sweep_event* __restrict__ events,
    const tp_sweep_book* __restrict__ books, const tp_sweep_level* __restrict__ levels,
    const tp_maker_quote* __restrict__ quotes, const tp_maker_move* __restrict__ moves,
    const tp_maker_price* __restrict__ prices, const tp_maker_change* __restrict__ changes,
    const int64_t* __restrict__ frames, const tp_maker_trade* __restrict__ trades,
    const tp_maker_set* __restrict__ sets, int32_t set_count,
    tp_sweep_result* __restrict__ results, tp_sweep_order* __restrict__ orders,
    tp_sweep_fill* __restrict__ fills, int64_t* __restrict__ equity)
{
    for (int32_t k = blockIdx.x * blockDim.x + threadIdx.x; k < set_count;
         k += blockDim.x * gridDim.x) {
        tp_maker_set set = sets[k];
        tp_maker_walk walk;
        tp_maker_view view = {
            plan, events, quotes, books, levels, moves, prices, changes, frames, trades,
            orders + k * plan->order_rows, fills + k * plan->fill_rows};
        tp_maker_run(&view, &set, &walk, equity + k, set_count, &results[k]);
    }
}
