/*
 * The flags of the slab and page interfaces, by Linux's names.
 *
 * The numbers are ours for SLAB_* and stable: traces store them. The letter is the one of the
 * slab_debug= boot option, '-' where there is none.
 */
#ifndef ALLOCATOR_BASE_FLAGS_H
#define ALLOCATOR_BASE_FLAGS_H

#include <stdint.h>

typedef uint32_t slab_flags_t;
typedef uint32_t gfp_t;

/* name, bit, letter, what it does */
#define SLAB_FLAGS(X)                                                                              \
    X(SLAB_CONSISTENCY_CHECKS, 0, 'F', "checks on every allocation and free")                      \
    X(SLAB_RED_ZONE, 1, 'Z', "guard bytes on both sides of an object")                             \
    X(SLAB_POISON, 2, 'P', "free objects and padding hold a pattern")                              \
    X(SLAB_STORE_USER, 3, 'U', "last allocation and free of each object are recorded")             \
    X(SLAB_HWCACHE_ALIGN, 4, '-', "objects start on cache lines where that wastes little")         \
    X(SLAB_PANIC, 5, '-', "failing to create the cache stops the program")                         \
    X(SLAB_NO_MERGE, 6, '-', "never shared with another cache")                                    \
    X(SLAB_NO_USER_FLAGS, 7, '-', "the heap's debug flags do not apply")                           \
    X(SLAB_KMALLOC, 8, '-', "serves kmalloc: the requested size is tracked")                       \
    X(SLAB_TYPESAFE_BY_RCU, 9, '-', "slabs go back only when readers have left")                   \
    X(SLAB_RECLAIM_ACCOUNT, 10, '-', "objects can be reclaimed: slabs of reclaimable pages")       \
    X(SLAB_ACCOUNT, 11, '-', "objects are accounted to their user")                                \
    X(SLAB_CACHE_DMA, 12, '-', "slabs of pages for DMA")                                           \
    X(SLAB_CACHE_DMA32, 13, '-', "slabs of pages for 32-bit DMA")                                  \
    X(SLAB_TRACE, 14, 'T', "each allocation and free is told")                                     \
    X(SLAB_FAILSLAB, 15, 'A', "allocations may be made to fail")                                   \
    X(SLAB_NOLEAKTRACE, 16, '-', "no leak is looked for in it")                                    \
    X(SLAB_SKIP_KFENCE, 17, '-', "none of it is guarded by pages, unless it is merged")

enum slab_flag {
#define X(name, bit, letter, why) name = 1 << (bit),
    SLAB_FLAGS(X)
#undef X
    SLAB_DEBUG_FLAGS = SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER,
    SLAB_DEBUG_PATH_FLAGS = SLAB_DEBUG_FLAGS | SLAB_TRACE,    /* one object at a time, locked */
    SLAB_CREATE_FLAGS = SLAB_DEBUG_PATH_FLAGS | SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_NO_MERGE |
                        SLAB_NO_USER_FLAGS | SLAB_FAILSLAB | SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT |
                        SLAB_NOLEAKTRACE | SLAB_TYPESAFE_BY_RCU |
                        SLAB_SKIP_KFENCE,    /* what a caller may pass */
};

enum gfp_flag {
    __GFP_DMA = 1,                   /* pages that devices reach */
    __GFP_DMA32 = 4,                 /* the same here */
    __GFP_MOVABLE = 8,               /* the pages can be moved */
    __GFP_RECLAIMABLE = 0x10,        /* can be had back when memory is short */
    __GFP_HIGH = 0x20,
    __GFP_IO = 0x40,
    __GFP_FS = 0x80,
    __GFP_ZERO = 0x100,              /* the memory returned is zero-filled */
    __GFP_DIRECT_RECLAIM = 0x400,
    __GFP_KSWAPD_RECLAIM = 0x800,
    __GFP_NOWARN = 0x2000,
    __GFP_NOFAIL = 0x8000,           /* never made to fail on purpose */
    __GFP_MEMALLOC = 0x20000,        /* all reserves may be used: memory will be freed with it */
    __GFP_COMP = 0x40000,
    __GFP_NOMEMALLOC = 0x80000,      /* no reserve may be used, whatever else is asked */
    __GFP_THISNODE = 0x200000,       /* of the node asked for, or none */
    __GFP_ACCOUNT = 0x400000,        /* charged to whoever asks */
    GFP_ATOMIC = __GFP_HIGH | __GFP_KSWAPD_RECLAIM,
    GFP_NOWAIT = __GFP_KSWAPD_RECLAIM | __GFP_NOWARN,
    GFP_KERNEL = __GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM | __GFP_IO | __GFP_FS,
    /* How urgent it is: what slabs and pages are asked for with on behalf of objects. */
    GFP_RECLAIM_MASK = GFP_KERNEL | __GFP_HIGH | __GFP_NOWARN | __GFP_NOFAIL | __GFP_MEMALLOC |
                       __GFP_NOMEMALLOC,
};

#endif
