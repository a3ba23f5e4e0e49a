/* Legal use from CPUs that come between each other's accesses: nothing may go wrong. */
#include "fuzz/engines/engine.h"
#include "fuzz/targets/judge_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return judge_input(data, size, RUN_SMP);
}
