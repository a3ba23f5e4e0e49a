/* The mutator's only source of chance: a splitmix64 sequence; equal seeds give equal programs. */
#ifndef FUZZ_MUTATE_RANDOM_H
#define FUZZ_MUTATE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state;    /* any value is as good as any other */
};

/* A well mixed function of value. */
static inline uint64_t random_mix(uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

static inline uint32_t random_bits(struct random *random)
{
    random->state += 0x9e3779b97f4a7c15u;
    return (uint32_t)(random_mix(random->state) >> 32);
}

/* 0 .. bound - 1; 0 if bound is 0. */
static inline uint32_t random_below(struct random *random, uint32_t bound)
{
    return (uint32_t)((uint64_t)random_bits(random) * bound >> 32);
}

/* first .. final, both included; first <= final. */
static inline uint32_t random_between(struct random *random, uint32_t first, uint32_t final)
{
    uint64_t count = (uint64_t)final - first + 1;

    return first + (uint32_t)(random_bits(random) * count >> 32);
}

/* True one time in count. */
static inline bool random_one_in(struct random *random, uint32_t count)
{
    return random_below(random, count) == 0;
}

#endif
