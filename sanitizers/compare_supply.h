/*
 * The comparison for what zones keep: what may fail, and what may not be granted. Private to it.
 *
 * Stated a second time here, from what page/watermark.h promises, in terms of a zone's counters.
 */
#ifndef SANITIZERS_COMPARE_SUPPLY_H
#define SANITIZERS_COMPARE_SUPPLY_H

#include "allocator/page/memory.h"
#include "sanitizers/compare.h"

/* What is asked of a zone, and how much it must be left with. */
struct supply_ask {
    unsigned order;
    gfp_t gfp;
    enum watermark mark;
    bool is_for_devices;
};

/* What a request asks at last; and while there may be plenty, when nobody has a claim to more. */
struct supply_ask compare_least_ask(const struct compare_request *request, unsigned order);
struct supply_ask compare_plenty_ask(const struct compare_request *request, unsigned order);

/* True if zones keep anything. */
bool compare_keeps_pages(const struct kmem_heap *heap);

struct model_supply compare_supply(const struct page_zone *zone);

/*
 * What the zone had before the step; with what CPUs had at hand, if the call may have made them
 * give that back: nobody but its own CPU has any now, and that of this zone.
 */
struct model_supply compare_supply_before(const struct model *model, unsigned zone);

/* True if what is asked leaves what is kept; true if the zone is above its high watermark. */
bool compare_supply_allows(const struct model_supply *supply, const struct supply_ask *ask);
bool compare_supply_is_balanced(const struct model_supply *supply);

/* True if the zone has a run that does. O(ORDER_MAX). */
bool compare_zone_can_supply(const struct page_zone *zone, const struct supply_ask *ask);

#endif
