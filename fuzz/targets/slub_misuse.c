/* The same with misuse in between: what the configuration contains is reported, nothing else. */
#include "fuzz/engines/engine.h"
#include "fuzz/targets/judge_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return judge_input(data, size, RUN_ALL);
}
