#include "bench/pair_heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "allocator/api/heap.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/hardening/keyed_random.h"

enum { BED_FAILED = 3, PAGES = 1 << 14 };

static void *map_memory(void *context, enum map_use use, size_t size, size_t alignment)
{
    unsigned char *memory = mmap(NULL, size + alignment, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    (void)context;
    if (memory == MAP_FAILED) {
        return NULL;
    }
    memory = (unsigned char *)align_up((uintptr_t)memory, alignment);
    if (use == MAP_ARENA) {
        memory_hide(memory, size);
    }
    return memory;
}

/* The process ends with its benchmarks, and so do its mappings. */
static void unmap_memory(void *context, enum map_use use, void *memory, size_t size)
{
    (void)context;
    (void)use;
    (void)memory;
    (void)size;
}

static uint64_t choose(void *context, enum random_purpose purpose, uint64_t id, uint64_t ordinal)
{
    (void)context;
    return keyed_random(1, purpose, id, ordinal);
}

static void stop(void *context, const struct report *report)
{
    (void)context;
    fprintf(stderr, "unexpected report: %s\n", report_kind_headline(report->kind));
    exit(BED_FAILED);
}

static void panic(void *context, const char *cache_name, int error)
{
    (void)context;
    fprintf(stderr, "no cache %s: %d\n", cache_name, error);
    exit(BED_FAILED);
}

struct platform pair_platform(void)
{
    return (struct platform){
        .map = map_memory,
        .unmap = unmap_memory,
        .random = choose,
        .report = stop,
        .panic = panic,
    };
}

struct kmem_heap *pair_heap(const struct heap_config *config, const struct platform *platform)
{
    struct heap_config final = *config;

    final.page_count = PAGES;

    struct kmem_heap *heap = heap_create(&final, platform);

    if (heap == NULL) {
        panic(NULL, "pair", HEAP_ENOMEM);
    }
    return heap;
}

struct kmem_cache *pair_cache_of(struct kmem_heap *heap, const char *name, size_t size,
                                 unsigned flags)
{
    const struct cache_request request = {
        .name = name, .size = size, .flags = flags | SLAB_PANIC};
    struct kmem_cache *cache;

    heap_cache_create(heap, &request, &cache);
    return cache;
}

struct kmem_cache *pair_cache(size_t size, unsigned flags)
{
    const struct heap_config config = heap_config_default();
    const struct platform platform = pair_platform();

    return pair_cache_of(pair_heap(&config, &platform), "pair", size, flags);
}

void pair_run(struct kmem_cache *cache)
{
    kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
}

void pair_repeat(struct kmem_cache *cache, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
    }
}

void pair_run_many(struct kmem_cache *cache, void **objects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
    }
    for (size_t i = 0; i < count; i++) {
        kmem_cache_free(cache, objects[i]);
    }
}
