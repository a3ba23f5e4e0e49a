/* Any bytes as text: it is a trace that survives being written and read again, or it is refused. */
#include <stdio.h>

#include "fuzz/engines/engine.h"
#include "fuzz/targets/round_trip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *broken = round_trip((const char *)data, size);

    if (broken != NULL && engine_wants(broken)) {
        fprintf(stderr, "slubbed: found %s\n%.*s\n", broken, (int)size, (const char *)data);
        engine_finding(broken);
    }
    return 0;
}
