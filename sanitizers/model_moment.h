/* What the shadow model remembers of a heap from the start of a step to its judgement. */
#ifndef SANITIZERS_MODEL_MOMENT_H
#define SANITIZERS_MODEL_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/base/params.h"
#include "allocator/page/page_request.h"

/* Free pages of a zone, and how many of them are kept. */
struct model_supply {
    uint32_t watermarks[WATERMARK_COUNT];
    uint32_t lowmem_reserve;
    uint32_t common_pages;       /* of the types that can be asked for */
    uint32_t reserve_pages;      /* in the reserve of larger runs */
    uint32_t cached_pages;       /* that CPUs have at hand, and guards that may end with those */
};

/* The guard pool: allocations that it could have served so far, and whether it could the next. */
struct model_guarded {
    uint64_t allocations;
    bool has_room;
};

/* What a step starts from. */
struct model_moment {
    uint64_t failure_count;      /* page allocations failed so far */
    uint64_t fail_countdown;     /* page allocations until an injected failure */
    uint64_t slab_faults;        /* objects not allocated on purpose so far */
    uint64_t page_faults;        /* runs not allocated on purpose so far */
    uint32_t page_count;         /* pages free or isolated */
    struct model_guarded guarded;
    struct model_supply supplies[ZONE_MAX];    /* of zones that keep pages */
};

#endif
