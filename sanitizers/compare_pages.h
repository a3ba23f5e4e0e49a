/*
 * The comparison of what concerns pages in numbers: runs cut to measure, and many at once. Part of
 * compare.h.
 */
#ifndef SANITIZERS_COMPARE_PAGES_H
#define SANITIZERS_COMPARE_PAGES_H

#include "allocator/page/page_owner.h"
#include "sanitizers/compare.h"

struct page;

/* What an allocation of a compound run, of exactly so many bytes, asks for. */
struct compare_request compare_compound_request(const struct model *model, unsigned order,
                                                bool is_zeroed);
struct compare_request compare_exact_request(const struct model *model, size_t size,
                                             bool is_zeroed);

/* The call took, or gave back, the pages that size bytes need, and no more. */
bool compare_pages_taken(struct model *model, size_t size);
bool compare_pages_given(struct model *model, size_t size);

/* The run that a slot had was freed on a CPU, and nobody holds it any more. */
bool compare_at_hand(struct model *model, const struct model_object *object, unsigned cpu);

/* What is remembered of the first page of a live run, or range, that its slot allocated. */
bool compare_page_owner(struct model *model, const struct model_object *object,
                        const struct page_owner *owner);

/* All CPUs gave back what they had at hand. */
bool compare_drained(struct model *model);

/*
 * A bulk of count entries, before, became after and said that filled of them are: judges all but
 * the new pages themselves.
 */
struct compare_pages_bulk {
    size_t count;
    struct page *const *before;
    struct page *const *after;
    size_t filled;
    struct compare_request request;     /* for each page */
};
bool compare_pages_bulk(struct model *model, const struct compare_pages_bulk *bulk);

#endif
