#include "fuzz/engines/random_edit.h"

#include "fuzz/mutate.h"

size_t random_edit(uint8_t *data, size_t size, size_t max_size, uint64_t seed)
{
    return mutate_program(data, size, max_size, seed);
}

size_t random_cross(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                    size_t max_size, uint64_t seed)
{
    return cross_programs(a, a_size, b, b_size, out, max_size, seed);
}
