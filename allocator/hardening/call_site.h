/*
 * Allocations of one size spread over several pools, by who asks.
 *
 * Threat. An attacker who can free an object too early wants the next object in its place to be one
 * whose contents he chooses. All objects of a size share a pool, so any call site of that size will
 * do, and there are thousands.
 *
 * Mechanism. Each size has several pools. call_site_pool() takes the address of the caller and a
 * secret, chosen once at the start, and says which: the same caller always gets the same one, two
 * callers share one by chance only. The multiplication carries every bit of the address upwards,
 * the product of the top 32 bits and the number of pools is the pool.
 *
 * Entropy. log2(count) bits a call site: with 16 pools, one site in 16 can reach the victim, and
 * which of them differs from start to start.
 *
 * What it does not stop. Reuse by the very call site that made the victim; an attacker who tries
 * sites until one works, if failing costs him nothing; whatever crosses objects, as overflows do.
 *
 * Cost. One XOR and two multiplications an allocation, and a partly filled slab more for each pool
 * that is used.
 */
#ifndef ALLOCATOR_HARDENING_CALL_SITE_H
#define ALLOCATOR_HARDENING_CALL_SITE_H

#include <stdint.h>

/* Pool in 0..count-1 that serves a caller. */
static inline uint32_t call_site_pool(uint64_t site, uint64_t secret, uint32_t count)
{
    uint64_t mixed = (site ^ secret) * UINT64_C(0x61c8864680b583eb);

    return (uint32_t)((mixed >> 32) * count >> 32);
}

#endif
