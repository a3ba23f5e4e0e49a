/*
 * The shadow model: what the users of a heap own, and what they may expect.
 *
 * An obviously right reference. It is told what was asked for and what came back (compare.h judges
 * that), and remembers for each slot of the program which bytes it owns and what they hold. It
 * predicts nothing: any legal pointer is accepted.
 *
 *     EMPTY --own--> LIVE --release--> STALE --own--> LIVE
 *                         --isolate--> STALE, and the bytes belong to no slot any more
 *                         --strand---> LOST: the cache could not be destroyed
 *
 * What the allocator keeps on purpose after a misuse is isolated: its bytes stay owned, so they may
 * not be handed out again, but nobody expects contents of them, and they are no leak. The same goes
 * for objects of a cache that was to be destroyed while they lived; their slots are of no use.
 *
 * While an op is in flight and others run, its slots are busy: nobody else uses them. What it frees
 * is nobody's from the start of the call, what it allocates is its own from the end.
 *
 * A model belongs to one run after the other; beginning the next costs what the last one used.
 */
#ifndef SANITIZERS_MODEL_H
#define SANITIZERS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/api/buckets.h"
#include "allocator/base/compiler.h"
#include "allocator/base/params.h"
#include "sanitizers/charges.h"
#include "sanitizers/fragments.h"
#include "sanitizers/model_moment.h"
#include "sanitizers/model_object.h"
#include "sanitizers/model_pools.h"
#include "sanitizers/model_rules.h"
#include "sanitizers/ownership.h"

struct kmem_heap;

enum {
    MODEL_OBJECT_COUNT = 1 << 22,    /* object slots */
    MODEL_CACHE_COUNT = 32,          /* cache slots */
    MODEL_BUCKETS_COUNT = 2,         /* sets of buckets */
    MODEL_ISOLATED_MAX = 1 << 15,    /* objects isolated in a run */
};

/* Owners of bytes besides slots: 1 is slot 0. */
enum { OWNER_KEPT = MODEL_OBJECT_COUNT + 1, OWNER_CUT_OFF, OWNER_POOL };

/* An object that the allocator keeps for good. */
struct model_isolated {
    unsigned char *address;
    uint32_t size;
};

struct model {
    /* Made once. */
    struct ownership ownership;
    struct model_object *objects;    /* MODEL_OBJECT_COUNT */
    uint32_t *used;                  /* slots that were ever live in this run */
    struct content_table table;

    /* Of this run. */
    const struct kmem_heap *heap;
    bool has_traced;                 /* caches with SLAB_TRACE, now or before */
    bool is_judging;                 /* false: slots are kept, but no bytes looked at */
    uint32_t used_count;
    uint32_t isolated_count;
    uint32_t nodes_back;             /* nodes that were ever brought back online, a bit each */
    uint32_t cache_total;            /* caches of the heap, kmalloc's and kept ones included */
    uint32_t step;
    struct model_cache caches[MODEL_CACHE_COUNT];
    struct model_isolated isolated[MODEL_ISOLATED_MAX];
    struct charges charges;
    struct fragments fragments;
    struct kmem_buckets buckets[MODEL_BUCKETS_COUNT];    /* heap NULL: there is no such set */
    struct kmem_buckets_args bucket_args[MODEL_BUCKETS_COUNT];
    uint32_t bucket_ctor_sizes[MODEL_BUCKETS_COUNT];     /* bytes left as made; 0: not of all */
    struct model_pool pools[MODEL_POOL_COUNT];
    struct model_moment before;      /* the step */
    unsigned char blocks_before[PAGE_COUNT_MAX / 2 + 1];    /* compare_blocks_before() */
    bool had_pages_at_hand;                                 /* some CPU, then */
    bool is_shared;                  /* other ops were in flight during the step */

    /* The first broken rule of this run. */
    enum model_rule violation;       /* MODEL_RULE_COUNT: none */
    const void *subject;             /* object, byte or cache concerned */
};

