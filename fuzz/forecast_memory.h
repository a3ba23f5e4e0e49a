/*
 * The pages and slabs of a forecast: what there is, what is taken and what comes back. Private to
 * the forecast.
 */
#ifndef FUZZ_FORECAST_MEMORY_H
#define FUZZ_FORECAST_MEMORY_H

#include <stddef.h>

#include "fuzz/forecast.h"

/* What an op that makes a cache says of it. */
struct forecast_creation {
    uint32_t size;
    uint32_t align_log2;
    uint32_t flags;
    bool has_ctor;
};

/* Whether the op makes a cache, and which. */
bool forecast_makes_cache(const struct op *op, struct forecast_creation *creation);

/* Fills in the kmalloc caches of a forecast that is zero but for its configuration. */
void forecast_init_kmalloc(struct forecast *forecast);

/*
 * Sets what follows from a cache's size and flags: order and objects per slab. Where the preferred
 * order is a large part of the arena, the allocator soon falls back to a lesser one, so that is
 * assumed.
 */
void forecast_measure(const struct forecast *forecast, struct forecast_cache *cache, size_t align);

/* Takes a run; false, and nothing taken, if there is probably none. */
bool forecast_take_pages(struct forecast *forecast, unsigned order);

/* Takes an object of a cache, with a new slab if none is at hand; false if there is no memory. */
bool forecast_take_object(struct forecast *forecast, struct forecast_cache *cache);

/* The CPU may take an object of a cache without a lock: not where free pages are unmapped. */
bool forecast_has_at_hand(const struct forecast *forecast, unsigned cache);

/* An object comes back. Slabs stay, until the cache is empty: others still live in most of them. */
void forecast_give_object(struct forecast *forecast, struct forecast_cache *cache);

/* Empty slabs go back, no CPU holds any; live objects are spread neither tightly nor loosely. */
void forecast_shrink(struct forecast *forecast, struct forecast_cache *cache);

/*
 * A slot becomes the newest of the stale slots of its cache; a slot is none of them any more, if it
 * was. What was freed last is handed out first, and is of no more use to misuse then.
 */
void forecast_link_stale(struct forecast *forecast, uint32_t slot);
void forecast_unlink_stale(struct forecast *forecast, uint32_t slot);

/*
 * Of forecast.c: what a slot holds from now on; a run for a slot, if there is one; whatever lives
 * in a slot is freed.
 */
void forecast_set_slot(struct forecast *forecast, uint32_t slot, struct forecast_slot value);
void forecast_alloc_run(struct forecast *forecast, uint32_t slot, unsigned order);
void forecast_free_slot(struct forecast *forecast, uint32_t index);

#endif
