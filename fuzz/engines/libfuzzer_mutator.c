/*
 * Gives libFuzzer the project's mutator. One time in eight libFuzzer edits the bytes itself, which
 * brings in its table of recent comparisons and whatever the mutator's author did not think of.
 */
#include <stddef.h>
#include <stdint.h>

#include "fuzz/mutate.h"

/* libFuzzer declares these in C++ only. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_size, unsigned seed);

enum { OWN_EDIT_PERIOD = 8 };

/* libFuzzer's seeds have 32 bits, the mutator's 64, all of them used. */
static uint64_t widen(unsigned seed)
{
    return (seed + 1u) * (uint64_t)0x9e3779b97f4a7c15u;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (seed % OWN_EDIT_PERIOD == 0) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    return mutate_program(data, size, max_size, widen(seed));
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_size, unsigned seed)
{
    return cross_programs(a, a_size, b, b_size, out, max_size, widen(seed));
}
