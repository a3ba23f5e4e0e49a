/* Runs of pages and large objects alone, where the buddy layer does the work. */
#include "fuzz/engines/engine.h"
#include "fuzz/targets/judge_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return judge_input(data, size, RUN_BUDDY);
}
