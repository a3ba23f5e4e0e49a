#include "allocator/api/kmalloc.h"

#include "allocator/api/kmalloc_at.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/debug/object.h"

/* Looks at an object as its user would: under a sanitizer a freed one stops the program here. */
static void touch(const void *object)
{
    (void)*(const volatile unsigned char *)object;
}

size_t heap_usable_size(struct kmem_heap *heap, const void *object)
{
    struct allocation found;

    if (is_zero_or_null(object) || !allocation_find(heap, object, &found)) {
        return 0;
    }
    touch(object);
    return allocation_usable_size(&found);
}

static bool size_is_known(const struct allocation *found)
{
    return found->guarded == NULL &&
           (found->slab == NULL || cache_tracks_requested_size(found->slab->cache));
}

size_t allocation_requested_size(const struct allocation *found, const void *object)
{
    if (found->guarded != NULL) {
        return found->guarded->size;
    }
    return found->slab != NULL ? object_requested_size(found->slab->cache, object)
                               : found->page->object_size;
}

/*
 * A guarded object keeps the size it was allocated with. Elsewhere the slack is painted before it
 * is announced: a validation running beside finds it intact.
 */
static void remember_size(const struct allocation *found, void *object, size_t size)
{
    if (found->guarded != NULL) {
        return;
    }
    if (found->slab == NULL) {
        found->page->object_size = size;
        return;
    }
    object_paint_slack(found->slab->cache, object, size);
    object_set_requested_size(found->slab->cache, object, size);
}

/*
 * Zeroes what a resize in place gave the user. Where the old size is not known, everything behind
 * the new size is zeroed instead, so that growing later exposes zeros; what growing exposes now was
 * zeroed in this way before.
 */
static void zero_gain(const struct allocation *found, void *object, size_t old_size, size_t size)
{
    unsigned char *bytes = object;

    if (!size_is_known(found)) {
        raw_fill(bytes + size, allocation_usable_size(found) - size, 0);
        memory_show_defined(object, size);
    } else if (old_size < size) {
        raw_fill(bytes + old_size, size - old_size, 0);
        memory_show_defined(bytes + old_size, size - old_size);
    }
}

/* The object may stay where it is. */
static bool fits(const struct allocation *found, const void *object,
                 const struct resize_request *request)
{
    return request->size <= allocation_usable_size(found) &&
           is_aligned((uintptr_t)object, request->align);
}

static void resize_in_place(const struct allocation *found, void *object, size_t size,
                            bool zeroes)
{
    size_t old_size = allocation_requested_size(found, object);

    remember_size(found, object, size);
    memory_hide((unsigned char *)object + size, allocation_usable_size(found) - size);
    memory_show_as_it_is(object, size);
    if (zeroes) {
        zero_gain(found, object, old_size, size);
    }
}

/* Contents move as bytes: what the user never wrote counts as written from here on. */
static void *resize_by_moving(struct kmem_heap *heap, const struct allocation *found, void *object,
                              struct resize_request request)
{
    size_t old_size = allocation_requested_size(found, object);
    size_t kept = old_size < request.size ? old_size : request.size;
    void *moved = kmalloc_at(heap, request.size, request.gfp, request.site);

    if (moved != NULL) {
        raw_copy(moved, object, kept);
        memory_show_defined(moved, kept);
        kfree_at(heap, object, request.site);
    }
    return moved;
}

void *krealloc_at(struct kmem_heap *heap, void *object, struct resize_request request)
{
    struct allocation found;

    if (is_zero_or_null(object)) {
        return kmalloc_at(heap, request.size, request.gfp, request.site);
    }
    if (request.size == 0) {
        kfree_at(heap, object, request.site);
        return ZERO_SIZE_PTR;
    }
    if (!allocation_require(heap, object, STAGE_RESIZE, request.site, &found)) {
        return NULL;
    }
    touch(object);
    if (fits(&found, object, &request)) {
        resize_in_place(&found, object, request.size, kmalloc_zeroes(heap, request.gfp));
        return object;
    }
    return resize_by_moving(heap, &found, object, request);
}

NO_INLINE void *heap_realloc(struct kmem_heap *heap, void *object, size_t size, gfp_t gfp)
{
    return krealloc_at(heap, object,
                       (struct resize_request){size, 1, gfp, world_site(RETURN_ADDRESS())});
}

NO_INLINE void *heap_realloc_array(struct kmem_heap *heap, void *object, size_t count, size_t size,
                                   gfp_t gfp)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total)) {
        return NULL;
    }
    return krealloc_at(heap, object,
                       (struct resize_request){total, 1, gfp, world_site(RETURN_ADDRESS())});
}

NO_INLINE void *heap_realloc_align(struct kmem_heap *heap, void *object, size_t size, size_t align,
                                   gfp_t gfp)
{
    return krealloc_at(heap, object,
                       (struct resize_request){size, align, gfp, world_site(RETURN_ADDRESS())});
}
