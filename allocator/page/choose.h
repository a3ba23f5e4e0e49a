/*
 * Which free run of a zone a request gets.
 *
 *     below the watermark: none
 *     the reserve of larger runs, for those it is kept for
 *     the request's own type: the least sufficient order
 *     a block of another type, which becomes its own; else a run of another type (fallback.h)
 *     the reserve, for those who cannot wait
 *     nothing, and the request can wait: a block of the reserve is given up, and all over again
 */
#ifndef ALLOCATOR_PAGE_CHOOSE_H
#define ALLOCATOR_PAGE_CHOOSE_H

#include "allocator/page/page_request.h"
#include "allocator/page/zone.h"

struct page_choice {
    struct page *head;                /* NULL: there is none */
    unsigned list_order;              /* of the list it is the first of */
    enum migrate_type list_type;
};

/*
 * Chooses, and moves blocks from type to type where the choice asks for it; the run itself stays on
 * its list. O(ORDER_MAX), and O(pages of a block) for each block looked at. zone->lock is held.
 */
struct page_choice choose_run(struct page_zone *zone, const struct page_request *request);

#endif
