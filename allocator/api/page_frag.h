/*
 * Page fragments: pieces of a run, for users who want many, small, and for a short time.
 *
 *     run of 8 pages, or of 1    | left to cut       | third | second  | first |
 *                                0                   ^ left                    size
 *
 * A run is cut from its end down. Each fragment holds a reference of it (page_ref.h); the cache has
 * those of all that it may still cut, and one of its own, so that cutting a piece changes no word
 * that others look at. A run in which nothing fits any more is let go of: if nobody else holds it,
 * it is cut once more from its end, else its last fragment frees it.
 *
 * What was had from the reserves, with __GFP_MEMALLOC, is not cut a second time: others may need it
 * more by then. Nor is a single page for what does not fit into it.
 *
 * A fragment begins a cache line, and has all of it: two users never write the same one. Freeing
 * one does not hide it from instrumented users before its run is freed, or cut once more: how long
 * it was is not known.
 *
 * A cache is one user's at a time; fragments may be freed anywhere. One that is freed twice takes a
 * reference from somebody else. That is reported (BAD_PAGE_FREE) where it can be told: by the free
 * that finds no run any more, and by the cache, when it lets go of more references than there are.
 */
#ifndef ALLOCATOR_API_PAGE_FRAG_H
#define ALLOCATOR_API_PAGE_FRAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/base/flags.h"
#include "allocator/base/params.h"

struct kmem_heap;
struct page;

enum {
    PAGE_FRAG_ORDER = 3,                                /* of a run, if there is one */
    PAGE_FRAG_SIZE_MAX = PAGE_SIZE << PAGE_FRAG_ORDER,
    PAGE_FRAG_ALIGN = CACHE_LINE_SIZE,
};

struct page_frag_cache {
    struct kmem_heap *heap;
    struct page *head;       /* of the run that is cut; NULL: none */
    uint32_t size;           /* bytes of that run */
    uint32_t left;           /* bytes of it that were not cut yet */
    uint32_t references;     /* of the run that are the cache's */
    bool is_reserve;         /* the run is not to be cut again */
};

/* Makes a cache without a run. heap outlives it. */
void page_frag_cache_init(struct page_frag_cache *cache, struct kmem_heap *heap);

/*
 * Cuts size bytes at a multiple of align, a power of two up to PAGE_SIZE. __GFP_ZERO: they read
 * zero. NULL if size is 0 or above PAGE_FRAG_SIZE_MAX, or there are no pages. Takes zone->lock if a
 * new run is needed.
 */
void *page_frag_alloc_align(struct page_frag_cache *cache, size_t size, gfp_t gfp, size_t align);

static inline void *page_frag_alloc(struct page_frag_cache *cache, size_t size, gfp_t gfp)
{
    return page_frag_alloc_align(cache, size, gfp, 1);
}

/* Frees a fragment of any cache of the heap. */
void heap_page_frag_free(struct kmem_heap *heap, void *fragment);

/* The cache lets go of its run; fragments stay what they are. */
void page_frag_cache_drain(struct page_frag_cache *cache);

#endif
