/* Legal use of caches, sizes and pages, from CPUs that take turns: nothing may go wrong. */
#include "fuzz/engines/engine.h"
#include "fuzz/targets/judge_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return judge_input(data, size, RUN_SEQUENCE);
}
