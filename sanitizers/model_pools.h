/*
 * The mempools of a run as the shadow model keeps them: what a pool has in reserve is owned by it,
 * and so is the table in which it is noted, so that neither may be handed out.
 *
 * The reserve is read off the pool itself after each op on it. While an op that may give elements
 * back is in flight the pool lends them out: nothing is said of who owns them.
 */
#ifndef SANITIZERS_MODEL_POOLS_H
#define SANITIZERS_MODEL_POOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/api/mempool.h"

enum {
    MODEL_POOL_COUNT = 2,
    MODEL_POOL_RESERVE_MAX = 15,    /* elements wanted at most */
};

struct model;
struct model_object;

struct model_owned {
    void *address;
    uint32_t size;
};

struct model_pool {
    struct mempool pool;
    bool is_there;
    uint8_t cache;               /* slot, of a pool of cache objects */
    bool is_closed;              /* being made or destroyed by an op in flight */
    unsigned lent_count;         /* ops in flight that may give elements back */
    unsigned owned_count;
    struct model_owned owned[MODEL_POOL_RESERVE_MAX + 1];    /* the table comes last */
};

/* The pool owns what it has in reserve now, and nothing else, unless that is lent. */
void pools_sync(struct model *model, struct model_pool *pool);

/* An op that may give elements back begins, and ends. */
void pools_lend(struct model *model, struct model_pool *pool);
void pools_take_back(struct model *model, struct model_pool *pool);

/* True if the address is an element that the pool has in reserve now. */
bool pools_has(const struct model_pool *pool, const void *element);

/* True if the pool could hand out the live object: of the same source, and like a fresh one. */
bool pools_accepts(struct model *model, const struct model_pool *pool,
                   const struct model_object *object);

/* Objects of a cache that pools have in reserve. */
uint32_t pools_held(const struct model *model, const struct kmem_cache *cache);

/* True if a pool takes its elements from the cache of a slot. */
bool pools_rely_on(const struct model *model, unsigned cache);

/* A run ends: no pool owns anything. */
void pools_forget(struct model *model);

#endif
