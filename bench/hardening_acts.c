#include "bench/hardening_acts.h"

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/pages.h"
#include "allocator/base/params.h"
#include "allocator/cache/freelist.h"

enum { SIZE = 64, ASKED = 100 };

static void write_at(void *memory, ptrdiff_t offset)
{
    ((volatile unsigned char *)memory)[offset] ^= 0x10;
}

static void overflow_into_slack(struct hardening_stage *stage)
{
    stage->allocated = heap_alloc(stage->heap, ASKED, GFP_KERNEL);
    write_at(stage->allocated, ASKED);
}

static void overflow_behind_object(struct hardening_stage *stage)
{
    stage->object = kmem_cache_alloc(stage->cache, GFP_KERNEL);
    write_at(stage->object, SIZE);
}

/* Not before the slab, where nobody's memory begins. */
static void underflow(struct hardening_stage *stage)
{
    void *first = kmem_cache_alloc(stage->cache, GFP_KERNEL);
    void *second = kmem_cache_alloc(stage->cache, GFP_KERNEL);

    stage->object = first > second ? first : second;
    write_at(stage->object, -1);
}

static void *freed(struct hardening_stage *stage)
{
    void *object = kmem_cache_alloc(stage->cache, GFP_KERNEL);

    kmem_cache_free(stage->cache, object);
    return object;
}

/* Beside the link, wherever that is. */
static void write_after_free(struct hardening_stage *stage)
{
    write_at(freed(stage), 1);
}

static void write_to_free_page(struct hardening_stage *stage)
{
    struct page *page = heap_alloc_pages(stage->heap, GFP_KERNEL, 0);
    void *memory = heap_page_address(stage->heap, page);

    heap_free_pages(stage->heap, page, 0);
    write_at(memory, 100);
}

static void overwritten_link(struct hardening_stage *stage)
{
    write_at(freelist_slot(stage->cache, freed(stage)), 4);
}

static void double_free_at_once(struct hardening_stage *stage)
{
    kmem_cache_free(stage->cache, freed(stage));
}

static void double_free_later(struct hardening_stage *stage)
{
    void *first = kmem_cache_alloc(stage->cache, GFP_KERNEL);
    void *second = kmem_cache_alloc(stage->cache, GFP_KERNEL);

    kmem_cache_free(stage->cache, first);
    kmem_cache_free(stage->cache, second);
    kmem_cache_free(stage->cache, first);
}

static void double_free_of_pages(struct hardening_stage *stage)
{
    void *large = heap_alloc(stage->heap, 4 * KMALLOC_CACHE_SIZE_MAX, GFP_KERNEL);

    heap_free(stage->heap, large);
    heap_free(stage->heap, large);
}

static void wrong_cache(struct hardening_stage *stage)
{
    kmem_cache_free(stage->other, kmem_cache_alloc(stage->cache, GFP_KERNEL));
}

static void free_interior(struct hardening_stage *stage)
{
    unsigned char *object = kmem_cache_alloc(stage->cache, GFP_KERNEL);

    kmem_cache_free(stage->cache, object + 8);
}

static void free_interior_of_large(struct hardening_stage *stage)
{
    unsigned char *large = heap_alloc(stage->heap, 4 * KMALLOC_CACHE_SIZE_MAX, GFP_KERNEL);

    heap_free(stage->heap, large + PAGE_SIZE);
}

static void free_of_foreign_page(struct hardening_stage *stage)
{
    struct page *page = heap_alloc_pages(stage->heap, GFP_KERNEL, 0);

    heap_free(stage->heap, heap_page_address(stage->heap, page));
}

static void wrong_order(struct hardening_stage *stage)
{
    heap_free_pages(stage->heap, heap_alloc_pages(stage->heap, GFP_KERNEL, 1), 0);
}

static const struct {
    const char *name;
    void (*act)(struct hardening_stage *stage);
} acts[ACT_COUNT] = {
#define X(name) {#name, name},
    HARDENING_ACTS(X)
#undef X
};

const char *hardening_act_name(enum hardening_act act)
{
    return acts[act].name;
}

void hardening_act(enum hardening_act act, struct hardening_stage *stage)
{
    acts[act].act(stage);
}

void hardening_look(struct hardening_stage *stage)
{
    kmem_cache_validate(stage->cache);
    kmem_cache_validate(heap_kmalloc_cache(stage->heap, ASKED));
    kmem_cache_free(stage->cache, kmem_cache_alloc(stage->cache, GFP_KERNEL));
    if (stage->object != NULL) {
        kmem_cache_free(stage->cache, stage->object);
    }
    heap_free(stage->heap, stage->allocated);
    heap_alloc_pages(stage->heap, GFP_KERNEL, 0);
    kmem_cache_shrink(stage->cache);
}