/* NULL if there is no memory. */
struct model *model_create(void);
void model_destroy(struct model *model);

/* Forgets the last run, O(what it used), and turns to a new heap. Not to judge shows the cost. */
void model_begin(struct model *model, const struct kmem_heap *heap, bool is_judging);

/* Notes a violation unless there is one already. Returns condition; true if nobody judges. */
static inline bool model_expect(struct model *model, bool condition, enum model_rule rule,
                                const void *subject)
{
    if (!model->is_judging) {
        return true;
    }
    if (compiler_unlikely(!condition) && model->violation == MODEL_RULE_COUNT) {
        model->violation = rule;
        model->subject = subject;
    }
    return condition;
}

/* slot < MODEL_OBJECT_COUNT. */
static inline struct model_object *model_object(struct model *model, uint32_t slot)
{
    return &model->objects[slot];
}

static inline uint32_t model_slot(const struct model *model, const struct model_object *object)
{
    return (uint32_t)(object - model->objects);
}

static inline bool model_is_live(const struct model_object *object)
{
    return object->state == MODEL_LIVE;
}

/* The cache an object came from, or NULL if that is no more, or the object is of another kind. */
struct model_cache *model_cache_of(struct model *model, const struct model_object *object);
const struct model_cache *model_find_cache(const struct model *model,
                                           const struct model_object *object);

/*
 * Makes a slot that is not live the owner of [address, address + size); the other fields are taken
 * from *object. False, and OBJECT_OWNED_ONCE violated, if somebody owns one of the bytes.
 */
bool model_own(struct model *model, uint32_t slot, const struct model_object *object);

/* The live object gets other bytes; its content is left to the caller. As model_own(). */
bool model_resize(struct model *model, struct model_object *object, unsigned char *address,
                  size_t size);

/*
 * A resize of a live object begins, during which its bytes may become anybody's; model_resize() or
 * model_release() end that, or model_take_back(), which is as model_own().
 */
void model_lend(struct model *model, struct model_object *object);
bool model_take_back(struct model *model, struct model_object *object);

/* The user gave the object back. */
void model_release(struct model *model, struct model_object *object, unsigned cpu);

/*
 * The user gave the object back, and the allocator kept it. model_can_isolate(model, 1) holds.
 */
void model_isolate(struct model *model, struct model_object *object, unsigned cpu);

/* The same of what is no slot's: an object of a cache, of a slot or not, that a pool had. */
void model_keep(struct model *model, const struct kmem_cache *handle, unsigned char *address,
                size_t size);

/*
 * The allocator lost sight of a free object for good: it was cut off its freelist. handle is its
 * cache, of a slot or not. The same holds.
 */
void model_cut_off(struct model *model, const struct kmem_cache *handle, unsigned char *address,
                   size_t size);

static inline bool model_can_isolate(const struct model *model, uint32_t count)
{
    return count <= MODEL_ISOLATED_MAX - model->isolated_count;
}

/* Another slot with the same cache, or NULL. */
struct model_cache *model_find_alias(struct model *model, const struct model_cache *cache);

/* The objects of one slot's cache belong to another slot's, which is the same. O(slots). */
void model_move_objects(struct model *model, struct model_cache *from, struct model_cache *to);

/* The cache in a slot could not be destroyed: its objects are lost, the slot is empty. O(slots). */
void model_strand(struct model *model, struct model_cache *cache);

/*
 * True if somebody owns the byte, which the arena covers; if it belongs to an object that was given
 * back and kept; if to one that was cut off.
 */
bool model_is_owned(const struct model *model, const void *byte);
bool model_is_kept(const struct model *model, const void *byte);
bool model_is_cut_off(const struct model *model, const void *byte);

/* Writes a new pattern over a live object. */
void model_fill(struct model *model, struct model_object *object, uint64_t key);

#endif
