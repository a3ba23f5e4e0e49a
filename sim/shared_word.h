/* What a word of shared memory is, by where it lies in a heap. */
#ifndef SIM_SHARED_WORD_H
#define SIM_SHARED_WORD_H

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

/* The kind of word at an address. heap may be NULL. */
enum shared_word shared_word_at(const struct kmem_heap *heap, const void *address);

/* "cpu->word", "slab->state", ...: as the allocator's sources spell it. */
const char *shared_word_name(enum shared_word word);

/* The cache, slab or page that the word is part of: two accesses with the same one may meet. */
const void *shared_word_object(const struct kmem_heap *heap, const void *address);

#endif
