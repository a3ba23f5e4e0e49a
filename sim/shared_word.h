/* What a word of shared memory is, by where it lies in a heap. */
#ifndef SIM_SHARED_WORD_H
#define SIM_SHARED_WORD_H

#include <stddef.h>

struct kmem_heap;

enum shared_word {
    WORD_OTHER,
    WORD_REGISTRY_LOCK,
    WORD_CPU_FREELIST,     /* kmem_cache_cpu.word */
    WORD_CPU_SLAB,
    WORD_CPU_LOCK,
    WORD_CPU_DEFERRED,
    WORD_NODE_LOCK,
    WORD_ZONE_LOCK,
    WORD_SLAB_STATE,
    WORD_SLAB_PLACE,
    WORD_PAGE_STATE,
    SHARED_WORD_COUNT
};

/* Where a word lies. */
struct shared_place {
    enum shared_word word;
    const void *object;    /* cache, slab or page it is part of, else the word itself */
};

/* What is at an address; heap may be NULL. Two accesses with the same object may meet. */
struct shared_place shared_place_at(const struct kmem_heap *heap, const void *address);
enum shared_word shared_word_at(const struct kmem_heap *heap, const void *address);

/* Number of the node whose lock lies at an offset in a cache, or NODE_MAX. */
unsigned node_of_lock(size_t offset);

/* Number of the zone whose lock lies at an address, or ZONE_MAX. */
unsigned zone_of_lock(const struct kmem_heap *heap, const void *address);

/* "cpu->word", "slab->state", ...: as the allocator's sources spell it. */
const char *shared_word_name(enum shared_word word);

#endif
