#include "allocator/slub/extension.h"

#include "allocator/base/bits.h"
#include "allocator/base/raw.h"
#include "allocator/page/page_alloc.h"
#include "allocator/slub/slub.h"

bool extension_is_due(const struct kmem_cache *cache, gfp_t gfp)
{
    return cache->extends_objects &&
           ((gfp & __GFP_ACCOUNT) != 0 || (cache->flags & SLAB_ACCOUNT) != 0) &&
           world_load(&cache->heap->accounting_is_off) == 0;
}

static size_t vector_size(const struct slab *slab)
{
    return slab_state(slab).object_count * sizeof(uint64_t);
}

/* The normal kmalloc cache of a size, or NULL. */
static struct kmem_cache *vector_cache(struct kmem_heap *heap, size_t size)
{
    for (unsigned index = 0; index < KMALLOC_CACHE_COUNT; index++) {
        struct kmem_cache *cache = *kmalloc_cache_of(heap, KMALLOC_NORMAL, index);

        if (cache->layout.object_size >= size) {
            return cache;
        }
    }
    return NULL;
}

static void *take_pages(struct kmem_heap *heap, size_t size)
{
    struct page *page = page_alloc(&heap->memory, order_for_size(size), 0, PAGE_LARGE);

    if (page == NULL) {
        return NULL;
    }
    page->object_size = size;
    return memory_address(&heap->memory, page);
}

/* Memory for the vector of a slab, which no user may touch. */
static uint64_t *take_vector(struct slab *slab, uint64_t site)
{
    struct kmem_heap *heap = slab->cache->heap;
    size_t size = vector_size(slab);
    struct kmem_cache *cache = vector_cache(heap, size);
    void *vector =
        cache != NULL ? slub_take(cache, size, GFP_KERNEL, site) : take_pages(heap, size);

    if (vector != NULL) {
        raw_fill(vector, size, 0);
    }
    return vector;
}

static void free_vector(struct kmem_heap *heap, uint64_t *vector, uint64_t site)
{
    struct page *head = memory_head_at(&heap->memory, vector);

    if (page_state(head).kind == PAGE_SLAB) {
        slub_free(slab_of_page(heap, head)->cache, vector, site);
        return;
    }
    head->object_size = 0;
    page_free(&heap->memory, head, page_state(head).order, PAGE_LARGE);
}

static uint64_t *find_vector(const struct slab *slab)
{
    return (uint64_t *)(uintptr_t)world_load(&slab->extensions);
}

/* Makes one, unless another CPU was faster: then that one is the slab's. */
static uint64_t *make_vector(struct slab *slab, uint64_t site)
{
    uint64_t *vector = take_vector(slab, site);
    uint64_t published = 0;

    if (vector == NULL) {
        return find_vector(slab);
    }
    if (world_cas(&slab->extensions, &published, (uintptr_t)vector)) {
        return vector;
    }
    free_vector(slab->cache->heap, vector, site);
    return (uint64_t *)(uintptr_t)published;
}

static uint64_t *word_of(const struct slab *slab, uint64_t *vector, const void *object)
{
    size_t offset = (size_t)((uintptr_t)object - (uintptr_t)slab_object(slab, 0));

    return &vector[offset / slab->cache->layout.stride];
}

static bool try_add(struct heap_account *account, uint64_t bytes)
{
    uint64_t charged = world_load(&account->charged);
    uint64_t limit;

    do {
        limit = world_load(&account->limit);
        if (limit != 0 && charged + bytes > limit) {
            return false;
        }
    } while (!world_cas(&account->charged, &charged, charged + bytes));
    return true;
}

static void subtract(struct heap_account *account, uint64_t bytes)
{
    uint64_t charged = world_load(&account->charged);

    while (!world_cas(&account->charged, &charged, charged - bytes)) {
    }
}

bool extension_charge(struct slab *slab, const void *object, uint64_t site)
{
    struct kmem_heap *heap = slab->cache->heap;
    uint64_t *vector = find_vector(slab);

    if (vector == NULL) {
        vector = make_vector(slab, site);
    }
    if (vector == NULL) {
        return false;
    }

    uint64_t *word = word_of(slab, vector, object);

    if (raw_load_word(word) != 0) {
        return true;
    }

    uint64_t number = world_load(&heap->cpu_accounts[world_cpu()]);

    raw_store_word(word, number + 1);
    if (!try_add(&heap->accounts[number], slab->cache->layout.stride)) {
        raw_store_word(word, 0);
        return false;
    }
    return true;
}

void extension_uncharge(const struct slab *slab, const void *object)
{
    uint64_t *vector = find_vector(slab);
    uint64_t *word = vector != NULL ? word_of(slab, vector, object) : NULL;
    uint64_t owner = word != NULL ? raw_load_word(word) : 0;

    if (owner != 0) {
        raw_store_word(word, 0);
        subtract(&slab->cache->heap->accounts[owner - 1], slab->cache->layout.stride);
    }
}

void extension_discard(struct slab *slab)
{
    uint64_t *vector = find_vector(slab);

    if (vector != NULL) {
        world_store(&slab->extensions, 0);
        free_vector(slab->cache->heap, vector, world_site(RETURN_ADDRESS()));
    }
}
