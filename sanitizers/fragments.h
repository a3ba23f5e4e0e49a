/*
 * Page fragments as the shadow model knows them: how many of each run are live, and what a call on
 * a cache of fragments may have done to the runs. An op in flight has its cache for itself.
 */
#ifndef SANITIZERS_FRAGMENTS_H
#define SANITIZERS_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/api/page_frag.h"

struct compare_request;
struct kmem_heap;
struct model;
struct model_object;

enum { FRAGMENT_CACHE_COUNT = 2 };

struct fragments {
    struct page_frag_cache caches[FRAGMENT_CACHE_COUNT];
    bool is_busy[FRAGMENT_CACHE_COUNT];    /* an op in flight works on it */
    uint32_t *live;                        /* fragments of the run that each frame heads */
};

/* False if there is no address space. */
bool fragments_init(struct fragments *fragments);
void fragments_fini(struct fragments *fragments);

/* No fragment is live, and no cache has a run: they are to be initialised before they are used. */
void fragments_begin(struct fragments *fragments);

/* A live slot is one more fragment of its run; or one less: nothing for any other slot. */
void fragments_join(struct model *model, struct model_object *object);
void fragments_leave(struct model *model, struct model_object *object);

/* What somebody asked of a cache, and what that had before and after. */
struct fragments_call {
    unsigned set;                     /* number of the cache */
    struct page_frag_cache before;
    size_t size;                      /* bytes of each */
    size_t align;
    gfp_t gfp;
    uint32_t count;                   /* fragments asked for */
    uint32_t taken;                   /* and had */
    const unsigned char *last;        /* of them, or NULL */
};

struct compare_request fragments_request(const struct model *model,
                                         const struct fragments_call *call);

/* Pieces of these bytes lie in one run of somebody's. */
bool fragments_are_inside(const struct kmem_heap *heap, const void *first, size_t size);

/*
 * Judges the cache and its runs, after the fragments had were joined: FRAGMENT_IS_CUT, RUN_IS_HELD,
 * WATERMARK_KEPT.
 */
bool fragments_compare(struct model *model, const struct fragments_call *call);

/* The run of a fragment that was freed, or of a cache that was drained, lives while it is held. */
bool fragments_compare_run(struct model *model, const void *address);

#endif
