#include "allocator/api/kvmalloc.h"

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmalloc_at.h"
#include "allocator/api/pages_many.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"

/* There is another way, so kmalloc is not to wait for memory, nor spared on purpose. */
static gfp_t first_gfp(size_t size, gfp_t gfp)
{
    return size > PAGE_SIZE ? (gfp & ~(gfp_t)(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL)) | __GFP_NOWARN
                            : gfp;
}

static void *alloc_view(struct kmem_heap *heap, size_t size, gfp_t gfp)
{
    void *view = heap_alloc_pages_exact(heap, size, gfp & ~(gfp_t)__GFP_COMP);

    if (view != NULL) {
        memory_page_at(&heap->memory, view)->object_size = size;
    }
    return view;
}

/* The first page of the view that begins at an address, or NULL. */
static struct page *view_at(const struct kmem_heap *heap, const void *address)
{
    struct page *page = memory_head_at(&heap->memory, address);
    struct page_state state = {.kind = PAGE_INTERIOR};

    if (page != NULL) {
        state = page_state(page);
    }
    return state.kind == PAGE_RUN && state.order == 0 && page->object_size != 0 &&
                   memory_address(&heap->memory, page) == address
               ? page
               : NULL;
}

static void free_view(struct kmem_heap *heap, struct page *first)
{
    size_t size = first->object_size;

    first->object_size = 0;
    heap_free_pages_exact(heap, memory_address(&heap->memory, first), size);
}

void *kvmalloc_at(struct kmem_heap *heap, size_t size, gfp_t gfp, uint64_t site)
{
    void *object = kmalloc_at(heap, size, first_gfp(size, gfp), site);

    return object == NULL && size > PAGE_SIZE ? alloc_view(heap, size, gfp) : object;
}

void *kvmalloc_array_at(struct kmem_heap *heap, size_t count, size_t size, gfp_t gfp,
                        uint64_t site)
{
    size_t total;

    return __builtin_mul_overflow(count, size, &total) ? NULL
                                                       : kvmalloc_at(heap, total, gfp, site);
}

void kvfree_at(struct kmem_heap *heap, void *object, uint64_t site)
{
    struct page *view = is_zero_or_null(object) ? NULL : view_at(heap, object);

    if (view != NULL) {
        free_view(heap, view);
    } else {
        kfree_at(heap, object, site);
    }
}

/* Contents move as bytes, and the old memory is freed; NULL: nothing happens. */
static void *move(struct kmem_heap *heap, void *object, size_t kept, void *moved, uint64_t site)
{
    if (moved != NULL) {
        raw_copy(moved, object, kept);
        memory_show_defined(moved, kept);
        kvfree_at(heap, object, site);
    }
    return moved;
}

/* Pages that are not needed any more are given back, so that the size tells how many there are. */
static void resize_in_place(struct kmem_heap *heap, struct page *view, size_t size, bool zeroes)
{
    unsigned char *bytes = memory_address(&heap->memory, view);
    size_t old_size = view->object_size;
    size_t room = align_up(old_size, PAGE_SIZE);
    size_t room_left = align_up(size, PAGE_SIZE);

    view->object_size = size;
    memory_hide(bytes + size, room - size);
    memory_show_as_it_is(bytes, size);
    if (room_left < room) {
        view[room_left / PAGE_SIZE - 1].has_next = false;
        heap_free_pages_exact(heap, bytes + room_left, room - room_left);
    }
    if (zeroes && old_size < size) {
        raw_fill(bytes + old_size, size - old_size, 0);
        memory_show_defined(bytes + old_size, size - old_size);
    }
}

static void *resize_view(struct kmem_heap *heap, struct page *view, struct resize_request request)
{
    void *object = memory_address(&heap->memory, view);
    size_t size = view->object_size;

    if (request.size > align_up(size, PAGE_SIZE)) {
        void *moved = kvmalloc_at(heap, request.size, request.gfp, request.site);

        return move(heap, object, size, moved, request.site);
    }
    resize_in_place(heap, view, request.size, kmalloc_zeroes(heap, request.gfp));
    return object;
}

/* An object of kmalloc's that is to become larger than a page may become a view. */
static void *resize_object(struct kmem_heap *heap, const struct allocation *found, void *object,
                           struct resize_request request)
{
    struct resize_request first = request;

    first.gfp = first_gfp(request.size, request.gfp);

    void *resized = krealloc_at(heap, object, first);

    if (resized != NULL || request.size <= PAGE_SIZE) {
        return resized;
    }

    size_t old_size = allocation_requested_size(found, object);
    void *moved = alloc_view(heap, request.size, request.gfp);

    return move(heap, object, old_size < request.size ? old_size : request.size, moved,
                request.site);
}

void *kvrealloc_at(struct kmem_heap *heap, void *object, struct resize_request request)
{
    struct allocation found;

    if (is_zero_or_null(object)) {
        return kvmalloc_at(heap, request.size, request.gfp, request.site);
    }
    if (request.size == 0) {
        kvfree_at(heap, object, request.site);
        return ZERO_SIZE_PTR;
    }

    struct page *view = view_at(heap, object);

    if (view != NULL) {
        return resize_view(heap, view, request);
    }
    if (!allocation_require(heap, object, STAGE_RESIZE, request.site, &found)) {
        return NULL;
    }
    return resize_object(heap, &found, object, request);
}

NO_INLINE void *heap_kv_alloc(struct kmem_heap *heap, size_t size, gfp_t gfp)
{
    return kvmalloc_at(heap, size, gfp, world_site(RETURN_ADDRESS()));
}

NO_INLINE void *heap_kv_zalloc(struct kmem_heap *heap, size_t size, gfp_t gfp)
{
    return kvmalloc_at(heap, size, gfp | __GFP_ZERO, world_site(RETURN_ADDRESS()));
}

NO_INLINE void *heap_kv_alloc_array(struct kmem_heap *heap, size_t count, size_t size, gfp_t gfp)
{
    return kvmalloc_array_at(heap, count, size, gfp, world_site(RETURN_ADDRESS()));
}

NO_INLINE void *heap_kv_realloc(struct kmem_heap *heap, void *object, size_t size, gfp_t gfp)
{
    return kvrealloc_at(heap, object,
                        (struct resize_request){size, 1, gfp, world_site(RETURN_ADDRESS())});
}

NO_INLINE void heap_kv_free(struct kmem_heap *heap, void *object)
{
    kvfree_at(heap, object, world_site(RETURN_ADDRESS()));
}
