// Allocation and free on the native world: what the sim must not cost, and what the flags do cost.

#include <benchmark/benchmark.h>

#include <vector>

extern "C" {
#include "bench/pair_heap.h"
}

namespace {

constexpr unsigned kAllDebugFlags = 15;

void BM_Pair(benchmark::State &state, unsigned flags)
{
    struct kmem_cache *cache = pair_cache(static_cast<size_t>(state.range(0)), flags);

    for (auto _ : state) {
        pair_run(cache);
    }
}

void BM_Burst(benchmark::State &state, unsigned flags)
{
    std::vector<void *> objects(1000);
    struct kmem_cache *cache = pair_cache(static_cast<size_t>(state.range(0)), flags);

    for (auto _ : state) {
        pair_run_many(cache, objects.data(), objects.size());
    }
    state.SetItemsProcessed(static_cast<int64_t>(objects.size()) * state.iterations());
}

}  // namespace

BENCHMARK_CAPTURE(BM_Pair, plain, 0)->Arg(64)->Arg(1024);
BENCHMARK_CAPTURE(BM_Pair, debug, kAllDebugFlags)->Arg(64);
BENCHMARK_CAPTURE(BM_Burst, plain, 0)->Arg(64);
BENCHMARK_CAPTURE(BM_Burst, debug, kAllDebugFlags)->Arg(64);

BENCHMARK_MAIN();
