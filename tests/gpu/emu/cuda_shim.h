/* Runs an unchanged .cu on the CPU: the threads of a block are fibers, barriers switch them, blocks
   run one behind the other. It is included before the kernel's source.

   Found on the way: threads that end while others wait at a barrier; results that depend on the
   order of the threads (emu_order: 0 forward, 1 reverse, 2 shuffled); reads of shared memory that
   nobody wrote (it is poisoned before each block). Not found: races between blocks, and whatever
   the assembler and the device add. Warp exchange is absent: no kernel needs it. */
#pragma once
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#define __global__
#define __launch_bounds__(...)
#define __shared__ static __attribute__((section("emu_shared")))

extern "C" char __start_emu_shared[] __attribute__((weak));
extern "C" char __stop_emu_shared[] __attribute__((weak));

struct dim3 {
    unsigned x, y, z;
};

namespace emu {

constexpr size_t STACK_BYTES = 64 << 10;

struct Fiber {
    ucontext_t context;
    std::unique_ptr<char[]> stack;
    dim3 thread;
    bool done, waits;
};

inline std::vector<Fiber> fibers;
inline Fiber* current;
inline ucontext_t home;
inline dim3 block_index, block_size, grid_size;
inline unsigned block_number, epoch;      /* epoch: barriers passed, over all blocks */
inline int order;
inline uint32_t seed = 12345;
inline const char* error;
inline void (*entry)(void**);
inline void** arguments;

inline void barrier()
{
    current->waits = true;
    swapcontext(&current->context, &home);
}

inline unsigned thread_number()
{
    return (unsigned)(current - fibers.data());
}

inline void body()
{
    entry(arguments);
    current->done = true;
}

inline void start(Fiber& fiber, unsigned k)
{
    if (!fiber.stack)
        fiber.stack.reset(new char[STACK_BYTES]);
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = STACK_BYTES;
    fiber.context.uc_link = &home;
    makecontext(&fiber.context, body, 0);
    fiber.thread = {k % block_size.x, k / block_size.x % block_size.y,
                    k / (block_size.x * block_size.y)};
    fiber.done = fiber.waits = false;
}

inline void arrange(std::vector<unsigned>& places)
{
    unsigned count = places.size();
    for (unsigned k = 0; k < count; ++k)
        places[k] = order == 1 ? count - 1 - k : k;
    for (unsigned k = count - 1; order == 2 && k > 0; --k) {
        seed = seed * 1664525u + 1013904223u;
        std::swap(places[k], places[(seed >> 8) % (k + 1)]);
    }
}

inline bool run_block()
{
    unsigned count = block_size.x * block_size.y * block_size.z;
    std::vector<unsigned> places(count);
    if (__start_emu_shared)
        memset(__start_emu_shared, 0x7f, __stop_emu_shared - __start_emu_shared);
    if (fibers.size() < count)
        fibers.resize(count);
    for (unsigned k = 0; k < count; ++k)
        start(fibers[k], k);
    ++block_number;
    for (;;) {
        unsigned done = 0;
        ++epoch;
        arrange(places);
        for (unsigned k : places) {
            current = &fibers[k];
            current->waits = false;
            if (!current->done)
                swapcontext(&home, &current->context);
        }
        for (unsigned k = 0; k < count; ++k)
            done += fibers[k].done;
        if (done == count || error)
            return error == nullptr;
        if (done) {
            error = "barrier divergence: threads ended while others wait at a barrier";
            return false;
        }
    }
}

inline int run(void (*kernel)(void**), const unsigned* grid, const unsigned* block, void** given)
{
    grid_size = {grid[0], grid[1], grid[2]};
    block_size = {block[0], block[1], block[2]};
    entry = kernel;
    arguments = given;
    error = nullptr;
    for (unsigned z = 0; z < grid_size.z; ++z)
        for (unsigned y = 0; y < grid_size.y; ++y)
            for (unsigned x = 0; x < grid_size.x; ++x) {
                block_index = {x, y, z};
                if (!run_block())
                    return 1;
            }
    return 0;
}

template <auto kernel, class... A, size_t... I>
inline void spread(void (*)(A...), void** given, std::index_sequence<I...>)
{
    kernel(*(std::remove_reference_t<A>*)given[I]...);
}

template <auto kernel> inline void call(void** given)
{
    []<class... A>(void (*k)(A...), void** g) {
        spread<kernel>(k, g, std::index_sequence_for<A...>{});
    }(kernel, given);
}

} // namespace emu

#define threadIdx (emu::current->thread)
#define blockIdx (emu::block_index)
#define blockDim (emu::block_size)
#define gridDim (emu::grid_size)
#define __syncthreads() emu::barrier()

/* Fibers are switched at barriers only, so nothing comes between. */
template <class T> inline T atomicAdd(T* place, T more)
{
    T old = *place;
    *place = (T)(old + more);
    return old;
}

extern "C" inline __attribute__((used)) void emu_order(int order) { emu::order = order; }
extern "C" inline __attribute__((used)) const char* emu_error() { return emu::error; }

/* Argument k of the kernel is what given[k] points at, as in cuLaunchKernel. */
#define EMU_EXPORT(kernel)                                                                         \
    extern "C" int emu_##kernel(const unsigned* grid, const unsigned* block, void** given)         \
    {                                                                                              \
        return emu::run(emu::call<kernel>, grid, block, given);                                    \
    }
