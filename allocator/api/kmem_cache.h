/*
 * Caches of equal objects. Functions that take a cache keep their kernel names.
 *
 * Any CPU may allocate from and free to a cache at any time, an interrupt handler included; create,
 * destroy, shrink and validate may run beside them, though not in a handler, but nobody may use a
 * cache while it is being destroyed, nor afterwards.
 * Objects are aligned to the cache's alignment, at least 8 bytes. Alloc and free cost O(1) on the
 * fast path, O(objects per slab) when a slab is made or checked.
 */
#ifndef ALLOCATOR_API_KMEM_CACHE_H
#define ALLOCATOR_API_KMEM_CACHE_H

#include <stddef.h>

#include "allocator/base/errors.h"
#include "allocator/base/flags.h"
#include "allocator/cache/request.h"
#include "allocator/slub/fast_path.h"

struct kmem_heap;
struct kmem_cache;

/*
 * Creates a cache; the heap's debug flags are added unless SLAB_NO_USER_FLAGS. The first slab is
 * made by the first allocation. On success *cache is set. HEAP_EINVAL: size, alignment or flags out
 * of range, no slab can hold such an object, or freeptr_offset is no place for a link: beyond the
 * object, not aligned to a word, or in a cache without constructor and SLAB_TYPESAFE_BY_RCU.
 * HEAP_ENOMEM: CACHE_MAX caches exist. On failure *cache is NULL, nothing changed, and with
 * SLAB_PANIC the platform is told first.
 *
 * A usercopy window that does not lie in the object is reported, and nothing may be copied then.
 * With config->name_checks a name that is taken, or holds a space, is reported; the cache is made.
 *
 * With config->merging, and without a quarantine, *cache may be a cache that exists: one whose
 * objects lie as far apart and are aligned as well, without debug flags, constructor, window or
 * flags that forbid it, and that wants the same kind of pages. Objects of either may be freed to
 * both, each creator destroys it once, and kmem_cache_size() is the largest size asked for. If a
 * larger one is asked for, nobody may be using the cache meanwhile. O(CACHE_MAX); takes
 * heap->registry_lock.
 */
int heap_cache_create(struct kmem_heap *heap, const struct cache_request *request,
                      struct kmem_cache **cache);

/*
 * Destroys a cache, unless somebody else created it, too: every slab goes back to the page layer
 * and the descriptor is free for reuse.
 *
 * Objects that were never freed are reported, one OBJECTS_REMAINING each, and with them free ones
 * that corruption took off their freelist: nobody can tell them apart. Then HEAP_EBUSY is returned
 * and the cache stays for good, with the slabs those objects lie in, so that the memory users still
 * hold is never handed out again. It keeps its descriptor, takes no more requests, and its objects
 * must not be freed. NULL is 0. A kmalloc cache is refused with HEAP_EINVAL. What was given to
 * heap_free_rcu() before is free already: readers are waited for, so not to be called in a section.
 * O(slabs); takes registry_lock, cpu->lock, node->lock.
 */
int kmem_cache_destroy(struct kmem_cache *cache);

/* kmem_cache_alloc() with __GFP_ZERO. That call and kmem_cache_free() are in fast_path.h. */
void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp);

/*
 * The same for a context that may have interrupted anything on its CPU, a lock holder included:
 * neither takes a lock or waits. Any object may be freed by either kind of call.
 *
 * kmem_cache_alloc_nolock gives an object that the CPU has at hand, or NULL: often, and always from
 * a cache with debug flags. kmem_cache_free_nolock may put the free off, for the next call on this
 * CPU that the fast path cannot serve; flushing the CPU, shrinking, validating and destroying the
 * cache do what was put off. Until then the object counts as used, and the checks that find damage
 * to it are not done. No cache is validated while an object of it is being freed so.
 */
void *kmem_cache_alloc_nolock(struct kmem_cache *cache);
void kmem_cache_free_nolock(struct kmem_cache *cache, void *object);

/*
 * Allocates count objects, all or none: returns count, or 0 with objects[] unspecified.
 * kmem_cache_free_bulk frees count objects of this cache; NULL entries are skipped, and objects[]
 * is consumed. heap_free_bulk() frees objects of any cache.
 */
size_t kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t count, void **objects);
void kmem_cache_free_bulk(struct kmem_cache *cache, size_t count, void **objects);

/*
 * Returns the cache's empty slabs, those held by CPUs included, to the page layer and sorts the
 * partial ones fullest first. 0 if no slab is left, 1 if some are. O(slabs).
 */
int kmem_cache_shrink(struct kmem_cache *cache);

/*
 * Takes the slabs that one CPU holds back to the node; cpu < config->cpu_count. O(slabs held).
 * Takes cpu->lock, node->lock, zone->lock.
 */
void kmem_cache_flush_cpu(struct kmem_cache *cache, unsigned cpu);

/*
 * Lets go of the freed objects of a cache that config->quarantine_bytes holds back; shrinking,
 * flushing and destroying do that too. O(such objects). Takes cpu->lock, node->lock, zone->lock.
 */
void kmem_cache_quarantine_purge(struct kmem_cache *cache);

/* Bytes of an object, as asked for at creation. */
size_t kmem_cache_size(const struct kmem_cache *cache);

/*
 * Checks the slabs of a cache with debug flags that are on a list, and all of their objects; each
 * damage is reported and repaired. Full slabs are listed with SLAB_STORE_USER alone, and isolated
 * ones never. Returns the number of slabs checked, or HEAP_EINVAL for a cache without debug flags.
 * O(objects); takes node->lock.
 */
int kmem_cache_validate(struct kmem_cache *cache);

#endif
