/*
 * Sizes and limits that are fixed when the allocator is compiled.
 *
 * Everything a user may want to vary at run time lives in config.def instead.
 */
#ifndef ALLOCATOR_BASE_PARAMS_H
#define ALLOCATOR_BASE_PARAMS_H

enum {
    PAGE_SHIFT = 12,
    PAGE_SIZE = 1 << PAGE_SHIFT,

    ORDER_MAX = 10,              /* largest run: 2^10 pages, 4 MiB */
    ORDER_COUNT = ORDER_MAX + 1,

    WORD_SHIFT = 3,
    WORD_SIZE = 1 << WORD_SHIFT, /* a free pointer, and the least alignment of any object */
    CACHE_LINE_SIZE = 64,

    NODE_MAX = 4,                /* NUMA nodes of one heap */
    ZONE_MAX = NODE_MAX + 1,     /* a zone a node, and one for devices that reach low pages only */

    CPU_MAX = 8,                 /* CPU slots of one heap */
    KMALLOC_CACHE_COUNT = 13,    /* 8, 16, 32, 64, 96, 128, 192, 256, 512, 1k, 2k, 4k, 8k */
    KMALLOC_COPY_MAX = 15,       /* random copies of them */
    KMALLOC_TYPE_COUNT = KMALLOC_COPY_MAX + 4,    /* normal, copies, reclaimable, accounted, DMA */
    KMALLOC_CACHE_TOTAL = KMALLOC_TYPE_COUNT * KMALLOC_CACHE_COUNT,

    /* Caches of one heap: the kmalloc caches and 83 others. */
    CACHE_MAX = 83 + KMALLOC_CACHE_TOTAL,
    CACHE_NAME_SIZE = 32,        /* bytes, the final NUL included */

    KMALLOC_SMALL_MAX = 192,     /* up to here a table finds the cache */
    KMALLOC_CACHE_SIZE_MAX = 2 * PAGE_SIZE,
    KMALLOC_SIZE_MAX = PAGE_SIZE << ORDER_MAX,

    ACCOUNT_COUNT = 4,           /* that objects can be charged to */
    GUARDED_OBJECT_MAX = 255,    /* that a guard pool can have */

    SLAB_OBJECTS_MAX = 32767,    /* what 15 bits of the slab word can count */
    ALIGN_MAX = PAGE_SIZE,       /* largest alignment a cache may ask for, bytes */

    PAGE_COUNT_MIN = 8,
    PAGE_COUNT_MAX = 1 << 20     /* 4 GiB of arena */
};

#endif
