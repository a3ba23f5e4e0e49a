#include "allocator/slub/bulk.h"

#include "allocator/cache/freelist.h"
#include "allocator/slub/extension.h"
#include "allocator/slub/guarded.h"
#include "allocator/slub/nolock.h"
#include "allocator/slub/object_ready.h"
#include "allocator/slub/slow_path.h"

static void *take_one(struct kmem_cache *cache, gfp_t gfp, uint64_t site)
{
    size_t size = cache->layout.object_size;
    void *object = cache->is_guarded ? guarded_take(cache, size, gfp, site) : NULL;

    return object != NULL ? object : slub_take(cache, size, gfp, site);
}

size_t slub_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t count, void **objects,
                       uint64_t site)
{
    for (size_t taken = 0; taken < count; taken++) {
        objects[taken] = take_one(cache, gfp, site);
        if (objects[taken] == NULL) {
            slub_free_bulk(cache, taken, objects, site);
            return 0;
        }
    }
    return count;
}

/* How many strangers end the search for more objects of one slab. */
enum { LOOKAHEAD = 3 };

/*
 * Takes the final object of the array and, looking back, others of its slab; what is taken leaves a
 * NULL behind, so that nothing is freed twice whatever the order. The same object twice in a row
 * ends the chain, which it then heads. Returns how much of the array is left to look at.
 */
static size_t detach_chain(struct kmem_cache *cache, size_t count, void **objects,
                           struct slab *slab, struct object_chain *chain)
{
    size_t left = count - 1;
    unsigned strangers = 0;
    bool all_taken = true;

    *chain = (struct object_chain){objects[left], objects[left], 1};
    extension_uncharge(slab, objects[left]);
    object_take_back(cache, objects[left]);
    objects[left] = NULL;

    for (size_t i = left; i > 0 && strangers < LOOKAHEAD && objects[i - 1] != chain->head; i--) {
        void *object = objects[i - 1];

        if (object != NULL && slab_at(cache->heap, object) == slab) {
            extension_uncharge(slab, object);
            object_take_back(cache, object);
            freelist_set_next(cache, object, chain->head);
            chain->head = object;
            chain->count++;
            objects[i - 1] = NULL;
        } else if (object != NULL) {
            all_taken = false;
            strangers++;
        }
        left = all_taken ? i - 1 : left;
    }
    return left;
}

void slub_free_bulk(struct kmem_cache *cache, size_t count, void **objects, uint64_t site)
{
    nolock_drain_here(cache, site);
    while (count > 0) {
        void *object = objects[count - 1];
        bool is_guarded = guarded_contains(&cache->heap->guarded, object);
        struct slab *slab = is_guarded ? NULL : slow_find_slab(cache, object, site);

        if (is_guarded) {
            guarded_free(cache->heap, cache, object, site);
            count--;
        } else if (slab == NULL) {
            count--;
        } else if (cache->is_debug || cache->knows_objects) {
            slow_free_found(cache, slab, object, site);
            count--;
        } else {
            struct object_chain chain;

            count = detach_chain(cache, count, objects, slab, &chain);
            slub_free_chain(cache, slab, chain);
        }
    }
}
