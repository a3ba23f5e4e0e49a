/* A target that dies on every input, without a word to the engine. */
#include <stdlib.h>

#include "fuzz/engines/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    abort();
}
