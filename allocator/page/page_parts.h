/* What the parts of page_alloc.h share; for allocator/page/ alone. */
#ifndef ALLOCATOR_PAGE_PAGE_PARTS_H
#define ALLOCATOR_PAGE_PAGE_PARTS_H

#include "allocator/page/memory.h"
#include "allocator/page/page_request.h"

/* What is asked for; without pageblocks everything is of one type. */
static inline enum migrate_type page_asked_type(const struct page_memory *memory, gfp_t gfp)
{
    return memory->config->pageblock_order != 0 ? gfp_migrate_type(gfp) : MIGRATE_MOVABLE;
}

/* Completes a report and hands it to the platform. Without zone->lock. */
void page_send_report(const struct page_memory *memory, struct report *report,
                      enum report_stage stage, enum report_action action);

/* Frees a run that page_check_freeable() or its like found freeable; as page_free() from there. */
void page_free_checked(struct page_memory *memory, struct page *head, unsigned order);

#endif
