#include "allocator/api/linux_api.h"

#include "allocator/api/describe.h"
#include "allocator/api/kmalloc_at.h"
#include "allocator/base/compiler.h"

static _Thread_local struct kmem_heap *current_heap;

void linux_api_bind(struct kmem_heap *heap)
{
    current_heap = heap;
}

struct kmem_heap *linux_api_heap(void)
{
    return current_heap;
}

static struct kmem_cache *create(const struct cache_request *request)
{
    struct kmem_cache *cache;

    heap_cache_create(current_heap, request, &cache);
    return cache;
}

struct kmem_cache *kmem_cache_create_args(const char *name, size_t size,
                                          const struct kmem_cache_args *args, slab_flags_t flags)
{
    static const struct kmem_cache_args none;
    const struct kmem_cache_args *given = args != NULL ? args : &none;

    return create(&(struct cache_request){
        .name = name,
        .size = size,
        .align = given->align,
        .flags = flags,
        .ctor = given->ctor,
        .useroffset = given->useroffset,
        .usersize = given->usersize,
        .use_freeptr_offset = given->use_freeptr_offset,
        .freeptr_offset = given->freeptr_offset,
    });
}

struct kmem_cache *kmem_cache_create_aligned(const char *name, size_t size, size_t align,
                                             slab_flags_t flags, void (*ctor)(void *object))
{
    return kmem_cache_create_usercopy(name, size, align, flags, 0, 0, ctor);
}

struct kmem_cache *kmem_cache_create_default(const char *name, size_t size, const void *args,
                                             slab_flags_t flags)
{
    return args == NULL ? kmem_cache_create_args(name, size, NULL, flags) : NULL;
}

struct kmem_cache *kmem_cache_create_usercopy(const char *name, size_t size, size_t align,
                                              slab_flags_t flags, size_t useroffset,
                                              size_t usersize, void (*ctor)(void *object))
{
    return create(&(struct cache_request){
        .name = name,
        .size = size,
        .align = align,
        .flags = flags,
        .ctor = ctor,
        .useroffset = useroffset,
        .usersize = usersize,
    });
}

bool check_object_size(const void *object, size_t size)
{
    return heap_check_usercopy(current_heap, object, size);
}

NO_INLINE void *kmalloc(size_t size, gfp_t gfp)
{
    return kmalloc_at(current_heap, size, gfp, world_site(RETURN_ADDRESS()));
}

NO_INLINE void *kzalloc(size_t size, gfp_t gfp)
{
    return kmalloc_at(current_heap, size, gfp | __GFP_ZERO, world_site(RETURN_ADDRESS()));
}

NO_INLINE void *kcalloc(size_t count, size_t size, gfp_t gfp)
{
    return kmalloc_array_at(current_heap, count, size, gfp | __GFP_ZERO,
                            world_site(RETURN_ADDRESS()));
}

NO_INLINE void *kmalloc_array(size_t count, size_t size, gfp_t gfp)
{
    return kmalloc_array_at(current_heap, count, size, gfp, world_site(RETURN_ADDRESS()));
}

NO_INLINE void *krealloc(const void *object, size_t size, gfp_t gfp)
{
    return krealloc_at(current_heap, (void *)(uintptr_t)object,
                       (struct resize_request){size, 1, gfp, world_site(RETURN_ADDRESS())});
}

NO_INLINE void *krealloc_array(void *object, size_t count, size_t size, gfp_t gfp)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total)) {
        return NULL;
    }
    return krealloc_at(current_heap, object,
                       (struct resize_request){total, 1, gfp, world_site(RETURN_ADDRESS())});
}

void *kmalloc_node(size_t size, gfp_t gfp, int node)
{
    return heap_alloc_node(current_heap, size, gfp, node);
}

void *kmalloc_nolock(size_t size, gfp_t gfp)
{
    return heap_alloc_nolock(current_heap, size, gfp);
}

void kfree_nolock(const void *object)
{
    heap_free_nolock(current_heap, (void *)(uintptr_t)object);
}

void kfree_sensitive(const void *object)
{
    heap_free_sensitive(current_heap, (void *)(uintptr_t)object);
}

size_t kmalloc_size_roundup(size_t size)
{
    return heap_size_roundup(current_heap, size);
}

NO_INLINE void kfree(const void *object)
{
    kfree_at(current_heap, (void *)(uintptr_t)object, world_site(RETURN_ADDRESS()));
}

