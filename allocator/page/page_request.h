/*
 * What an allocation of pages asks for, as far as a zone has to know: order, mobility, and how much
 * of what is kept in reserve it may use.
 */
#ifndef ALLOCATOR_PAGE_PAGE_REQUEST_H
#define ALLOCATOR_PAGE_PAGE_REQUEST_H

#include "allocator/base/flags.h"
#include "allocator/page/migrate_type.h"

/* Free pages of a zone, each mark above the one before it. */
enum watermark {
    WATERMARK_MIN,     /* kept for those who need them more */
    WATERMARK_LOW,     /* other zones are asked first, and the zone wants to be balanced */
    WATERMARK_HIGH,    /* the zone is balanced */
    WATERMARK_COUNT,
};

enum page_alloc_flag {
    ALLOC_MIN_RESERVE = 1,     /* half of what lies below the minimum */
    ALLOC_NON_BLOCK = 2,       /* a quarter more, and the reserve of larger runs as a last resort */
    ALLOC_HIGHATOMIC = 4,      /* that reserve before anything else */
    ALLOC_NO_WATERMARK = 8,    /* everything: memory that is needed to free memory */
    ALLOC_CAN_WAIT = 16,       /* reserves of others are given up before it fails */
    ALLOC_FOR_DEVICES = 32,    /* nothing but what devices reach will do */
};

struct page_request {
    unsigned order;
    enum migrate_type type;    /* one that can be asked for */
    unsigned flags;            /* enum page_alloc_flag */
    enum watermark mark;       /* how much the zone must be left with */
};

/* Both bits say nothing that makes sense: such pages stay where they are. */
static inline enum migrate_type gfp_migrate_type(gfp_t gfp)
{
    gfp_t asked = gfp & (__GFP_MOVABLE | __GFP_RECLAIMABLE);

    return asked == __GFP_MOVABLE       ? MIGRATE_MOVABLE
           : asked == __GFP_RECLAIMABLE ? MIGRATE_RECLAIMABLE
                                        : MIGRATE_UNMOVABLE;
}

/* Who cannot wait may use reserves, unless told not to. */
static inline unsigned gfp_alloc_flags(gfp_t gfp, unsigned order)
{
    bool is_high = (gfp & __GFP_HIGH) != 0;
    bool can_wait = (gfp & __GFP_DIRECT_RECLAIM) != 0;
    bool is_barred = (gfp & __GFP_NOMEMALLOC) != 0;
    unsigned flags = (is_high ? ALLOC_MIN_RESERVE : 0) | (can_wait ? ALLOC_CAN_WAIT : 0);

    if (!can_wait && !is_barred) {
        flags |= ALLOC_NON_BLOCK | (is_high && order > 0 ? ALLOC_HIGHATOMIC : 0);
    }
    flags |= (gfp & (__GFP_DMA | __GFP_DMA32)) != 0 ? ALLOC_FOR_DEVICES : 0;
    return flags | ((gfp & __GFP_MEMALLOC) != 0 && !is_barred ? ALLOC_NO_WATERMARK : 0);
}

#endif
