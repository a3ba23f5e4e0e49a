#include "allocator/api/kmalloc_caches.h"

#include "allocator/base/bits.h"
#include "allocator/cache/registry.h"
#include "allocator/hardening/call_site.h"

static const struct {
    size_t size;
    const char *name;
} sizes[KMALLOC_CACHE_COUNT] = {
    {8, "8"},     {16, "16"},   {32, "32"},   {64, "64"},   {96, "96"},   {128, "128"},
    {192, "192"}, {256, "256"}, {512, "512"}, {1024, "1k"}, {2048, "2k"}, {4096, "4k"},
    {8192, "8k"},
};

/* How all caches of one type begin their names, and what else sets them apart. */
struct family {
    enum kmalloc_type type;
    const char *prefix;
    slab_flags_t flags;
};

/* What kmalloc can be asked for besides a size; the first that is, and that exists, decides. */
static const struct {
    gfp_t gfp;
    struct family family;
} families[] = {
    {__GFP_DMA, {KMALLOC_DMA, "dma-kmalloc-", SLAB_CACHE_DMA}},
    {__GFP_RECLAIMABLE, {KMALLOC_RECLAIM, "kmalloc-rcl-", SLAB_RECLAIM_ACCOUNT}},
    {__GFP_ACCOUNT, {KMALLOC_CGROUP, "kmalloc-cg-", SLAB_ACCOUNT}},
};

enum { FAMILY_COUNT = sizeof(families) / sizeof(families[0]) };

/* Index by (size - 1) / 8 up to 192 bytes, where two classes are no powers of two. */
static const unsigned char small_index[KMALLOC_SMALL_MAX / WORD_SIZE] = {
    0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6,
};

unsigned kmalloc_cache_index(size_t size)
{
    enum { INDEX_OF_256 = 7, LOG2_OF_256 = 8 };

    if (size <= KMALLOC_SMALL_MAX) {
        return small_index[(size - 1) / WORD_SIZE];
    }
    return log2_ceil(size) - LOG2_OF_256 + INDEX_OF_256;
}

size_t kmalloc_class_size(unsigned index)
{
    return sizes[index].size;
}

/* A power of two is aligned to itself, another size to the largest power of two that divides it. */
static size_t natural_alignment(size_t size)
{
    return size & (~size + 1);
}

bool kmalloc_class_exists(const struct kmem_heap *heap, unsigned index)
{
    return natural_alignment(sizes[index].size) >> heap->config.kmalloc_align_log2 != 0;
}

/* Accounted memory has caches of its own where accounts are kept, too: slub/extension.h. */
static bool family_exists(const struct kmem_heap *heap, unsigned index)
{
    return heap->config.kmalloc_families ||
           (heap->config.object_extensions && families[index].family.type == KMALLOC_CGROUP);
}

enum kmalloc_type kmalloc_type_at(const struct kmem_heap *heap, gfp_t gfp, uint64_t site)
{
    bool is_special = false;

    for (unsigned i = 0; i < FAMILY_COUNT; i++) {
        if ((gfp & families[i].gfp) != 0) {
            is_special = true;
            if (family_exists(heap, i)) {
                return families[i].family.type;
            }
        }
    }
    if (is_special || heap->config.kmalloc_copies == 0) {
        return KMALLOC_NORMAL;
    }
    return (enum kmalloc_type)(KMALLOC_NORMAL + call_site_pool(site, heap->kmalloc_seed,
                                                               heap->config.kmalloc_copies + 1));
}

size_t kmalloc_class_align(unsigned index)
{
    return natural_alignment(sizes[index].size);
}

/* Appends as much as there is room for. */
static size_t append(struct kmalloc_name *name, size_t length, const char *source)
{
    while (*source != '\0' && length + 1 < sizeof(name->text)) {
        name->text[length++] = *source++;
    }
    name->text[length] = '\0';
    return length;
}

const char *kmalloc_name_class(struct kmalloc_name *name, const char *prefix,
                               const char *separator, unsigned index)
{
    size_t length = append(name, append(name, 0, prefix), separator);

    append(name, length, sizes[index].name);
    return name->text;
}

static void create_cache(struct kmem_heap *heap, const struct family *family, unsigned index)
{
    struct kmalloc_name name;
    const struct cache_request request = {
        .name = kmalloc_name_class(&name, family->prefix, "", index),
        .size = sizes[index].size,
        .align = natural_alignment(sizes[index].size),
        .flags = SLAB_KMALLOC | family->flags | heap->config.debug_flags,
        .usersize = sizes[index].size,
    };

    registry_add(heap, &request, kmalloc_cache_of(heap, family->type, index));
}

/* A size that does not exist is served by the next one. */
static void create_family(struct kmem_heap *heap, const struct family *family)
{
    for (unsigned index = 0; index < KMALLOC_CACHE_COUNT; index++) {
        if (kmalloc_class_exists(heap, index)) {
            create_cache(heap, family, index);
        }
    }
    for (unsigned index = KMALLOC_CACHE_COUNT - 1; index > 0; index--) {
        if (!kmalloc_class_exists(heap, index - 1)) {
            *kmalloc_cache_of(heap, family->type, index - 1) =
                *kmalloc_cache_of(heap, family->type, index);
        }
    }
}

static void create_copy(struct kmem_heap *heap, unsigned number)
{
    enum { TENS = sizeof("kmalloc-rnd-") - 1 };
    char prefix[] = "kmalloc-rnd-00-";
    const struct family copy = {(enum kmalloc_type)(KMALLOC_NORMAL + number), prefix,
                                SLAB_NO_MERGE};

    prefix[TENS] = (char)('0' + number / 10);
    prefix[TENS + 1] = (char)('0' + number % 10);
    create_family(heap, &copy);
}

void kmalloc_caches_create(struct kmem_heap *heap)
{
    static const struct family normal = {KMALLOC_NORMAL, "kmalloc-", 0};
    const struct platform *platform = &heap->platform;

    heap->kmalloc_seed = platform->random(platform->context, RANDOM_KMALLOC_SEED, 0, 0);
    create_family(heap, &normal);
    for (unsigned number = 1; number <= heap->config.kmalloc_copies; number++) {
        create_copy(heap, number);
    }
    for (unsigned i = 0; i < FAMILY_COUNT; i++) {
        if (family_exists(heap, i)) {
            create_family(heap, &families[i].family);
        }
    }
}
