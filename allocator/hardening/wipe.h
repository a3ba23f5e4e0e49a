/*
 * Wiping: which objects are zeroed when they are allocated or freed.
 *
 * Threat. Stale contents: secrets of the last owner that the next one can read, and pointers that a
 * read of uninitialised memory follows.
 *
 * Mechanism. Zeroing at allocation makes what an owner did not write read zero. Zeroing at free
 * also shortens the life of secrets, and lets a stale pointer find zeros. Two kinds of object are
 * left alone: one whose constructor ran when its slab was made must keep that state across free and
 * allocation, and a poisoned one already holds a pattern that has to stay comparable.
 *
 * What it does not stop. Stale reads between free and wiping, copies elsewhere, padding that the
 * owner's own copy carries out. Zeroing at allocation alone leaves secrets in free memory.
 *
 * Cost. Each byte of the object is written once more per allocation or free. Zeroing at allocation
 * warms the cache for the owner; zeroing at free is work on memory about to go cold.
 */
#ifndef ALLOCATOR_HARDENING_WIPE_H
#define ALLOCATOR_HARDENING_WIPE_H

#include <stdbool.h>

/* What decides: two choices of the heap, two properties of the objects. */
struct wipe_rules {
    bool init_on_alloc;
    bool init_on_free;
    bool is_constructed;    /* a constructor gave the objects their state */
    bool is_poisoned;       /* free objects hold a pattern that is compared */
};

/* True if an object has to read zero when handed out; zero_is_asked by this one request. */
static inline bool wipe_is_due_at_alloc(struct wipe_rules rules, bool zero_is_asked)
{
    if (rules.is_constructed) {
        return false;
    }
    return zero_is_asked || (rules.init_on_alloc && !rules.is_poisoned);
}

/* True if an object is zeroed when it is freed. */
static inline bool wipe_is_due_at_free(struct wipe_rules rules)
{
    return rules.init_on_free && !rules.is_constructed && !rules.is_poisoned;
}

#endif
