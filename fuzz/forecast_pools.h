/* The mempools of a forecast: which are there, and what they would do. */
#ifndef FUZZ_FORECAST_POOLS_H
#define FUZZ_FORECAST_POOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/ops.h"

enum { FORECAST_POOL_COUNT = 2 };

struct forecast_pool {
    bool is_there;
    uint8_t plain_code;      /* the op that allocates from its source */
    uint8_t cache;           /* of a pool of cache objects */
    uint8_t wanted_count;
    uint8_t reserve_count;
    uint32_t size;           /* bytes, or the order of a run */
};

struct forecast;

/* Whether an op would be a step, as far as pools are concerned. */
bool forecast_allows_pools(const struct forecast *forecast, const struct op *op);

/*
 * The op without a pool that does about the same to slots and memory, a NOP where only the reserve
 * has a part in it; any other op is itself.
 */
struct op forecast_plain(const struct forecast *forecast, const struct op *op);

/* Follows an op, after what it comes to without a pool. */
void forecast_pools(struct forecast *forecast, const struct op *op);

#endif