NO_INLINE void kfree_bulk(size_t count, void **objects)
{
    kfree_bulk_at(current_heap, count, objects, world_site(RETURN_ADDRESS()));
}

size_t ksize(const void *object)
{
    return heap_usable_size(current_heap, object);
}

bool kmem_valid_obj(const void *object)
{
    return heap_valid_obj(current_heap, object);
}

bool kmem_dump_obj(const void *object)
{
    return heap_dump(current_heap, object);
}

struct kmem_buckets *kmem_buckets_create(const char *name, slab_flags_t flags,
                                         unsigned useroffset, unsigned usersize,
                                         void (*ctor)(void *object))
{
    const struct kmem_buckets_args args = {flags, useroffset, usersize, ctor};
    struct kmem_buckets *buckets = kzalloc(sizeof(*buckets), GFP_KERNEL);

    if (buckets != NULL && heap_buckets_create(current_heap, name, &args, buckets) != 0) {
        kfree(buckets);
        buckets = NULL;
    }
    return buckets;
}

NO_INLINE void *kmem_buckets_alloc(const struct kmem_buckets *buckets, size_t size, gfp_t gfp)
{
    return buckets_alloc_at(buckets, size, gfp, world_site(RETURN_ADDRESS()));
}

int kmem_buckets_destroy(struct kmem_buckets *buckets)
{
    int result = heap_buckets_destroy(buckets);

    kfree(buckets);
    return result;
}

NO_INLINE void *kvmalloc(size_t size, gfp_t gfp)
{
    return kvmalloc_at(current_heap, size, gfp, world_site(RETURN_ADDRESS()));
}

NO_INLINE void *kvzalloc(size_t size, gfp_t gfp)
{
    return kvmalloc_at(current_heap, size, gfp | __GFP_ZERO, world_site(RETURN_ADDRESS()));
}

NO_INLINE void *kvmalloc_array(size_t count, size_t size, gfp_t gfp)
{
    return kvmalloc_array_at(current_heap, count, size, gfp, world_site(RETURN_ADDRESS()));
}

NO_INLINE void *kvcalloc(size_t count, size_t size, gfp_t gfp)
{
    return kvmalloc_array_at(current_heap, count, size, gfp | __GFP_ZERO,
                             world_site(RETURN_ADDRESS()));
}

NO_INLINE void *kvrealloc(const void *object, size_t size, gfp_t gfp)
{
    return kvrealloc_at(current_heap, (void *)(uintptr_t)object,
                        (struct resize_request){size, 1, gfp, world_site(RETURN_ADDRESS())});
}

NO_INLINE void kvfree(const void *object)
{
    kvfree_at(current_heap, (void *)(uintptr_t)object, world_site(RETURN_ADDRESS()));
}

static struct mempool *create_pool(struct mempool_source source, unsigned wanted_count)
{
    struct mempool *pool = kmalloc(sizeof(*pool), GFP_KERNEL);

    if (pool != NULL &&
        heap_mempool_init(current_heap, &source, wanted_count, pool) != HEAP_OK) {
        kfree(pool);
        pool = NULL;
    }
    return pool;
}

struct mempool *mempool_create_slab_pool(unsigned wanted_count, struct kmem_cache *cache)
{
    return create_pool((struct mempool_source){.kind = MEMPOOL_CACHE, .cache = cache},
                       wanted_count);
}

struct mempool *mempool_create_kmalloc_pool(unsigned wanted_count, size_t size)
{
    return create_pool((struct mempool_source){.kind = MEMPOOL_KMALLOC, .size = size},
                       wanted_count);
}

struct mempool *mempool_create_page_pool(unsigned wanted_count, unsigned order)
{
    return create_pool((struct mempool_source){.kind = MEMPOOL_PAGES, .order = order},
                       wanted_count);
}

void mempool_destroy(struct mempool *pool)
{
    if (pool != NULL) {
        mempool_exit(pool);
        kfree(pool);
    }
}

void rcu_read_lock(void)
{
    heap_rcu_read_lock(current_heap);
}

void rcu_read_unlock(void)
{
    heap_rcu_read_unlock(current_heap);
}

void kfree_rcu_mightsleep(void *object)
{
    heap_free_rcu(current_heap, object);
}

void kvfree_rcu_barrier(void)
{
    heap_rcu_barrier(current_heap);
}
