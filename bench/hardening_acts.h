/*
 * Misuse for the figures of docs/HARDENING.md: what users do of what fuzz/misuse.def tells of, on a
 * heap of the native world.
 */
#ifndef BENCH_HARDENING_ACTS_H
#define BENCH_HARDENING_ACTS_H

struct kmem_heap;
struct kmem_cache;

#define HARDENING_ACTS(X)                                                                          \
    X(overflow_into_slack)                                                                         \
    X(overflow_behind_object)                                                                      \
    X(underflow)                                                                                   \
    X(write_after_free)                                                                            \
    X(write_to_free_page)                                                                          \
    X(overwritten_link)                                                                            \
    X(double_free_at_once)                                                                         \
    X(double_free_later)                                                                           \
    X(double_free_of_pages)                                                                        \
    X(wrong_cache)                                                                                 \
    X(free_interior)                                                                               \
    X(free_interior_of_large)                                                                      \
    X(free_of_foreign_page)                                                                        \
    X(wrong_order)

enum hardening_act {
#define X(name) ACT_##name,
    HARDENING_ACTS(X)
#undef X
    ACT_COUNT
};

/* Two caches of one size, and what an act leaves to be freed. */
struct hardening_stage {
    struct kmem_heap *heap;
    struct kmem_cache *cache;
    struct kmem_cache *other;
    void *object;        /* of cache, or NULL */
    void *allocated;     /* of kmalloc, or NULL */
};

const char *hardening_act_name(enum hardening_act act);
void hardening_act(enum hardening_act act, struct hardening_stage *stage);

/* Everything that may notice later: validation, allocation, free, shrinking. */
void hardening_look(struct hardening_stage *stage);

#endif
