/*
 * AFL++'s side of engine.h. Its driver has main(), persistent mode and test cases in shared memory.
 */
#include "fuzz/engines/engine.h"

#include <stdlib.h>

#include "fuzz/engines/stats.h"

/* AFL++'s runtime: the map of edges, and the callback that reserves entries of it. */
extern uint8_t *__afl_area_ptr;
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);

/* The map entry of each slot. */
static uint32_t guards[FEEDBACK_SLOTS];

/* Reserves a map entry for each slot as the compiler does for each edge, before main() tells
 * afl-fuzz how large the map is. */
__attribute__((constructor(200))) static void reserve_entries(void)
{
    __sanitizer_cov_trace_pc_guard_init(guards, guards + FEEDBACK_SLOTS);
}

/* Stores, does not count: as an edge, each state would be new again at 2, 3, 4, 8, ... visits. */
void engine_feedback(uint32_t slot)
{
    stats_state(slot);
    __afl_area_ptr[guards[slot % FEEDBACK_SLOTS]] = 1;
}

void engine_finding(const char *signature)
{
    (void)signature;
    abort();
}
