#include "allocator/api/describe.h"

#include "allocator/debug/render.h"

enum { DUMP_SIZE_MAX = 512 };

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

bool heap_dump(const struct kmem_heap *heap, const void *address)
{
    char text[DUMP_SIZE_MAX];
    struct description description = heap_describe(heap, address);

    if (!heap_valid_obj(heap, address)) {
        return false;
    }
    (void)heap_describe_text(&description, text, sizeof(text));
    heap_log(heap, text);
    return true;
}
