/*
 * Following the links of a freelist in a heap that marks live objects (cache/object_bits.h): what
 * a link leads to must be an object of the same slab, and none that somebody has.
 *
 * A list with a bad link ends before it. The objects behind it are never found again: they count
 * as used, so the slab stays, and none of them is handed out.
 */
#ifndef ALLOCATOR_SLUB_FOLLOW_H
#define ALLOCATOR_SLUB_FOLLOW_H

#include "allocator/base/report.h"
#include "allocator/cache/heap_state.h"

struct followed {
    object_ref_t next;    /* 0: the list ends */
    bool is_cut;          /* it ends because the link is bad */
};

/*
 * False where links are looked up and the slab is not known: NULL. A CPU's list comes before the
 * name of its slab, and who takes from it in between knows none.
 */
static inline bool follow_is_possible(const struct kmem_cache *cache, const struct slab *slab)
{
    return slab != NULL || !cache->knows_objects;
}

/*
 * The link of an object of a slab, which may be NULL in heaps that mark nothing: there nothing is
 * looked up. Of an object that another CPU may be using the answer is any; the caller's CAS fails
 * then. O(1); takes no lock.
 */
struct followed follow_link(const struct kmem_cache *cache, const struct slab *slab,
                            const void *object);

/* Reports the link of an object, at which a list was cut. */
void follow_report(const struct slab *slab, const void *object, enum report_stage stage,
                   uint64_t site);

#endif
