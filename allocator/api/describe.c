#include "allocator/api/describe.h"

#include "allocator/debug/render.h"

struct description heap_describe(const struct kmem_heap *heap, const void *address)
{
    return describe_address(heap, address);
}

bool heap_valid_obj(const struct kmem_heap *heap, const void *address)
{
    enum described_kind kind = describe_address(heap, address).kind;

    return kind == DESCRIBED_OBJECT || kind == DESCRIBED_GUARDED;
}

size_t heap_describe_text(const struct description *description, char *bytes, size_t capacity)
{
    return render_description(description, bytes, capacity);
}
