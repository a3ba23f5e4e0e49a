/*
 * The caches of a heap as the slabinfo tool of Linux shows them: a line each, or all summed up.
 */
#ifndef FUZZ_TRIAGE_SLABINFO_TABLE_H
#define FUZZ_TRIAGE_SLABINFO_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/api/slabinfo.h"
#include "allocator/base/flags.h"
#include "allocator/base/params.h"

/* What happened to the objects of a cache, in a heap that counts. */
struct slabinfo_activity {
    uint64_t alloc_count;
    uint64_t free_count;
    uint64_t fast_alloc_count;     /* those that needed the CPU's own list only */
    uint64_t fast_free_count;
    uint64_t fallback_count;       /* slabs of a smaller order than preferred */
    uint64_t slab_retry_count;     /* words that changed meanwhile: of slabs, and of CPUs */
    uint64_t cpu_retry_count;
};

/* A cache, at one moment. */
struct slabinfo_row {
    char name[CACHE_NAME_SIZE];
    struct slabinfo info;
    struct slabinfo_activity activity;
    uint64_t object_size;        /* bytes the user asked for */
    unsigned objects_per_slab;
    unsigned order;
    slab_flags_t flags;
};

struct slabinfo_table {
    uint32_t count;
    struct slabinfo_row rows[CACHE_MAX];
};

/* What is wanted of a table. */
struct slabinfo_view {
    char order;             /* 'S' by space, 'P' by partial slabs, 'L' by loss, 'A' by activity,
                               0 by name */
    bool is_inverted;
    bool shows_loss;        /* instead of space */
    bool shows_activity;    /* instead of space and all behind it */
    bool shows_bytes;       /* not rounded to K, M, G */
    bool shows_empty;       /* caches without slabs, too */
    bool hides_used;        /* only those */
    uint32_t line_max;      /* 0: all */
};

void slabinfo_add(struct slabinfo_table *table, struct kmem_cache *cache);

/* Sorts the rows and prints a line for each that is wanted. */
void slabinfo_print(struct slabinfo_table *table, const struct slabinfo_view *view);

/* Prints least, average, largest and sum over the caches that have slabs. */
void slabinfo_print_totals(const struct slabinfo_table *table, const struct slabinfo_view *view);

#endif
