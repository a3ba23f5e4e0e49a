#include "allocator/page/choose.h"

#include "allocator/page/buddy.h"
#include "allocator/page/fallback.h"
#include "allocator/page/highatomic.h"
#include "allocator/page/watermark.h"

static struct page_choice choose_from(const struct page_zone *zone, unsigned order,
                                      enum migrate_type type)
{
    struct page_choice choice = {.list_type = type};

    choice.head = buddy_find(zone, order, type, &choice.list_order);
    return choice;
}

static struct page_choice choose_foreign(struct page_zone *zone,
                                         const struct page_request *request)
{
    if (fallback_claim(zone, request->order, request->type)) {
        return choose_from(zone, request->order, request->type);
    }

    enum migrate_type other = fallback_find(zone, request->order, request->type);

    return other == MIGRATE_TYPE_COUNT ? (struct page_choice){0}
                                       : choose_from(zone, request->order, other);
}

static struct page_choice choose_once(struct page_zone *zone, const struct page_request *request)
{
    struct page_choice choice = {0};

    if (!watermark_allows(zone, request)) {
        return choice;
    }
    if ((request->flags & ALLOC_HIGHATOMIC) != 0) {
        choice = choose_from(zone, request->order, MIGRATE_HIGHATOMIC);
    }
    if (choice.head == NULL) {
        choice = choose_from(zone, request->order, request->type);
    }
    if (choice.head == NULL) {
        choice = choose_foreign(zone, request);
    }
    if (choice.head == NULL && (request->flags & ALLOC_NON_BLOCK) != 0) {
        choice = choose_from(zone, request->order, MIGRATE_HIGHATOMIC);
    }
    return choice;
}

struct page_choice choose_run(struct page_zone *zone, const struct page_request *request)
{
    struct page_choice choice = choose_once(zone, request);

    while (choice.head == NULL && (request->flags & ALLOC_CAN_WAIT) != 0 &&
           highatomic_unreserve(zone, request->type)) {
        choice = choose_once(zone, request);
    }
    return choice;
}
