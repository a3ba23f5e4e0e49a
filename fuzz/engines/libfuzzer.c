/*
 * libFuzzer's side of engine.h. Its runtime has main(); it treats every byte of the section below
 * as one more 8-bit edge counter, and clears them before each run.
 */
#include "fuzz/engines/engine.h"

#include <stdlib.h>

#include "fuzz/engines/stats.h"

/* Volatile: nobody here reads the array, and a compiler that notices deletes it. */
__attribute__((section("__libfuzzer_extra_counters")))
static volatile uint8_t slots[FEEDBACK_SLOTS];

void engine_feedback(uint32_t slot)
{
    stats_state(slot);
    slots[slot % FEEDBACK_SLOTS] = 1;
}

void engine_finding(const char *signature)
{
    (void)signature;
    abort();
}
