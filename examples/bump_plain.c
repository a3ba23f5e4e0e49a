/* As it was: fast, small, and whatever a user does wrong goes unnoticed. */
#include <stdlib.h>

#include "examples/bump.h"

struct size_class {
    void *free_list;             /* links lie in the objects' first word */
    unsigned char *fresh;        /* what was never handed out */
    size_t fresh_count;
};

struct bump {
    unsigned char *memory;
    size_t chunk_count;
    size_t chunks_used;
    struct size_class classes[BUMP_CLASS_COUNT];
    unsigned char class_of_chunk[];
};

static size_t class_size(unsigned class)
{
    return (size_t)BUMP_SIZE_MIN << class;
}

static unsigned class_for(size_t size)
{
    unsigned class = 0;

    while (class_size(class) < size) {
        class++;
    }
    return class;
}

struct bump *bump_create(size_t chunk_count, uint64_t seed)
{
    struct bump *bump = calloc(1, sizeof(*bump) + chunk_count);
    unsigned char *memory = aligned_alloc(BUMP_CHUNK_SIZE, chunk_count * BUMP_CHUNK_SIZE);

    (void)seed;
    if (bump == NULL || memory == NULL) {
        free(bump);
        free(memory);
        return NULL;
    }
    bump->memory = memory;
    bump->chunk_count = chunk_count;
    return bump;
}

void bump_destroy(struct bump *bump)
{
    free(bump->memory);
    free(bump);
}

static void *take_free(struct size_class *class)
{
    void *object = class->free_list;

    if (object != NULL) {
        class->free_list = *(void **)object;
    }
    return object;
}

static void *take_fresh(struct size_class *class, size_t size)
{
    void *object = class->fresh;

    if (class->fresh_count == 0) {
        return NULL;
    }
    class->fresh += size;
    class->fresh_count--;
    return object;
}

static void add_chunk(struct bump *bump, unsigned class)
{
    if (bump->chunks_used < bump->chunk_count) {
        bump->class_of_chunk[bump->chunks_used] = (unsigned char)class;
        bump->classes[class].fresh = bump->memory + bump->chunks_used * BUMP_CHUNK_SIZE;
        bump->classes[class].fresh_count = BUMP_CHUNK_SIZE / class_size(class);
        bump->chunks_used++;
    }
}

void *bump_alloc(struct bump *bump, size_t size)
{
    if (size == 0 || size > BUMP_SIZE_MAX) {
        return NULL;
    }

    unsigned index = class_for(size);
    struct size_class *class = &bump->classes[index];
    void *object = take_free(class);

    if (object != NULL) {
        return object;
    }
    if (class->fresh_count == 0) {
        add_chunk(bump, index);
    }
    return take_fresh(class, class_size(index));
}

void bump_free(struct bump *bump, void *object)
{
    if (object == NULL) {
        return;
    }

    size_t chunk = (size_t)((unsigned char *)object - bump->memory) / BUMP_CHUNK_SIZE;
    struct size_class *class = &bump->classes[bump->class_of_chunk[chunk]];

    *(void **)object = class->free_list;
    class->free_list = object;
}

unsigned bump_misuse_count(const struct bump *bump)
{
    (void)bump;
    return 0;
}
