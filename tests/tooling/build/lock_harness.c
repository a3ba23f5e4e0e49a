/* A target that is nothing but its feedback: how far the lock was opened. */
#include "fuzz/engines/engine.h"
#include "tests/tooling/build/lock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t turned = 0;
    for (size_t i = 0; i < size && turned < KEY_LENGTH; i++) {
        turned = lock_turn(turned, data[i]);
        engine_feedback(turned);
    }
    engine_count(turned, (uint32_t)size);
    if (turned == KEY_LENGTH && engine_wants("LOCK_OPEN")) {
        engine_finding("LOCK_OPEN");
    }
    return 0;
}
