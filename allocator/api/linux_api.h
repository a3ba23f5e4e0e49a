/*
 * Kernel spelling: code written against the kernel's slab interface compiles as it is.
 *
 * The kernel has one heap, so these calls work on one heap per thread, chosen by linux_api_bind().
 * Everything else takes its heap or cache as an argument and needs no binding.
 */
#ifndef ALLOCATOR_API_LINUX_API_H
#define ALLOCATOR_API_LINUX_API_H

#include <stddef.h>

#include "allocator/api/buckets.h"
#include "allocator/api/heap.h"
#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/kvmalloc.h"
#include "allocator/api/linux_pages.h"
#include "allocator/api/mempool.h"
#include "allocator/api/rcu.h"
#include "allocator/api/usercopy.h"

/* Makes heap the one this thread's kernel-spelled calls use; NULL for none. */
void linux_api_bind(struct kmem_heap *heap);
struct kmem_heap *linux_api_heap(void);

/* What is rarely said of a cache. All fields may be 0; see struct cache_request. */
struct kmem_cache_args {
    unsigned align;
    unsigned useroffset;
    unsigned usersize;
    unsigned freeptr_offset;
    bool use_freeptr_offset;
    void (*ctor)(void *object);
};

/*
 * kmem_cache_create(name, size, args, flags), where args may be NULL, or the older form
 * kmem_cache_create(name, size, align, flags, ctor). Returns NULL on failure, after telling the
 * platform if flags hold SLAB_PANIC. See heap_cache_create().
 */
#define kmem_cache_create(name, size, args, ...)                                                   \
    _Generic((args),                                                                               \
        struct kmem_cache_args *: kmem_cache_create_args,                                          \
        const struct kmem_cache_args *: kmem_cache_create_args,                                    \
        void *: kmem_cache_create_default,                                                         \
        default: kmem_cache_create_aligned)((name), (size), (args), __VA_ARGS__)

struct kmem_cache *kmem_cache_create_args(const char *name, size_t size,
                                          const struct kmem_cache_args *args, slab_flags_t flags);
struct kmem_cache *kmem_cache_create_aligned(const char *name, size_t size, size_t align,
                                             slab_flags_t flags, void (*ctor)(void *object));

/* Of args that are no struct kmem_cache_args *, only NULL is right; any other gives NULL. */
struct kmem_cache *kmem_cache_create_default(const char *name, size_t size, const void *args,
                                             slab_flags_t flags);

/* A cache of whose objects users may see [useroffset, useroffset + usersize). */
struct kmem_cache *kmem_cache_create_usercopy(const char *name, size_t size, size_t align,
                                              slab_flags_t flags, size_t useroffset,
                                              size_t usersize, void (*ctor)(void *object));

/* A cache named, sized and aligned like a struct; users may see one field of it. */
#define KMEM_CACHE(struct_name, flags)                                                             \
    kmem_cache_create_aligned(#struct_name, sizeof(struct struct_name),                            \
                              _Alignof(struct struct_name), (flags), NULL)
#define KMEM_CACHE_USERCOPY(struct_name, flags, field)                                             \
    kmem_cache_create_usercopy(#struct_name, sizeof(struct struct_name),                           \
                               _Alignof(struct struct_name), (flags),                              \
                               offsetof(struct struct_name, field),                                \
                               sizeof(((struct struct_name *)0)->field), NULL)

/* True if users may see these bytes; see heap_check_usercopy(). */
bool check_object_size(const void *object, size_t size);

void *kmalloc(size_t size, gfp_t gfp);
void *kzalloc(size_t size, gfp_t gfp);
void *kcalloc(size_t count, size_t size, gfp_t gfp);
void *kmalloc_array(size_t count, size_t size, gfp_t gfp);
void *krealloc(const void *object, size_t size, gfp_t gfp);
void *krealloc_array(void *object, size_t count, size_t size, gfp_t gfp);
void *kmalloc_node(size_t size, gfp_t gfp, int node);
void *kmalloc_nolock(size_t size, gfp_t gfp);
void kfree(const void *object);
void kfree_nolock(const void *object);
void kfree_sensitive(const void *object);
size_t kmalloc_size_roundup(size_t size);
void kfree_bulk(size_t count, void **objects);
size_t ksize(const void *object);

/* See describe.h. */
bool kmem_valid_obj(const void *object);
bool kmem_dump_obj(const void *object);

/*
 * See buckets.h; NULL if a set could not be made. The set itself is of kmalloc's, and what the
 * kernel never does can be done to it: kmem_buckets_destroy().
 */
struct kmem_buckets *kmem_buckets_create(const char *name, slab_flags_t flags,
                                         unsigned useroffset, unsigned usersize,
                                         void (*ctor)(void *object));
void *kmem_buckets_alloc(const struct kmem_buckets *buckets, size_t size, gfp_t gfp);
int kmem_buckets_destroy(struct kmem_buckets *buckets);

/* See kvmalloc.h. */
void *kvmalloc(size_t size, gfp_t gfp);
void *kvzalloc(size_t size, gfp_t gfp);
void *kvmalloc_array(size_t count, size_t size, gfp_t gfp);
void *kvcalloc(size_t count, size_t size, gfp_t gfp);
void *kvrealloc(const void *object, size_t size, gfp_t gfp);
void kvfree(const void *object);

/* See mempool.h: pools of objects of a cache, of kmalloc, of runs of pages. NULL on failure. */
struct mempool *mempool_create_slab_pool(unsigned wanted_count, struct kmem_cache *cache);
struct mempool *mempool_create_kmalloc_pool(unsigned wanted_count, size_t size);
struct mempool *mempool_create_page_pool(unsigned wanted_count, unsigned order);
void mempool_destroy(struct mempool *pool);

/* See rcu.h. */
void rcu_read_lock(void);
void rcu_read_unlock(void);
void kfree_rcu_mightsleep(void *object);
void kvfree_rcu_barrier(void);

#endif
