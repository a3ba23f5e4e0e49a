/*
 * Which words the ops of each CPU touch, as far as runs have shown it.
 *
 * An op is known by its place among the ops of its CPU. What matters of a word is up to which op of
 * each CPU it is read, and written, and the locks that the CPU holds whenever it does so.
 *
 * O(1), conflicts O(CPUs).
 */
#ifndef FUZZ_FOOTPRINT_H
#define FUZZ_FOOTPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/base/params.h"
#include "allocator/base/world.h"

/* What one CPU does to a word; zero-filled: nothing. */
struct footprint_use {
    uint32_t read_end;       /* ops of the CPU from this one on do not read it */
    uint32_t written_end;    /* nor write it */
    uint64_t unlocked;       /* bit per lock that it does not always hold then */
};

struct footprint_word {
    const void *address;     /* NULL: the place is free */
    struct footprint_use seen[CPU_MAX];
    struct footprint_use known[CPU_MAX];    /* what was seen when footprint_learn() was called */
    uint64_t lock;           /* its bit, if it is a lock */
};

struct footprint {
    struct footprint_word *words;    /* open addressing, by address */
    size_t capacity;                 /* a power of two */
    size_t count;
    unsigned lock_count;
    bool is_new;                     /* something was seen that is not known */
};

/* An access that a CPU is about to make. */
struct footprint_access {
    cpu_id_t cpu;
    uint32_t op;                     /* of that CPU, counted from 0 */
    uint64_t held;                   /* bit per lock that it holds */
    enum world_access kind;          /* a lock is written when it is taken */
    const void *address;
};

/* Exits with code 3 and one line on stderr without memory; so do those that add a word. */
void footprint_init(struct footprint *footprint);
void footprint_fini(struct footprint *footprint);

void footprint_add(struct footprint *footprint, const struct footprint_access *access);

/* The bit that stands for a lock; 0 if there are too many: it then counts as never held. */
uint64_t footprint_lock(struct footprint *footprint, const void *address);

/*
 * True if another CPU is known to touch the word, one of the two writing it, by an op that is not
 * over, and while it may hold no lock that this one holds: ended[cpu] ops of each CPU are over.
 */
bool footprint_conflicts(const struct footprint *footprint, const struct footprint_access *access,
                         const uint32_t ended[CPU_MAX]);

/* All that was seen is known from now on. */
void footprint_learn(struct footprint *footprint);

#endif
